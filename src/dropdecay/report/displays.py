"""Figures for papers, drawn with matplotlib and used like scikit-learn's displays."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import Axis, Point, printed_value
from dropdecay.errors import BadInput
from dropdecay.knobs import Value
from dropdecay.report import numbers
from dropdecay.report.layout import Layout, Paths, axes_of, lay_out, paths_along
from dropdecay.report.plot_data import (
    NOWHERE,
    Curves,
    Surface,
    Weights,
    colour_positions,
    curves_of,
    outline,
    surface_of,
    weights_of,
)
from dropdecay.report.powers import in_power, in_powers
from dropdecay.report.pyplot import pyplot
from dropdecay.report.summary import ChoiceRecord
from dropdecay.selection.choice import Choice
from dropdecay.selection.decimals import decimals_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE = "#0072b2", "#d55e00"
METRICS = ("loss", "gap", "score")
PATHS = ("loss", "weight_norm", "near_zero_share")
EDGES = {
    "l": ((-0.5, -0.5), (-0.5, 0.5)), "r": ((0.5, 0.5), (-0.5, 0.5)),
    "u": ((-0.5, 0.5), (-0.5, -0.5)), "d": ((-0.5, 0.5), (0.5, 0.5)),
}  # fmt: skip


@runtime_checkable
class FittedSurface(Protocol):
    """An estimator that has trained a surface."""

    results_: xr.Dataset
    choice_: Choice


class _Display:
    """What the displays share: constructors, and the matplotlib axes to draw on."""

    def __init__(
        self, surface: Surface, curves: Curves, weights: Weights | None, names: dict[str, str]
    ) -> None:
        self.surface, self.curves, self.weights, self.names = surface, curves, weights, names

    @classmethod
    def from_results(
        cls,
        results: xr.Dataset,
        choice: Choice | ChoiceRecord,
        **plot: Any,
    ) -> Self:
        """Draw stored results.

        Parameters
        ----------
        results : xarray.Dataset
        choice : Choice or mapping
            A ``Choice``, or what its ``as_dict`` gives (``summary.json`` holds it).
        **plot
            Passed to :meth:`plot`.
        """
        results, power = in_powers(results)
        names = {
            "loss": f"validation {results.attrs['loss_name']}",
            "gap": in_power("gap (validation - training)", power),
            "score": str(results.attrs["score_name"]),
        }
        surface, curves = surface_of(results, choice), curves_of(results)
        return cls(surface, curves, weights_of(results), names).plot(**plot)

    @classmethod
    def from_estimator(cls, estimator: object, **plot: Any) -> Self:
        """Draw the findings of a search.

        Parameters
        ----------
        estimator : fitted MLPClassifierCV or MLPRegressorCV
        **plot
            Passed to :meth:`plot`.

        Raises
        ------
        BadInput
            If it has no surface: it is not fitted, or a loaded model.
        """
        if not isinstance(estimator, FittedSurface):
            raise BadInput(
                "Only an estimator with a surface can be drawn. Fit an MLPClassifierCV or "
                "MLPRegressorCV first (a loaded model has no surface, but its run folder has)."
            )
        return cls.from_results(estimator.results_, estimator.choice_, **plot)

    def plot(self, ax: "Axes | None" = None) -> Self:
        raise NotImplementedError  # each display draws its own figure

    def _take_axes(self, ax: "Axes | None", size: tuple[float, float]) -> "Axes":
        if ax is None:
            _, ax = pyplot().subplots(figsize=size, layout="constrained")
        assert ax is not None  # subplots gave one
        self.ax_ = ax
        self.figure_: Figure = ax.get_figure(root=True)  # type: ignore[assignment]  # axes of a figure
        return ax


class SurfaceDisplay(_Display):
    """Two axes of the measured surface as a heat map: figures in the cells, nothing interpolated.

    Other axes are held at the values of the chosen point. Of one axis, see :class:`PathDisplay`.

    A star marks the best point, a diamond the one-standard-error choice, a thin frame the refitted
    point; a thick line encloses all points within one standard error of the best. Hatched points
    were eliminated by the race (x), given up (^), or dropped on a pilot or left out of a cocktail
    (-); crossed ones diverged.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from dropdecay import SurfaceDisplay
    >>> SurfaceDisplay.from_estimator(search, metric="gap").figure_.savefig("figure.svg")
    """

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        metric: str | None = None,
        axes: Sequence[str] | None = None,
    ) -> Self:
        """Draw the surface.

        Parameters
        ----------
        ax : matplotlib axes, optional
        metric : {"loss", "gap", "score"}, optional; default: what chose
        axes : pair of str, optional
            The horizontal and the vertical axis; default: the first two with several values.
        """
        metric = metric or self.surface.criterion
        if metric not in METRICS:
            raise BadInput(f"metric must be one of {', '.join(METRICS)}. Got {metric!r}.")
        layout, means = lay_out(self.surface, axes), self.surface.means
        ax = self._take_axes(ax, (1.6 + 0.75 * layout.at.shape[0], 1.2 + 0.5 * layout.at.shape[1]))
        values = {"loss": means.loss, "gap": means.gap, "score": means.score}[metric]
        positions, _, _ = colour_positions(values, low_is_good=metric != "score")
        positions = np.where(layout.at == NOWHERE, np.nan, positions[layout.at])
        ax.imshow(positions.T, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        errors = means.score_error if metric == "score" else means.loss_error
        decimals = decimals_of(errors.tolist())
        for (i, j), position in np.ndenumerate(positions):
            index = layout.at[i, j]
            if np.isfinite(position):
                text = numbers.figure(float(values[index]), decimals)
                ax.text(i, j, text, ha="center", va="center", color=_ink(position), fontsize=8)
            elif index != NOWHERE:
                _hatch(ax, i, j, self.surface.mark_of_unfinished(int(index)))
        self._draw_region(ax, layout)
        self._draw_marks(ax, layout, positions)
        ax.set_xticks(*_ticks(layout.across))
        ax.set_yticks(*_ticks(layout.down))
        title = "\n".join(filter(None, (self.names[metric], layout.sentence)))
        ax.set(xlabel=_name(layout.across), ylabel=_name(layout.down), title=title)
        return self

    def _draw_region(self, ax: "Axes", layout: Layout) -> None:
        region = self.surface.as_good[layout.at] & (layout.at != NOWHERE)
        sides = outline(region)
        # The whole white rim first: drawn cell by cell it would cut through the black line.
        for colour, width in (("white", 4.5), ("black", 2.2)):
            for i, j in np.argwhere(region):
                for side in sides[i][j]:
                    across, down = EDGES[side]
                    ax.plot(np.add(across, i), np.add(down, j), color=colour, lw=width,
                            solid_capstyle="round", zorder=3)  # fmt: skip

    def _draw_marks(self, ax: "Axes", layout: Layout, positions: Float64) -> None:
        found = self.surface
        for marker, index, shift in (
            ("*", found.best, -0.1),
            ("D", found.one_standard_error, 0.1),
        ):
            for i, j in _places(layout, index):
                ink = _ink(positions[i, j])
                ax.plot(i + shift, j + 0.3, marker, color=ink, ms=6 if marker == "*" else 4)
        for i, j in _places(layout, found.chosen):
            across, down = np.array([-1, 1, 1, -1, -1]), np.array([-1, -1, 1, 1, -1])
            ax.plot(i + 0.4 * across, j + 0.4 * down, color=_ink(positions[i, j]), lw=1)


class LearningCurveDisplay(_Display):
    """The learning curves of one point: training and validation loss, with one standard error.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from dropdecay import LearningCurveDisplay
    >>> LearningCurveDisplay.from_estimator(search).figure_.savefig("figure.svg")
    """

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        point: Mapping[str, Value] | None = None,
        **values: Value,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib axes, optional
        point : mapping, optional
            Values by axis name; axes not named are at the chosen point's values.
        **values
            The same as keywords: ``plot(dropout=0.2)``.
        """
        index = self._find({**(point or {}), **values})
        ax = self._take_axes(ax, (5.2, 3.6))
        for name, colour, style in (
            ("validation_loss", BLUE, "-"), ("training_loss", ORANGE, "--"),
        ):  # fmt: skip
            mean, error = self.curves.mean[name][index], self.curves.error[name][index]
            epochs = self.curves.epochs
            ax.plot(epochs, mean, style, color=colour, label=name.split("_")[0])
            ax.fill_between(epochs, mean - error, mean + error, color=colour, alpha=0.2, lw=0)
        if self.surface.means.epochs[index]:
            ax.axvline(self.surface.means.epochs[index], color="0.5", lw=1, ls=":")
        ax.set(
            xlabel="epoch", ylabel=self.names["loss"].removeprefix("validation "),
            title=self.surface.points[index].described(),
        )  # fmt: skip
        ax.legend(frameon=False)
        return self

    def _find(self, given: Mapping[str, Value]) -> int:
        """Return the index of the point with these values, the chosen ones on other axes."""
        axes, reference = axes_of(self.surface.points), self.surface.reference.as_dict()
        if unknown := [name for name in given if name not in reference]:
            raise BadInput(
                f"The surface has no axis {unknown[0]!r}. It has {', '.join(axes.names)}."
            )
        values = {**reference, **given}
        point = Point(
            tuple(
                (name, tuple(each) if isinstance(each, list) else each)
                for name, each in values.items()
            )
        )
        if point not in self.surface.points:
            available = "; ".join(
                f"{axis.knob.printed} {', '.join(map(printed_value, axis.values))}" for axis in axes
            )
            raise BadInput(f"The surface has no point {point.described()}. It has {available}.")
        return self.surface.points.index(point)


