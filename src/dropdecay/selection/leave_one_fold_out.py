"""The performance of a selection rule on folds held out of the selection.

The chosen point was selected on all folds, so its gain on those same folds is optimistic. Here
each fold evaluates the point and epoch that the other folds select: selection rules are compared,
not lucky points.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.axes import NONE, TOGETHER, Point
from dropdecay.decay_memory import Pace, pace_in
from dropdecay.selection.epochs import choose_epochs, curves_to_pick_from, repeats_in
from dropdecay.selection.points import POINT, by_point, points_in
from dropdecay.selection.reach import reached
from dropdecay.selection.rules import RULES


@dataclass(frozen=True)
class Curves:
    """Curves of all points by fold, seed and epoch, in the order of the results.

    Parameters
    ----------
    points : tuple of Point
    finished : shape (n_points,)
    asked : shape (n_points,)
        The points of the axes as they were before they became longer.
    validation_loss, training_loss, score : shape (n_points, n_folds, n_seeds, n_epochs)
    picking_loss : shape (n_points, n_folds, n_epochs)
        See :func:`dropdecay.selection.epochs.curves_to_pick_from`.
    epochs : shape (n_epochs,)
        At which the curves were evaluated.
    repeat : shape (n_folds,)
        Which repeat of the cross-validation each fold belongs to.
    pace : Pace or None
        With which the axes became longer.
    """

    points: tuple[Point, ...]
    finished: Bool
    asked: Bool
    validation_loss: Float64
    training_loss: Float64
    score: Float64
    picking_loss: Float64
    epochs: Int64
    repeat: Int64
    pace: Pace | None

    def members(self, kind: str) -> Bool:
        """Return which finished points are of a kind, (n_points,).

        Tuned axes may take any value within a kind, so that each kind gets its own best values.
        """
        here = np.array([point.kind == kind for point in self.points], bool)
        return np.asarray(here & self.finished)


def curves_of(results: xr.Dataset) -> Curves:
    """Extract the curves from labelled results."""
    results = by_point(results)

    def curve(name: str) -> Float64:
        return np.ascontiguousarray(results[name].transpose(POINT, "fold", "seed", "epoch").values)

    return Curves(
        points=points_in(results),
        finished=choose_epochs(results).values > 0,
        asked=_asked(results),
        validation_loss=curve("validation_loss"),
        training_loss=curve("training_loss"),
        score=curve("validation_score"),
        picking_loss=curves_to_pick_from(results).values,
        epochs=results["epoch"].values.astype(np.int64),
        repeat=repeats_in(results),
        pace=pace_in(results.attrs),
    )


def _asked(results: xr.Dataset) -> Bool:
    if "asked" not in results:
        return np.ones(results.sizes[POINT], bool)
    return np.asarray(results["asked"].values, bool)


def kinds_in(curves: Curves) -> tuple[str, ...]:
    """Return the kinds of the finished points: none, each axis alone, together."""
    axes = (name for name, _ in curves.points[0].values)
    return tuple(kind for kind in (NONE, *axes, TOGETHER) if curves.members(kind).any())


def left_out_cost(curves: Curves, members: Bool, rule: str, criterion: str) -> Float64:
    """Return the cost, on each fold, of the point that the other folds pick among the members.

    Parameters
    ----------
    curves : Curves
    members : shape (n_points,)
        The points to pick from: at least one, all finished.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}

    Returns
    -------
    shape (n_folds, n_seeds)
        Loss or negative score: lower is better. A single fold has no others and evaluates its own
        pick.
    """
    picked, epochs = left_out_picks(curves, members, rule, criterion)
    cost = curves.validation_loss if criterion == "loss" else -curves.score
    return np.asarray(cost[picked, np.arange(picked.size), :, epochs])


def left_out_picks(curves: Curves, members: Bool, rule: str, criterion: str) -> tuple[Int64, Int64]:
    """Return the point and the epoch that the other folds pick for each fold.

    In repeated cross-validation these are the others of the same repeat, since folds of another
    repeat hold out some of the same rows.

    Parameters
    ----------
    curves, members, rule, criterion
        See :func:`left_out_cost`.

    Returns
    -------
    points, epochs : shape (n_folds,)
        Indices among all points, and among the evaluated epochs.
    """
    loss, training = curves.validation_loss[members], curves.training_loss[members]
    picking = curves.picking_loss[members]
    cost = loss if criterion == "loss" else -curves.score[members]
    mean_loss, mean_training, mean_cost = (each.mean(axis=2) for each in (loss, training, cost))
    indices = np.flatnonzero(members)
    n_folds, at = mean_loss.shape[1], np.arange(indices.size)
    reach = _reach(curves, criterion)
    points, stops = np.empty(n_folds, np.int64), np.empty(n_folds, np.int64)
    for fold in range(n_folds):
        others = _others(curves.repeat, fold)
        epochs = picking[:, others].mean(axis=1).argmin(axis=1)
        known = mean_cost[at, :, epochs][:, others]
        gap = (mean_loss - mean_training)[at, :, epochs][:, others].mean(axis=1)
        here = np.flatnonzero(reach[fold][members])
        if here.size == 0:
            here = at  # nothing asked for is of this kind: whatever there is competes
        picked = here[RULES[rule](known[here], gap[here])]
        points[fold], stops[fold] = indices[picked], epochs[picked]
    return points, stops


def _reach(curves: Curves, criterion: str) -> Bool:
    """Return which points the axes reach without each fold, (n_folds, n_points)."""
    n_folds = curves.repeat.size
    if curves.asked.all():
        return np.ones((n_folds, curves.asked.size), bool)
    loss = curves.validation_loss.mean(axis=2)
    cost = loss if criterion == "loss" else -curves.score.mean(axis=2)
    at = np.arange(curves.asked.size)
    found = []
    for fold in range(n_folds):
        others = _others(curves.repeat, fold)
        means = curves.picking_loss[:, others].mean(axis=1)
        epochs = np.where(np.isnan(means), np.inf, means).argmin(axis=1)
        mean_cost = cost[at, :, epochs][:, others].mean(axis=1)
        found.append(reached(curves.points, curves.asked, curves.finished, mean_cost, curves.pace))
    return np.array(found)


def _others(repeat: Int64, fold: int) -> Bool:
    """Return the folds that choose for one: the others of its repeat, or itself if it is alone."""
    other: Bool = np.arange(repeat.size) != fold
    if not other.any():
        return ~other
    same = other & (repeat == repeat[fold])
    return same if same.any() else other
