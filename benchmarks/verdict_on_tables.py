"""The verdict on real tables beside the gain on rows that it never saw.

    python -m benchmarks.verdict_on_tables FOLDER [--processes 2]

FOLDER holds one Parquet file a table, ``target`` its last column. At most 3,000 rows are trained
on, 70 % of a smaller table; the others judge: ten networks of the chosen setting and ten without
regularization, each at its own epoch, in pairs of the same seed. A table and split that is in the
figures already is not done again.
"""

import argparse
import json
import os
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from dropdecay.axes import Point
from dropdecay.knobs import knob_of
from dropdecay.statistics.hybrid import repeated_gain

TABLES = (
    "adult", "australian", "bank_marketing", "blood_transfusion", "california_housing", "car",
    "credit_g", "jasmine", "kc1", "mfeat_factors", "penbased", "vehicle",
)  # fmt: skip
SPLITS = (0, 1)
MAX_TRAINING, SHARE_TRAINING, N_NETWORKS = 3000, 0.7, 10
FIGURES = Path(__file__).parent / "figures" / "verdict_on_tables.jsonl"


def judge_one(folder: Path, name: str, split: int) -> dict[str, object]:
    """Fit a table's training rows and judge the choice on the others."""
    warnings.simplefilter("ignore")
    frame = pd.read_parquet(folder / f"{name}.parquet")
    X, y = frame.drop(columns="target"), frame["target"]
    is_classes = name != "california_housing"
    n_training = min(MAX_TRAINING, int(SHARE_TRAINING * len(X)))
    train, rest, y_train, y_rest = train_test_split(
        X, y, train_size=n_training, random_state=split, stratify=y if is_classes else None
    )
    began = time.perf_counter()
    kind = MLPClassifierCV if is_classes else MLPRegressorCV
    search = kind(random_state=split, n_jobs=1).fit(train, y_train)
    seconds = time.perf_counter() - began
    verdict, chosen = search.verdict_, search.choice_.chosen
    none = best_none(search)
    true = judged(search, train, y_train, rest, y_rest, chosen, none)
    gain = verdict.gain
    return {
        "table": name, "split": split, "rows": n_training, "judging": len(rest),
        "label": verdict.kind, "chosen": str(chosen.point), "sentence": str(verdict),
        "gain": [part / gain.baseline for part in (gain.mean, gain.lower, gain.upper)],
        "chance": gain.chance, "repeats": gain.n_repeats, "true": true, "seconds": seconds,
    }  # fmt: skip


def best_none(search):
    """Return the best point without regularization, and its epochs."""
    results = search.cv_results_
    points = [Point.of(**params) for params in results["params"]]
    without = [i for i, point in enumerate(points) if not point.active]
    best = min(without, key=lambda i: results["mean_test_loss"][i])
    return points[best], int(results["epochs"][best])


def judged(search, train, y_train, rest, y_rest, chosen, none) -> list[float]:
    """Return the gain on the unseen rows with its interval, as shares of the loss of none."""
    if not chosen.point.active:
        return [0.0, 0.0, 0.0]
    X, Z = (search.encoding_.apply(search, each, search.encoder_) for each in (train, rest))
    losses = [
        np.array([
            row_losses(search, X, y_train, Z, y_rest, point, epochs, seed)
            for seed in range(N_NETWORKS)
        ])
        for point, epochs in (none, (chosen.point, chosen.epochs))
    ]  # fmt: skip
    gain = repeated_gain(losses[0] - losses[1], inflation=0.0)
    return [float(part / losses[0].mean()) for part in (gain.mean, gain.lower, gain.upper)]


def row_losses(search, X, y, Z, wanted, point, epochs, seed):
    """Train one network and return its loss on every unseen row."""
    schedule = search.setting_.schedule
    form = {
        "hidden_layer_sizes": search.hidden_layer_sizes, "alpha": 0.0, "max_iter": epochs,
        "batch_size": schedule.batch_size, "random_state": seed, "tol": 0.0,
        "n_iter_no_change": epochs + 1, **point.as_dict(),
    }  # fmt: skip
    assert all(knob_of(name).home == "regularization" for name in point.as_dict())
    if isinstance(search, MLPRegressorCV):
        center, scale = float(np.mean(y)), float(np.std(y))
        network = MLPRegressor(**form).fit(X, (y - center) / scale)
        return (center + scale * network.predict(Z) - np.asarray(wanted)) ** 2
    network = MLPClassifier(**form).fit(X, y)
    proba = network.predict_proba(Z)[
        np.arange(len(wanted)), np.searchsorted(network.classes_, wanted)
    ]
    return -np.log(np.maximum(proba.astype(float), 1e-15))


def main() -> None:
    """Judge what is missing in the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    asked = parser.parse_args()
    done = set()
    if FIGURES.exists():
        rows = map(json.loads, FIGURES.read_text().splitlines())
        done = {(row["table"], row["split"]) for row in rows}
    # Before the processes import anything: one BLAS thread each.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    cases = ((name, split) for split, name in product(SPLITS, TABLES))
    missing = [each for each in cases if each not in done]
    with (
        ProcessPoolExecutor(asked.processes, get_context("spawn")) as pool,
        FIGURES.open("a") as file,
    ):
        for row in pool.map(judge_one, *zip(*((asked.folder, *each) for each in missing),
                                            strict=True)):  # fmt: skip
            print(f"{row['table']:20} {row['split']} {row['label']:22} "
                  f"{_percent(row['gain']):>25}  true {_percent(row['true']):>25}  "
                  f"{row['chosen']}", flush=True)  # fmt: skip
            file.write(json.dumps(row) + "\n")
            file.flush()
    print(as_table(map(json.loads, FIGURES.read_text().splitlines())))


def _percent(shares) -> str:
    mean, lower, upper = (100 * share for share in shares)
    return f"{mean:.1f} % ({lower:.1f} to {upper:.1f})"


def as_table(rows) -> str:
    """Return the lines of the table in docs/statistics.md."""
    return "\n".join(
        f"| {row['table']} | {row['rows']:,} | {row['label']} | {_percent(row['gain'])} | "
        f"{_percent(row['true'])} | {row['repeats']} |"
        for row in sorted(rows, key=lambda row: (row["table"], row["split"]))
    )


if __name__ == "__main__":
    main()
