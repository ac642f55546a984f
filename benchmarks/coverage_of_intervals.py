"""How often intervals and sets by CV+ hold the truth of rows that nothing was fitted on.

    python -m benchmarks.coverage_of_intervals FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. At most 1,000 rows are fitted on,
70 % of a smaller table, and at most 5,000 others judge, on three random splits of each table. The
surface is small, since coverage must not depend on how good the networks are.
"""

import argparse
import json
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from benchmarks.timing import write
from benchmarks.verdict_on_tables import TABLES
from dropdecay import MLPClassifierCV, MLPRegressorCV

SPLITS, LEVELS = (0, 1, 2), (0.8, 0.9, 0.95)
MOST_FITTED, SHARE_FITTED, MOST_JUDGING = 1000, 0.7, 5000
SURFACE = {
    "hidden_layer_sizes": 32, "dropouts": (0.0, 0.3), "weight_decays": (0.0, 1.0), "max_iter": 40,
    "extend": False, "n_repeats": 1, "n_jobs": 1,
}  # fmt: skip


def measure(folder: Path, name: str, split: int) -> dict[str, object]:
    """Fit some rows of a table, and return how often the others are covered."""
    warnings.simplefilter("ignore")
    frame = pd.read_parquet(folder / f"{name}.parquet")
    X, y = frame.drop(columns="target"), frame["target"]
    is_classes = name != "california_housing"
    n_fitted = min(MOST_FITTED, int(SHARE_FITTED * len(X)))
    fitted, rest, y_fitted, y_rest = train_test_split(
        X, y, train_size=n_fitted, random_state=split, stratify=y if is_classes else None
    )
    rest, y_rest = rest[:MOST_JUDGING], y_rest[:MOST_JUDGING]
    began = time.process_time()
    kind = MLPClassifierCV if is_classes else MLPRegressorCV
    search = kind(**SURFACE, random_state=split).fit(fitted, y_fitted)
    seconds = time.process_time() - began
    covered, size = {}, {}
    for level in LEVELS:
        if is_classes:
            sets = search.predict_set(rest, level)
            true = np.searchsorted(search.classes_, y_rest)
            inside, sizes = sets[np.arange(len(rest)), true], sets.sum(axis=1)
        else:
            low, high = search.predict_interval(rest, level).T
            inside, sizes = (low <= y_rest) & (y_rest <= high), (high - low) / np.std(y_fitted)
        covered[str(level)], size[str(level)] = float(inside.mean()), float(sizes.mean())
    return {
        "table": name, "split": split, "fitted": n_fitted, "judging": len(rest),
        "classes": len(search.classes_) if is_classes else 0, "covered": covered, "size": size,
        "seconds": round(seconds, 1),
    }  # fmt: skip


def main() -> None:
    """Measure every table on every split; print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder, rows = parser.parse_args().folder, []
    for name in TABLES:
        for split in SPLITS:
            rows.append(measure(folder, name, split))
            print(json.dumps(rows[-1]), flush=True)
    write("coverage_of_intervals", rows)


if __name__ == "__main__":
    main()
