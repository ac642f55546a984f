"""Partial dependence: what networks say on average when a column is given a value in all rows.

Friedman (2001, section 8.2), over held-out rows and the networks of the folds. It shows what the
networks have learnt, which need not be what causes the target; where columns go together, some of
the rows it is averaged over are unlike any real one.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64, Floating
from dropdecay.explain.held_out import HeldOut
from dropdecay.statistics.corrected import paired_difference

MOST_COLUMNS = 6
MOST_VALUES, MOST_CATEGORIES, MOST_OUTPUTS = 20, 10, 3
MOST_ROWS = 100
"""Of each fold."""
ENDS = 0.05
"""Numbers run from this quantile to that at the other end."""


@dataclass(frozen=True)
class PartialDependence:
    """What the networks say of one output along the values of a column.

    Parameters
    ----------
    column : str
    kind : {"number", "category"}
    values : tuple of float or str
        Numbers at quantiles, or the most frequent categories.
    output : str
        Name of the class, or of the target.
    mean : tuple of float
        Over rows and folds: a probability, or a value in the user's units.
    lower, upper : tuple of float or None
        95 % interval of the mean over folds; None for a single fold.
    """

    column: str
    kind: str
    values: tuple[float | str, ...]
    output: str
    mean: tuple[float, ...]
    lower: tuple[float | None, ...]
    upper: tuple[float | None, ...]

    def as_dict(self) -> dict[str, object]:
        """Return this as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Outputs:
    """What the outputs of a network mean to the user.

    Parameters
    ----------
    names : tuple of str
        Of those that are shown, at most ``MOST_OUTPUTS``.
    of : callable
        Outputs of the network, (n, n_outputs) -> (n, n_names) in the user's units.
    are_probabilities : bool
    """

    names: tuple[str, ...]
    of: Callable[[Floating], Float64]
    are_probabilities: bool


def partial_dependence(
    folds: Sequence[HeldOut], columns: Sequence[str], outputs: Outputs, overlap: float
) -> tuple[PartialDependence, ...]:
    """Return the dependence on some columns, one by one, for each output."""
    folds = [each.first(MOST_ROWS) for each in folds]
    found = []
    for column in columns[:MOST_COLUMNS]:
        kind, values = grid(folds, column)
        if len(values) < 2:
            continue
        said = np.stack([_said(each, column, values, outputs) for each in folds])
        shown = tuple(values.tolist()) if kind == "number" else tuple(map(_written, values))
        for i, name in enumerate(outputs.names):
            mean, lower, upper = _over_folds(said[:, :, i], overlap, outputs.are_probabilities)
            found.append(PartialDependence(column, kind, shown, name, mean, lower, upper))
    return tuple(found)


def grid(folds: Sequence[HeldOut], column: str) -> tuple[str, AnyArray]:
    """Return "number" or "category", and the values that a column is given."""
    values = pd.concat([pd.Series(each.values_of(column)) for each in folds]).dropna()
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if is_number or pd.api.types.is_datetime64_any_dtype(values):
        ordered = np.sort(np.asarray(values))
        if np.unique(ordered).size > MOST_VALUES:
            places = np.linspace(ENDS, 1 - ENDS, MOST_VALUES) * (ordered.size - 1)
            ordered = ordered[np.round(places).astype(int)]
        return ("number" if is_number else "category"), np.unique(ordered)
    frequent = values.astype(object).value_counts().index[:MOST_CATEGORIES]
    return "category", np.array(list(frequent), dtype=object)


def _said(held_out: HeldOut, column: str, values: AnyArray, outputs: Outputs) -> Float64:
    """Return the mean over rows for each value, (n_values, n_names)."""
    said = outputs.of(held_out.fold.outputs(held_out.with_values(column, values)))
    by_value = said.reshape(len(values), len(held_out.encoded), -1)
    if held_out.weights is None or not held_out.weights.any():
        return np.asarray(by_value.mean(axis=1))
    return np.asarray(np.average(by_value, axis=1, weights=held_out.weights))


def _over_folds(
    said: Float64, overlap: float, are_probabilities: bool
) -> tuple[tuple[float, ...], tuple[float | None, ...], tuple[float | None, ...]]:
    parts = [paired_difference(each, overlap) for each in said.T]
    lowest, highest = (0.0, 1.0) if are_probabilities else (-np.inf, np.inf)

    def within(ends: Sequence[float]) -> tuple[float | None, ...]:
        return tuple(
            None if np.isnan(each) else float(min(max(each, lowest), highest)) for each in ends
        )

    mean = tuple(float(each.mean) for each in parts)
    return mean, within([each.lower for each in parts]), within([each.upper for each in parts])


def _written(value: object) -> str:
    if isinstance(value, np.datetime64):
        return str(pd.Timestamp(value).date())
    return str(value)
