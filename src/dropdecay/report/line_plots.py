"""Line plots along an axis for the page: all coordinates are computed here, not by a script."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from dropdecay.arrays import Bool, Float64
from dropdecay.axes import printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.layout import Paths
from dropdecay.report.plot_data import NOWHERE, Surface, common_decimals

Item = TypeVar("Item")

WIDTH, HEIGHT = 360, 236
LEFT, RIGHT, TOP, BOTTOM = 46, 350, 18, 186
LETTER = 6.6
"""Width of a letter of the tick labels."""

SHAPES = (
    "M-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0Z",  # circle
    "M-3.2-3.2H3.2V3.2H-3.2Z",  # square
    "M0-4.6L4.6 0L0 4.6L-4.6 0Z",  # diamond
    "M0-4.4L4.2 3.2H-4.2Z",  # triangle
    "M0 4.4L4.2-3.2H-4.2Z",  # triangle upside down
    "M-4.2-1.4H-1.4V-4.2H1.4V-1.4H4.2V1.4H1.4V4.2H-1.4V1.4H-4.2Z",  # cross
)
"""One marker per line, distinguishable without colour; a seventh line reuses the first."""

Formatter = Callable[[float], str]


@dataclass(frozen=True)
class Mark:
    """One point: its position, its error bar and its tooltip."""

    point: int
    place: int
    x: float
    y: float
    up: float
    down: float
    text: str
    out: bool


@dataclass(frozen=True)
class Line:
    """The points of one path.

    Parameters
    ----------
    label : str
        The value of the other axis; "": there is a single line.
    shape : str
    share : int
        Position of its colour from the lightest (0) to the strongest (100), in percent.
    chosen : bool
    path, band : str
        The line, and the outline of one standard error around it.
    marks : tuple of Mark
    """

    label: str
    shape: str
    share: int
    chosen: bool
    path: str
    band: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Plot:
    """Everything the template draws.

    Parameters
    ----------
    title, along, by : str
        ``along`` names the horizontal axis, ``by`` the axis of the lines; "" for a single line.
    lines : tuple of Line
    ticks_x, ticks_y : tuple of (place, label)
    verticals : tuple of (place, label)
        Lines through marked points.
    texts : tuple of tuple of str
        Figures, [place along the axis][line]; "" if there is none.
    """

    title: str
    along: str
    by: str
    lines: tuple[Line, ...]
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    verticals: tuple[tuple[float, str], ...]
    texts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Series:
    """The quantity drawn along the paths.

    Parameters
    ----------
    title : str
    values, errors, out : shape (n_points,)
        NaN: there is no figure. ``out``: which points were eliminated or given up.
    formatter : callable
        Value -> text.
    tick : str
        Format of the tick labels.
    from_zero : bool
        Whether the vertical axis starts at 0.
    """

    title: str
    values: Float64
    errors: Float64
    out: Bool
    formatter: Formatter
    tick: str = "{:g}"
    from_zero: bool = True


def line_plot(surface: Surface, paths: Paths, series: Series) -> Plot:
    """Draw a series along paths."""
    values, errors = series.values[paths.at], np.nan_to_num(series.errors[paths.at])
    values = np.where(paths.at == NOWHERE, np.nan, values)
    steps = _steps(values, errors, from_zero=series.from_zero)
    gap = (RIGHT - LEFT) / len(paths.along.values)

    def x(place: float) -> float:
        return round(LEFT + gap * (place + 0.5), 1)

    def y(value: float) -> float:
        inside = min(max(value, steps[0]), steps[-1])
        return round(BOTTOM - (BOTTOM - TOP) * (inside - steps[0]) / (steps[-1] - steps[0]), 1)

    lines = []
    for i, label in enumerate(paths.labels):
        # A small shift keeps the markers of different lines apart.
        shift = 0.3 * ((i + 0.5) / len(paths.labels) - 0.5)
        marks = []
        for place in np.flatnonzero(np.isfinite(values[i])).tolist():
            value, error = float(values[i, place]), float(errors[i, place])
            index = int(paths.at[i, place])
            out = bool(series.out[index])
            text = f"{surface.points[index].described()}: {series.formatter(value)}"
            why = "given up" if surface.given_up[index] else "eliminated"
            text += f" ({why})" if out else ""
            up, down = y(value + error), y(value - error)
            marks.append(Mark(index, place, x(place + shift), y(value), up, down, text, out))
        lines.append(
            Line(
                label=label,
                shape=SHAPES[i % len(SHAPES)],
                share=round(100 * i / max(1, len(paths.labels) - 1)),
                chosen=i == paths.chosen,
                path=_path(marks),
                band=_band(marks),
                marks=tuple(marks),
            )
        )
    return Plot(
        title=series.title,
        along=knob_of(paths.along.name).printed,
        by="" if paths.by is None else knob_of(paths.by.name).printed,
        # The chosen line is drawn last, on top of the others.
        lines=tuple(sorted(lines, key=lambda line: line.chosen)),
        ticks_x=ticks_along(tuple(map(printed_value, paths.along.values)), x),
        ticks_y=tuple((y(value), series.tick.format(value)) for value in steps),
        verticals=_verticals(surface, paths, x) if paths.by is None else (),
        texts=tuple(
            tuple(series.formatter(value) if math.isfinite(value) else "" for value in row)
            for row in values.T.tolist()
        ),
    )


def figure_plot(surface: Surface, paths: Paths, measure: str) -> Plot:
    """Draw what chose, loss or score, along a path, as R's ``plot(cv.glmnet)`` does."""
    means = surface.means
    values, errors = means.loss, means.loss_error
    if surface.criterion == "score":
        values, errors = means.score, means.score_error
    decimals = common_decimals(errors)
    series = Series(
        title=f"Validation {measure}",
        values=values,
        errors=errors,
        out=np.zeros(values.shape, bool),
        formatter=lambda value: f"{value:.{decimals}f}",
        from_zero=False,
    )
    return line_plot(surface, paths, series)


