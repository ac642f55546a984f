"""What each picture shows, as data: one place for the page, the static pictures and the text."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.report.eliminated import folds_until_out, on_own_folds
from dropdecay.selection.epochs import SURFACE, choose_epochs, folds_per_repeat_in
from dropdecay.statistics.folds import standard_error

CURVES = ("training_loss", "validation_loss", "validation_score", "validation_accuracy")
"""The last only where accuracy stands beside the score."""

REACH = 4.0
"""Colours end at this many times the median distance from the best point."""


@dataclass(frozen=True)
class Surface:
    """The measured surface; every array of shape (n_dropout, n_weight_decay), NaN: not finished.

    Parameters
    ----------
    dropout, weight_decay : tuple of float
    loss, loss_error, gap, score, score_error, accuracy, accuracy_error
        Means over folds at the epoch of the point, and standard errors; losses in nats or squared
        target units. Accuracy is NaN where it does not stand beside the score.
    epochs
        Counted from 1; 0: not finished.
    diverged
        Some run of the point ended in NaN or infinity.
    as_good
        Within one standard error of the best point.
    best, one_standard_error, chosen : pair of int
        Where the best point lies, the one-standard-error choice and the refitted one; (-1, -1):
        not on the surface.
    """

    dropout: tuple[float, ...]
    weight_decay: tuple[float, ...]
    loss: Float64
    loss_error: Float64
    gap: Float64
    score: Float64
    score_error: Float64
    accuracy: Float64
    accuracy_error: Float64
    epochs: Int64
    diverged: Bool
    as_good: Bool
    best: tuple[int, int]
    one_standard_error: tuple[int, int]
    chosen: tuple[int, int]


@dataclass(frozen=True)
class Curves:
    """Mean over folds (seeds averaged first) and its standard error, by epoch.

    Each of shape (n_dropout, n_weight_decay, n_epochs), by the names of ``CURVES`` that
    the results have.
    """

    mean: Mapping[str, Float64]
    error: Mapping[str, Float64]


@dataclass(frozen=True)
class Weights:
    """What became of the weights; every array of shape (n_dropout, n_weight_decay).

    A point that diverged has NaN; one that was eliminated has the figures of its own folds.

    Parameters
    ----------
    norm, norm_error
        L2 norm of all weights at the epoch of the point, mean over folds and its standard error.
    share, share_error
        Share of the weights nearer to zero than ``threshold``, likewise.
    eliminated
        Which points the race ended.
    threshold : float
    """

    norm: Float64
    norm_error: Float64
    share: Float64
    share_error: Float64
    eliminated: Bool
    threshold: float


def surface_of(results: xr.Dataset, choice: Mapping[str, Any]) -> Surface:
    """Reduce results to the surface.

    Parameters
    ----------
    results : xarray.Dataset
    choice : mapping
        As ``Choice.as_dict`` gives it.
    """
    loss, error, gap = surface_numbers(results)
    score = _at_epochs(results, "validation_score")
    accuracy = np.full_like(score, np.nan)
    if CURVES[-1] in results:
        accuracy = _at_epochs(results, CURVES[-1])
    rates = tuple(map(float, results["dropout"].values))
    strengths = tuple(map(float, results["weight_decay"].values))

    def place(point: Mapping[str, float]) -> tuple[int, int]:
        rate, strength = point["dropout"], point["weight_decay"]
        if rate not in rates or strength not in strengths:
            return -1, -1
        return rates.index(rate), strengths.index(strength)

    as_good = np.zeros(loss.shape, bool)
    for point in choice["as_good"]:
        as_good[place(point)] = True
    diverged = results["diverged"].any(["fold", "seed"]).transpose(*SURFACE).values
    return Surface(
        dropout=rates,
        weight_decay=strengths,
        loss=loss,
        loss_error=error,
        gap=gap,
        score=score.mean(axis=-1),
        score_error=standard_error(score, folds_per_repeat_in(results)),
        accuracy=accuracy.mean(axis=-1),
        accuracy_error=standard_error(accuracy, folds_per_repeat_in(results)),
        epochs=choose_epochs(results).values,
        diverged=np.asarray(diverged, bool),
        as_good=as_good,
        best=place(choice["best"]),
        one_standard_error=place(choice["one_standard_error"]),
        chosen=place(choice["chosen"]),
    )


def surface_numbers(results: xr.Dataset) -> tuple[Float64, Float64, Float64]:
    """Return mean validation loss, its standard error and the gap of every point.

    Each of shape (n_dropout, n_weight_decay), at the epoch that is best for the point; NaN where a
    run diverged.
    """
    validation = _at_epochs(results, "validation_loss")
    gap = (validation - _at_epochs(results, "training_loss")).mean(axis=-1)
    return validation.mean(axis=-1), standard_error(validation, folds_per_repeat_in(results)), gap


def weights_of(results: xr.Dataset) -> Weights | None:
    """Reduce results to what became of the weights; None for a run that did not record it."""
    if "weight_norm" not in results or "near_zero_share" not in results:
        return None

    def reduce(part: xr.Dataset) -> dict[str, Float64]:
        norm, share = _at_epochs(part, "weight_norm"), _at_epochs(part, "near_zero_share")
        return {
            "norm": norm.mean(axis=-1),
            "norm_error": standard_error(norm, folds_per_repeat_in(part)),
            "share": share.mean(axis=-1),
            "share_error": standard_error(share, folds_per_repeat_in(part)),
        }

    return Weights(
        **on_own_folds(results, reduce),
        eliminated=folds_until_out(results) > 0,
        threshold=float(results["near_zero_share"].attrs["threshold"]),
    )


def _at_epochs(results: xr.Dataset, name: str) -> Float64:
    """Return a curve's value at the point's epoch, seeds averaged: (..., n_folds)."""
    epochs = choose_epochs(results)
    chosen = results[name].sel(epoch=epochs.clip(min=1)).where(epochs > 0)
    chosen = chosen.mean("seed", skipna=False).transpose(*SURFACE, "fold")
    return np.asarray(chosen.values, np.float64)


def curves_of(results: xr.Dataset) -> Curves:
    """Return the learning curves of every point, those of an eliminated one on its own folds."""

    def reduce(part: xr.Dataset, of: Callable[[Float64], Float64]) -> dict[str, Float64]:
        names = [name for name in CURVES if name in part]
        by_fold = part[names].mean("seed", skipna=False)
        by_fold = by_fold.transpose(*SURFACE, "epoch", "fold")
        return {name: of(by_fold[name].values.astype(np.float64)) for name in names}

    return Curves(
        mean=on_own_folds(results, lambda part: reduce(part, lambda v: v.mean(axis=-1))),
        error=on_own_folds(
            results,
            lambda part: reduce(part, lambda v: standard_error(v, folds_per_repeat_in(part))),
        ),
    )


def colour_positions(values: Float64, *, low_is_good: bool) -> tuple[Float64, float, float]:
    """Return where values lie between the good end (0) and the bad end (1) of a colour scale.

    A strong decay can ruin a whole row of the surface; colours that reached that far would paint
    all the rest alike. They end at ``REACH`` times the median distance from the best value.

    Returns
    -------
    positions : as ``values``, in [0, 1], NaN kept
    good, bad : float
        The values at both ends.
    """
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.full(values.shape, np.nan), math.nan, math.nan
    good = float(finite.min() if low_is_good else finite.max())
    distance = np.abs(values - good)
    far = np.abs(finite - good)
    end = float(min(far.max(), REACH * np.median(far)) or far.max())
    positions = np.clip(distance / end, 0.0, 1.0) if end > 0 else 0.0 * distance
    return positions, good, good + end if low_is_good else good - end


def outline(region: Bool) -> list[list[str]]:
    """Return, for every cell of a region, the sides that lie on its border: some of "lrud".

    Cells stand as in the table: dropout across (axis 0), weight decay downwards (axis 1).
    """
    padded = np.pad(region, 1)
    steps = {"l": (-1, 0), "r": (1, 0), "u": (0, -1), "d": (0, 1)}
    sides = [["" for _ in range(region.shape[1])] for _ in range(region.shape[0])]
    for i, j in np.argwhere(region):
        sides[i][j] = "".join(
            name for name, (di, dj) in steps.items() if not padded[i + 1 + di, j + 1 + dj]
        )
    return sides


def digits_after_point(error: float) -> int:
    """Return the decimals that show two digits of an error."""
    if not (math.isfinite(error) and error > 0.0):
        return 4
    return min(8, max(0, 1 - math.floor(math.log10(error))))
