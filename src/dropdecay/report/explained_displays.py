"""Figures of what the networks of the folds say, used like scikit-learn's displays."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np

from dropdecay.errors import BadInput
from dropdecay.explain.dependence import PartialDependence
from dropdecay.explain.importance import Importance
from dropdecay.report.displays import BLUE, ORANGE
from dropdecay.report.figure_files import as_files
from dropdecay.report.powers import in_power, power_of
from dropdecay.report.pyplot import pyplot
from dropdecay.report.summary import Summary
from dropdecay.safe_text import visible_in_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS = 20
COLOURS = (BLUE, ORANGE, "#009e73")


class ImportanceDisplay:
    """How much the loss of held-out rows rises when a column is shuffled, with 95 % intervals.

    Parameters
    ----------
    importance : Importance

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from dropdecay import ImportanceDisplay
    >>> ImportanceDisplay.from_estimator(search).figure_.savefig("importance.svg")
    """

    def __init__(self, importance: Importance) -> None:
        self.importance = importance

    @classmethod
    def from_estimator(cls, estimator: object, ax: "Axes | None" = None) -> Self:
        """Draw the importance that a search found.

        Parameters
        ----------
        estimator : fitted MLPClassifierCV or MLPRegressorCV
        ax : matplotlib axes, optional

        Raises
        ------
        BadInput
            If it was fitted without the networks of its folds, or not at all.
        """
        importance = getattr(estimator, "importance_", None)
        if importance is None:
            raise BadInput(
                "Only an estimator that was fitted with the networks of its folds has importances. "
                "Fit an MLPClassifierCV or MLPRegressorCV with keep_folds=True."
            )
        return cls(importance).plot(ax)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw a bar for each of the 20 most important columns, the greatest on top.

        Parameters
        ----------
        ax : matplotlib axes, optional
        """
        shown = self.importance.columns[:MOST_BARS]
        if ax is None:
            size = (5.5, 1.1 + 0.26 * len(shown))
            _, ax = pyplot().subplots(figsize=size, layout="constrained")
        assert ax is not None  # subplots gave one
        places, rises = np.arange(len(shown)), np.array([each.rise for each in shown])
        power = power_of(rises)
        scale = 10.0**-power
        ax.barh(places, scale * rises, color=BLUE, height=0.62)
        for place, each in zip(places, shown, strict=True):
            if each.lower is not None and each.upper is not None:
                ends = [scale * each.lower, scale * each.upper]
                ax.plot(ends, [place, place], color="0.25", lw=1.4)
        ax.set_yticks(places, [visible_in_picture(each.column) for each in shown])
        ax.invert_yaxis()
        ax.axvline(0, color="0.5", lw=0.8)
        ax.set_xlabel(f"rise of the {in_power(self.importance.loss, power)} by shuffling it")
        left_out = self.importance.n_left_out + len(self.importance.columns) - len(shown)
        if left_out:
            ax.set_title(f"{left_out} more columns are not shown", fontsize=9)
        self.ax_ = ax
        self.figure_: Figure = ax.get_figure(root=True)  # type: ignore[assignment]  # axes of a figure
        return self


class DependenceDisplay:
    """What the networks say on average along the values of the most important columns.

    The bands are 95 % intervals over the folds.

    Parameters
    ----------
    dependence : sequence of PartialDependence

    Attributes
    ----------
    axes_, figure_ : array of matplotlib axes, one a column; figure

    Examples
    --------
    >>> from dropdecay import DependenceDisplay
    >>> DependenceDisplay.from_estimator(search).figure_.savefig("dependence.svg")
    """

    def __init__(self, dependence: Sequence[PartialDependence]) -> None:
        self.dependence = tuple(dependence)

    @classmethod
    def from_estimator(cls, estimator: object) -> Self:
        """Draw the dependence that a search found.

        Parameters
        ----------
        estimator : fitted MLPClassifierCV or MLPRegressorCV

        Raises
        ------
        BadInput
            If it was fitted without the networks of its folds, or not at all.
        """
        dependence = getattr(estimator, "partial_dependence_", ())
        if not dependence:
            raise BadInput(
                "Only an estimator that was fitted with the networks of its folds has partial "
                "dependence. Fit an MLPClassifierCV or MLPRegressorCV with keep_folds=True."
            )
        return cls(dependence).plot()

    def plot(self) -> Self:
        """Draw one picture a column, all with the same vertical axis."""
        columns = list(dict.fromkeys(each.column for each in self.dependence))
        outputs = list(dict.fromkeys(each.output for each in self.dependence))
        across = min(3, len(columns))
        down = -(-len(columns) // across)
        self.figure_, grid = pyplot().subplots(
            down, across, figsize=(3.1 * across, 2.5 * down), sharey=True, squeeze=False,
            layout="constrained",
        )  # fmt: skip
        self.axes_ = grid.ravel()[: len(columns)]
        for each in self.dependence:
            colour = COLOURS[outputs.index(each.output)]
            _draw(self.axes_[columns.index(each.column)], each, colour)
        for ax in grid.ravel()[len(columns) :]:
            ax.remove()
        if len(outputs) > 1:
            self.axes_[0].legend(frameon=False, fontsize=8)
        else:
            self.figure_.supylabel(visible_in_picture(outputs[0]), fontsize=10)
        return self


def pictures_of_folds(summary: Summary) -> dict[str, bytes]:
    """Return the figures that a stored run has, as PNG and SVG by the names of their files."""
    figures = {}
    importance, dependence = summary.get("importance"), summary.get("partial_dependence")
    if importance is not None:
        figures["importance"] = ImportanceDisplay(Importance.from_dict(importance)).plot().figure_
    if dependence:
        found = [PartialDependence(**each) for each in dependence]  # type: ignore[arg-type]  # lists serve as well
        figures["dependence"] = DependenceDisplay(found).plot().figure_
    return as_files(figures)


def _draw(ax: "Axes", dependence: PartialDependence, colour: str) -> None:
    lower, upper = (
        np.array([np.nan if end is None else end for end in ends])
        for ends in (dependence.lower, dependence.upper)
    )
    mean = np.array(dependence.mean)
    if dependence.kind == "number":
        values = np.array(dependence.values, float)
        ax.plot(values, mean, color=colour, lw=1.6, label=visible_in_picture(dependence.output))
        ax.fill_between(values, lower, upper, color=colour, alpha=0.18, lw=0)
        ax.plot(values, np.full(values.size, 0.02), "|", color="0.4", ms=5, clip_on=False,
                transform=ax.get_xaxis_transform())  # fmt: skip
    else:
        places = np.arange(mean.size)
        ax.vlines(places, lower, upper, color=colour, alpha=0.5, lw=3)
        ax.plot(places, mean, "o", color=colour, ms=4, label=visible_in_picture(dependence.output))
        names = [visible_in_picture(each) for each in dependence.values]
        ax.set_xticks(places, names, rotation=35, ha="right", fontsize=8)
    ax.set_title(visible_in_picture(dependence.column), fontsize=9)