class PathDisplay(_Display):
    """Loss or weights along one axis, one line per value of another, with one standard error.

    A surface of one axis is a single line with its band; vertical lines mark the best point
    (dotted) and the one-standard-error choice (dashed), as in R's ``plot(cv.glmnet)``.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from dropdecay import PathDisplay
    >>> PathDisplay.from_estimator(search, metric="weight_norm").figure_.savefig("figure.svg")
    """

    def plot(
        self, ax: "Axes | None" = None, *, metric: str = "loss", axis: str | None = None
    ) -> Self:
        """Draw the paths; values are equally spaced, weakest first.

        Parameters
        ----------
        ax : matplotlib axes, optional
        metric : {"loss", "weight_norm", "near_zero_share"}
            Validation loss; L2 norm of all weights except biases; share of the weights near zero.
            The latter two are also drawn, hollow, for points that are out, as far as they got.
        axis : str, optional
            The horizontal axis; default: the second with several values, or the only one.
        """
        values, errors, name = self._figures(metric)
        paths = paths_along(self.surface, axis)
        ax = self._take_axes(ax, (5.6, 3.6))
        colours = pyplot().get_cmap("viridis")(np.linspace(0, 0.9, len(paths.at)))
        at = np.arange(len(paths.along.values))
        for i, (line, label) in enumerate(zip(paths.at, paths.labels, strict=True)):
            mean = np.where(line == NOWHERE, np.nan, values[line])
            # A small shift keeps the error bars of different lines apart.
            shift = 0.3 * ((i + 0.5) / len(paths.at) - 0.5)
            ax.errorbar(
                at + shift, mean, errors[line], color=colours[i], marker="o", ms=3,
                lw=2.2 if i == paths.chosen else 1.1, elinewidth=0.7, capsize=2, label=label,
            )  # fmt: skip
            out = (line != NOWHERE) & (self.surface.out_after[line] > 0) & (metric != "loss")
            ax.plot(at[out] + shift, mean[out], "o", ms=3, mfc="white", mec=colours[i], zorder=3)
        ax.set_xticks(*_ticks(paths.along))
        # A value at which every point diverged keeps its place.
        ax.set_xlim(-0.4, at.size - 0.6)
        ax.set(xlabel=_name(paths.along), ylabel=name, title=paths.layout.sentence)
        if metric != "loss":
            ax.set_ylim(bottom=0)
        if paths.by is None:
            line = paths.at[0]
            low, high = values[line] - errors[line], values[line] + errors[line]
            ax.fill_between(at, low, high, color=colours[0], alpha=0.15, lw=0)
            self._draw_marked(ax, paths)
        else:
            ax.legend(title=_name(paths.by), frameon=False, fontsize=8)
        return self

    def _draw_marked(self, ax: "Axes", paths: Paths) -> None:
        for index, style, label in (
            (self.surface.best, ":", "best"),
            (self.surface.one_standard_error, "--", "one-SE choice"),
        ):
            for place in np.flatnonzero(paths.at[0] == index).tolist() if index >= 0 else []:
                ax.axvline(place, color="0.4", lw=1, ls=style, label=label)
        handles, labels = ax.get_legend_handles_labels()
        named = [(handle, label) for handle, label in zip(handles, labels, strict=True) if label]
        ax.legend(*zip(*named, strict=True), frameon=False, fontsize=8)

    def _figures(self, metric: str) -> tuple[Float64, Float64, str]:
        """Return the values and errors to draw, by point, and their name."""
        if metric not in PATHS:
            raise BadInput(f"metric must be one of {', '.join(PATHS)}. Got {metric!r}.")
        if metric == "loss":
            return self.surface.means.loss, self.surface.means.loss_error, self.names["loss"]
        if self.weights is None:
            raise BadInput(
                "This run has no weight statistics: an earlier dropdecay made it. Fit again."
            )
        if metric == "weight_norm":
            return self.weights.norm, self.weights.norm_error, "L2 norm of the weights"
        name = f"share of the weights closer to 0 than {self.weights.threshold:g}"
        return self.weights.share, self.weights.share_error, name