def _verticals(
    surface: Surface, paths: Paths, x: Callable[[float], float]
) -> tuple[tuple[float, str], ...]:
    """Return lines through the best point and the one-standard-error choice."""
    labels: dict[int, str] = {}
    for sign, index in (("★", surface.best), ("◆", surface.one_standard_error)):
        for place in np.flatnonzero(paths.at[0] == index).tolist() if index >= 0 else []:
            labels[place] = labels.get(place, "") + sign
    return tuple((x(place), label) for place, label in labels.items())


def ticks_along(
    labels: tuple[str, ...], x: Callable[[float], float]
) -> tuple[tuple[float, str], ...]:
    """Label every place, or as many as there is room for."""
    gap = (RIGHT - LEFT) / len(labels)
    every = math.ceil((max(map(len, labels)) * LETTER + 4) / gap)
    return tuple((x(place), labels[place]) for place in range(0, len(labels), every))


def _path(marks: list[Mark]) -> str:
    """Connect neighbouring marks; an unfinished point leaves a gap."""
    return "".join(
        "".join(f"{'L' if k else 'M'}{mark.x} {mark.y}" for k, mark in enumerate(run))
        for run in unbroken(marks, lambda mark: mark.place)
    )


def _band(marks: list[Mark]) -> str:
    """Return the outline of one standard error around each unbroken stretch of a line."""
    return "".join(
        f"M{'L'.join(f'{mark.x} {mark.up}' for mark in run)}"
        f"L{'L'.join(f'{mark.x} {mark.down}' for mark in reversed(run))}Z"
        for run in unbroken(marks, lambda mark: mark.place)
    )


def unbroken(items: Iterable[Item], place: Callable[[Item], int]) -> list[list[Item]]:
    """Return the stretches of items at neighbouring places."""
    runs: list[list[Item]] = []
    for each in items:
        if runs and place(runs[-1][-1]) == place(each) - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    return runs


def _steps(values: Float64, errors: Float64, *, from_zero: bool) -> list[float]:
    """Return round tick values that span the values and their errors."""
    if not np.isfinite(values).any():
        return [0.0, 1.0]
    high = float(np.nanmax(values + errors))
    low = 0.0 if from_zero else float(np.nanmin(values - errors))
    return round_steps(low, high)


def round_steps(low: float, high: float) -> list[float]:
    """Return round tick values that span a range."""
    if high <= low:
        return [low, low + 1.0]
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [float(f"{k * step:.6g}") for k in range(first, last + 1)]
