"""What a plan will cost: networks, seconds and memory, forecast before it starts."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from dropdecay.cluster.own_processes import forecast_s
from dropdecay.engine.bundle import ending_together
from dropdecay.engine.ending import usual_epochs
from dropdecay.engine.protocol import CURVES, N_BLOCKS, Problem, Run
from dropdecay.surface.pilot import Pilot, pilot_runs
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
    pilot_networks, pilot_rows : int
        Networks that are trained on a pilot before, and its rows; they are part of the seconds.
    seconds_of_baselines : float
        Of other models on the folds of the surface, beyond the rest.
    tuning_networks : int
        At most, before the surface and after it; 0: nothing is tuned.
    seconds_of_tuning : float
        At most, of those, and of the search without the rows set aside; a surface that is searched
        again is not among them.
    """

    networks: int
    seconds: float
    memory_bytes: int
    epochs: int | None = None
    seconds_of_repeats: float = 0.0
    pilot_networks: int = 0
    pilot_rows: int = 0
    seconds_of_baselines: float = 0.0
    tuning_networks: int = 0
    seconds_of_tuning: float = 0.0

    @property
    def total(self) -> float:
        """Seconds, at most, of everything."""
        return (
            self.seconds + self.seconds_of_repeats + self.seconds_of_baselines
            + self.seconds_of_tuning
        )  # fmt: skip

    def __str__(self) -> str:
        surface = f"the surface ({self.networks:,} networks)"
        if self.pilot_networks:
            surface = (
                f"{self.pilot_networks:,} networks on a pilot of {self.pilot_rows:,} rows, then up "
                f"to {self.networks:,} on all rows"
            )
        parts = [f"{printed_time(self.seconds)} for {surface}"]
        if self.tuning_networks:
            parts.append(
                f"up to {printed_time(self.seconds_of_tuning)} to tune "
                f"({self.tuning_networks:,} networks)"
            )
        if self.seconds_of_repeats:
            parts.append(f"up to {printed_time(self.seconds_of_repeats)} to sharpen the answer")
        if self.seconds_of_baselines:
            parts.append(f"{printed_time(self.seconds_of_baselines)} for other models")
        if len(parts) == 1:
            return f"about {parts[0]}"
        return f"about {printed_time(self.total)}: {', '.join(parts)}"

    @property
    def sentence(self) -> str:
        """The forecast as a sentence."""
        return f"{str(self).capitalize()}."


def forecast(
    plan: Plan,
    problem: Problem,
    n_jobs: int,
    seconds_of_run: Callable[[Problem, Run], float],
    again: float = 0.0,
    repeats: float = 0.0,
    pilot: Pilot | None = None,
    n_left: int = 0,
    *,
    in_processes: bool = False,
) -> Forecast:
    """Return the cost of a plan on ``n_jobs`` threads, or processes.

    A run of the last point is timed: the most regularized one takes longest. ``again`` is the share
    of the surface that is trained a second time, ``repeats`` that of all repeats beyond it. A pilot
    leaves ``n_left`` points for all rows.
    """
    n_points = plan.axes.n_points

    def cost(
        runs: Sequence[Run], problem: Problem, share: float = 1.0, again: float = 0.0,
        repeats: float = 0.0,
    ) -> Forecast:  # fmt: skip
        run, usual = runs[n_points - 1], None
        # The results are a box: where one point goes on, all have room for as many epochs.
        n_evaluated = len(run.evaluated)
        if run.ends_with_point:
            schedule = run.setting.schedule
            n_training = problem.rows[run.fold].training.size
            usual = min(run.epochs, usual_epochs(n_training, schedule.batch_size))
            run = replace(run, epochs=usual)
        networks = round(share * len(runs))
        n_blocks = min(N_BLOCKS, max(rows.validation.size for rows in problem.rows.values()))
        n_losses = n_blocks if problem.loss_weight is None else 2 * n_blocks
        an_epoch = len(CURVES) * np.float64().itemsize + n_losses * np.float32().itemsize
        work = networks * seconds_of_run(problem, run)
        of_surface = work / min(n_jobs, networks)
        if in_processes:
            n_bundles = sum(1 for _ in ending_together(runs))
            of_surface = forecast_s(work, max(1, round(share * n_bundles)), n_jobs)
        return Forecast(
            networks, (1.0 + again) * of_surface, len(runs) * n_evaluated * an_epoch, usual,
            repeats * of_surface,
        )  # fmt: skip

    if pilot is None:
        return cost(plan.runs, problem, again=again, repeats=repeats)
    before = cost(pilot_runs(pilot, plan), pilot.problem)
    left = cost(plan.runs, problem, n_left / n_points, again, repeats)
    return replace(
        left,
        seconds=before.seconds + left.seconds,
        pilot_networks=before.networks,
        pilot_rows=pilot.n_rows,
    )


def printed_time(seconds: float) -> str:
    """Write a duration with the precision of a forecast."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
