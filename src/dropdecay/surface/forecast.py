"""What a plan will cost: networks, seconds and memory, forecast before it starts."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dropdecay.engine.ending import usual_epochs
from dropdecay.engine.protocol import CURVES, N_BLOCKS, Problem, Run
from dropdecay.surface.plan import Plan


@dataclass(frozen=True)
class Forecast:
    """The cost of a full plan; a race needs less, longer axes need more.

    Parameters
    ----------
    networks : int
        Of the surface.
    seconds : float
        With those that are trained again to record outputs; of adaptive points for as many epochs
        as networks need as a rule: some need far fewer, some far more.
    memory_bytes : int
        Of the results, in addition to the data, if a point goes on to the last epoch.
    epochs : int, optional
        How many those are; None: the number of epochs is fixed.
    seconds_of_repeats : float
        At most, beyond the surface; 0: nothing is repeated.
    """

    networks: int
    seconds: float
    memory_bytes: int
    epochs: int | None = None
    seconds_of_repeats: float = 0.0

    def __str__(self) -> str:
        told = f"{self.networks:,} networks, about {printed_time(self.seconds)}"
        if self.epochs is not None:
            epochs = "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"
            told += f" if they need {epochs} each, which depends on the table"
        if self.seconds_of_repeats:
            told += f"; up to {printed_time(self.seconds_of_repeats)} more to sharpen the verdict"
        return told


def forecast(
    plan: Plan,
    problem: Problem,
    n_jobs: int,
    seconds_of_run: Callable[[Problem, Run], float],
    again: float = 0.0,
    repeats: float = 0.0,
) -> Forecast:
    """Return the cost of a plan on ``n_jobs`` threads.

    A run of the last point is timed: the most regularized one takes longest. ``again`` is the share
    of the surface that is trained a second time, ``repeats`` that of all repeats beyond it.
    """
    run = plan.runs[len(plan.axes.points) - 1]
    # The results are a box: where one point goes on, all have room for as many epochs.
    n_evaluated = len(run.evaluated)
    usual = None
    if run.ends_with_point:
        n_training, batch_size = problem.rows[0].training.size, run.setting.schedule.batch_size
        usual = min(run.epochs, usual_epochs(n_training, batch_size))
        run = replace(run, epochs=usual)
    networks = len(plan.runs)
    rounds = networks / min(n_jobs, networks)
    n_blocks = min(N_BLOCKS, max(rows.validation.size for rows in problem.rows.values()))
    an_epoch = len(CURVES) * np.float64().itemsize + n_blocks * np.float32().itemsize
    of_surface = rounds * seconds_of_run(problem, run)
    return Forecast(
        networks, (1.0 + again) * of_surface, networks * n_evaluated * an_epoch, usual,
        repeats * of_surface,
    )  # fmt: skip


def printed_time(seconds: float) -> str:
    """Write a duration with the precision of a forecast."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
