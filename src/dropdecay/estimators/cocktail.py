"""A cocktail: which regularizers are tried besides those of the surface, and what becomes of them.

Kadra et al. (2021) searched 13 regularizers at once, for days. Here each is compared in turn, at
the point that the surface chose, with a few usual values; those that are kept become axes of the
surface, so that the verdict sets them against no regularization at all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dropdecay.axes import Axes, Axis, Point
from dropdecay.errors import BadSetting, Parameter
from dropdecay.estimators.alternatives import task_with
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.knobs import AXES, Knob, Value

if TYPE_CHECKING:
    from dropdecay.estimators.base_cv import BaseMLPCV

MOST_KEPT = 4
"""Regularizers that are kept, at most: the surface has an axis for each."""

N_PASSES = 2


def is_mixed(search: "BaseMLPCV") -> bool:
    """Return whether a cocktail was asked for.

    Raises
    ------
    BadSetting
        If ``cocktail`` is not a bool.
    """
    asked = getattr(search, "cocktail", False)
    if not isinstance(asked, bool):
        raise BadSetting(Parameter("cocktail"), f" must be True or False. Got {asked!r}.")
    return asked


def check_cocktail(search: "BaseMLPCV", task: SurfaceTask) -> None:
    """Refuse a cocktail where there can be none, before anything is trained.

    Raises
    ------
    BadSetting
    """
    if is_mixed(search) and task.encoded is not None:
        raise BadSetting(
            Parameter("cocktail"), " needs a table in memory. Mix it on a part of the rows, then "
            "give what it kept to a search of the files, as axes.",
        )  # fmt: skip


def regularizers_of(search: "BaseMLPCV", task: SurfaceTask) -> tuple[Knob, ...]:
    """Return what a cocktail tries: all that the network has and the surface has not."""
    names = search._get_param_names()
    return tuple(
        knob for knob in AXES.values()
        if knob.usual and knob.name in names and knob.name not in task.axes.names
    )  # fmt: skip


def values_to_try(knob: Knob, now: Value) -> tuple[Value, ...]:
    """Return the values to compare with the one in place.

    Usual ones where the knob has no effect so far; else one weaker, one stronger, and the neutral
    one.
    """
    if knob.is_neutral(now):
        return knob.usual
    return (*knob.weaker(now)[:1], *knob.stronger(now)[:1], knob.neutral)


def to_mix(
    search: "BaseMLPCV", task: SurfaceTask, changed: Mapping[str, object]
) -> Iterator[tuple[str, tuple[Value, ...]]]:
    """Yield each regularizer with the values to compare; ``changed`` may change on the way."""
    knobs = regularizers_of(search, task)
    for knob in knobs:
        now = {name: value_of(search, name, changed) for name in (each.name for each in knobs)}
        n_kept = sum(not AXES[name].is_neutral(value) for name, value in now.items())
        if n_kept < MOST_KEPT or not knob.is_neutral(now[knob.name]):
            yield knob.name, values_to_try(knob, now[knob.name])


def value_of(search: "BaseMLPCV", name: str, changed: Mapping[str, object]) -> Value:
    """Return the value of a regularizer that is in place."""
    return AXES[name].check(changed.get(name, getattr(search, name)))


def mixed_task(
    search: "BaseMLPCV", given: SurfaceTask, changed: Mapping[str, object]
) -> SurfaceTask:
    """Return the task with what was taken; what a cocktail kept is an axis of it.

    A regularizer that the user gave a value stays a setting: all points have it.
    """
    kept = {
        name: value_of(search, name, changed) for name in changed
        if name in {knob.name for knob in regularizers_of(search, given)}
        and AXES[name].is_neutral(value_of(search, name, {}))
    }  # fmt: skip
    task = task_with(search, given, {n: each for n, each in changed.items() if n not in kept})
    added = (Axis.of(name, (AXES[name].neutral, value)) for name, value in kept.items())
    return replace(task, axes=Axes((*task.axes, *added)), mixed=tuple(kept)) if kept else task


def left_out_of(task: SurfaceTask) -> frozenset[Point]:
    """Return the points of a surface with a cocktail that are not trained.

    Trained are those with all that was kept, those without any of it, and each of them alone.
    """

    def is_trained(point: Point) -> bool:
        active = [name for name in task.mixed if name in point.active]
        return len(active) in (0, len(task.mixed)) or point.kind in task.mixed

    return frozenset(point for point in task.axes.points if not is_trained(point))
