"""Whether the order of the rows, or a date, tells the target beyond the features.

Folds shuffle rows. That does no harm to rows that somebody sorted; but where a row resembles the
one before it, as a measurement every hour does, a network is judged by rows whose neighbours it
knows.
"""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Int64
from dropdecay.safe_text import quoted
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.hidden_groups import as_outputs, left_of_target
from dropdecay.table.names import AS_THEY_STAND
from dropdecay.table.sample import N_FOLDS, Sample
from dropdecay.table.telling_orders import MAX_SAMPLED, blocks_of, correlation, telling_orders

MIN_ROWS = 60
OF_ORDER = ("row-order", "sorted", "date-order-matters")
"""Findings that validation in time heeds already."""

FEW_DATES = 2
"""More are glanced at first."""

MIN_ALIKE = 0.2
"""The correlation of what the features leave of the target with that of the next row."""

MIN_Z = 6.0
MIN_BLOCK = 15
"""Rows of one class in a row, on average, that nature hardly makes."""

SORTED = 0.98
"""The share of steps in one direction, in a sorted target."""


def row_order(
    typed: pd.DataFrame, target: AnyArray, together: Int64 | None, *, is_classes: bool
) -> tuple[Finding, ...]:
    """Return what the order of the rows, and of the dates, says of the target.

    Parameters
    ----------
    typed : DataFrame
    target : shape (n_rows,)
    together : shape (n_rows,) or None
        A number for rows that folds do not part: they are alike for another reason.
    is_classes : bool
    """
    target = np.asarray(target)
    if len(typed) < MIN_ROWS:
        return ()
    # A date would explain what is asked for.
    rest = typed.select_dtypes(exclude="datetime")
    found = []
    if stand := _blocks(target) if is_classes else _sorted(target):
        sentence = (
            f"The rows {stand}. Folds shuffle them, which does no harm unless the order is that of "
            "time."
        )
        found.append(Finding("sorted", None, sentence, f"--time {AS_THEY_STAND} if it is"))
    else:
        alike = _alike(rest, target, together, np.arange(len(typed)), is_classes=is_classes)
        if alike is not None:
            sentence = (
                "Rows that stand next to each other share the target beyond the features "
                f"(correlation {alike:.2f}): shuffled folds judge a row by its neighbours. If the "
                "order is that of time, or of place, cut by it."
            )
            option = f"--time {AS_THEY_STAND}, --time COLUMN or --group COLUMN"
            found.append(Finding("row-order", None, sentence, option, grave=True))
    orders = {
        str(name): np.argsort(column.to_numpy(), kind="stable")[: int(column.notna().sum())]
        for name, column in typed.items() if pd.api.types.is_datetime64_any_dtype(column)
    }  # fmt: skip
    if len(orders) > FEW_DATES and len(typed) > 2 * MAX_SAMPLED and rest.shape[1]:
        orders = telling_orders(rest, target, together, orders, is_classes=is_classes)
    for name, order in orders.items():
        alike = _alike(rest, target, together, order, is_classes=is_classes)
        if alike is not None:
            sentence = (
                f"Rows close in {quoted(name)} share the target beyond the features (correlation "
                f"{alike:.2f}): shuffled folds judge the past by the future."
            )
            option = typed_option("--time", name)
            found.append(Finding("date-order-matters", name, sentence, option, grave=True))
    return tuple(found)


def _blocks(target: AnyArray) -> str:
    """Return that the rows stand in blocks of one class; empty: in none to speak of."""
    codes = pd.factorize(target)[0]
    blocks = 1 + int(np.count_nonzero(np.diff(codes)))
    shares = np.bincount(codes) / len(codes)
    by_chance = len(codes) * float(1 - shares @ shares)
    few = blocks <= min(len(codes) / MIN_BLOCK, by_chance / 3)
    return f"stand in {blocks} blocks of one class each" if few else ""


def _sorted(target: AnyArray) -> str:
    steps = np.diff(np.asarray(target, np.float64))
    steps = steps[steps != 0]
    if steps.size < MIN_ROWS / 4:
        return ""
    up = float(np.mean(steps > 0))
    return "are sorted by the target" if max(up, 1 - up) >= SORTED else ""


def _alike(
    typed: pd.DataFrame, target: AnyArray, together: Int64 | None, order: Int64, *, is_classes: bool
) -> float | None:
    """Return how alike neighbours are in what the features leave; None: no more than by chance."""
    if not typed.shape[1]:
        return None
    rng = np.random.default_rng(0)
    order, block = blocks_of(order, rng)
    if len(order) < MIN_ROWS:
        return None
    units = np.arange(len(order)) if together is None else together[order]
    _, unit = np.unique(units, return_inverse=True)
    fold = rng.permutation(int(unit.max()) + 1)[unit] % N_FOLDS
    sample = Sample(typed.iloc[order], order, len(typed),
                    *as_outputs(target[order], is_classes=is_classes), fold)  # fmt: skip
    left = left_of_target(sample)
    neighbours = (block[1:] == block[:-1]) & (unit[1:] != unit[:-1])
    alike = correlation(left[1:][neighbours], left[:-1][neighbours])
    z = alike * np.sqrt(np.count_nonzero(neighbours))
    return alike if alike >= MIN_ALIKE and z >= MIN_Z else None
