"""The selection bias of the chosen point: how optimistic its loss is."""

from dataclasses import dataclass, replace

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
from dropdecay.selection.plain_curves import (
    LOSS_WEIGHT,
    PLAIN_NAME,
    WEIGHTED_BLOCKS,
    weights_of_blocks,
)
from dropdecay.selection.points import POINT, by_point
from dropdecay.selection.time_order import BY_TIME
from dropdecay.statistics.bootstrap import Pick, Resampled, bootstrap_choice
from dropdecay.statistics.bootstrap import lowest as lowest_mean
from dropdecay.statistics.folds import standard_error


@dataclass(frozen=True)
class Optimism:
    """The mean loss of the chosen point, and the loss to expect on new rows.

    The loss is the one that chooses: with class weights the weighted one.

    Parameters
    ----------
    naive : float
        Mean out-of-fold loss of the chosen point over rows, by their weights; too low, as the
        lowest of many. ``best_loss_`` is the mean over folds of the same, and differs in that
        folds of more rows, or heavier ones, count no more there.
    corrected, lower, upper : float
        Bootstrap bias-corrected estimate (BBC-CV) and its 95 % interval.
    of_single : Optimism or None
        Where the figures above are of an ensemble: those of one network.
    plain : Optimism or None
        With class weights: what the same choices lose without them.
    """

    naive: float
    corrected: float
    lower: float
    upper: float
    of_single: "Optimism | None" = None
    plain: "Optimism | None" = None

    def of_ensemble(self, gain: float, plain_gain: float = 0.0) -> "Optimism":
        """Return the figures of an ensemble that loses so much less than one network.

        The gain of averaging is paired and an order smaller than what is uncertain of the loss, so
        it moves the ends of the interval alike.

        Parameters
        ----------
        gain : float
            By the loss that chooses.
        plain_gain : float
            Without the weights of classes, where these weigh that loss.
        """
        return Optimism(
            self.naive - gain, self.corrected - gain, self.lower - gain, self.upper - gain, self,
            None if self.plain is None else self.plain.of_ensemble(plain_gain),
        )  # fmt: skip

    @property
    def optimism(self) -> float:
        """Corrected minus naive."""
        return self.corrected - self.naive

    def as_dict(self) -> dict[str, Plain]:
        """Return the estimate as plain JSON values; ``plain`` only where there is one."""
        fields = {**_fields(self), "optimism": as_plain(self.optimism)}
        return fields if self.plain is None else {**fields, "plain": self.plain.as_dict()}


def _fields(found: Optimism) -> dict[str, Plain]:
    """Return the figures of an ensemble and of one network."""
    fields = plain_fields(replace(found, of_single=None, plain=None))
    del fields["plain"]
    single = found.of_single
    return fields if single is None else {**fields, "of_single": _fields(single)}


def estimate_optimism(
    results: xr.Dataset, choice: Choice | None = None, *, random_state: int = 0
) -> Optimism | None:
    """Estimate the loss of the chosen point on new rows, corrected for selection bias.

    BBC-CV (Tsamardinos, Greasidou & Borboudakis 2018): blocks of validation rows are resampled;
    point and epoch are chosen again on the blocks drawn, and evaluated on the blocks left out.
    Seeds are averaged beforehand. With class weights the weighted loss of the blocks chooses, as it
    did on the surface, and what these choices lose is told with the weights and without them. In
    repeated cross-validation a block holds the same rows in every repeat and is drawn or left out
    in all of them.

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
        None where folds are blocks of time: rows that depend on each other cannot be drawn. None,
        too, for results of earlier versions with class weights, whose blocks do not hold the loss
        that chose.

    Raises
    ------
    EveryRunDiverged
        If no point finished on every fold.
    """
    is_weighted = PLAIN_NAME in results.attrs
    if BY_TIME in results.attrs or (is_weighted and WEIGHTED_BLOCKS not in results):
        return None
    results = by_point(results)
    choice = choose(results) if choice is None else choice
    figures = figures_at_epochs(results)
    chosen = figures.index_of(choice.chosen.point)
    kept = (
        figures.finished if choice.criterion == "loss" else np.arange(len(figures.points)) == chosen
    )
    plain = _OutOfFold(results, np.flatnonzero(kept))
    losses = plain
    if is_weighted:
        losses = _OutOfFold(results, np.flatnonzero(kept), WEIGHTED_BLOCKS, LOSS_WEIGHT)
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
    found = bootstrap_choice(
        losses, losses.weights, drawn, pick=pick, picking=picking,
        beside=(plain, plain.weights) if is_weighted else None,
    )  # fmt: skip
    at = int(np.flatnonzero(np.flatnonzero(kept) == chosen)[0])
    epoch = int(np.searchsorted(results["epoch"].values, choice.chosen.epochs))

    def optimism(of: _OutOfFold, found: Resampled) -> Optimism:
        naive = float(np.average(of[at][epoch], weights=of.weights))
        return Optimism(naive, found.mean, found.lower, found.upper)

    told = optimism(losses, found)
    return told if found.beside is None else replace(told, plain=optimism(plain, found.beside))


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
    name, weight : str
        Variables of results: the losses, and what blocks count in them. Default: rows' own weights.
    """

    def __init__(
        self,
        results: xr.Dataset,
        kept: Int64,
        name: str = "out_of_fold_loss",
        weight: str | None = None,
    ) -> None:
        losses = results[name]
        self._losses = losses.transpose(POINT, "fold", "seed", "epoch", "block").values
        self._kept, self._weights = kept, weights_of_blocks(results, weight)
        self._is_repeated = bool(repeats_in(results).any())
        # The same units by any loss: those whose rows have weights of their own.
        self._held = self._by_unit(weights_of_blocks(results)) > 0

    def _by_unit(self, weights: Float64) -> Float64:
        return np.asarray(weights.sum(axis=0) if self._is_repeated else weights.ravel())

    @property
    def weights(self) -> Float64:
        """What each unit counts, (n_units,)."""
        return np.asarray(self._by_unit(self._weights)[self._held])

    def __len__(self) -> int:
        return self._kept.size

    def __getitem__(self, place: int, /) -> Floating:
        by_fold = self._losses[self._kept[place]].mean(axis=1).swapaxes(0, 1)
        weights = self._weights
        if self._is_repeated:
            summed = (np.where(weights > 0, by_fold, 0.0) * weights).sum(axis=1)
            held = self.weights  # none, where classes of weight 0 alone are in a block
            return np.ascontiguousarray(summed[:, self._held] / np.where(held > 0, held, 1))
        return np.ascontiguousarray(by_fold.reshape(len(by_fold), -1)[:, self._held])


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
