"""Numbers that stand for a missing value, such as -999: found by how far off they lie."""

import numpy as np

from dropdecay.arrays import Float64


def _codes(n_digits: int) -> tuple[float, ...]:
    """Return what surveys write for "refused", "not known", "not asked": 777, 888, 997 to 999."""
    last = float(10**n_digits - 1)
    same = (float("7" * n_digits), float("8" * n_digits), last)
    return same if n_digits == 1 else (*same, last - 1, last - 2)


NEGATIVE = (-200.0, -6999.0, -7999.0, *(-each for n in range(1, 7) for each in _codes(n)))
"""Where all other values are zero or more."""

POSITIVE = tuple(each for n in range(3, 7) for each in _codes(n))

FACTOR = 10.0
"""A positive one is so many times the largest other value."""

FEWEST = 2
"""A value that occurs once is a value."""


def stand_ins_of(values: Float64) -> tuple[float, ...]:
    """Return the numbers that stand for nothing in a column, lowest first.

    Parameters
    ----------
    values : shape (n_known,)
        Without NaN.
    """
    below: tuple[float, ...] = ()
    if values.min() in NEGATIVE:
        below = _below(values)
        values = values[~np.isin(values, below)]
    return (*below, *(_above(values) if values.size and values.max() in POSITIVE else ()))


def _below(values: Float64) -> tuple[float, ...]:
    found, counts = np.unique(values[values < 0], return_counts=True)
    others = values[values >= 0]
    if not others.size or not np.isin(found, NEGATIVE).all() or counts.min() < FEWEST:
        return ()
    # Beside 0 to 5, -9 is far; beside 0 to 500 it may be a measurement below zero.
    far = -found.max() > min(others.max() / FACTOR, 50.0)
    return tuple(found.tolist()) if far else ()


def _above(values: Float64) -> tuple[float, ...]:
    found, counts = np.unique(values[np.isin(values, POSITIVE)], return_counts=True)
    taken = found[counts >= FEWEST]
    while taken.size and (others := values[~np.isin(values, taken)]).size:
        far = taken >= FACTOR * np.abs(others).max()
        if far.all():
            return tuple(taken.tolist())
        taken = taken[far]
    return ()
