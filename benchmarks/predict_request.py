"""One row predicted by a process that runs on, in turns with a pipeline of scikit-learn."""

import warnings
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.timing import write
from dropdecay import MLPClassifierCV

TURNS, WARM_UP = 200, 20
NUMBERS = ["age", "height", "weight"]


def table(n_rows: int = 400) -> tuple[pd.DataFrame, pd.Series]:
    """Return rows of numbers and names, and what is to be told."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(50, 15, (n_rows, 3)), columns=NUMBERS)
    colour = rng.choice(["red", "green", "blue"], n_rows)
    return frame.assign(colour=colour), (frame["age"] > 50) ^ (colour == "red")


def measure(what: str, ours: Any, theirs: Any, row: Any) -> dict[str, object]:
    """Time one row, ours and theirs in turns."""
    taken = np.empty((WARM_UP + TURNS, 2))
    for turn in taken:
        for who, model in enumerate((ours, theirs)):
            began = perf_counter()
            model.predict_proba(row)
            turn[who] = perf_counter() - began
    taken = 1e3 * taken[WARM_UP:]
    ratios = np.quantile(taken[:, 1] / taken[:, 0], [0.25, 0.5, 0.75]).tolist()
    ours_ms, theirs_ms = np.median(taken, axis=0).tolist()
    print(f"{what:<20}{ours_ms:8.2f} ms{theirs_ms:8.2f} ms   theirs / ours {ratios[1]:.2f}")
    return {
        "what": what, "ours ms": ours_ms, "scikit-learn ms": theirs_ms,
        "scikit-learn / ours": ratios,
    }  # fmt: skip


def main() -> None:
    """Fit an array and a table, time one row of each, print and keep the figures."""
    warnings.simplefilter("ignore")
    frame, y = table()
    kinds: list[tuple[str, Any, Any]] = [
        ("array", frame[NUMBERS].to_numpy(), StandardScaler()),
        ("numbers and names", frame, make_column_transformer(
            (StandardScaler(), NUMBERS), (OneHotEncoder(), ["colour"])
        )),
    ]  # fmt: skip
    rows = []
    for what, X, encoder in kinds:
        ours = MLPClassifierCV(
            100, dropouts=(0.0, 0.2), weight_decays=(0.0,), max_iter=5, n_repeats=1, baselines=False
        ).fit(X, y)
        theirs = make_pipeline(encoder, TheirClassifier(100, max_iter=5)).fit(X, y)
        rows.append(measure(what, ours, theirs, X[:1]))
    write("predict_request", rows)


if __name__ == "__main__":
    main()
