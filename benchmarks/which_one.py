"""Which regularization helps on which table: twelve tables, three sizes, three networks.

    python -m benchmarks.which_one DATA

DATA is a folder of Parquet files, the target their last column. Each cell is a whole search over
three dropout rates and three weight decays, on rows drawn at random: judged on five folds, its
contenders on three cuts of the rows. A cell in the figures is not measured again, so that it can be
stopped at any time: twenty minutes of one core. ``benchmarks.which_one_page`` makes the page.
"""

import argparse
import json
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split

from benchmarks.timing import FIGURES
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_cost
from dropdecay.statistics.corrected import paired_difference

KEPT = FIGURES / "which_one.jsonl"
TABLES = (
    "adult", "banana", "bank_marketing", "california_housing", "car", "jasmine", "kc1", "marketing",
    "mfeat_factors", "penbased", "spambase", "texture",
)  # fmt: skip
OF_VALUES = ("california_housing",)
ROWS = (150, 500, 1500)
NETWORKS = {"128-128": (128, 128), "32": (32,), "64-64-64-64": (64,) * 4}
DROPOUTS, DECAYS = (0.0, 0.2, 0.5), "tau:none,60,15"
N_REPEATS = 3
MOST_EPOCHS = {150: 600, 500: 300, 1500: 150}
"""By rows: a few thousand steps each."""
OVERLAP = 1 / 4
"""Rows held out beside rows trained on, five folds."""

Cell = tuple[str, int, str]


def cells() -> Iterator[Cell]:
    """Yield what is to be measured, so ordered that a part of it is already a study."""
    for network, rows, table in product(NETWORKS, ROWS, TABLES):
        yield table, rows, network


def rows_of(folder: Path, table: str, n_rows: int) -> tuple[pd.DataFrame, pd.Series]:
    """Draw rows of a table, classes as they are in all of it."""
    frame = pd.read_parquet(folder / f"{table}.parquet")
    y = frame["target"] if table in OF_VALUES else frame["target"].astype(str)
    kept, _ = train_test_split(
        np.arange(len(frame)), train_size=n_rows, random_state=0,
        stratify=None if table in OF_VALUES else y,
    )  # fmt: skip
    return frame.drop(columns="target").iloc[kept], y.iloc[kept]


def judged(folder: Path, table: str, n_rows: int, network: str) -> dict[str, Any]:
    """Search one cell; return its verdict, what each kind brings, and what may predict it."""
    X, y = rows_of(folder, table, n_rows)
    kind, linear = (
        (MLPRegressorCV, Ridge()) if table in OF_VALUES
        else (MLPClassifierCV, LogisticRegression(max_iter=1000))
    )  # fmt: skip
    search = kind(
        NETWORKS[network], dropouts=DROPOUTS, weight_decays=DECAYS, extend=False, n_jobs=1,
        max_iter=MOST_EPOCHS[n_rows], n_repeats=N_REPEATS, baselines={"linear": linear},
        keep_folds=False, random_state=0,
    ).fit(X, y)  # fmt: skip
    gain = search.verdict_.gain
    none = of_none(search)
    constant = float(search.results_.attrs["baseline_loss"])
    (straight,) = search.baselines_.models
    return {
        "table": table, "rows": n_rows, "network": network, "label": search.verdict_.kind,
        "chosen": search.chosen_params_, "none": none["loss"], "constant": constant,
        "gap": none["gap"], "linear": straight.loss,
        "weights": int(sum(each.size for each in search.coefs_)),
        "epochs": search.epochs_, "dropout_over_decay": dropout_over_decay(search),
        "gain": [gain.mean, gain.lower, gain.upper], "chance": gain.chance,
        "effects": {
            each.name: [each.gain.mean, each.gain.lower, each.gain.upper]
            for each in search.verdict_.effects if each.gain is not None
        },
    }  # fmt: skip


def of_none(search: Any) -> dict[str, float]:
    """Return the loss without regularization at its best epoch, and the gap there."""
    found = search.cv_results_
    (place,) = [
        i for i, each in enumerate(found["params"])
        if each["dropout"] == 0 and each["weight_decay"] == 0
    ]  # fmt: skip
    loss = float(found["mean_test_loss"][place])
    return {"loss": loss, "gap": loss - float(found["mean_train_loss"][place])}


def dropout_over_decay(search: Any) -> list[float]:
    """Return by how much dropout alone beats decay alone, each fold judging the others' picks."""
    curves = curves_of(search.results_)
    costs = [
        left_out_cost(curves, curves.members(kind), "best", "loss").mean(axis=1)
        for kind in ("dropout", "weight_decay")
    ]
    found = paired_difference(costs[1] - costs[0], OVERLAP)
    return [found.mean, found.lower, found.upper]


def kept() -> list[dict[str, Any]]:
    """Return the cells that are measured."""
    return [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []


def measure(folder: Path) -> None:
    """Measure what is missing, one line a cell."""
    done = {(each["table"], each["rows"], each["network"]) for each in kept()}
    for cell in cells():
        if cell not in done:
            found = judged(folder, *cell)
            with KEPT.open("a") as file:
                file.write(json.dumps(found) + "\n")
            print(*cell, found["label"], found["gain"], found["chosen"], flush=True)


def main() -> None:
    """Measure what is missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    measure(asked.data)


if __name__ == "__main__":
    main()
