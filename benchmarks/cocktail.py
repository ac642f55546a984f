"""What a cocktail of regularizers brings over the surface of dropout and weight decay.

    python -m benchmarks.cocktail FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. The tables are those that Kadra
et al. (2021, arXiv 2106.11189, Table 2) measured, split as for ``make accuracy``: 80 % to learn
from, the rest judges. Classes are weighted, as theirs are. The same search is made without
``cocktail`` and with it, from the same store, so that the second picks up the networks of the
first; beside them stand the balanced accuracies of their network without regularization and with
their cocktail, which are of other rows. A table and split that is in the figures already is not
done again.
"""

import argparse
import json
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.accuracy_run import known_rows, of_classes, rounded, versions, warm_up
from benchmarks.accuracy_tables import N_SPLITS, Split, split_of
from benchmarks.timing import FIGURES
from dropdecay import MLPClassifierCV

THEIRS = {
    "blood_transfusion": (67.836, 67.617), "australian": (86.268, 87.088),
    "vehicle": (83.766, 82.576), "credit_g": (69.405, 74.643), "anneal": (84.131, 89.270),
    "car": (97.442, 99.587), "kc1": (70.274, 74.381), "mfeat_factors": (97.750, 98.000),
    "jasmine": (78.048, 79.217), "bank_marketing": (78.076, 85.993), "adult": (76.893, 82.443),
}  # fmt: skip
"""Balanced accuracy, %, of their plain network and of their cocktail, smallest tables first."""

FILE = FIGURES / "cocktail.jsonl"
UNLIMITED = 1e9
"""Seconds: within a budget no rows are set aside, which is of no use here."""


def measure(folder: Path, table: str, number: int) -> dict[str, Any]:
    """Search a split without a cocktail and with it."""
    split = split_of(folder, table, number)
    with TemporaryDirectory() as store:
        found = {mixed: _judged(split, number, Path(store) / "runs", mixed) for mixed in (0, 1)}
    return {"table": table, "split": number, "plain": found[0], "cocktail": found[1],
            "versions": versions(("scikit-learn", "numba"))}  # fmt: skip


def _judged(split: Split, number: int, store: Path, mixed: int) -> dict[str, Any]:
    search = MLPClassifierCV(
        class_weight="balanced", cocktail=bool(mixed), budget=UNLIMITED, n_repeats=1,
        baselines=False, keep_folds=False, n_jobs=1, random_state=number, store=store,
    ).fit(split.X, split.y)  # fmt: skip
    tuning = search.tuning_
    return {
        **rounded(of_classes(search, split.X_test, split.y_test)),
        "loss_in_folds": round(search.best_loss_, 6),
        "kept": {} if tuning is None else tuning.as_dict()["params"],
    }


def tell(lines: list[dict[str, Any]]) -> None:
    """Print what the cocktail brings on each table, and over all of them."""
    rows = [
        {
            "table": each["table"], "split": each["split"],
            **{f"{name}, {how}": scale * each[how][figure] for how in ("plain", "cocktail")
               for name, figure, scale in (("balanced accuracy", "balanced_accuracy", 100.0),
                                           ("loss", "log_loss", 1.0))},
            "theirs, plain": THEIRS[each["table"]][0],
            "theirs, cocktail": THEIRS[each["table"]][1],
            "kept": ", ".join(" ".join(pair) for pair in each["cocktail"]["kept"].items()),
        }
        for each in lines
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    print(frame.to_string(index=False, float_format="{:.3f}".format))
    by_table = frame.drop(columns=["split", "kept"]).groupby("table").mean()
    print(by_table.mean().to_string(float_format="{:.3f}".format))
    for name in ("balanced accuracy", "loss"):
        brought = by_table[f"{name}, cocktail"] - by_table[f"{name}, plain"]
        half = stats.t.ppf(0.975, len(brought) - 1) * brought.std(ddof=1) / np.sqrt(len(brought))
        print(
            f"{name}: {brought.mean():+.4f} by the cocktail, 95 % interval over "
            f"{len(brought)} tables {brought.mean() - half:+.4f} to {brought.mean() + half:+.4f}"
        )


def main() -> None:
    """Judge every table and split that is not judged yet, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=N_SPLITS)
    parser.add_argument("--summary", action="store_true", help="only print what there is")
    asked = parser.parse_args()
    lines = list(known_rows(FILE))
    done = {(each["table"], each["split"]) for each in lines}
    warm_up()
    for number, name in product(range(asked.splits), THEIRS):
        if (name, number) not in done and not asked.summary:
            lines.append(measure(asked.folder, name, number))
            with FILE.open("a", encoding="utf-8") as file:
                file.write(f"{json.dumps(lines[-1])}\n")
    tell(lines)


if __name__ == "__main__":
    main()
