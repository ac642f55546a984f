"""What each part of some rows contributes to a figure that is no mean over rows, such as the AUC.

The contribution of a part with mass m out of M is its jackknife pseudo-value

    theta + (M / m - 1) (theta - theta without the part),

theta being the figure of all rows (Tukey 1958; Efron & Tibshirani 1993, chapter 11; for parts of
unequal size Busing, Meijer & van der Leeden 1999). For a mean over rows that is the mean of the
part, exactly. For a smooth figure their mean is the figure itself, up to terms of order 1 / M, and
they vary as rows do: whatever is done with losses by row can be done with them.
"""

from collections.abc import Callable

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Int64

Figure = Callable[[Int64], float]
"""Positions of rows -> the figure of these rows; NaN: it has none."""


def pseudo_values(figure: Figure, parts: Int64, mass: Float64) -> Float64:
    """Return, for every row, the pseudo-value of its part.

    Parameters
    ----------
    figure : callable
    parts : shape (n_rows,)
        The part of each row; -1: of none, so that nothing is left out for it.
    mass : shape (n_rows,)
        What a row counts in the figure, >= 0.

    Returns
    -------
    shape (n_rows,)
        NaN for rows of no part, and where the figure is not defined without the part. A part with
        all of the mass has the figure of all rows; one without mass contributes nothing, 0.
    """
    everyone = np.arange(parts.size)
    of_all, total = figure(everyone), float(mass.sum())
    values = np.full(parts.size, np.nan)
    for part in np.unique(parts[parts >= 0]).tolist():
        here = parts == part
        own = float(mass[here].sum())
        values[here] = of_all if own > 0.0 else 0.0
        if 0.0 < own < total:
            values[here] += (total / own - 1.0) * (of_all - figure(everyone[~here]))
    return values


def blocks_of(
    units: AnyArray, strata: Int64, n_blocks: int, random_state: np.random.Generator
) -> Int64:
    """Deal units of rows into about equally many blocks, and return the block of each row.

    Parameters
    ----------
    units : shape (n_rows,)
        Rows of one unit stay together: groups, or the numbers of the rows.
    strata : shape (n_rows,)
        Units of one stratum are dealt next to each other, so that few blocks hold rows of two.
    n_blocks : int
        At most; a unit each where there are no more units.
    random_state : Generator
    """
    _, first, unit_of_row = np.unique(units, return_index=True, return_inverse=True)
    n_units = first.size
    order = np.lexsort((random_state.random(n_units), strata[first]))
    block_of_unit = np.empty(n_units, np.int64)
    block_of_unit[order] = np.arange(n_units) * min(n_blocks, n_units) // n_units
    return block_of_unit[unit_of_row.ravel()]
