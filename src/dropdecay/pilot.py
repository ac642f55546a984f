"""The pilot of a large table: train the surface on a part of the rows, and drop what falls behind.

What it finds is kept apart from the figures of the surface, which has other training rows.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.axes import Point
from dropdecay.engine.protocol import Engine, Fit
from dropdecay.policies.pilot import points_to_drop
from dropdecay.policies.race import costs_by_fold
from dropdecay.selection.points import POINT, points_in
from dropdecay.surface.known import Proposal
from dropdecay.surface.pilot import Pilot, fits_by_point, pilot_runs
from dropdecay.surface.plan import Plan

DROPPED, LOSS, ROWS_ATTRIBUTE = "dropped_on_pilot", "pilot_loss", "pilot_rows"
"""Variables by point, and an attribute, that results have where there was a pilot."""


@dataclass(frozen=True)
class PilotFindings:
    """What a pilot says.

    Parameters
    ----------
    losses : dict of Point to float
        Mean validation losses on the pilot, in the engine's units; NaN where a network diverged.
    dropped : frozenset of Point
        Points that are not trained on all rows.
    n_rows : int
        Rows of the pilot.
    """

    losses: dict[Point, float]
    dropped: frozenset[Point]
    n_rows: int

    def proposal(self) -> Proposal:
        """Return the decision, as a policy would."""
        n_dropped, n_points = len(self.dropped), len(self.losses)
        return Proposal(
            eliminated=self.dropped,
            notices=(
                f"{n_dropped} of {n_points} points were dropped on a pilot of {self.n_rows:,} "
                "rows, which all folds train on and none holds out.",
            ),
        )


def train_pilot(
    pilot: Pilot,
    plan: Plan,
    engine: Engine,
    criterion: str,
    *,
    n_jobs: int,
    on_fit: Callable[[Fit, int, int], None] | None = None,
    left_out: Collection[Point] = (),
) -> PilotFindings:
    """Train the points of a plan on the pilot.

    Parameters
    ----------
    pilot : Pilot
    plan : Plan
    engine : callable
    criterion : {"loss", "score"}
    n_jobs : int
        Number of threads.
    on_fit : callable, optional
        Called with a finished fit, how many are done, and how many there are.
    left_out : collection of Point
        Points that are not trained.
    """
    points = [each for each in plan.axes.points if each not in left_out]
    runs, fits = pilot_runs(pilot, plan, points), []
    for fit in engine(pilot.problem, runs, n_jobs=n_jobs):
        fits.append(fit)
        if on_fit is not None:
            on_fit(fit, len(fits), len(runs))
    own = dict(zip(points, fits_by_point(pilot, fits, points), strict=True))
    losses = {
        point: float(costs_by_fold([[fit] for fit in each], "loss").mean())
        for point, each in own.items()
    }
    dropped = points_to_drop(plan.axes, own, pilot.problem.rows, criterion)
    return PilotFindings(losses, dropped, pilot.n_rows)


def with_pilot(results: xr.Dataset, found: PilotFindings, loss_scale: float) -> xr.Dataset:
    """Return results with what the pilot said; NaN for points of longer axes."""
    points = points_in(results)
    losses = np.array([loss_scale * found.losses.get(point, np.nan) for point in points])
    about = {"long_name": "mean validation loss on the pilot; not comparable to those on all rows"}
    return results.assign(
        {LOSS: (POINT, losses, about), DROPPED: (POINT, [each in found.dropped for each in points])}
    ).assign_attrs({ROWS_ATTRIBUTE: found.n_rows})
