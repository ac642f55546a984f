"""The epoch at which each point is evaluated, and its figures there."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Floating, Int64
from dropdecay.axes import Point
from dropdecay.engine.ending import FUTILE
from dropdecay.selection.plain_curves import plain_by_epoch
from dropdecay.selection.points import POINT, by_point, points_in
from dropdecay.statistics.corrected import overlap_of
from dropdecay.statistics.smoothing import smooth

EPOCHS, ADAPTIVE, FIXED = "epochs", "adaptive", "fixed"
"""Attribute of results: whether points were trained until their own curves ended them, or all for
the same number of epochs; that is what results of earlier versions are."""


def curves_to_pick_from(results: xr.Dataset) -> xr.DataArray:
    """Return the validation losses on which all epochs are picked, by point, fold and epoch.

    They are averaged over seeds. Those of adaptive points are smoothed, and infinite beyond the end
    of the point. A point is NaN in the epochs in which a run diverged or was not trained.

    Parameters
    ----------
    results : xarray.Dataset
    """
    results = by_point(results)
    curves = results["validation_loss"].mean("seed", skipna=False)
    curves = curves.transpose(POINT, "fold", "epoch").astype(np.float64)
    if is_fixed(results):
        return curves
    epochs, ends = results["epoch"].values, ends_of(results)
    beyond = (epochs > ends[:, None]) & (ends[:, None] > 0)
    values = smoothed_to_ends(curves.values, epochs, ends)
    return curves.copy(data=np.where(beyond[:, None], np.inf, values))


def is_fixed(results: xr.Dataset) -> bool:
    """Return whether all points were trained for the same number of epochs."""
    return bool(results.attrs.get(EPOCHS, FIXED) == FIXED)


def smoothed_to_ends(curves: Floating, epochs: Int64, ends: Int64) -> Float64:
    """Return curves smoothed up to the end of each point and NaN beyond.

    Parameters
    ----------
    curves : shape (n_points, ..., n_epochs)
    epochs : shape (n_epochs,)
    ends : shape (n_points,)
    """
    smoothed = np.full(curves.shape, np.nan)
    for place, n_epochs in enumerate(np.searchsorted(epochs, ends, "right").tolist()):
        own = curves[place, ..., :n_epochs].astype(np.float64)
        smoothed[place, ..., :n_epochs] = smooth(own, epochs[:n_epochs])
    return smoothed


def choose_epochs(results: xr.Dataset) -> xr.DataArray:
    """Return the epoch at which each point's mean validation loss is lowest.

    The mean runs over folds and seeds: all folds share one epoch, so that none is evaluated at an
    epoch that it chose itself. The curve is that of :func:`curves_to_pick_from`.

    Parameters
    ----------
    results : xarray.Dataset

    Returns
    -------
    xarray.DataArray, int64, dim point
        From 1, the earlier one at a tie; 0 if a run diverged or was not trained to its end: its
        fold is missing, or its point was given up.
    """
    results = by_point(results)
    curve = curves_to_pick_from(results).mean("fold", skipna=False)
    ended = curve.notnull().all("epoch") & ~results["diverged"].any(["fold", "seed"])
    finished = ended & np.isfinite(curve.min("epoch")) & ~is_given_up(results)
    lowest = results["epoch"][curve.fillna(np.inf).argmin("epoch")]
    return lowest.where(finished, 0).astype(np.int64).drop_vars("epoch", errors="ignore")


def ends_of(results: xr.Dataset) -> Int64:
    """Return the last epoch that counts of each point, (n_points,)."""
    results = by_point(results)
    if "end" not in results:
        return np.full(results.sizes[POINT], int(results["epoch"].values[-1]))
    return np.asarray(results["end"].values, np.int64)


def endings_of(results: xr.Dataset) -> tuple[str, ...]:
    """Return why each point ended, as ``engine.ending`` calls it; empty where it was not asked."""
    results = by_point(results)
    if "ending" not in results:
        return ("",) * results.sizes[POINT]
    return tuple(map(str, results["ending"].values.tolist()))


def is_given_up(results: xr.Dataset) -> Bool:
    """Return which points were not trained on since they could not catch up, (n_points,)."""
    return np.asarray(np.array(endings_of(results)) == FUTILE)


@dataclass(frozen=True)
class Figures:
    """Figures of all points at their epochs, in the order of the results.

    Parameters
    ----------
    points : tuple of Point
    epochs : shape (n_points,)
    loss, training_loss, score, accuracy : shape (n_points, n_folds)
        Averaged over seeds; NaN at points that did not finish. Accuracy is NaN unless it
        accompanies the score.
    plain_loss : shape (n_points, n_folds)
        Without class weights; NaN where there are none.
    loss_by_seed : shape (n_points, n_folds, n_seeds)
    overlap : float
        Validation rows divided by training rows, averaged over folds.
    folds_per_repeat : int
        See :func:`folds_per_repeat_in`.
    """

    points: tuple[Point, ...]
    epochs: Int64
    loss: Float64
    training_loss: Float64
    score: Float64
    accuracy: Float64
    plain_loss: Float64
    loss_by_seed: Float64
    overlap: float
    folds_per_repeat: int

    @property
    def finished(self) -> Bool:
        """Whether every run of a point finished, (n_points,)."""
        return self.epochs > 0

    @property
    def gap(self) -> Float64:
        """Validation minus training loss, averaged over folds, (n_points,)."""
        gap: Float64 = (self.loss - self.training_loss).mean(axis=1)
        return gap

    def index_of(self, point: Point) -> int | None:
        """Return the index of a point; None if it is not on the surface."""
        return self.points.index(point) if point in self.points else None


def figures_at_epochs(results: xr.Dataset) -> Figures:
    """Reduce results to the figures that choosing needs.

    Parameters
    ----------
    results : xarray.Dataset
    """
    results = by_point(results)
    epochs = choose_epochs(results)
    names = ["validation_loss", "training_loss", "validation_score", "validation_accuracy"]
    curves = results[[name for name in names if name in results]]
    at = curves.sel(epoch=epochs.clip(min=1)).where(epochs > 0).transpose(POINT, "fold", "seed")

    def by_seed(name: str) -> Float64:
        return at[name].values.astype(np.float64)

    loss, score = by_seed("validation_loss"), by_seed("validation_score").mean(axis=2)
    return Figures(
        points=points_in(results),
        epochs=epochs.values,
        loss=loss.mean(axis=2),
        training_loss=by_seed("training_loss").mean(axis=2),
        score=score,
        accuracy=by_seed(names[3]).mean(axis=2)
        if names[3] in results
        else np.full_like(score, np.nan),
        plain_loss=_plain_loss(results, epochs),
        loss_by_seed=loss,
        overlap=overlap_of(results["n_training"].values, results["n_validation"].values),
        folds_per_repeat=folds_per_repeat_in(results),
    )


def _plain_loss(results: xr.Dataset, epochs: xr.DataArray) -> Float64:
    """Return the plain loss of each point at its epoch, (n_points, n_folds)."""
    plain, finished = plain_by_epoch(results), epochs.values > 0
    if plain is None:
        return np.full((finished.size, results.sizes["fold"]), np.nan)
    at = np.searchsorted(results["epoch"].values, epochs.values.clip(min=1))
    found = plain[np.arange(finished.size), :, :, at].mean(axis=2)
    return np.where(finished[:, None], found, np.nan)


def repeats_in(results: xr.Dataset) -> Int64:
    """Return which repeat of the cross-validation each fold belongs to, (n_folds,)."""
    if "repeat" not in results.coords:
        return np.zeros(results.sizes["fold"], np.int64)
    return np.asarray(results["repeat"].values, np.int64)


def folds_per_repeat_in(results: xr.Dataset) -> int:
    """Return how many folds make up one cross-validation; all of them without repeats."""
    n_folds = results.sizes["fold"]
    if not repeats_in(results).any():
        return n_folds
    n_validation = results["n_validation"].values
    return min(n_folds, round(float((1 + results["n_training"].values / n_validation).mean())))
