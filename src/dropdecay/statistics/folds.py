"""How precise a mean over folds and seeds is: standard errors and variance components."""

from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64


def standard_error(values: Float64, folds_per_repeat: int | None = None) -> Float64:
    """Return the standard error of the mean over the last axis: SD(ddof=1) / sqrt(k).

    Like ``cvsd`` in R's glmnet, and unlike scikit-learn's ``std_test_score``, which is a population
    standard deviation and sqrt(k - 1) times as large.

    Parameters
    ----------
    values : shape (..., n_folds)
        One value per fold, averaged over seeds first: seeds are not folds.
    folds_per_repeat : int, optional
        Folds in one complete cross-validation, if it is repeated. It limits k, since splitting the
        same rows again adds no information from new rows.

    Returns
    -------
    shape (...)
        NaN if there is only one fold, or a NaN among the values.

    Examples
    --------
    >>> import numpy as np
    >>> standard_error(np.array([1.0, 2.0, 3.0])).round(4)
    np.float64(0.5774)
    """
    n_folds = values.shape[-1]
    if n_folds < 2:
        return np.full(values.shape[:-1], np.nan)
    k = n_folds if folds_per_repeat is None else min(n_folds, folds_per_repeat)
    error: Float64 = values.std(axis=-1, ddof=1) / np.sqrt(k)
    return error


@dataclass(frozen=True)
class Components:
    """Variance between folds and between seeds within a fold, in squared units of the values.

    Parameters
    ----------
    fold, seed : shape (...)
    """

    fold: Float64
    seed: Float64


def variance_components(values: Float64) -> Components:
    """Split the variance of each point's values into folds and seeds, by the method of moments.

    Within a fold, only the seed component varies; the means of folds vary by the fold component
    and by what remains of the seed component after averaging, so

        seed = mean over folds of the variance over seeds
        fold = max(0, variance over folds of the means - seed / n_seeds)

    (one-way random effects, balanced: Searle, Casella & McCulloch 1992, section 3.6).

    Parameters
    ----------
    values : shape (..., n_folds, n_seeds)

    Returns
    -------
    Components
        With one seed, ``seed`` is NaN and ``fold`` contains both. With one fold, both are NaN.
    """
    n_folds, n_seeds = values.shape[-2:]
    unknown = np.full(values.shape[:-2], np.nan)
    if n_folds < 2:
        return Components(unknown, unknown)
    between: Float64 = values.mean(axis=-1).var(axis=-1, ddof=1)
    if n_seeds < 2:
        return Components(between, unknown)
    seed: Float64 = values.var(axis=-1, ddof=1).mean(axis=-1)
    return Components(np.maximum(0.0, between - seed / n_seeds), seed)
