"""What all sections read: a finished run, its surface and how its figures are shown."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64, Int64
from dropdecay.axes import printed_value
from dropdecay.report.layout import Layout, Paths, axes_of, lay_out, paths_along, varied_in
from dropdecay.report.measure import Measure, loss_measure, score_measure
from dropdecay.report.plot_data import Surface, surface_of
from dropdecay.report.powers import power_of
from dropdecay.report.summary import Summary
from dropdecay.selection.epochs import Figures, figures_at_epochs
from dropdecay.selection.points import by_point
from dropdecay.statistics.folds import standard_error

WITHIN, NEAR, FAR = 1, 2, 3
"""Steps of the surface: up to 1 standard error from the best, up to 2, and more."""


@dataclass(frozen=True)
class Run:
    """A finished run.

    Parameters
    ----------
    loss, score : Measure
    judged : Measure
        The one of them that chose.
    none : int
        Index of the best point without regularization; -1: there is none.
    """

    results: xr.Dataset
    summary: Summary
    surface: Surface
    figures: Figures
    layout: Layout
    paths: Paths
    loss: Measure
    score: Measure
    judged: Measure
    none: int

    @property
    def by_loss(self) -> bool:
        """Whether the loss chose."""
        return self.summary["choice"]["criterion"] == "loss"

    @property
    def n_folds(self) -> int:
        """Number of folds of the surface."""
        return int(self.results.sizes["fold"])

    def name_of(self, index: int) -> str:
        """Name a point by the values of :attr:`named_axes`, such as "0.2, 3"."""
        point = self.surface.points[index]
        return ", ".join(printed_value(point[name]) for name in self.named_axes)

    @property
    def named_axes(self) -> tuple[str, ...]:
        """The axes that tell points apart; all where there is a single point."""
        varied = varied_in(axes_of(self.surface.points))
        return varied or tuple(name for name, _ in self.surface.points[0].values)


def run_of(results: xr.Dataset, summary: Summary) -> Run:
    """Return what the sections read of a run."""
    results = by_point(results)
    surface = surface_of(results, summary["choice"])
    loss = loss_measure(summary["loss"], summary["task"], power_of(surface.means.loss))
    score = score_measure(summary["score"])
    return Run(
        results=results,
        summary=summary,
        surface=surface,
        figures=figures_at_epochs(results),
        layout=lay_out(surface),
        paths=paths_along(surface),
        loss=loss,
        score=score,
        judged=loss if surface.criterion == "loss" else score,
        none=_best_without(surface),
    )


def _best_without(surface: Surface) -> int:
    """Return the best finished point at which every regularizing axis is off."""
    cost = surface.means.loss if surface.criterion == "loss" else -surface.means.score
    off = [
        index for index, point in enumerate(surface.points)
        if point.kind == "none" and np.isfinite(cost[index])
    ]  # fmt: skip
    return min(off, key=lambda index: float(cost[index]), default=-1)


def steps_from_best(costs: Float64, folds_per_repeat: int | None) -> Int64:
    """Return how many paired standard errors points lie from the best: 1, 2 or 3; 0: unknown.

    The standard error is that of the difference to the best point over the folds they share, as
    the choice takes it (:func:`dropdecay.selection.rules.as_good_as`).

    Parameters
    ----------
    costs : shape (n_points, n_folds)
        Lower is better; NaN at points that did not finish.
    folds_per_repeat : int or None
    """
    mean = costs.mean(axis=1)
    steps = np.zeros(len(mean), np.int64)
    if not np.isfinite(mean).any():
        return steps
    difference = costs - costs[int(np.nanargmin(mean))]
    error = np.nan_to_num(standard_error(difference, folds_per_repeat))
    behind, known = difference.mean(axis=1), np.isfinite(mean)
    steps[known] = FAR
    steps[known & (behind <= 2 * error)] = NEAR
    steps[known & (behind <= error)] = WITHIN
    return steps
