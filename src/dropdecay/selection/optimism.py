"""The selection bias of the chosen point: how optimistic its loss is."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.selection.choice import Choice, choose
from dropdecay.selection.epochs import (
    ends_of,
    figures_at_epochs,
    is_fixed,
    repeats_in,
    smoothed_to_ends,
)
from dropdecay.selection.jsonable import Plain, as_plain, plain_fields
from dropdecay.selection.plain_curves import weights_of_blocks
from dropdecay.selection.points import POINT, by_point
from dropdecay.selection.time_order import BY_TIME
from dropdecay.statistics.bootstrap import Pick, bootstrap_choice
from dropdecay.statistics.bootstrap import lowest as lowest_mean
from dropdecay.statistics.folds import standard_error


@dataclass(frozen=True)
class Optimism:
    """The mean loss of the chosen point, and the loss to expect on new rows.

    Parameters
    ----------
    naive : float
        Mean out-of-fold loss of the chosen point over rows, by their own weights but not by those
        of classes; too low, as the lowest of many. ``best_loss_`` is the mean over folds of the
        same, and differs in that folds of more rows, or heavier ones, count no more there.
    corrected, lower, upper : float
        Bootstrap bias-corrected estimate (BBC-CV) and its 95 % interval.
    of_single : Optimism or None
        Where the figures above are of an ensemble: those of one network.
    """

    naive: float
    corrected: float
    lower: float
    upper: float
    of_single: "Optimism | None" = None

    def of_ensemble(self, gain: float) -> "Optimism":
        """Return the figures of an ensemble that loses so much less than one network.

        The gain of averaging is paired and an order smaller than what is uncertain of the loss, so
        it moves the ends of the interval alike.
        """
        return Optimism(
            self.naive - gain, self.corrected - gain, self.lower - gain, self.upper - gain, self
        )

    @property
    def optimism(self) -> float:
        """Corrected minus naive."""
        return self.corrected - self.naive

    def as_dict(self) -> dict[str, Plain]:
        """Return the estimate as plain JSON values."""
        return {**plain_fields(self), "optimism": as_plain(self.optimism)}


def estimate_optimism(
    results: xr.Dataset, choice: Choice | None = None, *, random_state: int = 0
) -> Optimism | None:
    """Estimate the loss of the chosen point on new rows, corrected for selection bias.

    BBC-CV (Tsamardinos, Greasidou & Borboudakis 2018): blocks of validation rows are resampled;
    point and epoch are chosen again on the blocks drawn, and evaluated on the blocks left out.
    Seeds are averaged beforehand. In repeated cross-validation a block holds the same rows in every
    repeat and is drawn or left out in all of them.

    For ``one_se`` every draw uses the standard error of the best point over folds. A choice by
    score cannot be repeated on blocks, for which only losses are stored: the chosen point is then
    fixed and only its epoch is chosen again.

    Parameters
    ----------
    results : xarray.Dataset
    choice : Choice, optional
        Default: the best point by loss.
    random_state : int
        Seeds the draws.

    Returns
    -------
    Optimism or None
        None where folds are blocks of time: rows that depend on each other cannot be drawn.

    Raises
    ------
    EveryRunDiverged
        If no point finished on every fold.
    """
    if BY_TIME in results.attrs:
        return None
    results = by_point(results)
    choice = choose(results) if choice is None else choice
    figures = figures_at_epochs(results)
    chosen = figures.index_of(choice.chosen.point)
    kept = (
        figures.finished if choice.criterion == "loss" else np.arange(len(figures.points)) == chosen
    )
    losses = _OutOfFold(results, np.flatnonzero(kept))
    picking = None
    if not is_fixed(results):
        picking = _Smoothed(losses, results["epoch"].values, ends_of(results)[kept])
    pick: Pick = lowest_mean
    if choice.rule == "one_se" and choice.criterion == "loss":
        training = figures.training_loss[kept].mean(axis=1)
        loss = figures.loss[kept]
        errors = standard_error(loss[:, None] - loss[None], figures.folds_per_repeat)
        pick = _one_standard_error(errors, training)
    drawn = np.random.default_rng(random_state)
    found = bootstrap_choice(losses, losses.weights, drawn, pick=pick, picking=picking)
    at = int(np.flatnonzero(np.flatnonzero(kept) == chosen)[0])
    epoch = int(np.searchsorted(results["epoch"].values, choice.chosen.epochs))
    naive = np.average(losses[at][epoch], weights=losses.weights)
    return Optimism(float(naive), found.mean, found.lower, found.upper)


class _OutOfFold:
    """Out-of-fold losses by point, (n_epochs, n_units), seeds averaged.

    A unit is a block of one fold, or of all folds if rows are held out several times. Those of a
    point are made when they are asked for: all together would be by far the largest array of a
    search.

    Parameters
    ----------
    results : xarray.Dataset
    kept : shape (n_kept,)
        Indices of points.
    """

    def __init__(self, results: xr.Dataset, kept: Int64) -> None:
        losses = results["out_of_fold_loss"]
        self._losses = losses.transpose(POINT, "fold", "seed", "epoch", "block").values
        self._kept, self._weights = kept, weights_of_blocks(results)
        self._is_repeated = bool(repeats_in(results).any())

    @property
    def weights(self) -> Float64:
        """What each unit counts, (n_units,)."""
        weights = self._weights.sum(axis=0) if self._is_repeated else self._weights.ravel()
        return np.asarray(weights[weights > 0])

    def __len__(self) -> int:
        return self._kept.size

    def __getitem__(self, place: int, /) -> Floating:
        by_fold = self._losses[self._kept[place]].mean(axis=1).swapaxes(0, 1)
        weights = self._weights
        if self._is_repeated:
            summed = (np.where(weights > 0, by_fold, 0.0) * weights).sum(axis=1)
            held = weights.sum(axis=0)
            return np.ascontiguousarray(summed[:, held > 0] / held[held > 0])
        return np.ascontiguousarray(by_fold.reshape(len(by_fold), -1)[:, weights.ravel() > 0])


class _Smoothed:
    """The losses of points on which stops are picked: smoothed up to the end of each, then NaN.

    The mean over blocks of smoothed losses is the smoothed mean.

    Parameters
    ----------
    losses : _OutOfFold
    epochs : shape (n_epochs,)
    ends : shape (n_kept,)
    """

    def __init__(self, losses: _OutOfFold, epochs: Int64, ends: Int64) -> None:
        self._losses, self._epochs, self._ends = losses, epochs, ends

    def __len__(self) -> int:
        return len(self._losses)

    def __getitem__(self, place: int, /) -> Floating:
        by_epoch = self._losses[place].T[None]
        smoothed = smoothed_to_ends(by_epoch, self._epochs, self._ends[place : place + 1])
        return np.asarray(smoothed[0].T)


def _one_standard_error(errors: Float64, training_loss: Float64) -> Pick:
    """Return the one-standard-error rule, vectorized over draws."""

    def pick(means: Float64) -> Int64:
        best = means.argmin(axis=1)
        allowance = means.min(axis=1)[:, None] + np.nan_to_num(errors[best])
        gap = np.where(means <= allowance, means - training_loss, np.inf)
        return np.asarray(gap.argmin(axis=1))

    return pick
