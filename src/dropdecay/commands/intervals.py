"""The columns that ``dropdecay predict --interval`` adds: ends of intervals, or sets of classes."""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray
from dropdecay.errors import BadInput, BadSetting
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.estimators.intervals import fold_networks_of
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV

BETWEEN = " | "
"""Between the classes of a set."""


def check_interval(level: float | None) -> None:
    """Refuse a level that is no share."""
    if level is not None and not 0.0 < level < 1.0:
        raise BadSetting(f"--interval must be between 0 and 1, such as 0.9. Got {level:g}.")


def interval_columns(estimator: NetworkEstimator) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    BadInput
        If the model has no networks of folds.
    """
    if not isinstance(estimator, (MLPClassifierCV, MLPRegressorCV)):
        raise BadInput(
            "--interval needs the networks of the folds. This model is a single network, which "
            "has none: fit a surface with dropdecay fit."
        )
    if getattr(estimator, "_many_labels", False):
        raise BadInput(
            "--interval needs one class a row; this model predicts many labels at once. Fit a "
            "model for each label."
        )
    fold_networks_of(estimator, "--interval")
    if isinstance(estimator, MLPClassifierCV):
        return ["set"]
    if estimator._flat:
        return ["lower", "upper"]
    return [f"{end}_{i}" for i in range(estimator.n_outputs_) for end in ("lower", "upper")]


def intervals_of(
    estimator: NetworkEstimator, rows: pd.DataFrame | AnyArray, level: float
) -> AnyArray:
    """Return what stands in these columns, (n_rows, n_columns)."""
    if isinstance(estimator, MLPClassifierCV):
        names = np.array([str(each) for each in estimator.classes_], dtype=object)
        sets = estimator.predict_set(rows, level)
        return np.array([[BETWEEN.join(names[each])] for each in sets], dtype=object)
    assert isinstance(estimator, MLPRegressorCV)  # its columns have been named
    return estimator.predict_interval(rows, level).reshape(len(rows), -1)
