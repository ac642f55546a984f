"""The rules that pick a point: the lowest mean cost, or the smallest gap among those as good.

Costs are losses or negative scores: lower is better.
"""

from collections.abc import Callable

import numpy as np

from dropdecay.arrays import Bool, Float64
from dropdecay.statistics.folds import standard_error


def lowest(cost: Float64) -> int:
    """Return the point with the lowest mean over folds, the first at a tie.

    Parameters
    ----------
    cost : shape (n_points, n_folds)
        Points with a NaN are skipped.
    """
    mean = cost.mean(axis=1)
    return int(np.argmin(np.where(np.isnan(mean), np.inf, mean)))


def as_good_as(cost: Float64, best: int, folds_per_repeat: int | None = None) -> Bool:
    """Return which points lie within one standard error of the best one.

    The standard error is that of the paired difference to the best point. The textbook's is that of
    the best point's own mean (Breiman et al. 1984, section 3.4.3; Hastie, Tibshirani & Friedman
    2009, section 7.10; ``lambda.1se`` of R's glmnet); all points share folds and random numbers
    here, so differences are several times as sharp, and the textbook's rule would call points as
    good that are plainly worse.

    Parameters
    ----------
    cost : shape (n_points, n_folds)
    best : int
        With one fold there is no standard error, and only points no worse than this count.
    folds_per_repeat : int, optional
        See :func:`standard_error`.
    """
    difference = cost - cost[best]
    allowance = np.nan_to_num(standard_error(difference, folds_per_repeat))
    as_good: Bool = difference.mean(axis=1) <= allowance
    return as_good


def pick_best(cost: Float64, gap: Float64, folds_per_repeat: int | None = None) -> int:
    """Pick the lowest mean cost, whatever the gap."""
    del gap, folds_per_repeat
    return lowest(cost)


def pick_one_standard_error(
    cost: Float64, gap: Float64, folds_per_repeat: int | None = None
) -> int:
    """Pick the smallest gap among the points as good as the best.

    The textbook rule takes the simplest of them; since different axes share no order of
    simplicity, the measured generalization gap takes its place.

    Parameters
    ----------
    cost : shape (n_points, n_folds)
    gap : shape (n_points,)
        Validation minus training loss, both in evaluation mode.
    folds_per_repeat : int, optional
        See :func:`standard_error`.
    """
    as_good = as_good_as(cost, lowest(cost), folds_per_repeat)
    return int(np.argmin(np.where(as_good, gap, np.inf)))


RULES: dict[str, Callable[..., int]] = {
    "best": pick_best,
    "one_se": pick_one_standard_error,
}
