"""Permutation importance: how much the loss of held-out rows rises when a column is shuffled.

Breiman (2001), on rows that the network of the fold has not seen, so that only what it has learnt
of a column and what holds for new rows counts (Fisher, Rudin & Dominici 2019, "model reliance").
Each fold gives one rise of each column, and the interval over folds is the corrected one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple, Self

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.buffers import n_params, views
from dropdecay.explain.held_out import HeldOut
from dropdecay.statistics.corrected import paired_difference

MOST_ROWS = 2_000
MOST_COLUMNS = 200
MOST_ORDERS = 5
MOST_PRODUCTS = 10_000_000_000
"""Multiplications that all shuffled rows together take: a few seconds of one core."""
MOST_ENCODED = 200_000
"""Shuffled rows in all, where each has to be encoded."""
ALIKE = 0.9
"""Columns with at least this correlation stand in for each other."""
SEED = 0x73687566
"""Stands in the seed of the permutations, so that nothing else draws the same numbers."""


@dataclass(frozen=True)
class ColumnImportance:
    """How much the loss rises when a column is shuffled.

    Parameters
    ----------
    column : str
    rise : float
        Mean over folds, in the units of the loss.
    standard_error, lower, upper : float or None
        Of the mean, with a 95 % interval; None for a single fold.
    by_fold : tuple of float
    """

    column: str
    rise: float
    standard_error: float | None
    lower: float | None
    upper: float | None
    by_fold: tuple[float, ...]


@dataclass(frozen=True)
class Importance:
    """The importance of all columns that were measured, the greatest rise first.

    Parameters
    ----------
    loss : str
        What the loss is called.
    columns : tuple of ColumnImportance
    n_rows : int
        Held-out rows on which it was measured.
    n_orders : int
        Permutations of each column in each fold.
    n_left_out : int
        Columns that were not measured.
    sentence : str
    """

    loss: str
    columns: tuple[ColumnImportance, ...]
    n_rows: int
    n_orders: int
    n_left_out: int
    sentence: str

    def as_dict(self) -> dict[str, object]:
        """Return this as JSON values."""
        return {**asdict(self), "columns": [asdict(each) for each in self.columns]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Return what :meth:`as_dict` has written, maybe by way of JSON."""
        columns = (
            ColumnImportance(**{**each, "by_fold": tuple(each["by_fold"])})
            for each in stored["columns"]
        )
        return cls(**{**stored, "columns": tuple(columns)})

    def __str__(self) -> str:
        return self.sentence


class Effort(NamedTuple):
    """What is measured within the limits."""

    columns: tuple[str, ...]
    n_orders: int


def importance_of(
    folds: Sequence[HeldOut],
    loss_name: str,
    loss_of: Callable[[HeldOut, Floating], Float64],
    overlap: float,
    random_state: int,
) -> Importance | None:
    """Shuffle every column in every fold, and compare the losses.

    Parameters
    ----------
    folds : sequence of HeldOut
    loss_name : str
    loss_of : callable
        (rows, outputs for them once or several times) -> mean loss, once a time.
    overlap : float
        Validation rows over training rows, for the intervals.
    random_state : int

    Returns
    -------
    Importance or None
        None: even one permutation of one column would take too long.
    """
    effort = effort_for(folds)
    if effort is None:
        return None
    rises = np.empty((len(effort.columns), len(folds)))
    for number_of_fold, fold in enumerate(folds):
        drawn = np.random.default_rng((random_state, SEED, number_of_fold))
        orders = [drawn.permutation(len(fold.encoded)) for _ in range(effort.n_orders)]
        (as_it_is,) = loss_of(fold, fold.fold.outputs(fold.encoded))
        for i, column in enumerate(effort.columns):
            shuffled = loss_of(fold, fold.fold.outputs(fold.shuffled(column, orders)))
            rises[i, number_of_fold] = shuffled.mean() - as_it_is
    found = [
        _summary(name, each, overlap) for name, each in zip(effort.columns, rises, strict=True)
    ]
    ranked = tuple(sorted(found, key=lambda each: -each.rise))
    n_left_out = len(folds[0].columns) - len(ranked)
    sentences = [_headline(ranked, loss_name)]
    together = _stand_in(folds, [each.column for each in ranked[:10]])
    if together:
        sentences.append(together)
    if n_left_out:
        sentences.append(
            f"{n_left_out} of {len(folds[0].columns)} columns with the smallest weights were not "
            "measured."
        )
    return Importance(
        loss_name, ranked, sum(len(each.encoded) for each in folds), effort.n_orders, n_left_out,
        " ".join(sentences),
    )  # fmt: skip


