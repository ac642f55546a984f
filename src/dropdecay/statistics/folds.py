"""What folds and seeds say about the precision of a mean."""

from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64


def standard_error(values: Float64) -> Float64:
    """Return the standard error of the mean over the last axis: SD(ddof=1) / sqrt(k).

    As ``cvsd`` of R's glmnet, unlike scikit-learn's ``std_test_score``, which is a population
    standard deviation and sqrt(k - 1) times as large.

    Parameters
    ----------
    values : shape (..., n_folds)
        One figure a fold, seeds averaged before: seeds are not folds.

    Returns
    -------
    shape (...)
        NaN where there is one fold only, or a NaN among the values.
    """
    n_folds = values.shape[-1]
    if n_folds < 2:
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(values.std(axis=-1, ddof=1) / np.sqrt(n_folds))


@dataclass(frozen=True)
class Components:
    """Variance between folds and between seeds within a fold, in squared units of the values."""

    fold: float
    seed: float


def variance_components(values: Float64) -> Components:
    """Split the variance of one point's figures into folds and seeds, by the method of moments.

    Within a fold the seeds vary by the seed component alone; the means of folds vary by the fold
    component and what of the seeds has not averaged out (Searle, Casella & McCulloch 1992, 3.6).

    Parameters
    ----------
    values : shape (n_folds, n_seeds)

    Returns
    -------
    Components
        ``seed`` is NaN for one seed; ``fold`` then holds both, and is never below 0.
    """
    n_folds, n_seeds = values.shape
    if n_folds < 2:
        return Components(np.nan, np.nan)
    between = float(values.mean(axis=1).var(ddof=1))
    if n_seeds < 2:
        return Components(between, np.nan)
    seed = float(values.var(axis=1, ddof=1).mean())
    return Components(max(0.0, between - seed / n_seeds), seed)
