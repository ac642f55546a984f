"""The labelled results of a surface: their schema and their assembly from fits."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from operator import attrgetter

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64, Floating
from dropdecay.axes import Point
from dropdecay.data.fold_rows import repeats_of
from dropdecay.engine.ending import DIVERGED, FUTILE
from dropdecay.engine.protocol import CURVES, Fit, Rows
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.selection.epochs import ADAPTIVE, EPOCHS, FIXED
from dropdecay.selection.plain_curves import LOSS_WEIGHT, WEIGHTED_BLOCKS
from dropdecay.selection.points import POINT, coordinates_of

_, *MEASURES, BESIDE, NORM, NEAR_ZERO_SHARE = CURVES
"""The curves kept of a fit: all but the loss that is minimized; ``BESIDE`` only if the attribute
``beside`` says that accuracy accompanies the score."""

WEIGHTS = (NORM, NEAR_ZERO_SHARE)
MEANINGS = {
    NORM: {"long_name": "L2 norm of all weights, biases left out"},
    NEAR_ZERO_SHARE: {
        "long_name": "share of the weights nearer to zero than the threshold",
        "threshold": NEAR_ZERO,
    },
}
RUN = (POINT, "fold", "seed")


BY_RUN = {
    **dict.fromkeys((*MEASURES, BESIDE, *WEIGHTS), (("fold", "seed", "epoch"), "f")),
    **dict.fromkeys(
        ("out_of_fold_loss", WEIGHTED_BLOCKS), (("fold", "seed", "epoch", "block"), "f")
    ),
    "diverged": (("fold", "seed"), "b"),
    "wall_s": (("fold", "seed"), "f"),
    "end": ((), "iu"),
    "ending": ((), "OU"),
    "eliminated": ((), "b"),
    "asked": ((), "b"),
}
OTHERS = {
    "block_rows": (("fold", "block"), "iu"),
    **dict.fromkeys(("block_weight", LOSS_WEIGHT), (("fold", "block"), "f")),
    **dict.fromkeys(("n_training", "n_validation", "fold", "repeat"), (("fold",), "iu")),
    "seed": (("seed",), "iu"),
    "epoch": (("epoch",), "iu"),
}
"""Dims and kinds of types, by which stored results are checked. Before those of ``BY_RUN`` come the
points: their number, or the axes that span them."""


def dtype_of_losses(loss_scale: float) -> np.dtype[np.floating]:
    """Return the type of losses by block or row: float32, as engines give them, if they fit."""
    largest = 1e20  # what a single row adds, or a good one leaves, is within 1e18 of it
    fits = 1.0 / largest <= loss_scale <= largest
    return np.dtype(np.float32 if fits else np.float64)


def assemble(
    points: Sequence[Point],
    rows: Mapping[int, Rows],
    n_seeds: int,
    fits: Iterable[Fit],
    *,
    loss_scale: float,
    attributes: Mapping[str, str | float | int],
    eliminated: Collection[Point] = (),
    asked: Collection[Point] | None = None,
    futile: Collection[Point] = (),
    row_weight: Floating | None = None,
    loss_weight: Floating | None = None,
    out_of_fold_of: Callable[[Fit], Floating] = attrgetter("out_of_fold_loss"),
) -> xr.Dataset:
    """Collect fits in one labelled dataset; a run that was not trained is NaN.

    Parameters
    ----------
    points : sequence of Point
        All points of the axes, in the order that the results will have.
    rows : mapping of int to Rows
        Rows of folds 0, 1, ...
    n_seeds : int
    fits : iterable of Fit
        In any order; those of other points are ignored.
    loss_scale : float
        Converts losses to the user's units: 1 for log loss, the squared scale of a standardized
        target.
    attributes : mapping
        What the numbers mean: ``task``, ``loss_name``, ``score_name``, ``baseline_loss``;
        ``beside``: ``"accuracy"`` if that accompanies the score.
    eliminated : collection of Point
        Points that the race eliminated before their last fold.
    asked : collection of Point, optional
        Points of the axes that were asked for, where these became longer. Default: all.
    futile : collection of Point
        Points that were not trained on, since they could not have caught up: their losses are upper
        bounds.
    row_weight : shape (n_rows,), optional
        By which blocks are means over their rows.
    loss_weight : shape (n_rows,), optional
        With the weights of classes, where these weigh the loss: fits then hold blocks by this too.
    out_of_fold_of : callable
        Returns the out-of-fold losses of a fit. Default: those that it holds.

    Returns
    -------
    xarray.Dataset
        Dims point, fold, seed, epoch (the evaluated ones) and block; one coordinate per axis along
        ``point``. ``end`` by point is the last epoch that counts, beyond which all curves are NaN,
        and ``ending`` why an adaptive point ended there, as ``engine.ending`` calls it; the
        attribute ``epochs`` says whether points were ``"adaptive"`` or ``"fixed"``.
        ``training_loss``, ``validation_loss`` (both in evaluation mode) and ``validation_score`` by
        run and epoch; ``validation_accuracy`` likewise, if it accompanies the score;
        ``weight_norm`` (L2, all weights, no biases) and ``near_zero_share`` (of the weights, below
        its attribute ``threshold`` in absolute value) by run and epoch;
        ``diverged`` and ``wall_s`` by run; ``out_of_fold_loss`` by run, epoch and block of
        validation rows, with ``block_rows`` and the sum of their weights, ``block_weight``, by
        fold; where class weights weigh the loss, ``out_of_fold_weighted_loss`` and
        ``block_loss_weight`` are with these, and the former without; ``n_training`` and
        ``n_validation`` by fold; ``eliminated`` and ``asked`` by point. The coordinate ``repeat``
        says which folds make up one whole cross-validation; where there are several, blocks hold
        the same rows in each.
    """
    fits = [fit for fit in fits if fit.run.point in set(points)]
    folds = [rows[fold] for fold in range(len(rows))]
    runs = (len(points), len(folds), n_seeds)
    n_blocks = 1 + max(int(each.blocks.max()) for each in folds)
    epochs = np.unique(np.concatenate([fit.counting_epochs for fit in fits] or [np.arange(1, 2)]))
    n_epochs = epochs.size
    measures = (*MEASURES, BESIDE) if "beside" in attributes else MEASURES
    curves = {name: np.full((*runs, n_epochs), np.nan) for name in (*measures, *WEIGHTS)}
    measured_by = {"out_of_fold_loss": ("block_weight", row_weight)}
    if loss_weight is not None:
        measured_by[WEIGHTED_BLOCKS] = (LOSS_WEIGHT, loss_weight)
    dtype = dtype_of_losses(loss_scale)
    out_of_fold = {
        name: np.full((*runs, n_epochs, n_blocks), np.nan, dtype) for name in measured_by
    }
    diverged, wall_s = np.zeros(runs, bool), np.full(runs, np.nan)
    end, ending = np.zeros(len(points), np.int64), [""] * len(points)
    place = {point: i for i, point in enumerate(points)}
    for fit in fits:
        point = place[fit.run.point]
        end[point] = fit.end
        # Where networks end alone, one that diverged speaks for its point, whatever comes after it.
        ending[point] = DIVERGED if ending[point] == DIVERGED else fit.ending
        here = np.searchsorted(epochs, fit.counting_epochs)
        at = (point, fit.run.fold, fit.run.seed)
        with np.errstate(over="ignore"):
            training, validation, blocks = (
                loss_scale * each[: here.size]
                for each in (fit.training_loss, fit.validation_loss, out_of_fold_of(fit))
            )
            blocks = blocks.astype(dtype)
        # A loss that is finite in the engine may be infinite in the user's units: diverged too.
        diverged[at] = fit.diverged or bool(np.isinf(training).any() or np.isinf(blocks).any())
        wall_s[at] = fit.wall_s
        if diverged[at] and not fit.diverged:
            continue
        curves["training_loss"][at][here] = training
        curves["validation_loss"][at][here] = validation
        for name in (*measures[2:], *WEIGHTS):
            curves[name][at][here] = getattr(fit, name)[: here.size]
        halves = np.split(blocks, len(out_of_fold), axis=1)
        for kept, each in zip(out_of_fold.values(), halves, strict=True):
            kept[at][here, : each.shape[1]] = each
    ending = [FUTILE if each in futile else why for each, why in zip(points, ending, strict=True)]
    return xr.Dataset(
        data_vars={
            **{name: ((*RUN, "epoch"), curves[name]) for name in measures},
            **{name: ((*RUN, "epoch"), curves[name], MEANINGS[name]) for name in WEIGHTS},
            **{name: ((*RUN, "epoch", "block"), each) for name, each in out_of_fold.items()},
            "diverged": (RUN, diverged),
            "wall_s": (RUN, wall_s),
            "end": (POINT, end),
            "ending": (POINT, np.array(ending, np.str_)),
            "eliminated": (POINT, np.array([point in eliminated for point in points])),
            "asked": (POINT, np.array([asked is None or point in asked for point in points])),
            "block_rows": (
                ("fold", "block"),
                np.stack([np.bincount(each.blocks, minlength=n_blocks) for each in folds]),
            ),
            **{
                name: (
                    ("fold", "block"),
                    np.stack([_weights_of(each, weight, n_blocks) for each in folds]),
                )
                for name, weight in measured_by.values()
            },
            "n_training": ("fold", [each.training.size for each in folds]),
            "n_validation": ("fold", [each.validation.size for each in folds]),
        },
        coords={
            **coordinates_of(points),
            "fold": np.arange(len(folds)),
            "repeat": ("fold", repeats_of([each.validation for each in folds])),
            "seed": np.arange(n_seeds),
            "epoch": epochs,
        },
        attrs={**attributes, EPOCHS: ADAPTIVE if any(f.run.adaptive for f in fits) else FIXED},
    )


def check_form(results: xr.Dataset) -> None:
    """Check dims and types of stored results, as far as they are there.

    Raises
    ------
    ValueError
        If they are not those of :func:`assemble`.
    """
    of_points = results["diverged"].dims[:-2]
    expected = {name: ((*of_points, *dims), kinds) for name, (dims, kinds) in BY_RUN.items()}
    for name, (dims, kinds) in {**expected, **OTHERS}.items():
        if name in results and (
            results[name].dims != dims or results[name].dtype.kind not in kinds
        ):
            raise ValueError(f"{name} is not as dropdecay writes it")
    if not of_points or not all(results.sizes.values()):
        raise ValueError("it has no runs")
    for name in ("fold", "seed", "epoch"):
        if name not in results.indexes or not results.indexes[name].is_monotonic_increasing:
            raise ValueError(f"{name} is not ascending")
    texts = {"task", "loss_name", "score_name", EPOCHS} & set(results.attrs)
    if not all(isinstance(results.attrs[name], str) for name in texts):
        raise ValueError("an attribute that is a text holds something else")


def _weights_of(rows: Rows, row_weight: Floating | None, n_blocks: int) -> Float64:
    """Return the sum of weights in each block."""
    weights = np.ones(rows.blocks.size) if row_weight is None else row_weight[rows.validation]
    return np.bincount(rows.blocks, weights, n_blocks).astype(np.float64)
