"""Scaled numbers -> several numbers each, in which a small network sees steps and waves.

The encodings of Gorishniy, Rubachev and Babenko 2022 (arXiv 2203.05556), section 3, with nothing
that a network would have to learn: bins come from the training rows, and frequencies are fixed.
Frequencies that are trained along with the network, as in the paper, would be part of the network,
and are not here.
"""

from typing import Self, TypeAlias

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import AnyArray, Float32, Float64, Floating, Int64
from dropdecay.errors import BadSetting, unknown_choice

QUANTILE, TARGET, PERIODIC = "quantile", "target", "periodic"
NUMERIC_ENCODINGS = (QUANTILE, TARGET, PERIODIC)
"""Names of the encodings; None in place of a name: numbers stay as they are."""

N_BINS = 8
ROWS_PER_BIN, FEWEST_PER_BIN = 64, 8
"""A bin that the target draws holds at least 64 training rows, fewer where there are not 512."""

N_FREQUENCIES, SPREAD = 8, 0.1
"""Waves per column, and the standard deviation of their frequencies in waves per scaled unit, of
which most of a column spans two."""


class PiecewiseLinear(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns each column into one number per bin: 0 before the bin, 1 behind it, rising within.

    Of T bins with edges b_0 < ... < b_T the number of bin t is (x - b_{t-1}) / (b_t - b_{t-1}), at
    least 0 except in the first bin, and at most 1 except in the last (equation 1 of the paper).
    Outside of all bins a number goes on in a straight line for one more bin, and then stays.

    Parameters
    ----------
    bins : {"quantile", "target"}, default "quantile"
        Where edges lie: at quantiles of the column, equal ones taken once; or where a decision tree
        of this column alone cuts to tell the target, of the same training rows.
    n_bins : int, default 8
        Most bins of a column; one of few distinct values has fewer, and a constant one becomes 0.

    Attributes
    ----------
    source_ : int64 array, shape (n_bins_of_all,)
        The column that each bin belongs to, ascending.
    low_, width_ : float32 arrays, shape (n_bins_of_all,)
    least_, most_ : float32 arrays, shape (n_bins_of_all,)
        Where the number of a bin ends.
    """

    def __init__(self, bins: str = QUANTILE, n_bins: int = N_BINS):
        self.bins = bins
        self.n_bins = n_bins

    def fit(self, X: Floating, y: Floating | None = None) -> Self:
        """Find the bins.

        Parameters
        ----------
        X : shape (n_rows, n_columns)
            NaN where missing, which says nothing of bins.
        y : shape (n_rows, n_outputs), optional
            Values, or a column of 0 and 1 for each class; needed by ``bins="target"``.
        """
        made = [self._edges(X[:, i], y) for i in range(X.shape[1])]
        self.n_features_in_ = X.shape[1]
        parts = [_bins(each) for each in made]
        self.source_: Int64 = np.repeat(np.arange(len(made)), [each.shape[1] for each in parts])
        self.low_, self.width_, self.least_, self.most_ = np.hstack(
            [np.zeros((4, 0), np.float32), *parts]
        )
        return self

    def transform(self, X: Floating) -> Float32:
        """Return (n_rows, n_bins_of_all), bins of a column side by side, columns in order.

        Parameters
        ----------
        X : shape (n_rows, n_columns), finite
        """
        with np.errstate(over="ignore"):  # far beyond a bin of no width; cut to its end below
            bins = (X[:, self.source_].astype(np.float32) - self.low_) / self.width_
        numbers: Float32 = np.minimum(np.maximum(bins, self.least_), self.most_)
        return numbers

    def get_feature_names_out(self, input_features: object = None) -> AnyArray:
        """Return the names of the numbers: "age_bin0", "age_bin1", ..."""
        names = _names(input_features, self.n_features_in_)
        return np.array(
            [f"{names[i]}_bin{k}" for i, k in zip(self.source_, self._ranks(), strict=True)], object
        )

    def _ranks(self) -> Int64:
        """Return the place of each bin within its column."""
        return np.arange(self.source_.size) - np.searchsorted(self.source_, self.source_)

    def _edges(self, column: Floating, y: Floating | None) -> Float32:
        known = ~np.isnan(column)
        values = column[known]
        if not values.size:
            return np.zeros(1, np.float32)
        if self.bins == QUANTILE:
            edges = np.quantile(values, np.linspace(0, 1, self.n_bins + 1))
        else:
            if y is None:
                raise BadSetting("Bins by the target need the target.")
            edges = _cuts(values, y[known], self.n_bins)
        return np.unique(edges.astype(np.float32))


def _cuts(values: Floating, y: Floating, n_bins: int) -> Float64:
    """Return the ends of a column, and where a tree cuts it to tell the target.

    Over columns of 0 and 1, one a class, squared error is Gini's impurity.
    """
    from sklearn.tree import DecisionTreeRegressor  # a second to import, and seldom needed

    rows = min(ROWS_PER_BIN, max(values.size // FEWEST_PER_BIN, 1))
    tree = DecisionTreeRegressor(max_leaf_nodes=n_bins, min_samples_leaf=rows, random_state=0)
    nodes = tree.fit(values[:, None], y).tree_
    inner = nodes.threshold[nodes.children_left >= 0]
    return np.array([values.min(), *inner, values.max()], np.float64)


def _bins(edges: Float32) -> Float32:
    """Return low, width, least and most of the bins between ascending edges, (4, n_bins)."""
    if edges.size < 2:
        return np.array([[edges[0]], [1], [0], [0]], np.float32)
    low, width = edges[:-1], np.diff(edges)
    least, most = np.zeros_like(low), np.ones_like(low)
    least[0], most[-1] = -1, 2
    return np.stack([low, width, least, most])


class Periodic(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Adds waves to each column x: sin(2 pi c_k x) and cos(2 pi c_k x), of fixed frequencies c_k.

    The frequencies are drawn from a normal distribution (equation 2 of the paper, in which they
    are trained afterwards; here they are not). The column itself stays beside its waves, as for
    RealMLP (Holzmueller et al. 2024).

    Parameters
    ----------
    n_frequencies : int, default 8
    spread : float, default 0.1
        Standard deviation of the frequencies, in waves per unit of x.
    random_state : int, default 0
        Draws the frequencies.

    Attributes
    ----------
    source_ : int64 array, shape (n_numbers,)
        The column that each number belongs to, ascending.
    frequency_ : float32 array, shape (n_columns, n_frequencies)
    """

    def __init__(
        self, n_frequencies: int = N_FREQUENCIES, spread: float = SPREAD, random_state: int = 0
    ):
        self.n_frequencies = n_frequencies
        self.spread = spread
        self.random_state = random_state

    def fit(self, X: Floating, y: object = None) -> Self:
        """Draw the frequencies; of the rows only the number of columns counts."""
        self.n_features_in_ = X.shape[1]
        rng = np.random.default_rng(self.random_state)
        drawn = rng.normal(scale=self.spread, size=(X.shape[1], self.n_frequencies))
        self.frequency_: Float32 = drawn.astype(np.float32)
        self.source_: Int64 = np.repeat(np.arange(X.shape[1]), 1 + 2 * self.n_frequencies)
        return self

    def transform(self, X: Floating) -> Float32:
        """Return (n_rows, n_numbers): for each column itself, its sines and its cosines.

        Parameters
        ----------
        X : shape (n_rows, n_columns), finite
        """
        angles = 2 * np.pi * self.frequency_.astype(np.float64) * X[:, :, None]
        parts = (X[:, :, None].astype(np.float64), np.sin(angles), np.cos(angles))
        return np.concatenate(parts, axis=2).reshape(len(X), -1).astype(np.float32)

    def get_feature_names_out(self, input_features: object = None) -> AnyArray:
        """Return the names of the numbers: "age", "age_sin0", ..., "age_cos0", ..."""
        waves = [f"_{wave}{k}" for wave in ("sin", "cos") for k in range(self.n_frequencies)]
        names = _names(input_features, self.n_features_in_)
        return np.array([name + end for name in names for end in ("", *waves)], object)


def _names(input_features: object, n_columns: int) -> list[str]:
    if input_features is None:
        return [f"x{i}" for i in range(n_columns)]
    return [str(each) for each in input_features]  # type: ignore[attr-defined]  # names, by scikit-learn


NumericEncoding: TypeAlias = PiecewiseLinear | Periodic


def make_numeric_encoding(name: str | None) -> NumericEncoding | None:
    """Return an unfitted encoding by its name; None: numbers stay as they are.

    Raises
    ------
    BadSetting
        If there is no encoding of this name.
    """
    if name is None:
        return None
    if name not in NUMERIC_ENCODINGS:
        raise unknown_choice("numeric_encoding", name, NUMERIC_ENCODINGS)
    return Periodic() if name == PERIODIC else PiecewiseLinear(name)
