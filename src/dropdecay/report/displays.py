"""Pictures for papers, in the manner of scikit-learn's displays, on matplotlib."""

from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.errors import BadInput
from dropdecay.report.plot_data import (
    Curves,
    Surface,
    Weights,
    colour_positions,
    curves_of,
    digits_after_point,
    outline,
    surface_of,
    weights_of,
)

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


class _Display:
    """What the displays share: the ways to make one, and the axes they draw on."""

    def __init__(
        self, surface: Surface, curves: Curves, weights: Weights | None, names: dict[str, str]
    ) -> None:
        self.surface, self.curves, self.weights, self.names = surface, curves, weights, names

    @classmethod
    def from_results(cls, results: xr.Dataset, choice: Any, **plot: Any) -> Self:
        """Draw stored results.

        Parameters
        ----------
        results : xarray.Dataset
        choice : Choice or mapping
            A ``Choice``, or what its ``as_dict`` gives (``summary.json`` holds it).
        **plot
            Passed to :meth:`plot`.
        """
        described = choice if isinstance(choice, dict) else choice.as_dict()
        names = {
            "loss": f"validation {results.attrs['loss_name']}",
            "gap": "gap (validation - training)",
            "score": str(results.attrs["score_name"]),
        }
        surface, curves = surface_of(results, described), curves_of(results)
        display = cls(surface, curves, weights_of(results), names)
        return display.plot(**plot)

    @classmethod
    def from_estimator(cls, estimator: Any, **plot: Any) -> Self:
        """Draw what a fitted ``MLPClassifierCV`` or ``MLPRegressorCV`` found."""
        if not hasattr(estimator, "results_"):
            raise BadInput(
                "Only an estimator with a surface can be drawn. Fit an MLPClassifierCV or "
                "MLPRegressorCV first (a loaded model has no surface; its run folder has)."
            )
        return cls.from_results(estimator.results_, estimator.choice_, **plot)

    def plot(self, ax: "Axes | None" = None) -> Self:
        raise NotImplementedError  # what is drawn is what the displays differ in

    def _take_axes(self, ax: "Axes | None", size: tuple[float, float]) -> "Axes":
        if ax is None:
            _, ax = _pyplot().subplots(figsize=size, layout="constrained")
        assert ax is not None  # subplots gave one
        self.ax_ = ax
        self.figure_: Figure = ax.get_figure(root=True)  # type: ignore[assignment]  # axes of a figure
        return ax


