"""Whether columns of numbers are of scales so different that a single network trains badly."""

import numpy as np
from scipy.sparse import issparse

from dropdecay.arrays import Float64
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import ScaleWarning
from dropdecay.warn_user import warn_user

MOST_ROWS = 10_000
RATIO, LARGE = 25.0, 10.0
"""From where on the widest column is too wide: so many times the lower quartile of all standard
deviations, and a standard deviation that no standardized, one-hot or pixel column in [0, 1] has. Of
eleven tables the nine with a ratio from 28 on lost 0.02 to 0.24 of accuracy to scaled columns."""


SMALLEST = 1e-9
"""Range of a target that the steps of Adam, which are about the learning rate, drown."""


def warn_of_small_target(values: Float64) -> None:
    """Warn if a target that is taken as it is varies too little to be learnt.

    Parameters
    ----------
    values : shape (n_rows, n_targets)
    """
    spread = np.ptp(values, axis=0)
    small = (spread > 0.0) & (spread < SMALLEST)
    if small.any():
        warn_user(
            f"y varies by only {spread[small].min():.0e}, and this network takes it as it is, "
            "which it cannot learn. Give it in other units, or scale it: "
            "TransformedTargetRegressor(..., "
            "transformer=StandardScaler()); the CV estimators scale by themselves.",
            ScaleWarning,
        )


def warn_of_scales(X: Matrix) -> None:
    """Warn if the columns of a dense array have very different scales.

    Parameters
    ----------
    X : shape (n_rows, n_features)
        Finite; the first 10,000 rows are looked at.
    """
    if issparse(X) or X.shape[1] < 2:
        return
    spread = np.asarray(X[:MOST_ROWS], np.float64).std(axis=0)
    spread = spread[spread > 0.0]
    if spread.size < 2:
        return
    narrow, widest = float(np.quantile(spread, 0.25, method="lower")), float(spread.max())
    if widest >= LARGE and widest >= RATIO * narrow:
        warn_user(
            f"Columns have standard deviations from {spread.min():.2g} to {widest:.2g}, and this "
            "network takes them as they are, which trains badly. Scale them: "
            "make_pipeline(StandardScaler(), ...); the CV estimators scale by themselves.",
            ScaleWarning,
        )
