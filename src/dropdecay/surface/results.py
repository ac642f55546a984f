"""The labelled results of a surface: their schema, and how they are assembled from fits."""

from collections.abc import Collection, Iterable

import numpy as np
import xarray as xr

from dropdecay.data.fold_rows import repeats_of
from dropdecay.engine.protocol import Fit
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.settings import Regularization
from dropdecay.surface.plan import Axes, Plan

CURVES = ("training_loss", "validation_loss", "validation_score")
BESIDE = "validation_accuracy"
"""Kept where the attribute ``beside`` says that accuracy stands beside the score."""

WEIGHTS = ("weight_norm", "near_zero_share")
MEANINGS = {
    "weight_norm": {"long_name": "L2 norm of all weights, biases left out"},
    "near_zero_share": {
        "long_name": "share of the weights nearer to zero than the threshold",
        "threshold": NEAR_ZERO,
    },
}
POINT = ("dropout", "weight_decay")
RUN = (*POINT, "fold", "seed")


def assemble(
    plan: Plan,
    fits: Iterable[Fit],
    n_epochs: int,
    *,
    loss_scale: float,
    attributes: dict[str, str | float | int],
    eliminated: Collection[Regularization] = (),
) -> xr.Dataset:
    """Put fits into one labelled dataset; a run that was never trained stays NaN.

    Parameters
    ----------
    plan : Plan
    fits : iterable of Fit
        In any order.
    n_epochs : int
        Length of the curves.
    loss_scale : float
        Losses are multiplied by it, to bring them into the user's units: 1 for log loss, the
        square of the scale of a standardized target.
    attributes : dict
        What the numbers mean: ``task``, ``loss_name``, ``score_name``, ``baseline_loss``;
        ``beside``: ``"accuracy"`` where that stands beside the score.
    eliminated : collection of Regularization
        Points that the race ended before their last fold.

    Returns
    -------
    xarray.Dataset
        Dims dropout, weight_decay, fold, seed, epoch (from 1) and block. ``training_loss``,
        ``validation_loss`` (evaluation mode both) and ``validation_score`` by run and epoch;
        ``validation_accuracy`` likewise, where it stands beside the score;
        ``weight_norm`` (L2, all weights, no biases) and ``near_zero_share`` (of the weights, below
        its attribute ``threshold`` in absolute value) by run and epoch;
        ``diverged`` and ``wall_s`` by run; ``out_of_fold_loss`` by run, epoch and block of
        validation rows, with ``block_rows`` by fold; ``n_training`` and ``n_validation`` by fold;
        ``eliminated`` by point. The coordinate ``repeat`` says which folds make up one whole
        cross-validation; where there are several, blocks hold the same rows in each.
    """
    axes, n_folds = plan.axes, len(plan.folds)
    runs = (len(axes.dropout), len(axes.weight_decay), n_folds, plan.n_seeds)
    n_blocks = 1 + max(int(rows.blocks.max()) for rows in plan.folds)
    measures = (*CURVES, BESIDE) if "beside" in attributes else CURVES
    curves = {name: np.full((*runs, n_epochs), np.nan) for name in (*measures, *WEIGHTS)}
    out_of_fold = np.full((*runs, n_epochs, n_blocks), np.nan, np.float32)
    diverged, wall_s = np.zeros(runs, bool), np.full(runs, np.nan)
    for fit in fits:
        at = (*_place(axes, fit.run.regularization), fit.run.fold, fit.run.seed)
        with np.errstate(over="ignore"):
            training, validation = loss_scale * fit.training_loss, loss_scale * fit.validation_loss
            blocks = loss_scale * fit.out_of_fold_loss
        # Finite for the engine, infinite in the user's units: gone all the same.
        diverged[at] = fit.diverged or bool(np.isinf(training).any() or np.isinf(blocks).any())
        wall_s[at] = fit.wall_s
        if diverged[at] and not fit.diverged:
            continue
        curves["training_loss"][at], curves["validation_loss"][at] = training, validation
        for name in (*measures[2:], *WEIGHTS):
            curves[name][at] = getattr(fit, name)
        out_of_fold[at][:, : blocks.shape[1]] = blocks
    lost = np.zeros(runs[:2], bool)
    for point in eliminated:
        lost[_place(axes, point)] = True
    return xr.Dataset(
        data_vars={
            **{name: ((*RUN, "epoch"), curves[name]) for name in measures},
            **{name: ((*RUN, "epoch"), curves[name], MEANINGS[name]) for name in WEIGHTS},
            "out_of_fold_loss": ((*RUN, "epoch", "block"), out_of_fold),
            "diverged": (RUN, diverged),
            "wall_s": (RUN, wall_s),
            "eliminated": (POINT, lost),
            "block_rows": (
                ("fold", "block"),
                np.stack([np.bincount(rows.blocks, minlength=n_blocks) for rows in plan.folds]),
            ),
            "n_training": ("fold", [rows.training.size for rows in plan.folds]),
            "n_validation": ("fold", [rows.validation.size for rows in plan.folds]),
        },
        coords={
            "dropout": list(axes.dropout),
            "weight_decay": list(axes.weight_decay),
            "fold": np.arange(n_folds),
            "repeat": ("fold", repeats_of([rows.validation for rows in plan.folds])),
            "seed": np.arange(plan.n_seeds),
            "epoch": np.arange(1, n_epochs + 1),
        },
        attrs=dict(attributes),
    )


def _place(axes: Axes, point: Regularization) -> tuple[int, int]:
    """Return where a point stands on the surface."""
    assert not isinstance(point.dropout, tuple)  # a surface has one rate a point
    return axes.dropout.index(point.dropout), axes.weight_decay.index(point.weight_decay)
