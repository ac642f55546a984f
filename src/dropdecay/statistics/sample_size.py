"""How many more folds or seeds it takes to make an interval short enough."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from dropdecay.statistics.corrected import LEVEL, corrected_variance

MAX_REPEATS = 20
MAX_SEEDS = 20


@dataclass(frozen=True)
class Needed:
    """Additional folds with the seeds unchanged, or additional seeds with the folds unchanged.

    Parameters
    ----------
    folds : int or None
        Additional folds, in complete repeats of the cross-validation. None: not even 20 repeats
        are enough, since splitting the same rows again never removes the overlap of training sets.
    seeds : int or None
        Additional seeds. None: not even 20 are enough, or the seed component is unknown because
        there is only one seed.
    """

    folds: int | None
    seeds: int | None


def needed_to_tell(
    distance: float,
    fold_variance: float,
    seed_variance: float,
    *,
    n_folds: int,
    n_seeds: int,
    overlap: float,
    n_repeats: int = 1,
    level: float = LEVEL,
) -> Needed:
    """Find how many more make the interval's half-width less than a distance, at equal variances.

    One fold's value has variance ``fold_variance + seed_variance / n_seeds``; the mean over n folds
    has (1 / n + overlap) times that.

    Parameters
    ----------
    distance : float
        From the mean to the value that the interval should exclude.
    fold_variance, seed_variance : float
        Variance components of a single value; ``seed_variance`` is NaN for one seed.
    n_folds, n_seeds : int
        The current numbers.
    overlap : float
        Validation rows divided by training rows of a fold.
    n_repeats : int, default 1
        Complete cross-validations that the folds form.
    level : float, default 0.95
    """

    def enough(folds: int, seeds: int) -> bool:
        variance = fold_variance + np.nan_to_num(seed_variance) / seeds
        error = np.sqrt(corrected_variance(variance, folds, overlap))
        # With one fold, t has 0 degrees of freedom and is NaN, so one is never enough.
        return bool(stats.t.ppf(0.5 + level / 2, folds - 1) * error < distance)

    more = range(0, MAX_REPEATS * n_folds, max(1, n_folds // n_repeats))
    folds = next((extra for extra in more if enough(n_folds + extra, n_seeds)), None)
    if np.isnan(seed_variance):
        seeds = None
    else:
        seeds = next((m for m in range(n_seeds, MAX_SEEDS + 1) if enough(n_folds, m)), None)
    return Needed(
        folds=folds,
        seeds=None if seeds is None else seeds - n_seeds,
    )
