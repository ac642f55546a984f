"""Whether the refit should keep the weight decay of the folds, or its memory, on real tables.

    python -m benchmarks.refit_decay FOLDER [--splits 2] [--tables NAME ...] [--stores FOLDER]
        [--summary]

FOLDER holds one Parquet file a table, ``target`` its last column. At most 1,000 rows are fitted by
default, at most 70 % of a table, and the others judge. All fitted rows make more steps an epoch
than those of the folds do, so the same number forgets over fewer epochs (4/5 of them after five
folds). What was chosen, or, where that has no decay, the best that has, is trained on all fitted
rows ten times with the number itself and ten times with the number that has the same memory in
epochs; seeds are the same. One line a table and split is appended to ``figures/refit_decay.jsonl``;
interrupted, it goes on.
"""

import argparse
import json
import math
import tempfile
import warnings
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np

from benchmarks.dropout_profiles import OF_VALUES, TABLES, of_tables, said, split_of
from benchmarks.verdict_on_tables import row_losses
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.axes import Point
from dropdecay.decay_memory import pace_in, steps_per_epoch

FIGURES = Path(__file__).parent / "figures" / "refit_decay.jsonl"
N_NETWORKS = 10


def judge_one(folder: Path, name: str, split: int, stores: Path):
    """Fit a table, and judge both refits on the rows that were not fitted."""
    warnings.simplefilter("ignore")
    train, y_train, rest, y_rest = split_of(folder, name, split)
    kind = MLPRegressorCV if name in OF_VALUES else MLPClassifierCV
    search = kind(
        extend=False, n_repeats=1, baselines=False, keep_folds=False, n_jobs=1, random_state=split,
        store=stores / f"{name}-{split}-128-128.db",
    ).fit(train, y_train)  # fmt: skip
    point, epochs = with_decay(search)
    of_folds = pace_in(search.results_.attrs)
    batch = search.setting_.schedule.batch_size
    of_all = replace(of_folds, steps=steps_per_epoch(len(train), batch))
    decay = point["weight_decay"]
    memory = of_folds.memory_of(decay)
    same_memory = Point.of(
        **point.as_dict() | {"weight_decay": decay * of_folds.steps / of_all.steps}
    )
    assert math.isclose(of_all.memory_of(same_memory["weight_decay"]), memory)
    X, Z = (search.encoding_.apply(search, each, search.encoder_) for each in (train, rest))
    losses = {
        what: [
            float(row_losses(search, X, y_train, Z, y_rest, each, epochs, seed).mean())
            for seed in range(N_NETWORKS)
        ]
        for what, each in (("number", point), ("memory", same_memory))
    }
    return {
        "table": name, "split": split, "rows": len(train), "judging": len(rest),
        "point": str(point), "is_chosen": point == search.choice_.chosen.point, "epochs": epochs,
        "tau": memory, "steps": [of_folds.steps, of_all.steps], "losses": losses,
    }  # fmt: skip


def with_decay(search) -> tuple[Point, int]:
    """Return the chosen point, or the best that has decay, and its epochs."""
    found = search.cv_results_
    points = [Point.of(**params) for params in found["params"]]
    decayed = [i for i, point in enumerate(points) if point["weight_decay"] > 0.0]
    best = min(decayed, key=lambda i: _or_worst(found["mean_test_loss"][i]))
    chosen = search.choice_.chosen.point
    at = points.index(chosen) if chosen["weight_decay"] > 0.0 else best
    return points[at], int(found["epochs"][at])


def _or_worst(loss: float) -> float:
    return math.inf if math.isnan(loss) else loss


def summary(rows) -> None:
    """Print what constant memory costs or brings, paired by table, with its interval."""
    ratios = of_tables(
        (row["table"], np.mean(row["losses"]["memory"]) / np.mean(row["losses"]["number"]))
        for row in rows
    )
    print(f"{len(rows)} tables and splits; the same memory against the same number: {said(ratios)}")


def main() -> None:
    """Judge what is missing in the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=2)
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument("--stores", type=Path)
    parser.add_argument("--summary", action="store_true", help="only print what there is")
    asked = parser.parse_args()
    lines = FIGURES.read_text().splitlines() if FIGURES.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["table"], row["split"]) for row in rows}
    cases = ((name, split) for split, name in product(range(asked.splits), asked.tables))
    with tempfile.TemporaryDirectory() as stores:
        for name, split in () if asked.summary else cases:
            if (name, split) in done:
                continue
            row = judge_one(asked.folder, name, split, asked.stores or Path(stores))
            rows.append(row)
            with FIGURES.open("a") as file:
                file.write(json.dumps(row) + "\n")
            number, memory = (np.mean(row["losses"][what]) for what in ("number", "memory"))
            print(name, split, row["point"], f"{100 * (memory / number - 1):+.3f} %", flush=True)
    summary(rows)


if __name__ == "__main__":
    main()
