"""Which runs are still worth training: a race of the points over folds.

F-race (Birattari et al. 2002) with the corrected paired test instead of Friedman's. The race runs
over folds, never over epochs: regularized networks learn more slowly, so early epochs are biased
against the very settings that the search is for.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dropdecay.arrays import Bool, Float64
from dropdecay.axes import Point
from dropdecay.engine.protocol import Fit, Rows
from dropdecay.errors import BadSetting, Parameter
from dropdecay.statistics.corrected import behind_leader, overlap_of
from dropdecay.statistics.smoothing import smooth
from dropdecay.surface.known import Known, Policy, Proposal

FIRST_FOLDS = 3
"""Every point is trained on this many folds before any is dropped."""

FROM_POINTS, FROM_FOLDS = 20, 5
"""Surfaces of at least this size are raced by default; smaller ones have little to save."""


def races(race: bool | str, n_points: int, n_folds: int) -> bool:
    """Return whether a surface is raced: as requested, or for "auto" if it pays off.

    Raises
    ------
    BadSetting
        If ``race`` is neither True, False nor "auto".
    """
    if isinstance(race, str) and race == "auto":
        return n_points >= FROM_POINTS and n_folds >= FROM_FOLDS
    if not isinstance(race, (bool, np.bool_)):
        raise BadSetting(Parameter("race"), f" must be True, False or 'auto'. Got {race!r}.")
    return bool(race)


def race(rows: Mapping[int, Rows], criterion: str) -> Policy:
    """Return the policy: three folds for every point, then one fold at a time for those left.

    Parameters
    ----------
    rows : mapping of int to Rows
        Rows of each fold.
    criterion : {"loss", "score"}
    """
    overlap = overlap_in(rows)

    def policy(known: Known) -> Proposal | None:
        for folds in stages(known.plan.n_folds):
            if folds.start > known.judged_folds:
                behind = points_behind(known, folds.start, overlap, criterion)
                runs = replace(known, eliminated=known.eliminated | behind).missing(folds)
                return Proposal(runs, eliminated=behind, judged_folds=folds.start)
            if runs := known.missing(folds):
                return Proposal(runs)
        return None

    return policy


def overlap_in(rows: Mapping[int, Rows]) -> float:
    """Return the mean of validation rows over training rows of these folds."""
    return overlap_of(
        np.array([each.training.size for each in rows.values()]),
        np.array([each.validation.size for each in rows.values()]),
    )


def stages(n_folds: int) -> tuple[range, ...]:
    """Return which folds are trained together; points may be dropped between stages."""
    if n_folds <= FIRST_FOLDS:
        return (range(n_folds),)
    later = (range(fold, fold + 1) for fold in range(FIRST_FOLDS, n_folds))
    return (range(FIRST_FOLDS), *later)


def points_behind(known: Known, n_folds: int, overlap: float, criterion: str) -> frozenset[Point]:
    """Return the points that the corrected paired test puts behind the leader on the first folds.

    The leader is the point with the lowest mean so far; each point is taken at the epoch at which
    its mean curve is lowest so far. The leaders of the kinds that the verdict compares (none, each
    axis alone, combinations) are never dropped, nor are points with nothing left to train. A point
    with a diverged run can no longer be chosen and is dropped at once. Points that were given up
    are out of the race.

    Parameters
    ----------
    known : Known
        With at least the first ``n_folds`` folds of every point still in the race.
    n_folds : int
    overlap : float
        Validation rows divided by training rows of a fold.
    criterion : {"loss", "score"}
    """
    unfinished = {run.point for run in known.plan.runs if run not in known.fits}
    ended = known.eliminated | known.futile
    points = [point for point in known.plan.axes.points if point not in ended]
    if not points:
        return frozenset()
    costs = np.array(
        [costs_by_fold(own, criterion) for own in _fits_by_point(known, points, n_folds)]
    )
    behind = behind_leader(costs, overlap)
    behind &= np.isnan(costs).any(axis=1) | ~leaders_of_kinds(points, costs.mean(axis=1))
    return frozenset(
        point for point, lost in zip(points, behind, strict=True) if lost and point in unfinished
    )


def leaders_of_kinds(points: list[Point], mean: Float64) -> Bool:
    """Return which points lead their kind."""
    mean = np.where(np.isnan(mean), np.inf, mean)
    kinds = np.array([point.kind for point in points])
    kept = np.zeros(len(points), bool)
    for kind in np.unique(kinds):
        kept[np.argmin(np.where(kinds == kind, mean, np.inf))] = True
    return kept


def _fits_by_point(known: Known, points: list[Point], n_folds: int) -> list[list[list[Fit]]]:
    """Return the fits of each point on the first folds, by fold and seed."""
    places = {(run.point, run.fold, run.seed): fit for run, fit in known.fits.items()}
    seeds = range(known.plan.n_seeds)
    return [
        [[places[point, fold, seed] for seed in seeds] for fold in range(n_folds)]
        for point in points
    ]


def costs_by_fold(own: list[list[Fit]], criterion: str) -> Float64:
    """Return a point's cost on each fold, averaged over seeds; NaN if a run diverged."""
    first = own[0][0]
    epochs = first.counting_epochs
    losses = np.array([[fit.validation_loss[: epochs.size] for fit in each] for each in own])
    curve = losses.mean(axis=(0, 1))
    if np.isnan(curve[-1]):
        return np.full(len(own), np.nan)
    epoch = int((smooth(curve, epochs) if first.run.adaptive else curve).argmin())
    if criterion == "loss":
        return np.asarray(losses[:, :, epoch].mean(axis=1))
    scores = [[fit.validation_score[epoch] for fit in seeds] for seeds in own]
    return np.asarray(-np.array(scores).mean(axis=1))
