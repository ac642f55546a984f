"""Small results datasets with figures typed in or drawn, in the schema of a trained surface."""

import numpy as np
import xarray as xr

RUN = ("dropout", "weight_decay", "fold", "seed")
N_EPOCHS, BEST_EPOCH, N_BLOCKS = 3, 2, 4
SHAPE_OF_CURVE = np.array([0.2, 0.0, 0.1])
"""Added to every loss, epoch by epoch: the lowest is at epoch 2."""


def results_of(
    loss,
    *,
    dropout=None,
    weight_decay=None,
    training=None,
    score=None,
    diverged=None,
    curve=SHAPE_OF_CURVE,
    spread=0.0,
    attributes=None,
):
    """Make results from the losses at epoch 2.

    ``loss``, ``training`` and ``score`` are (dropout, weight_decay, fold) or with a seed axis
    behind; training is 0.1 below the loss and the score is minus the loss where not given.
    ``spread`` is the standard deviation of blocks within a fold, whose mean stays the fold's.
    """
    loss = by_run(loss)
    training = loss - 0.1 if training is None else by_run(training)
    score = -loss if score is None else by_run(score)
    diverged = np.zeros(loss.shape, bool) if diverged is None else diverged
    n_rates, n_strengths, n_folds, n_seeds = loss.shape
    curves = {
        "validation_loss": loss[..., None] + curve,
        "training_loss": training[..., None] + np.zeros(len(curve)),
        "validation_score": score[..., None] - curve,
    }
    curves = {name: np.where(diverged[..., None], np.nan, each) for name, each in curves.items()}
    blocks = spread * np.random.default_rng(0).normal(size=(*loss.shape, len(curve), N_BLOCKS))
    blocks -= blocks.mean(axis=-1, keepdims=True)
    return xr.Dataset(
        data_vars={
            **{name: ((*RUN, "epoch"), values) for name, values in curves.items()},
            "out_of_fold_loss": (
                (*RUN, "epoch", "block"),
                (curves["validation_loss"][..., None] + blocks).astype(np.float32),
            ),
            "diverged": (RUN, diverged),
            "block_rows": (("fold", "block"), np.full((n_folds, N_BLOCKS), 5)),
            "n_training": ("fold", np.full(n_folds, 20 * max(1, n_folds - 1))),
            "n_validation": ("fold", np.full(n_folds, 20)),
        },
        coords={
            "dropout": np.arange(n_rates) / 10 if dropout is None else dropout,
            "weight_decay": np.r_[0.0, 10.0 ** np.arange(-3, n_strengths - 4)][:n_strengths]
            if weight_decay is None
            else weight_decay,
            "fold": np.arange(n_folds),
            "seed": np.arange(n_seeds),
            "epoch": np.arange(1, len(curve) + 1),
        },
        attrs={"loss_name": "log loss", "score_name": "accuracy", "task": "classification"}
        | (attributes or {}),
    )


def by_run(values):
    """Give values a seed axis where they have none."""
    values = np.asarray(values, float)
    return values[..., None] if values.ndim == 3 else values


def drawn(seed=0, shape=(3, 4, 5, 2), **more):
    """Make results of random figures, no two alike."""
    rng = np.random.default_rng(seed)
    loss = rng.uniform(0.4, 0.8, size=shape)
    return results_of(
        loss,
        training=loss - rng.uniform(0.0, 0.3, size=shape),
        score=rng.uniform(0.5, 1.0, size=shape),
        **more,
    )


def around(mean, error, n_folds=4):
    """Return folds with exactly this mean and standard error, (..., n_folds)."""
    unit = np.tile([1.0, -1.0], n_folds // 2) * np.sqrt(n_folds - 1)
    return np.asarray(mean)[..., None] + np.asarray(error)[..., None] * unit
