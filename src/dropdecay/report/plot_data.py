"""The data behind the page, the figures and the terminal summary, by point."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.axes import Point
from dropdecay.decay_memory import Pace, pace_in
from dropdecay.report.eliminated import ON_PILOT, folds_until_out, given_up_after, on_own_folds
from dropdecay.report.summary import ChoiceRecord, point_of
from dropdecay.selection.choice import Choice
from dropdecay.selection.edges import COMPARED_BEFORE
from dropdecay.selection.ensemble import FOLDS_AVERAGED
from dropdecay.selection.epochs import choose_epochs, figures_at_epochs, folds_per_repeat_in
from dropdecay.selection.points import POINT, by_point, points_in
from dropdecay.statistics.folds import standard_error

CURVES = ("training_loss", "validation_loss", "validation_score", "validation_accuracy")
"""The last only if accuracy accompanies the score."""

REACH = 4.0
"""The colour scale ends at this many times the median distance from the best point."""

REFITTED, BY_FOLDS = "refitted on all rows", "kept as the networks of the folds"
NOWHERE = -1
"""The index of a point that is not on the surface."""


@dataclass(frozen=True)
class Means:
    """Figures of every point at its own epoch; each of shape (n_points,), NaN if unknown.

    Means over folds and their standard errors; losses in nats or squared target units. Accuracy is
    NaN unless it accompanies the score. Epochs count from 1; 0: not finished.
    """

    loss: Float64
    loss_error: Float64
    gap: Float64
    score: Float64
    score_error: Float64
    accuracy: Float64
    accuracy_error: Float64
    epochs: Int64


@dataclass(frozen=True)
class Surface:
    """The measured points, in the order of the results.

    Parameters
    ----------
    points : tuple of Point
    means : Means
        NaN at points that were not trained to the end on every fold.
    so_far : Means
        The same, with points that are out as far as they were trained.
    out_after : shape (n_points,)
        After how many folds the race eliminated the point, or it was given up; 0: neither;
        ``ON_PILOT``: it was dropped there, and not trained on all rows, or left out.
    given_up : shape (n_points,)
        After how many epochs the point was given up, so that its loss is an upper bound; 0: it was
        not.
    diverged : shape (n_points,)
        Whether any run of the point ended in NaN or infinity.
    as_good : shape (n_points,)
        Within one standard error of the best point.
    best, one_standard_error, chosen : int
        Index of the best point, the one-standard-error choice and the refitted point; ``NOWHERE``:
        not on the surface.
    pace : Pace or None
        What turns weight decays into epochs of memory; None: they have none.
    criterion : {"loss", "score"}
        What chose.
    is_mixed : bool
        Whether it is that of a cocktail: points with some of it, and not all, are left out.
    kept_as : str
        What became of the chosen point.
    """

    points: tuple[Point, ...]
    means: Means
    so_far: Means
    out_after: Int64
    given_up: Int64
    diverged: Bool
    as_good: Bool
    best: int
    one_standard_error: int
    chosen: int
    pace: Pace | None
    criterion: str
    is_mixed: bool = False
    kept_as: str = REFITTED

    @property
    def eliminated(self) -> Bool:
        """Which points the race eliminated, (n_points,)."""
        return np.asarray((self.out_after > 0) & (self.given_up == 0))

    @property
    def dropped(self) -> Bool:
        """Which points a pilot dropped, or have only a part of a cocktail, (n_points,)."""
        return np.asarray(self.out_after == ON_PILOT)

    def mark_of_unfinished(self, index: int) -> str:
        """Return the mark of a point that was not trained to its end on every fold."""
        if self.diverged[index]:
            return "NaN"
        return "^" if self.given_up[index] else "-" if self.dropped[index] else "x"

    @property
    def reference(self) -> Point:
        """The point at whose values axes that are not shown are held: the chosen one."""
        return self.points[max(self.chosen, 0)]


@dataclass(frozen=True)
class Curves:
    """Mean over folds (seeds averaged first) and its standard error, by epoch.

    Each of shape (n_points, n_epochs), by the names of ``CURVES`` that the results have; NaN beyond
    the end of a point. ``epochs``, (n_epochs,), are those at which they were evaluated.
    """

    epochs: Int64
    mean: Mapping[str, Float64]
    error: Mapping[str, Float64]


@dataclass(frozen=True)
class Weights:
    """Statistics of the trained weights; every array of shape (n_points,).

    NaN for points that diverged; points that are out have the figures of their own folds.

    Parameters
    ----------
    norm, norm_error
        L2 norm of all weights at the epoch of the point, mean over folds and its standard error.
    share, share_error
        Share of the weights closer to zero than ``threshold``, likewise.
    threshold : float
    """

    norm: Float64
    norm_error: Float64
    share: Float64
    share_error: Float64
    threshold: float


def surface_of(results: xr.Dataset, choice: Choice | ChoiceRecord) -> Surface:
    """Reduce results to the surface.

    Parameters
    ----------
    results : xarray.Dataset
    choice : Choice or mapping
        A ``Choice``, or what its ``as_dict`` gives.
    """
    results = by_point(results)
    points = points_in(results)
    index = {frozenset(point.values): i for i, point in enumerate(points)}

    def find(point: Point) -> int:
        return index.get(frozenset(point.values), NOWHERE)

    best, one_standard_error, chosen, good = _marked(choice)
    as_good = np.zeros(len(points), bool)
    as_good[[i for i in map(find, good) if i != NOWHERE]] = True
    return Surface(
        points=points,
        means=_as_means(_mean_figures(results)),
        so_far=_as_means(on_own_folds(results, _mean_figures)),
        out_after=folds_until_out(results),
        given_up=given_up_after(results),
        diverged=np.asarray(results["diverged"].any(["fold", "seed"]).values, bool),
        as_good=as_good,
        best=find(best),
        one_standard_error=find(one_standard_error),
        chosen=find(chosen),
        pace=pace_in(results.attrs),
        criterion=choice.criterion if isinstance(choice, Choice) else choice["criterion"],
        is_mixed=COMPARED_BEFORE in results.attrs,
        kept_as=BY_FOLDS if FOLDS_AVERAGED in results.attrs else REFITTED,
    )


def _marked(choice: Choice | ChoiceRecord) -> tuple[Point, Point, Point, list[Point]]:
    """Return the best, the one-SE and the chosen point, and those as good as the best."""
    if isinstance(choice, Choice):
        found = (choice.best, choice.one_standard_error, choice.chosen)
        best, one_standard_error, chosen = (each.point for each in found)
        return best, one_standard_error, chosen, list(choice.as_good)
    stored = (choice["best"], choice["one_standard_error"], choice["chosen"])
    best, one_standard_error, chosen = (point_of(each["point"]) for each in stored)
    return best, one_standard_error, chosen, [point_of(each) for each in choice["as_good"]]


def _mean_figures(results: xr.Dataset) -> dict[str, Float64]:
    figures = figures_at_epochs(results)

    def error_of(by_fold: Float64) -> Float64:
        return standard_error(by_fold, figures.folds_per_repeat)

    return {
        "loss": figures.loss.mean(axis=1),
        "loss_error": error_of(figures.loss),
        "gap": figures.gap,
        "score": figures.score.mean(axis=1),
        "score_error": error_of(figures.score),
        "accuracy": figures.accuracy.mean(axis=1),
        "accuracy_error": error_of(figures.accuracy),
        "epochs": figures.epochs.astype(np.float64),
    }


def _as_means(figures: Mapping[str, Float64]) -> Means:
    others = {name: values for name, values in figures.items() if name != "epochs"}
    return Means(epochs=figures["epochs"].astype(np.int64), **others)


def weights_of(results: xr.Dataset) -> Weights | None:
    """Reduce results to statistics of the weights; None for a run that did not record them."""
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

    threshold = float(results["near_zero_share"].attrs["threshold"])
    return Weights(**on_own_folds(results, reduce), threshold=threshold)


def _at_epochs(results: xr.Dataset, name: str) -> Float64:
    """Return a curve's value at each point's epoch, averaged over seeds: (n_points, n_folds)."""
    epochs = choose_epochs(results)
    chosen = results[name].sel(epoch=epochs.clip(min=1)).where(epochs > 0)
    chosen = chosen.mean("seed", skipna=False).transpose(POINT, "fold")
    return np.asarray(chosen.values, np.float64)


def curves_of(results: xr.Dataset) -> Curves:
    """Return the learning curves of every point, those that are out over their own folds."""

    def reduce(part: xr.Dataset, of: Callable[[Float64], Float64]) -> dict[str, Float64]:
        names = [name for name in CURVES if name in part]
        by_fold = part[names].mean("seed", skipna=False)
        by_fold = by_fold.transpose(POINT, "epoch", "fold")
        return {name: of(by_fold[name].values.astype(np.float64)) for name in names}

    return Curves(
        epochs=results["epoch"].values.astype(np.int64),
        mean=on_own_folds(results, lambda part: reduce(part, lambda v: v.mean(axis=-1))),
        error=on_own_folds(
            results,
            lambda part: reduce(part, lambda v: standard_error(v, folds_per_repeat_in(part))),
        ),
    )


def colour_positions(values: Float64, *, low_is_good: bool) -> tuple[Float64, float, float]:
    """Return positions of values between the good end (0) and the bad end (1) of a colour scale.

    One setting that is much too strong can ruin many points, and a scale that included them would
    make all others look alike. It ends at ``REACH`` times the median distance from the best value.

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

    Cells are indexed as in the table: the first axis across, the second down.
    """
    padded = np.pad(region, 1)
    steps = {"l": (-1, 0), "r": (1, 0), "u": (0, -1), "d": (0, 1)}
    sides = [["" for _ in range(region.shape[1])] for _ in range(region.shape[0])]
    for i, j in np.argwhere(region):
        sides[i][j] = "".join(
            name for name, (di, dj) in steps.items() if not padded[i + 1 + di, j + 1 + dj]
        )
    return sides
