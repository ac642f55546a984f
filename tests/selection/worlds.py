"""Results typed in by hand: surfaces whose truth the tests know."""

import numpy as np
import xarray as xr

BLOCKS = 10


def results(loss, *, training=None, dropout=(0.0, 0.5), weight_decay=(0.0, 1.0), **attributes):
    """Build results from losses (dropout, weight_decay, fold[, seed[, epoch]]).

    The training loss is half the validation loss unless given; the score is minus the loss.
    """
    loss = np.asarray(loss, float)
    while loss.ndim < 5:
        loss = loss[..., None]
    training = 0.5 * loss if training is None else np.broadcast_to(training, loss.shape)
    dims = ("dropout", "weight_decay", "fold", "seed", "epoch")
    n_folds, n_epochs = loss.shape[2], loss.shape[4]
    return xr.Dataset(
        {
            "validation_loss": (dims, loss),
            "training_loss": (dims, np.array(training)),
            "validation_score": (dims, -loss),
            "diverged": (dims[:4], np.isnan(loss).any(axis=4)),
            "out_of_fold_loss": ((*dims, "block"), np.repeat(loss[..., None], BLOCKS, axis=-1)),
            "block_rows": (("fold", "block"), np.full((n_folds, BLOCKS), 2)),
            "n_training": ("fold", np.full(n_folds, 20 * (n_folds - 1))),
            "n_validation": ("fold", np.full(n_folds, 20)),
        },
        coords={
            "dropout": list(dropout),
            "weight_decay": list(weight_decay),
            "fold": np.arange(n_folds),
            "seed": np.arange(loss.shape[3]),
            "epoch": np.arange(1, n_epochs + 1),
        },
        attrs={"loss_name": "log loss", "score_name": "accuracy", **attributes},
    )


def around(mean, spread=0.0, n_folds=5, seed=0):
    """Losses of points (a nested list of means) that vary over folds, alike for all points."""
    shared = np.random.default_rng(seed).normal(0, 1, n_folds)
    shared = (shared - shared.mean()) / shared.std(ddof=1)
    return np.asarray(mean, float)[..., None] + spread * shared