class SurfaceDisplay(_Display):
    """The measured surface as a heat map: figures in the cells, nothing interpolated.

    A star is the best point, a diamond the one-standard-error choice, a thin frame the
    refitted one; the thick line goes round all points within one standard error of the best.
    Hatched points were eliminated by the race; crossed ones diverged.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    """

    def plot(self, ax: "Axes | None" = None, *, metric: str = "loss") -> Self:
        """Draw the surface.

        Parameters
        ----------
        ax : matplotlib axes, optional
        metric : {"loss", "gap", "score"}
        """
        if metric not in METRICS:
            raise BadInput(f"metric must be one of {', '.join(METRICS)}. Got {metric!r}.")
        found = self.surface
        n_rates, n_strengths = found.loss.shape
        ax = self._take_axes(ax, (1.6 + 0.75 * n_rates, 1.2 + 0.5 * n_strengths))
        values = {"loss": found.loss, "gap": found.gap, "score": found.score}[metric]
        errors = found.score_error if metric == "score" else found.loss_error
        positions, _, _ = colour_positions(values, low_is_good=metric != "score")
        ax.imshow(positions.T, cmap="viridis", vmin=0, vmax=1, aspect="auto")
        finite = errors[np.isfinite(errors)]
        decimals = digits_after_point(float(np.median(finite)) if finite.size else np.nan)
        for (i, j), position in np.ndenumerate(positions):
            if not np.isfinite(position):
                _hatch(ax, i, j, diverged=bool(found.diverged[i, j]))
                continue
            ink = "white" if position < 0.55 else "black"
            ax.text(i, j, f"{values[i, j]:.{decimals}f}", ha="center", va="center", color=ink,
                    fontsize=8)  # fmt: skip
        self._draw_region(ax)
        self._draw_marks(ax, positions)
        ax.set_xticks(range(n_rates), [f"{rate:g}" for rate in found.dropout])
        ax.set_yticks(range(n_strengths), [f"{value:g}" for value in found.weight_decay])
        ax.set(xlabel="dropout", ylabel="weight decay", title=self.names[metric])
        return self

    def _draw_region(self, ax: "Axes") -> None:
        sides = outline(self.surface.as_good)
        # All of the white rim first: drawn cell by cell it would cut through the black line.
        for colour, width in (("white", 4.5), ("black", 2.2)):
            for i, j in np.argwhere(self.surface.as_good):
                for side in sides[i][j]:
                    across, down = EDGES[side]
                    ax.plot(np.add(across, i), np.add(down, j), color=colour, lw=width,
                            solid_capstyle="round", zorder=3)  # fmt: skip

    def _draw_marks(self, ax: "Axes", positions: Any) -> None:
        found = self.surface
        for marker, (i, j), shift in (
            ("*", found.best, -0.1),
            ("D", found.one_standard_error, 0.1),
        ):
            if i < 0:
                continue
            ink = "white" if positions[i, j] < 0.55 else "black"
            ax.plot(i + shift, j + 0.3, marker, color=ink, ms=6 if marker == "*" else 4)
        i, j = found.chosen
        if i >= 0:
            ink = "white" if positions[i, j] < 0.55 else "black"
            across, down = np.array([-1, 1, 1, -1, -1]), np.array([-1, -1, 1, 1, -1])
            ax.plot(i + 0.4 * across, j + 0.4 * down, color=ink, lw=1)


class LearningCurveDisplay(_Display):
    """The learning curves of one point: training and validation loss, one standard error around.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    """

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        dropout: float | None = None,
        weight_decay: float | None = None,
    ) -> Self:
        """Draw the curves.

        Parameters
        ----------
        ax : matplotlib axes, optional
        dropout, weight_decay : float, optional
            The point; the chosen one by default.
        """
        found = self.surface
        i, j = found.chosen
        rate = found.dropout[i] if dropout is None else dropout
        strength = found.weight_decay[j] if weight_decay is None else weight_decay
        if rate not in found.dropout or strength not in found.weight_decay:
            raise BadInput(
                f"The surface has no point dropout {rate:g}, weight decay {strength:g}. It has "
                f"dropout {found.dropout} and weight decay {found.weight_decay}."
            )
        at = found.dropout.index(rate), found.weight_decay.index(strength)
        ax = self._take_axes(ax, (5.2, 3.6))
        for name, colour, style in (
            ("validation_loss", BLUE, "-"), ("training_loss", ORANGE, "--"),
        ):  # fmt: skip
            mean, error = self.curves.mean[name][at], self.curves.error[name][at]
            epochs = np.arange(1, mean.size + 1)
            ax.plot(epochs, mean, style, color=colour, label=name.split("_")[0])
            ax.fill_between(epochs, mean - error, mean + error, color=colour, alpha=0.2, lw=0)
        if found.epochs[at]:
            ax.axvline(found.epochs[at], color="0.5", lw=1, ls=":")
        ax.set(
            xlabel="epoch", ylabel=self.names["loss"].removeprefix("validation "),
            title=f"dropout {rate:g}, weight decay {strength:g}",
        )  # fmt: skip
        ax.legend(frameon=False)
        return self