def _ink(position: float) -> str:
    """Return the text colour that is legible on a colour of the scale."""
    return "white" if position < 0.55 else "black"


def _places(layout: Layout, index: int) -> list[tuple[int, int]]:
    """Return the cells of a point: one, or none if the layout does not show it."""
    if index == NOWHERE:
        return []
    return [(int(i), int(j)) for i, j in np.argwhere(layout.at == index)]


def _ticks(axis: Axis | None) -> tuple[Sequence[int], list[str]]:
    """Return positions and labels of the values of an axis; none without an axis."""
    labels = [] if axis is None else [printed_value(value) for value in axis.values]
    return range(len(labels)), labels


def _name(axis: Axis | None) -> str:
    return "" if axis is None else axis.knob.printed


def _hatch(ax: "Axes", i: int, j: int, mark: str) -> None:
    """Mark a cell without a figure: crossed if it diverged, hatched if it is out."""
    ax.text(i, j, mark, ha="center", va="center", fontsize=8, color="0.3",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    ax.fill(
        (i - 0.5, i + 0.5, i + 0.5, i - 0.5), (j - 0.5, j - 0.5, j + 0.5, j + 0.5),
        facecolor="none", edgecolor="0.5", hatch="xxx" if mark == "NaN" else "///", lw=0,
    )  # fmt: skip
