"""Numbers -> near zero in float64 -> [-3, 3]: centred, scaled by their quartiles and squashed.

The result equals that of skrub's SquashingScaler to the last bit (except that quartiles closer
than 2e-15 are scaled like any others), but all columns are scaled at once: skrub would process a
table of 5,000 columns one by one, which takes minutes.
"""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import Bool, Float32, Float64, Int64

LIMIT = 3.0
QUARTERS = (0.25, 0.5, 0.75)
MAX_DISTANCE = 1e6  # exactly 3.0 after squashing in float32; farther out, squares overflow


class Scaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Scale columns of numbers; missing ones become 0, the median, and are marked in a column.

    z = (x - median) / (upper quartile - lower quartile), or if the quartiles are equal
    z = 2 (x - median) / (largest - smallest); x becomes z / sqrt(1 + (z / 3) ** 2), as for RealMLP
    (Holzmueller et al. 2024). A constant column becomes 0.

    Attributes
    ----------
    center_, factor_, divisor_ : arrays, shape (n_columns,)
        z = factor * (x - center) / divisor; one of factor and divisor is 1, except for a constant
        column, whose factor is 0.
    has_missing_ : bool array, shape (n_columns,)
        Columns with missing values at fit; each gets an indicator column.
    """

    def fit(self, X: Float32, y: object = None) -> Self:
        """Compute median, quartiles and range of every column, ignoring missing values."""
        lowest, highest = np.nanmin(X, axis=0), np.nanmax(X, axis=0)
        self.has_missing_: Bool = np.asarray(np.isnan(X).any(axis=0), dtype=bool)
        low, high = np.nanpercentile(X, (25, 75), axis=0)
        by_range = low == high
        self.center_: Float32 = np.nanmedian(X, axis=0).astype(np.float32)
        # Quartiles may lie between two float32 numbers: kept in float64, as skrub does.
        self.divisor_: Float64 = np.where(by_range, 1.0, high - low)
        spread = highest - lowest
        factor = np.float32(2) / (spread + np.finfo(np.float32).tiny)
        self.factor_: Float32 = np.where(by_range, factor, np.float32(1))
        self.factor_[spread == 0] = 0
        return self

    def transform(self, X: Float32) -> Float32:
        """Return the squashed columns, followed by one indicator per column with missing values.

        Parameters
        ----------
        X : float32 array, shape (n_rows, n_columns)
            Finite, or NaN where missing.

        Returns
        -------
        float32 array, shape (n_rows, n_columns + n_indicators)
        """
        z = self.factor_ * ((X - self.center_) / self.divisor_).astype(np.float32)
        squashed = z / np.sqrt(1 + (z / LIMIT) ** 2)
        missing = np.isnan(X)
        squashed[missing] = 0
        return np.hstack([squashed, missing[:, self.has_missing_].astype(np.float32)])


def near_zero(values: Float64) -> tuple[Float64, Int64]:
    """Return of each column the median, and the power of two nearest to the interquartile range.

    If the quartiles are equal, the full range is used. NaN is ignored; at least one value of each
    column is not.

    Parameters
    ----------
    values : shape (n_rows, n_columns)
    """
    quartiles, ends = np.empty((3, values.shape[1])), np.empty((2, values.shape[1]))
    has_gaps = np.isnan(values).any(axis=0)
    full = values[:, ~has_gaps]
    quartiles[:, ~has_gaps] = np.quantile(full, QUARTERS, axis=0, method="lower")
    ends[:, ~has_gaps] = full.min(axis=0), full.max(axis=0)
    for place in np.flatnonzero(has_gaps):
        known = values[~np.isnan(values[:, place]), place]
        quartiles[:, place] = np.quantile(known, QUARTERS, method="lower")
        ends[:, place] = known.min(), known.max()
    # Quarters, so that the difference of two huge numbers is finite.
    between = quartiles[2] / 4 - quartiles[0] / 4
    spread = np.where(between == 0, ends[1] / 4 - ends[0] / 4, between)
    return quartiles[1], np.where(spread == 0, 0, np.frexp(spread)[1] + 2)


def moved(values: Float64, centers: Float64, exponents: Int64) -> Float64:
    """Return (values - centers) / 2 ** exponents, at most ``MAX_DISTANCE`` from zero.

    Parameters
    ----------
    values : shape (n_rows, n_columns)
    centers, exponents : shape (n_columns,)
    """
    with np.errstate(over="ignore", under="ignore"):
        near = np.ldexp(values / 4 - centers / 4, 2 - exponents)
    return np.clip(near, -MAX_DISTANCE, MAX_DISTANCE)
