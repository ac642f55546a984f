"""Paired differences over folds whose training sets overlap: Nadeau and Bengio's correction."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy import stats

from dropdecay.arrays import Float64

LEVEL = 0.95
MOST_REPEATS = 20


@dataclass(frozen=True)
class PairedDifference:
    """Mean of paired differences, with an interval that knows of the overlap.

    Parameters
    ----------
    mean, standard_error, lower, upper : float
        In the unit of the differences; ``standard_error`` is the corrected one.
    p_value : float
        Two-sided, of no difference.
    level : float
        Of the interval.
    """

    mean: float
    standard_error: float
    lower: float
    upper: float
    p_value: float
    level: float

    def as_dict(self) -> dict[str, float]:
        """Return plain JSON values."""
        return asdict(self)


def corrected_variance(differences: Float64, test_share: float) -> float:
    """Return the variance of the mean: s**2 * (1 / n + n_test / n_train).

    Folds share training rows, so their figures are correlated and s**2 / n is too small (Nadeau &
    Bengio 2003, equation 11).

    Parameters
    ----------
    differences : shape (n,)
        One a fold, and repeat of the cross-validation.
    test_share : float
        Validation rows divided by training rows of a fold: 1 / (k - 1) for k folds.
    """
    n = differences.size
    return float(differences.var(ddof=1) * (1.0 / n + test_share))


def paired_difference(
    differences: Float64, test_share: float, level: float = LEVEL
) -> PairedDifference:
    """Test and bound a mean of paired differences by the corrected resampled t (n - 1 degrees).

    Raises
    ------
    ValueError
        If there are fewer than two differences.
    """
    n = differences.size
    if n < 2:
        raise ValueError(f"A paired difference needs at least 2 folds. Got {n}.")
    mean = float(differences.mean())
    error = float(np.sqrt(corrected_variance(differences, test_share)))
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * error
    p_value = _two_sided(mean, error, n - 1)
    return PairedDifference(mean, error, mean - half, mean + half, p_value, level)


def _two_sided(mean: float, error: float, degrees: int) -> float:
    if error == 0.0:
        return 1.0 if mean == 0.0 else 0.0
    return float(2 * stats.t.sf(abs(mean) / error, degrees))


def repeats_to_tell(differences: Float64, test_share: float, level: float = LEVEL) -> int | None:
    """Return how many times the cross-validation must run until the interval leaves 0 out.

    Other cuts of the same rows shrink 1 / n and the t quantile, never the overlap; so often no
    number is enough.

    Returns
    -------
    int or None
        Repeats in all, up to 20; None: it takes more rows.
    """
    spread = float(differences.std(ddof=1))
    for repeats in range(1, MOST_REPEATS + 1):
        n = repeats * differences.size
        half = stats.t.ppf(0.5 + level / 2, n - 1) * spread * np.sqrt(1.0 / n + test_share)
        if half < abs(float(differences.mean())):
            return repeats
    return None
