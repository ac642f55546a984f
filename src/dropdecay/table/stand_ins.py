"""Numbers that stand for a missing value, such as -999: found by how far off they lie."""

import numpy as np

from dropdecay.arrays import Float64

NEGATIVE = (-9.0, -99.0, -200.0, -999.0, -9999.0, -99999.0, -999999.0)
"""Where all other values are zero or more."""

POSITIVE = (999.0, 9999.0, 99999.0, 999999.0)

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
    low, high = values.min(), values.max()
    found = []
    if low in NEGATIVE:
        others = values[values != low]
        beyond = others.size and others.min() >= 0 and (values == low).sum() >= FEWEST
        # Beside 0 to 5, -9 is far; beside 0 to 500 it may be a measurement below zero.
        if beyond and abs(low) > min(others.max() / FACTOR, 50.0):
            found.append(float(low))
    if high in POSITIVE:
        others = values[(values != high) & (values != low if found else True)]
        if (
            others.size
            and high >= FACTOR * np.abs(others).max()
            and (values == high).sum() >= FEWEST
        ):
            found.append(float(high))
    return tuple(found)
