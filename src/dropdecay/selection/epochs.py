"""How long each point is trained, and what its figures are at that epoch."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.statistics.corrected import overlap_of

SURFACE = ("dropout", "weight_decay")


def choose_epochs(results: xr.Dataset) -> xr.DataArray:
    """Return the epoch of each point's lowest mean validation loss over folds and seeds.

    No fold ends its own run and is then judged by it: the epoch is one for all folds.

    Parameters
    ----------
    results : xarray.Dataset

    Returns
    -------
    xarray.DataArray, int64, dims (dropout, weight_decay)
        Counted from 1, the earlier at a tie; 0 where a run diverged or was not trained to its end.
    """
    curve = results["validation_loss"].mean(["fold", "seed"], skipna=False)
    ended = curve.notnull().all("epoch") & ~results["diverged"].any(["fold", "seed"])
    finished = ended & np.isfinite(curve.min("epoch"))
    lowest = curve.fillna(np.inf).argmin("epoch") + 1
    return (
        lowest.where(finished, 0)
        .astype(np.int64)
        .transpose(*SURFACE)
        .drop_vars("epoch", errors="ignore")
    )


@dataclass(frozen=True)
class Points:
    """Figures of all points at their epochs; a flat list, dropout outside, weight decay inside.

    Parameters
    ----------
    dropout, weight_decay, epochs : shape (n_points,)
    loss, training_loss, score, accuracy : shape (n_points, n_folds)
        Seeds averaged; NaN at points that did not finish. Accuracy is NaN where it does not stand
        beside the score.
    loss_by_seed : shape (n_points, n_folds, n_seeds)
    overlap : float
        Validation rows divided by training rows, the mean over folds.
    folds_per_repeat : int
        As :func:`folds_per_repeat_in` gives it.
    """

    dropout: Float64
    weight_decay: Float64
    epochs: Int64
    loss: Float64
    training_loss: Float64
    score: Float64
    accuracy: Float64
    loss_by_seed: Float64
    overlap: float
    folds_per_repeat: int

    @property
    def finished(self) -> Bool:
        """Whether every run of a point came to its end, (n_points,)."""
        return self.epochs > 0

    @property
    def gap(self) -> Float64:
        """Validation minus training loss, mean over folds, (n_points,)."""
        gap: Float64 = (self.loss - self.training_loss).mean(axis=1)
        return gap

    def where(self, dropout: float, weight_decay: float) -> int | None:
        """Return the index of a point; None if the surface does not have it."""
        at = np.flatnonzero((self.dropout == dropout) & (self.weight_decay == weight_decay))
        return int(at[0]) if at.size else None


def points_at_epochs(results: xr.Dataset) -> Points:
    """Reduce results to what choosing needs.

    Parameters
    ----------
    results : xarray.Dataset
    """
    epochs = choose_epochs(results)
    names = ["validation_loss", "training_loss", "validation_score", "validation_accuracy"]
    curves = results[[name for name in names if name in results]]
    at = curves.sel(epoch=epochs.clip(min=1)).where(epochs > 0)
    at = at.transpose(*SURFACE, "fold", "seed")

    def flat(name: str) -> Float64:
        values = at[name].values
        return values.reshape(epochs.size, *values.shape[2:]).astype(np.float64)

    dropout, weight_decay = labels(results)
    loss, score = flat("validation_loss"), flat("validation_score").mean(axis=2)
    return Points(
        dropout=dropout,
        weight_decay=weight_decay,
        epochs=epochs.values.ravel(),
        loss=loss.mean(axis=2),
        training_loss=flat("training_loss").mean(axis=2),
        score=score,
        accuracy=flat(names[3]).mean(axis=2)
        if names[3] in results
        else np.full_like(score, np.nan),
        loss_by_seed=loss,
        overlap=overlap_of(results["n_training"].values, results["n_validation"].values),
        folds_per_repeat=folds_per_repeat_in(results),
    )


def repeats_in(results: xr.Dataset) -> Int64:
    """Return which repeat of the cross-validation each fold belongs to, (n_folds,)."""
    if "repeat" not in results.coords:
        return np.zeros(results.sizes["fold"], np.int64)
    return np.asarray(results["repeat"].values, np.int64)


def folds_per_repeat_in(results: xr.Dataset) -> int:
    """Return how many folds hold out every row about once; all of them without repeats."""
    n_folds = results.sizes["fold"]
    if not repeats_in(results).any():
        return n_folds
    n_validation = results["n_validation"].values
    return min(n_folds, round(float((1 + results["n_training"].values / n_validation).mean())))


def labels(results: xr.Dataset) -> tuple[Float64, Float64]:
    """Return dropout and weight decay of every point, (n_points,) each."""
    axes = [results[name].values.astype(np.float64) for name in SURFACE]
    dropout, weight_decay = np.meshgrid(*axes, indexing="ij")
    return dropout.ravel(), weight_decay.ravel()
