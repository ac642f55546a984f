"""The pilot of a large table: the whole surface on a part of the rows, before it is trained on all.

A network of the pilot forgets over as many epochs as that of the same point on all rows: its weight
decay is carried by its memory, tau. The best memory hardly changes with the rows, the best raw
number does (``decay_memory``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from dropdecay.axes import Point
from dropdecay.decay_memory import steps_per_epoch
from dropdecay.engine.protocol import Fit, Problem, Run, run_key
from dropdecay.settings import Setting
from dropdecay.surface.plan import Plan

FIRST_FOLD = 0x70696C6F74
"""The number of the first fold of the pilot: no cut of the rows is so far on."""

STRONGEST = 0.99
"""A weight decay that would remove more than this share of a weight in one step removes this."""


@dataclass(frozen=True)
class Pilot:
    """What a pilot is trained on.

    Parameters
    ----------
    problem : Problem
        With the rows of its folds, numbered from ``FIRST_FOLD``.
    setting : Setting
        What all points share on these rows: a batch size and a maximum of epochs of their own.
    n_training : int
        Training rows of the smallest fold of the surface, to which decays belong.
    n_rows : int
        Rows of the pilot.
    """

    problem: Problem
    setting: Setting
    n_training: int
    n_rows: int


def is_of_pilot(run: Run) -> bool:
    """Return whether a run belongs to a pilot: its losses are not comparable to others."""
    return run.fold >= FIRST_FOLD


def pilot_runs(pilot: Pilot, plan: Plan, points: Sequence[Point] | None = None) -> tuple[Run, ...]:
    """Return one run for every point, by default all of a plan, and every fold of its pilot."""
    points = plan.axes.points if points is None else points
    smallest = min(rows.training.size for rows in pilot.problem.rows.values())
    steps = steps_per_epoch(smallest, pilot.setting.schedule.batch_size)
    of_all = steps_per_epoch(pilot.n_training, plan.setting.schedule.batch_size)
    settings = {
        point: stronger(point.applied_to(pilot.setting), of_all / steps) for point in points
    }
    return tuple(
        Run(
            settings[point], point, fold, 0, pilot.setting.schedule.epochs,
            run_key(plan.random_state, fold, 0), adaptive=True,
        )
        for fold, point in product(pilot.problem.rows, points)
    )  # fmt: skip


def stronger(setting: Setting, factor: float) -> Setting:
    """Return a setting with so many times the weight decay."""
    regularization = setting.regularization
    strongest = STRONGEST / setting.schedule.learning_rate
    decay = min(factor * regularization.weight_decay, strongest)
    return replace(setting, regularization=replace(regularization, weight_decay=decay))


def fits_by_point(pilot: Pilot, fits: Sequence[Fit], points: Sequence[Point]) -> list[list[Fit]]:
    """Return the fits of each point, by fold."""
    place = {(fit.run.point, fit.run.fold): fit for fit in fits}
    return [[place[point, fold] for fold in pilot.problem.rows] for point in points]
