"""Which alternatives tuning tries, what task each makes, and at which point they are compared."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
from scipy.sparse import issparse

from dropdecay.axes import Axes, Axis, Point
from dropdecay.data.category_encoding import CATEGORY_ENCODINGS, check_embeds, embeds
from dropdecay.decay_memory import Pace, pace_of
from dropdecay.engine.embeddings import FEWEST
from dropdecay.errors import BadSetting, Parameter
from dropdecay.estimators.base import hidden_sizes
from dropdecay.estimators.surface_task import SurfaceTask, in_blocks, smallest_training
from dropdecay.knob_steps import half_decades_above, half_decades_below
from dropdecay.knobs import Value
from dropdecay.selection.tuning import PRINTED
from dropdecay.table.encode import MAX_CATEGORIES
from dropdecay.table.numeric_encoding import NUMERIC_ENCODINGS

if TYPE_CHECKING:
    from dropdecay.estimators.base_cv import BaseMLPCV

MILD_DROPOUT = 0.1
MOST_UNITS, FEWEST_ROWS_IN_BATCH = 1024, 16
OTHER_ACTIVATIONS = {"relu": ("silu", "tanh")}
"""What is tried in place of an activation; in place of those that are not listed, relu."""

Alternatives = Mapping[str, Sequence[object]]


def asked_of(search: "BaseMLPCV") -> Alternatives | None:
    """Return the alternatives that were asked for, empty for the usual ones; None: no tuning.

    Raises
    ------
    BadSetting
        If ``tune`` is neither a bool nor a mapping of parameters that can be tuned to values.
    """
    asked = getattr(search, "tune", False)
    if isinstance(asked, bool):
        return {} if asked else None
    known = ", ".join(PRINTED)
    if not isinstance(asked, Mapping) or not asked:
        raise BadSetting(
            Parameter("tune"), " must be True, False or a mapping such as "
            f"{{'learning_rate_init': (0.0003, 0.003)}}. Got {asked!r}.",
        )  # fmt: skip
    for name, values in asked.items():
        if name not in PRINTED:
            raise BadSetting(Parameter("tune"), f" can change {known}. Got {name!r}.")
        if isinstance(values, str) or not isinstance(values, Sequence) or not values:
            raise BadSetting(
                Parameter("tune"), f" needs a sequence of values for {name}. Got {values!r}."
            )
    return asked


def check_tune(search: "BaseMLPCV", task: SurfaceTask) -> None:
    """Refuse what cannot be tuned, and alternatives that are not allowed, before any training.

    Raises
    ------
    BadSetting
    """
    asked = asked_of(search)
    if asked is None:
        return
    for name, values in asked.items():
        if name in task.axes.names:
            raise BadSetting(
                Parameter("tune"), f" cannot change {name}, which is an axis of the surface. Leave "
                "it out of one of the two.",
            )  # fmt: skip
        for value in values:
            task_with(search, task, {name: value})


def check_tune_on_disk(search: "BaseMLPCV") -> None:
    """Refuse what is decided once for rows on disk, and what they cannot have.

    Raises
    ------
    BadSetting
    """
    asked = asked_of(search) or ()
    if "numeric_encoding" in asked:
        raise BadSetting(
            Parameter("tune"), " cannot change ", Parameter("numeric_encoding"), " where rows lie "
            "on disk, encoded once. Leave it out, and give ", Parameter("numeric_encoding"),
            " itself.",
        )  # fmt: skip
    if "category_encoding" in asked or embeds(search.category_encoding):
        raise BadSetting(
            Parameter("category_encoding"), " by embeddings is for tables in memory; rows that lie "
            "on disk are one-hot encoded. Leave it out.",
        )  # fmt: skip


def alternatives_to(search: "BaseMLPCV", task: SurfaceTask) -> dict[str, tuple[object, ...]]:
    """Return the values to try of each parameter, in the order in which they are tried.

    The usual ones are near those of the task: encodings of numbers where there are any, and of
    categories where a column would be embedded; a third and three times the learning rate; layers
    twice and half as wide, and one layer more; other activations; batches of half and twice as many
    rows.
    """
    asked = asked_of(search)
    if asked:
        return {name: _plain_values(name, asked[name]) for name in PRINTED if name in asked}
    schedule = task.setting.schedule
    rate, batch = schedule.learning_rate, schedule.batch_size
    sizes = task.setting.layers.hidden_layer_sizes
    usual: dict[str, tuple[object, ...]] = {
        "numeric_encoding": _encodings(search, task),
        "category_encoding": _category_encodings(search, task),
        "learning_rate_init": (*half_decades_below(rate)[:1], *half_decades_above(rate)[:1]),
        "hidden_layer_sizes": _layers(sizes),
        "activation": OTHER_ACTIVATIONS.get(search.activation, ("relu",)),
        "batch_size": tuple(
            each for each in (batch // 2, 2 * batch)
            if FEWEST_ROWS_IN_BATCH <= each <= smallest_training(task.folds) // 2
        ),
    }  # fmt: skip
    return {
        name: values for name, values in usual.items() if values and name not in task.axes.names
    }


def _plain_values(name: str, values: Sequence[object]) -> tuple[object, ...]:
    if name == "hidden_layer_sizes":
        return tuple(hidden_sizes(each) for each in values)  # type: ignore[arg-type]  # checked there
    return tuple(values)


def _encodings(search: "BaseMLPCV", task: SurfaceTask) -> tuple[str, ...]:
    reading = task.encoding.reading
    has_numbers = reading is None or any(
        each.kind in ("number", "date", "ordinal") for each in reading.learnt_from
    )
    is_once = task.encoded is not None  # for all rows, on disk
    if is_once or search.encoder != "auto" or issparse(task.rows) or not has_numbers:
        return ()
    return tuple(each for each in NUMERIC_ENCODINGS if each != search.numeric_encoding)


def _category_encodings(search: "BaseMLPCV", task: SurfaceTask) -> tuple[str, ...]:
    if task.encoded is not None or task.encoding.reading is None:
        return ()
    assert isinstance(task.rows, pd.DataFrame)  # it is read as a table
    categories = task.rows.select_dtypes("category")
    if not any(FEWEST <= each.nunique() < MAX_CATEGORIES for _, each in categories.items()):
        return ()
    return tuple(each for each in CATEGORY_ENCODINGS if each != search.category_encoding)


def _layers(sizes: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    if not sizes:
        return ()
    half = tuple(max(size // 2, 1) for size in sizes)
    double = tuple(2 * size for size in sizes)
    found = [half, (*sizes, sizes[-1])]
    return (*([double] if max(double) <= MOST_UNITS else []), *found)


def task_with(search: "BaseMLPCV", task: SurfaceTask, changed: Mapping[str, object]) -> SurfaceTask:
    """Return the same task with other parameters: the same rows, folds and random numbers.

    Raises
    ------
    BadSetting
        If a value is not allowed.
    """
    if not changed:
        return task
    other = copy(search)
    for name, value in changed.items():
        setattr(other, name, value)
    setting, whole = other._setting(task.target, task.rows), task.whole
    if whole is not None:
        of_all = replace(task.target, matrix=whole.targets, labels=None, values=None)
        whole = replace(whole, setting=other._setting(of_all, whole.rows))
    if task.encoded is not None:
        setting = in_blocks(setting)
        whole = None if whole is None else replace(whole, setting=in_blocks(whole.setting))
    encoding = task.encoding
    if "numeric_encoding" in changed:
        encoding = other._encoding(task.rows, encoding.reading)
    check_embeds(other.category_encoding, encoding)
    axes = other._axes(setting, smallest_training(task.folds))
    return replace(task, setting=setting, axes=axes, encoding=encoding, whole=whole)


def mild_point(axes: Axes) -> Point:
    """Return the point at which alternatives are compared before there is a surface.

    Dropout nearest to 0.1, the middle one of the decays (a memory of 40 epochs among the usual
    ones) and of learning rates, and every other axis at its weakest value.
    """
    return Point(tuple((axis.name, _mild(axis)) for axis in axes))


def _mild(axis: Axis) -> Value:
    values = axis.values
    if axis.name == "dropout":
        return min(values, key=lambda rate: abs(axis.knob.strength(rate) - MILD_DROPOUT))  # type: ignore[misc]  # rates have a strength
    if axis.knob.has_memory or axis.name == "learning_rate_init":
        return values[len(values) // 2]
    return values[0]


def same_point(point: Point, before: SurfaceTask, after: SurfaceTask) -> Point:
    """Return a point of one task for another: with the same memory, where its decay has one."""
    paces = [
        pace_of(task.axes, task.setting, smallest_training(task.folds)) for task in (before, after)
    ]
    return Point(tuple((name, _carried(name, value, *paces)) for name, value in point.values))


def _carried(name: str, value: Value, before: Pace | None, after: Pace | None) -> Value:
    if name != "weight_decay" or before is None or after is None or not isinstance(value, float):
        return value
    return value if before == after else value and after.decay_of(before.memory_of(value))
