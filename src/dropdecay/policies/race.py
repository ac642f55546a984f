"""Which runs are still worth training: a race of the points over folds.

F-race (Birattari et al. 2002) with the corrected paired test in place of Friedman's. The race runs
over folds, never over epochs: regularized networks learn more slowly, so early epochs are biased
against exactly what is looked for.
"""

from collections.abc import Collection, Mapping

import numpy as np

from dropdecay.arrays import Bool, Float64
from dropdecay.engine.protocol import Fit, Run
from dropdecay.errors import BadSetting
from dropdecay.settings import Regularization
from dropdecay.statistics.corrected import behind_leader, overlap_of
from dropdecay.surface.plan import Plan

FIRST_FOLDS = 3
"""Every point is trained on this many folds before any is dropped."""

FROM_POINTS, FROM_FOLDS = 20, 5
"""From this size on a race pays by default; below it there is little to save."""


def races(race: bool | str, n_points: int, n_folds: int) -> bool:
    """Return whether a surface is raced: as asked, or where it pays.

    Raises
    ------
    BadSetting
        If ``race`` is neither True, False nor "auto".
    """
    if isinstance(race, str) and race == "auto":
        return n_points >= FROM_POINTS and n_folds >= FROM_FOLDS
    if not isinstance(race, (bool, np.bool_)):
        raise BadSetting(f"race must be True, False or 'auto'. Got {race!r}.")
    return bool(race)


def stages(n_folds: int, *, raced: bool) -> tuple[range, ...]:
    """Return which folds are trained together; between two stages points may be dropped."""
    if not raced or n_folds <= FIRST_FOLDS:
        return (range(n_folds),)
    later = (range(fold, fold + 1) for fold in range(FIRST_FOLDS, n_folds))
    return (range(FIRST_FOLDS), *later)


def points_behind(
    plan: Plan,
    fits: Mapping[Run, Fit],
    n_folds: int,
    *,
    criterion: str,
    out: Collection[Regularization] = (),
) -> set[Regularization]:
    """Return the points that the corrected paired test puts behind the leader on the first folds.

    The leader is the point of the lowest mean so far; each point stands at the epoch of its lowest
    mean curve so far. Never dropped are the leaders of the four kinds that the verdict compares:
    none, dropout alone, decay alone, both; and points with nothing left to train. A point with a
    diverged run cannot be chosen any more and falls out at once.

    Parameters
    ----------
    plan : Plan
    fits : mapping of Run to Fit
        Those of the first ``n_folds`` folds of every point still in the race, at least.
    n_folds : int
    criterion : {"loss", "score"}
    out : collection of Regularization
        Points that are out already.
    """
    unfinished = {run.regularization for run in plan.runs if run not in fits}
    points = [point for point in dict.fromkeys(run.regularization for run in plan.runs)
              if point not in out]  # fmt: skip
    if not points:
        return set()
    costs = np.array(
        [_costs(own, criterion) for own in _fits_by_point(plan, fits, points, n_folds)]
    )
    overlap = overlap_of(
        np.array([rows.training.size for rows in plan.folds]),
        np.array([rows.validation.size for rows in plan.folds]),
    )
    behind = behind_leader(costs, overlap)
    behind &= np.isnan(costs).any(axis=1) | ~_kept_for_the_verdict(points, costs.mean(axis=1))
    return {point for point, lost in zip(points, behind, strict=True) if lost} & unfinished


def _kept_for_the_verdict(points: list[Regularization], mean: Float64) -> Bool:
    """Mark the leader of each of the four kinds: none, one alone, the other alone, both."""
    mean = np.where(np.isnan(mean), np.inf, mean)
    kinds = np.array([(point.dropout != 0, point.weight_decay != 0) for point in points])
    kept = np.zeros(len(points), bool)
    for kind in np.unique(kinds, axis=0):
        kept[np.argmin(np.where((kinds == kind).all(axis=1), mean, np.inf))] = True
    return kept


def _fits_by_point(
    plan: Plan, fits: Mapping[Run, Fit], points: list[Regularization], n_folds: int
) -> list[list[list[Fit]]]:
    """Return the fits of each point on the first folds, by fold and seed."""
    places = {(run.regularization, run.fold, run.seed): fit for run, fit in fits.items()}
    return [
        [[places[point, fold, seed] for seed in range(plan.n_seeds)] for fold in range(n_folds)]
        for point in points
    ]


def _costs(own: list[list[Fit]], criterion: str) -> Float64:
    """Return a point's figure on each fold, seeds averaged, lower is better; NaN if it diverged."""
    losses = np.array([[fit.validation_loss for fit in seeds] for seeds in own])
    curve = losses.mean(axis=(0, 1))
    if np.isnan(curve[-1]):
        return np.full(len(own), np.nan)
    epoch = int(curve.argmin())
    if criterion == "loss":
        return np.asarray(losses[:, :, epoch].mean(axis=1))
    scores = [[fit.validation_score[epoch] for fit in seeds] for seeds in own]
    return np.asarray(-np.array(scores).mean(axis=1))
