"""How many pairs of rows would be equal if none were a copy, as in a few columns of few values.

There are two estimates. The first is the chance that two rows agree in every column, each column
given the one that says most about it. The second looks at the pairs that differ in one column
alone: by chance some would have agreed there too. Pairs that agree throughout are left out of both,
or copies would explain themselves.
"""

import numpy as np
import pandas as pd
from scipy.sparse.csgraph import minimum_spanning_tree

from dropdecay.arrays import Float64, Int64, UInt64
from dropdecay.table.codes_of import codes_of

MAX_CELLS = 5_000_000
MAX_PAIRS = 100_000
MIN_PAIRS = 50
"""Fewer pairs that agree in two columns say nothing of how these depend on each other."""


def n_pairs(counts: Int64) -> float:
    """Return how many pairs there are within sets of these sizes."""
    sizes = counts.astype(np.float64)
    return float((sizes * (sizes - 1) / 2).sum())


def expected_equal_pairs(typed: pd.DataFrame, rows: Int64) -> float:
    """Return how many pairs of rows are expected to be equal if no row is a copy.

    Parameters
    ----------
    typed : DataFrame, shape (n_rows, n_columns)
    rows : shape (n_rows,)
        From :func:`dropdecay.table.codes_of.row_numbers`.
    """
    codes = np.column_stack([codes_of(typed[name]) for name in typed])
    every = n_pairs(np.array([len(rows)]))
    equal = n_pairs(np.bincount(rows))
    agreeing = np.array([n_pairs(np.bincount(column + 1)) for column in codes.T])
    chances = (agreeing - equal) / max(every - equal, 1.0)
    near = _by_near_misses(codes, chances, equal)
    if (chances <= 0).any():
        return near
    logarithm = np.log(chances).sum() + _gained_by_dependence(codes, rows)
    return max(near, every * float(np.exp(min(logarithm, 0.0))))


def _by_near_misses(codes: Int64, chances: Float64, equal: float) -> float:
    """Return the most equal pairs that those which differ in one column alone let expect."""
    of_cells = np.column_stack([_scattered(column, place) for place, column in enumerate(codes.T)])
    of_rows = of_cells.sum(axis=1, dtype=np.uint64)
    found = 0.0
    for place, chance in enumerate(chances):
        rest = pd.factorize(of_rows - of_cells[:, place])[0]
        near = n_pairs(np.bincount(rest)) - equal
        found = max(found, near * chance / (1 - chance) if chance < 1 else 0.0)
    return found


def _scattered(codes: Int64, place: int) -> UInt64:
    """Return random numbers of 64 bits for the values of a column, whose sums never collide."""
    rng = np.random.default_rng(place)
    drawn: UInt64 = rng.integers(2**64 - 1, size=codes.max() + 2, dtype=np.uint64)
    return drawn[codes + 1]


def _gained_by_dependence(codes: Int64, rows: Int64) -> float:
    """Return how much likelier dependent columns agree than independent ones, as a logarithm."""
    n_rows, n_columns = codes.shape
    size = min(MAX_PAIRS, MAX_CELLS // n_columns)
    one, other = np.random.default_rng(0).integers(n_rows, size=(2, size))
    differ = rows[one] != rows[other]
    agree = (codes[one[differ]] == codes[other[differ]]).astype(np.float32)
    lift = _lift(np.asarray(agree.T @ agree, np.float64), len(agree))
    # scipy finds the smallest sum of positive weights, and takes 0 for no edge.
    top = lift.max() + 1.0
    tree = minimum_spanning_tree(np.triu(top - lift, 1))
    return float(top * tree.nnz - tree.sum())


def _lift(both: Float64, n_sampled: int) -> Float64:
    alone = np.diag(both)
    with np.errstate(divide="ignore", invalid="ignore"):
        lift = np.log(both * n_sampled / np.outer(alone, alone))
    return np.where((both >= MIN_PAIRS) & (lift > 0), lift, 0.0)
