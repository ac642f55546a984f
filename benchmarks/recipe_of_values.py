"""What else could be done with the target of regression: transforms of it, by table.

    python -m benchmarks.recipe_of_values FOLDER [--splits 2] [--tables NAME ...]
        [--candidates NAME ...] [--summary]

FOLDER is that of ``benchmarks.accuracy``. Two of its tables have values for a target; of the others
the column of numbers with the most different values is predicted, if it has at least fifty, from
all other columns and the class. At most 1,000 rows are trained on and the others judge, by
the root mean squared error and the mean absolute one of the values as they are. All candidates are
searched over the points of ``benchmarks.recipe``. One line a table, split and candidate is appended
to ``benchmarks/figures/recipe_of_values.jsonl``; interrupted, it goes on. The summary is written
into ``docs/accuracy.md``.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, RobustScaler

from benchmarks.accuracy_page import interval, table
from benchmarks.accuracy_run import known_rows, rounded, versions
from benchmarks.accuracy_summary import by_cell, compare
from benchmarks.accuracy_tables import OF_VALUES, TABLES, Split, split_of, with_few_rows
from benchmarks.candidates_command import run
from benchmarks.recipe import DEFAULT, MAX_TRAINING, SEARCHED
from benchmarks.timing import FIGURES
from dropdecay import MLPRegressorCV

FILE = FIGURES / "recipe_of_values.jsonl"
FEWEST = 50
"""Different values of a column, from which it counts as a target of values."""
MEASURES = ("rmse_share", "mae_share")


class WithinRange(RegressorMixin, BaseEstimator):
    """A regressor whose predictions stay within the values that it was taught."""

    def __init__(self, regressor):
        self.regressor = regressor

    def fit(self, X: Any, y: Any) -> Self:
        """Fit the regressor."""
        self.regressor_ = clone(self.regressor).fit(X, y)
        self.range_ = np.min(y), np.max(y)
        return self

    def predict(self, X: Any) -> Any:
        """Return predictions, cut to the range of the target."""
        return np.clip(self.regressor_.predict(X), *self.range_)


def of_transformed(transformer: Any) -> Callable[[Any], Any]:
    """Return what gives a regressor a transformed target, and transforms its predictions back."""
    return lambda regressor: TransformedTargetRegressor(regressor, transformer=transformer)


CANDIDATES: dict[str, Callable[[Any], Any]] = {
    DEFAULT: lambda regressor: regressor,
    "targets normal by quantiles": of_transformed(
        QuantileTransformer(n_quantiles=100, output_distribution="normal", random_state=0)
    ),
    "targets by a signed logarithm": of_transformed(
        make_pipeline(RobustScaler(), FunctionTransformer(np.arcsinh, np.sinh, check_inverse=False))
    ),
    "predictions within the values seen": WithinRange,
}


def values_of(folder: Path, name: str, number: int) -> Split | None:
    """Return a split whose target is values; None: the table has no column of them."""
    split = split_of(folder, name, number)
    if name in OF_VALUES:
        return split
    # Of all rows, so that every split of a table has the same column.
    counts = pd.concat([split.X, split.X_test]).select_dtypes("number").nunique()
    if counts.empty or counts.max() < FEWEST:
        return None
    column, parts = counts.idxmax(), {}
    for X, y, end in ((split.X, split.y, ""), (split.X_test, split.y_test, "_test")):
        known = X[column].notna().to_numpy()
        features = X.drop(columns=column).assign(target_class=[f"class {each}" for each in y])
        parts |= {f"X{end}": features[known], f"y{end}": X[column][known].to_numpy(float)}
    return replace(split, is_classes=False, **parts)


def measure(folder: Path, name: str, number: int, candidate: str) -> dict[str, Any] | None:
    """Fit a candidate to at most 1,000 rows of a split and judge it on the others."""
    split = values_of(folder, name, number)
    if split is None:
        return None
    split, began = with_few_rows(split, MAX_TRAINING), time.process_time()
    model = CANDIDATES[candidate](MLPRegressorCV(**SEARCHED, random_state=number))
    model.fit(split.X, split.y)
    seconds = time.process_time() - began
    y, predicted = split.y_test, np.ravel(model.predict(split.X_test))
    of_constant = root_mean_squared_error(y, np.full(y.shape, split.y.mean()))
    return {
        "table": name, "split": number, "contender": candidate, "rows": len(split.X),
        **rounded({
            "r2": r2_score(y, predicted),
            "rmse_share": root_mean_squared_error(y, predicted) / of_constant,
            "mae_share": mean_absolute_error(y, predicted) / of_constant,
        }),
        "cpu_seconds": round(seconds, 2), "versions": versions(("numba",)),
    }  # fmt: skip


def summary() -> str:
    """Return what each candidate gains over the default, paired, over tables."""
    frame = pd.DataFrame(known_rows(FILE))
    cells = {name: by_cell(frame, name, CANDIDATES) for name in MEASURES}
    body = []
    for name in cells[MEASURES[0]].columns.drop(DEFAULT):
        found = [compare(each, measure, DEFAULT, name) for measure, each in cells.items()]
        parts = [part for each in found for part in (interval(each), str(each.n_better))]
        body.append([name, str(found[0].n_tables), *parts])
    head = [
        "candidate", "tables", "RMSE, % of a constant's", "better on",
        "mean absolute error, % of the same", "better on",
    ]  # fmt: skip
    return table(head, body)


if __name__ == "__main__":
    run(__doc__, FILE, TABLES, CANDIDATES, measure, summary, "recipe of values", n_splits=2)