class PathDisplay(_Display):
    """Loss or weights along the decay axis, a line a dropout rate, one standard error around.

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure
    """

    def plot(self, ax: "Axes | None" = None, *, metric: str = "loss") -> Self:
        """Draw the paths; decays stand at equal distances, 0 first.

        Parameters
        ----------
        ax : matplotlib axes, optional
        metric : {"loss", "weight_norm", "near_zero_share"}
            Validation loss; L2 norm of all weights, biases left out; share of the weights near
            zero. Weights are drawn for eliminated points too, hollow, on the folds they have.
        """
        found = self.surface
        values, errors, name = self._path(metric)
        eliminated = np.zeros(values.shape, bool)
        if metric != "loss" and self.weights is not None:
            eliminated = self.weights.eliminated
        ax = self._take_axes(ax, (5.6, 3.6))
        colours = _pyplot().get_cmap("viridis")(np.linspace(0, 0.9, len(found.dropout)))
        at = np.arange(len(found.weight_decay))
        for i, rate in enumerate(found.dropout):
            # A small shift keeps the bars of different rates apart.
            shift = 0.3 * ((i + 0.5) / len(found.dropout) - 0.5)
            ax.errorbar(
                at + shift, values[i], errors[i], color=colours[i], marker="o", ms=3,
                lw=2.2 if i == found.chosen[0] else 1.1, elinewidth=0.7, capsize=2,
                label=f"{rate:g}",
            )  # fmt: skip
            out = eliminated[i]
            ax.plot(
                at[out] + shift, values[i][out], "o", ms=3, mfc="white", mec=colours[i], zorder=3
            )
        ax.set_xticks(at, [f"{value:g}" for value in found.weight_decay])
        ax.set(xlabel="weight decay", ylabel=name)
        if metric != "loss":
            ax.set_ylim(bottom=0)
        ax.legend(title="dropout", frameon=False, fontsize=8)
        return self

    def _path(self, metric: str) -> tuple[Float64, Float64, str]:
        """Return values, errors and name of what is drawn."""
        if metric not in PATHS:
            raise BadInput(f"metric must be one of {', '.join(PATHS)}. Got {metric!r}.")
        if metric == "loss":
            return self.surface.loss, self.surface.loss_error, self.names["loss"]
        if self.weights is None:
            raise BadInput(
                "This run recorded nothing of its weights: an earlier dropdecay made it. Fit again."
            )
        if metric == "weight_norm":
            return self.weights.norm, self.weights.norm_error, "L2 norm of the weights"
        name = f"share of the weights nearer to 0 than {self.weights.threshold:g}"
        return self.weights.share, self.weights.share_error, name


def picture_files(results: xr.Dataset, choice: Any) -> dict[str, bytes]:
    """Return every picture as PNG and SVG: what the file holds, by its name."""
    drawn = {
        "surface": SurfaceDisplay.from_results(results, choice),
        "gap": SurfaceDisplay.from_results(results, choice, metric="gap"),
        "curves": LearningCurveDisplay.from_results(results, choice),
        "path": PathDisplay.from_results(results, choice),
    }
    if drawn["path"].weights is not None:
        for metric in PATHS[1:]:
            drawn[metric] = PathDisplay.from_results(results, choice, metric=metric)
    found = {}
    for name, display in drawn.items():
        for ending in ("png", "svg"):
            # Without a date the same run gives the same bytes.
            metadata = {"Date": None} if ending == "svg" else None
            picture = BytesIO()
            display.figure_.savefig(picture, format=ending, dpi=160, metadata=metadata)
            found[f"{name}.{ending}"] = picture.getvalue()
        _pyplot().close(display.figure_)
    return found


def _hatch(ax: "Axes", i: int, j: int, *, diverged: bool) -> None:
    """Mark a cell that has no figure: crossed and named where it diverged, else eliminated."""
    if diverged:
        ax.text(i, j, "NaN", ha="center", va="center", fontsize=8, color="0.3",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip
    ax.fill(
        (i - 0.5, i + 0.5, i + 0.5, i - 0.5), (j - 0.5, j - 0.5, j + 0.5, j + 0.5),
        facecolor="none", edgecolor="0.5", hatch="xxx" if diverged else "///", lw=0,
    )  # fmt: skip


def _pyplot() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise BadInput(
            'Pictures need matplotlib. Install it: pip install "dropdecay[pictures]".'
        ) from None
    return pyplot