def effort_for(folds: Sequence[HeldOut]) -> Effort | None:
    """Return how many columns are measured, and how often they are shuffled, within the limits."""
    n_rows = sum(len(each.encoded) for each in folds)
    networks = folds[0].fold
    products = n_rows * n_params(networks.network) * len(networks.params)
    affordable = MOST_PRODUCTS // products
    if any(each.blocks is None for each in folds):
        affordable = min(affordable, MOST_ENCODED // n_rows)
    n_columns = min(len(folds[0].columns), MOST_COLUMNS, affordable)
    if n_columns < 1:
        return None
    return Effort(_heaviest(folds, n_columns), int(min(MOST_ORDERS, affordable // n_columns)))


def _heaviest(folds: Sequence[HeldOut], n_columns: int) -> tuple[str, ...]:
    """Return the columns that move the first layer most, where not all are measured."""
    columns = folds[0].columns
    if n_columns >= len(columns) or any(each.blocks is None for each in folds):
        return columns[:n_columns]
    moved = np.zeros(len(columns))
    for each in folds:
        assert each.blocks is not None
        first = np.mean(
            [(views(each.fold.network, params)[0][0] ** 2).sum(axis=1) for params in
             each.fold.params], axis=0,
        )  # fmt: skip
        of_features = first * each.encoded.var(axis=0)
        moved += [of_features[each.blocks[name]].sum() for name in columns]
    kept = np.sort(np.argsort(-moved, kind="stable")[:n_columns])
    return tuple(columns[i] for i in kept)


def _summary(column: str, by_fold: Float64, overlap: float) -> ColumnImportance:
    over_folds = paired_difference(by_fold, overlap)
    parts = (over_folds.standard_error, over_folds.lower, over_folds.upper)
    error, lower, upper = (None if np.isnan(each) else float(each) for each in parts)
    return ColumnImportance(
        column, float(over_folds.mean), error, lower, upper, tuple(by_fold.tolist())
    )


def _headline(ranked: Sequence[ColumnImportance], loss: str) -> str:
    """Name the columns whose rise is above 0 for certain."""
    sure = [each for each in ranked if each.lower is not None and each.lower > 0.0]
    if not sure:
        return f"No column alone raises the {loss} for certain when it is shuffled."
    # Without figures: a loss in squared units says nothing to a reader, and the picture has them.
    most = "most" if sure[0] is ranked[0] else "most of those that are certain to"
    text = f"Shuffling {sure[0].column} raises the {loss} {most}"
    if sure[1:]:
        text += f"; then {' and '.join(each.column for each in sure[1:3])}"
    n_unsure = len(ranked) - len(sure)
    raise_it = "raises" if n_unsure == 1 else "raise"
    rest = f" {n_unsure} of {len(ranked)} columns {raise_it} it by nothing that is certain."
    return f"{text}.{rest if n_unsure else ''}"


def _stand_in(folds: Sequence[HeldOut], columns: Sequence[str]) -> str:
    """Name the two most correlated of some columns, if they stand in for each other."""
    pairs = _correlations(folds, columns)
    alike = [pair for pair in pairs if abs(pair[2]) >= ALIKE]
    if not alike:
        return ""
    one, other, r = max(alike, key=lambda pair: abs(pair[2]))
    more = f", and {len(alike) - 1} more pairs" if len(alike) > 1 else ""
    return (
        f"{one} and {other} go together (correlation {r:.2f}){more}: each stands in for the other, "
        "so both matter more than shown."
    )


def _correlations(folds: Sequence[HeldOut], columns: Sequence[str]) -> list[tuple[str, str, float]]:
    """Return the correlation of each pair of columns that are one number each and vary."""
    numbers: dict[str, list[Floating]] = {}
    for each in folds:
        for name in columns:
            block: Int64 = np.empty(0, np.int64) if each.blocks is None else each.blocks[name]
            if block.size == 1 and each.encoded[:, block[0]].std() > 0.0:
                values = each.encoded[:, block[0]].astype(np.float64)
                numbers.setdefault(name, []).append((values - values.mean()) / values.std())
    whole = {name: parts for name, parts in numbers.items() if len(parts) == len(folds)}
    names = list(whole)
    together = {name: np.concatenate(parts) for name, parts in whole.items()}
    return [
        (one, other, float(np.mean(together[one] * together[other])))
        for i, one in enumerate(names)
        for other in names[i + 1 :]
    ]
