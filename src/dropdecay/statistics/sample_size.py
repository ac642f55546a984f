"""How many more folds or seeds would make an interval short enough."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from dropdecay.statistics.corrected import LEVEL, corrected_variance

MAX_REPEATS = 20
MAX_SEEDS = 20


@dataclass(frozen=True)
class Needed:
    """More folds with the seeds as they are, or more seeds with the folds as they are.

    Parameters
    ----------
    folds : int or None
        Further folds, whole repeats of the cross-validation; None: no number up to 20 repeats is
        enough, since other cuts of the same rows never remove the overlap of training sets.
    seeds : int or None
        Further seeds; None: no number up to 20 is enough, or one seed cannot say.
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
    """Find how many more make half the interval shorter than a distance, if variances stay.

    One fold's figure varies by ``fold_variance + seed_variance / n_seeds``; the mean over n folds
    by (1 / n + overlap) times that.

    Parameters
    ----------
    distance : float
        From the mean to the value that the interval shall leave out.
    fold_variance, seed_variance : float
        Components of one figure's variance; ``seed_variance`` is NaN for one seed.
    n_folds, n_seeds : int
        As they are now.
    overlap : float
        Validation rows divided by training rows of a fold.
    n_repeats : int, default 1
        Whole cross-validations that the folds make up.
    level : float, default 0.95
    """

    def enough(folds: int, seeds: int) -> bool:
        variance = fold_variance + np.nan_to_num(seed_variance) / seeds
        error = np.sqrt(corrected_variance(variance, folds, overlap))
        # One fold has t on 0 degrees, which is NaN, and so is never enough.
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
