"""A figure of other models against the network, drawn with matplotlib."""

from typing import TYPE_CHECKING, Any, Protocol, Self, runtime_checkable

import numpy as np

from dropdecay.errors import BadInput
from dropdecay.report.baseline_record import BaselineRecord, BaselinesRecord
from dropdecay.report.displays import BLUE
from dropdecay.report.pyplot import pyplot
from dropdecay.safe_text import visible_in_picture
from dropdecay.selection.baselines import Baselines
from dropdecay.selection.formatting import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@runtime_checkable
class ComparedNetwork(Protocol):
    """An estimator beside which other models were judged."""

    baselines_: Baselines | None


class BaselineDisplay:
    """How much less than the network other models lose on the same folds, with intervals.

    The vertical line is the network's way of choosing. What lies to its right is better; an
    interval that crosses it leaves the question open. Models that failed are not drawn.

    Parameters
    ----------
    record : mapping
        What ``Baselines.as_dict`` gives; ``summary.json`` holds it under "baselines".

    Attributes
    ----------
    ax_, figure_ : matplotlib axes and figure

    Examples
    --------
    >>> from dropdecay import BaselineDisplay
    >>> BaselineDisplay.from_estimator(search).figure_.savefig("others.svg")
    """

    def __init__(self, record: BaselinesRecord) -> None:
        self.record = record

    @classmethod
    def from_baselines(cls, baselines: Baselines | BaselinesRecord, **plot: Any) -> Self:
        """Draw a comparison.

        Parameters
        ----------
        baselines : Baselines or mapping
            ``baselines_`` of an estimator, or what its ``as_dict`` gives.
        **plot
            Passed to :meth:`plot`.
        """
        record: Any = baselines.as_dict() if isinstance(baselines, Baselines) else baselines
        return cls(record).plot(**plot)

    @classmethod
    def from_estimator(cls, estimator: object, **plot: Any) -> Self:
        """Draw the models beside a search.

        Parameters
        ----------
        estimator : MLPClassifierCV or MLPRegressorCV
            Fitted with ``baselines``.
        **plot
            Passed to :meth:`plot`.

        Raises
        ------
        BadInput
            If it has no other models.
        """
        found = estimator.baselines_ if isinstance(estimator, ComparedNetwork) else None
        if found is None:
            raise BadInput(
                "There are no other models to draw. Fit an MLPClassifierCV or MLPRegressorCV with "
                "baselines=True first."
            )
        return cls.from_baselines(found, **plot)

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw a line a model, the best at the top.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Default: new ones.
        """
        models = sorted(
            (each for each in self.record["models"] if each["failed"] is None), key=_lead
        )
        if ax is None:
            _, ax = pyplot().subplots(figsize=(6.4, 1.2 + 0.5 * len(models)), layout="constrained")
        assert ax is not None  # subplots gave one
        leads = np.array([_lead(each) for each in models])
        sides = np.array(
            [
                [_lead(each) - _end(each, "upper"), _end(each, "lower") - _lead(each)]
                for each in models
            ]
        ).reshape(-1, 2)
        ax.errorbar(
            leads, range(len(models)), xerr=sides.T, fmt="o", color=BLUE, capsize=3, clip_on=False
        )
        ax.axvline(0.0, color="black", linewidth=0.8)
        ax.set_yticks(range(len(models)), [visible_in_picture(each["name"]) for each in models])
        ax.margins(y=0.3 if len(models) > 1 else 0.5)
        level = percent(self.record["level"])
        ax.set_xlabel(f"{self.record['measure']}: better than the network by ({level} interval)")
        self.ax_ = ax
        self.figure_: Figure = ax.get_figure(root=True)  # type: ignore[assignment]  # axes of a figure
        return self


def _lead(model: BaselineRecord) -> float:
    """Return by how much a model is better than the network."""
    mean = model["against_network"]["mean"]
    return float("nan") if mean is None else -mean


def _end(model: BaselineRecord, side: str) -> float:
    """Return an end of the interval of the lead; NaN where there is none."""
    value = model["against_network"]["upper" if side == "upper" else "lower"]
    return float("nan") if value is None else -value
