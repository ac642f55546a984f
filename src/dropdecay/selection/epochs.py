"""How long each point is trained, and what its figures are at that epoch."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64

SURFACE = ("dropout", "weight_decay")


def choose_epochs(results: xr.Dataset) -> xr.DataArray:
    """Return the epoch of each point's lowest mean validation loss over folds and seeds.

    No fold ends its own run and is then judged by it: the epoch is one for all folds.

    Returns
    -------
    xarray.DataArray, int64, dims (dropout, weight_decay)
        Counted from 1, the earlier at a tie; 0 where a run diverged or was not trained.
    """
    curve = results["validation_loss"].mean(["fold", "seed"], skipna=False)
    lowest = curve.fillna(np.inf).argmin("epoch") + 1
    finished = curve.isel(epoch=-1).notnull()
    return lowest.where(finished, 0).astype(np.int64).transpose(*SURFACE)


@dataclass(frozen=True)
class Points:
    """Figures of all points at their epochs; a flat list, dropout outside, weight decay inside.

    Parameters
    ----------
    dropout, weight_decay, epochs : shape (n_points,)
    loss, training_loss, score : shape (n_points, n_folds), seeds averaged
    loss_by_seed : shape (n_points, n_folds, n_seeds)
    test_share : float
        Validation rows divided by training rows, the mean over folds.
    """

    dropout: Float64
    weight_decay: Float64
    epochs: Int64
    loss: Float64
    training_loss: Float64
    score: Float64
    loss_by_seed: Float64
    test_share: float

    @property
    def finished(self) -> Bool:
        """Whether every run of a point came to its end, (n_points,)."""
        return self.epochs > 0

    @property
    def gap(self) -> Float64:
        """Validation minus training loss, mean over folds, (n_points,)."""
        return np.asarray((self.loss - self.training_loss).mean(axis=1))

    def where(self, dropout: float, weight_decay: float) -> int | None:
        """Return the index of a point; None if the surface does not have it."""
        at = np.flatnonzero((self.dropout == dropout) & (self.weight_decay == weight_decay))
        return int(at[0]) if at.size else None


def points_at_epochs(results: xr.Dataset) -> Points:
    """Reduce results to what choosing needs."""
    epochs = choose_epochs(results)
    curves = results[["validation_loss", "training_loss", "validation_score"]]
    at = curves.sel(epoch=epochs.clip(min=1)).where(epochs > 0)
    at = at.transpose(*SURFACE, "fold", "seed")
    n_points = epochs.size

    def flat(name: str) -> Float64:
        values = at[name].values
        return np.asarray(values.reshape(n_points, *values.shape[2:]), np.float64)

    rates, strengths = np.meshgrid(
        results["dropout"].values, results["weight_decay"].values, indexing="ij"
    )
    loss = flat("validation_loss")
    return Points(
        dropout=rates.ravel(),
        weight_decay=strengths.ravel(),
        epochs=epochs.values.ravel(),
        loss=loss.mean(axis=2),
        training_loss=flat("training_loss").mean(axis=2),
        score=flat("validation_score").mean(axis=2),
        loss_by_seed=loss,
        test_share=float((results["n_validation"] / results["n_training"]).mean()),
    )
