"""The data of the page's script, as plain values: figures and learning curves of every point."""

import math
from collections.abc import Mapping
from typing import TypedDict

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import Axes, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.layout import axes_of, lay_out, tau_labels, varied_in
from dropdecay.report.plot_data import (
    Means,
    Surface,
    colour_positions,
    common_decimals,
    curves_of,
    in_digits,
)
from dropdecay.report.summary import Summary
from dropdecay.selection.epochs import endings_of, ends_of

MAX_CURVE_NUMBERS = 400_000
"""Curves are thinned beyond this, so that a page stays under 5 MB."""

SERIES = {
    "training": "training_loss",
    "validation": "validation_loss",
    "score": "validation_score",
    "accuracy": "validation_accuracy",
}

Number = float | None


class AxisData(TypedDict):
    """An axis with its values as printed, and labels of their memory, "" where they have none."""

    printed: str
    values: list[str]
    taus: list[str]
    varied: bool


class MetricData(TypedDict):
    """The contents of the cells; a point that is out has a text but no colour position."""

    name: str
    position: list[Number]
    text: list[str]
    good: str
    bad: str
    capped: bool


class CurveData(TypedDict):
    """A mean and its standard error, [point][epoch]."""

    mean: list[list[Number]]
    error: list[list[Number]]


class PageData(TypedDict):
    """Everything the script draws; lists run over points, in the order of the results.

    ``points`` holds the index of each point's value on every axis; ``shown`` the initial horizontal
    and vertical axis; ``reference`` the point at whose values the other axes are held;
    ``criterion`` the metric that chose, which is shown first.
    """

    axes: list[AxisData]
    points: list[list[int]]
    shown: list[int]
    throughout: str
    best: int
    one_standard_error: int
    chosen: int
    reference: int
    criterion: str
    as_good: list[int]
    epochs: list[int]
    ends: list[int]
    endings: list[str]
    n_folds: int
    out_after: list[int]
    metrics: dict[str, MetricData]
    errors: dict[str, list[Number]]
    at: list[int]
    curves: dict[str, CurveData]


def page_data(results: xr.Dataset, surface: Surface, summary: Summary) -> PageData:
    """Return the data of the page's script."""
    curves, scores, axes = curves_of(results), scores_of(results, summary), axes_of(surface.points)
    n_epochs = results.sizes["epoch"]
    n_numbers = len(surface.points) * n_epochs * 2 * len(curves.mean)
    kept = np.unique(np.r_[0 : n_epochs : math.ceil(n_numbers / MAX_CURVE_NUMBERS), n_epochs - 1])
    layout = lay_out(surface)
    return {
        "axes": _axes(surface, axes),
        "points": _places(surface, axes),
        "shown": [axes.names.index(axis.name) for axis in (layout.across, layout.down) if axis],
        "throughout": layout.fixed,
        "best": surface.best,
        "one_standard_error": surface.one_standard_error,
        "chosen": surface.chosen,
        "reference": max(surface.chosen, 0),
        "criterion": surface.criterion,
        "as_good": np.flatnonzero(surface.as_good).tolist(),
        "epochs": surface.so_far.epochs.tolist(),
        "ends": ends_of(results).tolist(),
        "endings": list(endings_of(results)),
        "n_folds": results.sizes["fold"],
        "out_after": surface.out_after.tolist(),
        "metrics": {
            "loss": _metric(summary["loss"], "loss", surface),
            "gap": _metric("gap", "gap", surface),
            **{name: _metric(printed, name, surface) for name, printed in scores.items()},
        },
        "errors": {name: _rounded(_errors(surface.so_far, name)) for name in ("loss", *scores)},
        "at": curves.epochs[kept].tolist(),
        "curves": {
            name: {
                "mean": [_rounded(each) for each in curves.mean[source][:, kept]],
                "error": [_rounded(each) for each in curves.error[source][:, kept]],
            }
            for name, source in SERIES.items()
            if source in curves.mean
        },
    }


def scores_of(results: xr.Dataset, summary: Summary) -> Mapping[str, str]:
    """Return the printed names of the scores: accuracy first if it accompanies a balanced one."""
    beside = {"accuracy": "accuracy"} if SERIES["accuracy"] in results else {}
    return {**beside, "score": summary["score"]}


def _axes(surface: Surface, axes: Axes) -> list[AxisData]:
    varied = varied_in(axes)
    return [
        {
            "printed": knob_of(axis.name).printed,
            "values": [printed_value(value) for value in axis.values],
            "taus": list(tau_labels(surface, axis)),
            "varied": axis.name in varied,
        }
        for axis in axes
    ]


def _places(surface: Surface, axes: Axes) -> list[list[int]]:
    places = [{value: i for i, value in enumerate(axis.values)} for axis in axes]
    return [
        [place[value] for place, (_, value) in zip(places, point.values, strict=True)]
        for point in surface.points
    ]


def _values(means: Means, figure: str) -> Float64:
    return {
        "loss": means.loss, "gap": means.gap, "score": means.score, "accuracy": means.accuracy,
    }[figure]  # fmt: skip


def _errors(means: Means, figure: str) -> Float64:
    """Return the standard errors that determine how many digits of a figure are shown."""
    scores = {"score": means.score_error, "accuracy": means.accuracy_error}
    return scores.get(figure, means.loss_error)


def _metric(name: str, figure: str, surface: Surface) -> MetricData:
    low_is_good = figure in ("loss", "gap")
    positions, good, bad = colour_positions(_values(surface.means, figure), low_is_good=low_is_good)
    decimals = common_decimals(_errors(surface.so_far, figure))
    plus = "+" if figure == "gap" else ""
    return {
        "name": name,
        "position": _rounded(positions, 3),
        "text": [
            in_digits(value, decimals, plus) if math.isfinite(value) else ""
            for value in _values(surface.so_far, figure).tolist()
        ],
        "good": in_digits(good, decimals),
        "bad": in_digits(bad, decimals),
        "capped": bool((positions >= 1).sum() > 1),
    }


def _rounded(values: Float64, digits: int = 5) -> list[Number]:
    """Round numbers to a few digits; NaN and infinity become None."""
    return [
        float(f"{value:.{digits}g}") if math.isfinite(value) else None for value in values.tolist()
    ]
