"""A glance at many orders of the rows of a large table: which deserve a closer look."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from sklearn.ensemble import ExtraTreesRegressor

from dropdecay.arrays import AnyArray, Float32, Float64, Int64
from dropdecay.table.codes_of import codes_of

MAX_SAMPLED = 3_000
BLOCK = 150
"""Rows that stand together, of which some are looked at where there are too many."""

MIN_GLANCE = 0.1
"""Less correlation of neighbours at a glance will not be the twice as much that counts."""

LARGEST = float(np.finfo(np.float32).max)


def blocks_of(order: Int64, rng: np.random.Generator) -> tuple[Int64, Int64]:
    """Return rows in an order, and the number of the block of each: some blocks of too many."""
    block = np.arange(len(order)) // BLOCK
    if len(order) > MAX_SAMPLED:
        kept = rng.choice(int(block.max()), MAX_SAMPLED // BLOCK, replace=False)
        order, block = order[np.isin(block, kept)], block[np.isin(block, kept)]
    return order, block


def correlation(one: Float64, other: Float64) -> float:
    """Return the correlation of numbers with a mean of zero, over all columns together."""
    size = np.sqrt(float((one**2).sum()) * float((other**2).sum()))
    return float((one * other).sum() / size) if size else 0.0


def telling_orders(
    features: pd.DataFrame,
    target: AnyArray,
    together: Int64 | None,
    orders: Mapping[str, Int64],
    *,
    is_classes: bool,
) -> dict[str, Int64]:
    """Return the orders in which neighbours share what one forest leaves of the target.

    The forest learns from other rows than it is tried on, once for all orders.

    Parameters
    ----------
    features : DataFrame, shape (n_rows, n_columns)
    target : shape (n_rows,)
    together : shape (n_rows,) or None
        A number for rows that belong together.
    orders : mapping of str to array of row numbers
    is_classes : bool
    """
    n_rows = len(features)
    outputs = (
        np.asarray(pd.get_dummies(target), np.float64) if is_classes
        else np.asarray(pd.Series(target, dtype=np.float64).rank(pct=True), np.float64)[:, None]
    )  # fmt: skip
    taught = np.random.default_rng(0).choice(n_rows, MAX_SAMPLED, replace=False)
    units = np.arange(n_rows) if together is None else together
    is_known = np.isin(units, units[taught])
    forest = ExtraTreesRegressor(15, min_samples_leaf=2, max_features=0.4, random_state=0)
    forest.fit(_numbers(features.iloc[taught]), outputs[taught].squeeze())
    found = {}
    for name, order in orders.items():
        rows, block = blocks_of(order, np.random.default_rng(0))
        said = forest.predict(_numbers(features.iloc[rows])).reshape(-1, outputs.shape[1])
        left = outputs[rows] - said
        fresh = ~is_known[rows]
        beside = (block[1:] == block[:-1]) & fresh[1:] & fresh[:-1]
        if correlation(left[1:][beside], left[:-1][beside]) >= MIN_GLANCE:
            found[name] = order
    return found


def _numbers(features: pd.DataFrame) -> Float32:
    """Return columns as trees take them, alike for any rows; what float32 cannot hold is cut."""
    columns = [
        codes_of(column) if isinstance(column.dtype, pd.CategoricalDtype)
        else np.clip(column.to_numpy(np.float64, na_value=np.nan), -LARGEST, LARGEST)
        for _, column in features.items()
    ]  # fmt: skip
    return np.column_stack(columns).astype(np.float32)
