"""Paired differences over folds whose training sets overlap: Nadeau and Bengio's correction.

Folds share training rows, so their values are correlated and the variance of their mean is larger
than s**2 / n. With n folds in total, over all repeats of the cross-validation, it is estimated as

    s**2 * (1 / n + n_validation / n_training),

with Student's t on n - 1 degrees of freedom. Nadeau & Bengio (2003, section 3, "corrected resampled
t") derive it for random subsamples. For the k folds of a cross-validation, repeated or not, it is a
heuristic (Bouckaert & Frank 2004): no unbiased estimator of the variance of k-fold cross-validation
exists (Bengio & Grandvalet 2004). Seeds are averaged within each fold first: they are not folds.

It serves the race, comparisons on the folds of the surface, and the verdict where contenders are
not repeated. With repeats its second term would never fall, however many there are: see ``hybrid``.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from dropdecay.arrays import Bool, Float64, Int64

LEVEL = 0.95


@dataclass(frozen=True)
class PairedDifference:
    """Mean of paired differences, with an interval that accounts for the overlap.

    Parameters
    ----------
    mean, standard_error, lower, upper : float
        In the units of the differences; ``standard_error`` is the corrected one. All but the mean
        are NaN for one fold.
    p_value : float
        For the hypothesis of no difference, two-sided or one-sided as requested.
    level : float
        Confidence level of the interval, which is two-sided.
    n_folds : int
    """

    mean: float
    standard_error: float
    lower: float
    upper: float
    p_value: float
    level: float
    n_folds: int


def overlap_of(n_training: Int64, n_validation: Int64) -> float:
    """Return the mean of validation rows over training rows; 1 / (k - 1) for k equal folds.

    Parameters
    ----------
    n_training, n_validation : shape (n_folds,)
        Numbers of rows in each fold; folds may differ in size.
    """
    return float((n_validation / n_training).mean())


def corrected_variance(variance: Float64, n_folds: int, overlap: float) -> Float64:
    """Return the variance of a mean over folds, given the variance of one fold's value."""
    return variance * (1.0 / n_folds + overlap)


def paired_difference(
    differences: Float64,
    overlap: float,
    *,
    level: float = LEVEL,
    alternative: str = "two-sided",
) -> PairedDifference:
    """Test a mean of paired differences, with an interval, by the corrected resampled t.

    Parameters
    ----------
    differences : shape (n_folds,)
        Averaged over seeds, for the folds of all repeats.
    overlap : float
        Validation rows divided by training rows of a fold.
    level : float, default 0.95
    alternative : {"two-sided", "less", "greater"}
        As in SciPy: ``"less"`` tests for a mean below 0.

    Raises
    ------
    ValueError
        If there are no differences.

    Examples
    --------
    >>> import numpy as np
    >>> found = paired_difference(np.array([0.1, 0.3, 0.2, 0.2, 0.2]), overlap=0.25)
    >>> round(found.mean, 3), round(found.lower, 3), round(found.upper, 3)
    (0.2, 0.068, 0.332)
    """
    n_folds = differences.size
    if n_folds < 1:
        raise ValueError("A paired difference needs at least 1 fold. Got 0.")
    mean = float(differences.mean())
    if n_folds < 2:
        return PairedDifference(mean, np.nan, np.nan, np.nan, np.nan, level, n_folds)
    error = float(np.sqrt(corrected_variance(differences.var(ddof=1), n_folds, overlap)))
    half = float(special.stdtrit(n_folds - 1, 0.5 + level / 2)) * error
    p_value = float(_p_values(np.array(mean), np.array(error), n_folds - 1, alternative))
    return PairedDifference(mean, error, mean - half, mean + half, p_value, level, n_folds)


def behind_leader(losses: Float64, overlap: float, level: float = LEVEL) -> Bool:
    """Return which points are behind the leader on the folds run so far, for racing.

    The leader has the lowest mean loss. A point is behind if the one-sided corrected paired test
    finds its mean higher at significance level ``1 - level``. Points with identical losses on
    every fold are never separated.

    Parameters
    ----------
    losses : shape (n_points, n_folds)
        On the folds run so far, averaged over seeds. NaN: diverged.
    overlap : float
        For the whole design, not for the folds run so far.
    level : float, default 0.95

    Returns
    -------
    shape (n_points,)
        Points with a NaN are behind. With fewer than two folds, or if all diverged, no others are.
    """
    unfinished: Bool = np.asarray(np.isnan(losses).any(axis=1))
    n_folds = losses.shape[1]
    if n_folds < 2 or unfinished.all():
        return unfinished
    leader = int(np.argmin(np.where(unfinished, np.inf, losses.mean(axis=1))))
    differences = losses[~unfinished] - losses[leader]
    error = np.sqrt(corrected_variance(differences.var(axis=1, ddof=1), n_folds, overlap))
    behind = unfinished.copy()
    p_values = _p_values(differences.mean(axis=1), error, n_folds - 1, "greater")
    behind[~unfinished] = p_values < 1.0 - level
    return behind


def _p_values(mean: Float64, error: Float64, degrees: int, alternative: str) -> Float64:
    """Return p-values; without any spread, t is infinite, or 0 if the mean is 0."""
    # Student's t by functions of numbers: one of scipy.stats takes forty times as long, and a
    # picture of partial dependence asks hundreds of times.
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((error == 0.0) & (mean == 0.0), 0.0, mean / error)
    if alternative == "less":
        return np.asarray(special.stdtr(degrees, t))
    if alternative == "greater":
        return np.asarray(special.stdtr(degrees, -t))
    return np.asarray(2.0 * special.stdtr(degrees, -np.abs(t)))
