"""Small results datasets with figures typed in or drawn, in the schema of a trained surface."""

import numpy as np
import xarray as xr

from dropdecay.axes import Axes, Axis, Point
from dropdecay.selection.points import POINT, coordinates_of
from dropdecay.statistics.smoothing import evaluated_epochs

GRID = ("dropout", "weight_decay")
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
    """Make results on a grid from the losses at epoch 2.

    ``loss``, ``training`` and ``score`` are (dropout, weight_decay, fold) or with a seed axis
    behind; training is 0.1 below the loss and the score is minus the loss where not given.
    ``spread`` is the standard deviation of blocks within a fold, whose mean stays the fold's.
    """
    loss = by_run(loss)
    n_rates, n_strengths = loss.shape[:2]
    values = {
        "dropout": np.arange(n_rates) / 10 if dropout is None else dropout,
        "weight_decay": np.r_[0.0, 10.0 ** np.arange(-3, n_strengths - 4)][:n_strengths]
        if weight_decay is None
        else weight_decay,
    }
    return _results(
        GRID, values, loss, None if training is None else by_run(training),
        None if score is None else by_run(score), diverged, curve, spread, attributes,
    )  # fmt: skip


def results_at(
    points,
    loss,
    *,
    training=None,
    score=None,
    diverged=None,
    curve=SHAPE_OF_CURVE,
    spread=0.0,
    attributes=None,
):
    """Make results by point, of any axes and any design, from the losses at epoch 2.

    ``loss``, ``training`` and ``score`` are (point, fold) or with a seed axis behind.
    """
    loss, training, score = (
        None if each is None else np.reshape(each, (*np.shape(each), 1)[:3])
        for each in (loss, training, score)
    )
    return _results(
        (POINT,), coordinates_of(points), loss, training, score, diverged, curve, spread, attributes
    )


def _results(dims, coords, loss, training, score, diverged, curve, spread, attributes):
    run = (*dims, "fold", "seed")
    n_folds, n_seeds = loss.shape[-2:]
    training = loss - 0.1 if training is None else training
    score = -loss if score is None else score
    diverged = np.zeros(loss.shape, bool) if diverged is None else diverged
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
            **{name: ((*run, "epoch"), values) for name, values in curves.items()},
            "out_of_fold_loss": (
                (*run, "epoch", "block"),
                (curves["validation_loss"][..., None] + blocks).astype(np.float32),
            ),
            "diverged": (run, diverged),
            "block_rows": (("fold", "block"), np.full((n_folds, N_BLOCKS), 5)),
            "n_training": ("fold", np.full(n_folds, 20 * max(1, n_folds - 1))),
            "n_validation": ("fold", np.full(n_folds, 20)),
        },
        coords={
            **coords,
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


def grid(**values):
    """Return the points of a full grid, the first axis slowest."""
    return Axes(tuple(Axis(name, tuple(each)) for name, each in values.items())).points


def at(rate, strength):
    """Return a point of results on the usual grid."""
    return Point.of(dropout=rate, weight_decay=strength)


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


def beside(mean, error, shared=0.0):
    """Return 4 folds whose differences to the lowest mean have exactly these standard errors.

    ``shared`` is the standard error of what all points have in common; the lowest has no other.
    """
    mean = np.asarray(mean)
    own = np.where(mean == mean.min(), 0.0, error)
    common = shared * np.sqrt(3) * np.array([1.0, 1.0, -1.0, -1.0])
    return around(mean, own) + common


def adaptive(losses, ends, most=60):
    """Make results of points that ended at their own epochs.

    ``losses`` are (point, fold, evaluated epoch up to ``most``); what lies beyond the end of a
    point is left out, as it is where networks were trained further than their point.
    """
    losses, epochs = np.asarray(losses, float), np.array(evaluated_epochs(most))
    points = [at(i / 10, 0.0) for i in range(len(losses))]
    results = results_at(points, losses[..., 0] * 0, curve=np.zeros(epochs.size))
    results = results.assign_coords(epoch=epochs)
    known = np.where(epochs <= np.array(ends)[:, None, None], losses, np.nan)[:, :, None]
    results["validation_loss"].values[:] = known
    results["training_loss"].values[:] = known - 0.1
    results["validation_score"].values[:] = -known
    results["out_of_fold_loss"].values[:] = known[..., None]
    results["end"] = (POINT, np.array(ends))
    results["ending"] = (POINT, np.array(["flat"] * len(ends)))
    return results.assign_attrs(epochs="adaptive")
