"""The weights along the decay axis, drawn for the page: a plot of their norm, one of those near 0.

Every place is worked out here, so that the plots are there without a script.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.report.plot_data import Surface, Weights

WIDTH, HEIGHT = 360, 236
LEFT, RIGHT, TOP, BOTTOM = 46, 350, 12, 186
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
"""A mark a rate, told apart without colour; a seventh rate begins again."""


Spelled = Callable[[float], str]


@dataclass(frozen=True)
class Mark:
    """One point: where it stands, how far its error reaches, and what it says."""

    i: int
    j: int
    x: float
    y: float
    up: float
    down: float
    text: str
    eliminated: bool


@dataclass(frozen=True)
class Line:
    """The path of one dropout rate."""

    rate: str
    shape: str
    share: int
    """Where its colour lies between the lightest (0) and the strongest (100), in percent."""
    chosen: bool
    path: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Plot:
    """Everything the template draws."""

    title: str
    lines: tuple[Line, ...]
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    texts: tuple[tuple[str, ...], ...]  # [weight decay][dropout], "" where there is none


def weight_plots(surface: Surface, weights: Weights) -> tuple[Plot, Plot]:
    """Return both plots: the norm, and the share near zero in percent."""
    percent = replace(weights, share=100 * weights.share, share_error=100 * weights.share_error)
    return (
        _plot("L2 norm of the weights", surface, weights, "norm", norm_text, "{:g}"),
        _plot(
            f"Weights nearer to 0 than {weights.threshold:g}", surface, percent, "share",
            "{:.2g} %".format, "{:g} %",
        ),
    )  # fmt: skip


def norm_text(norm: float) -> str:
    """Write three digits, zeros at the end included, so that a column reads well."""
    return f"{norm:,.0f}" if norm >= 99.95 else f"{norm:#.3g}"


def weight_sentence(surface: Surface, weights: Weights) -> str:
    """Say what the chosen decay made of the weights, beside what they are without any."""
    i, j = surface.chosen
    if i < 0 or not math.isfinite(weights.norm[i, j]):
        return ""
    said = (
        f"At the chosen point the norm is {norm_text(weights.norm[i, j])}, and "
        f"{100 * weights.share[i, j]:.2g} % of the weights are nearer to 0 than "
        f"{weights.threshold:g}"
    )
    if 0.0 not in surface.weight_decay or surface.weight_decay[j] == 0.0:
        return f"{said}."
    none = surface.weight_decay.index(0.0)
    if not math.isfinite(weights.norm[i, none]):
        return f"{said}."
    then = f"{norm_text(weights.norm[i, none])} and {100 * weights.share[i, none]:.2g} %"
    return f"{said}; without weight decay, at the same dropout: {then}."


def _plot(
    title: str, surface: Surface, weights: Weights, name: str, spelled: Spelled, tick: str
) -> Plot:
    strengths, rates, eliminated = surface.weight_decay, surface.dropout, weights.eliminated
    values: Float64 = getattr(weights, name)
    errors = np.nan_to_num(getattr(weights, f"{name}_error"))
    reach = np.nanmax(values + errors) if np.isfinite(values).any() else 1.0
    steps = _ticks(float(reach))
    gap = (RIGHT - LEFT) / len(strengths)

    def x(j: float) -> float:
        return round(LEFT + gap * (j + 0.5), 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / steps[-1], 1)

    lines = []
    for i, rate in enumerate(rates):
        # A small shift keeps the marks of different rates apart.
        shift = 0.3 * ((i + 0.5) / len(rates) - 0.5)
        marks = []
        for j in np.flatnonzero(np.isfinite(values[i])):
            value, error = float(values[i, j]), float(errors[i, j])
            text = f"dropout {rate:g}, weight decay {strengths[j]:g}: {spelled(value)}"
            up, down = y(min(value + error, steps[-1])), y(max(value - error, 0.0))
            out = bool(eliminated[i, j])
            text += " (eliminated)" if out else ""
            marks.append(Mark(i, int(j), x(j + shift), y(value), up, down, text, out))
        lines.append(
            Line(
                rate=f"{rate:g}",
                shape=SHAPES[i % len(SHAPES)],
                share=round(100 * i / max(1, len(rates) - 1)),
                chosen=i == surface.chosen[0],
                path=_path(marks),
                marks=tuple(marks),
            )
        )
    labels = [f"{strength:g}" for strength in strengths]
    every = math.ceil((max(map(len, labels)) * LETTER + 4) / gap)
    return Plot(
        title=title,
        # The chosen line is drawn last, over the others.
        lines=tuple(sorted(lines, key=lambda line: line.chosen)),
        ticks_x=tuple((x(j), labels[j]) for j in range(0, len(labels), every)),
        ticks_y=tuple((y(value), tick.format(value)) for value in steps),
        texts=tuple(
            tuple(spelled(value) if math.isfinite(value) else "" for value in row)
            for row in values.T
        ),
    )


def _path(marks: list[Mark]) -> str:
    """Join marks that stand side by side; a point that was not finished leaves a gap."""
    parts = []
    for k, mark in enumerate(marks):
        joined = k > 0 and marks[k - 1].j == mark.j - 1
        parts.append(f"{'L' if joined else 'M'}{mark.x} {mark.y}")
    return "".join(parts)


def _ticks(reach: float) -> list[float]:
    """Return round figures from 0 to the first that is not below ``reach``."""
    if reach <= 0.0:
        return [0.0, 1.0]
    power = 10.0 ** math.floor(math.log10(reach / 4))
    step = next(k * power for k in (1, 2, 2.5, 5, 10) if k * power >= reach / 4)
    return [float(f"{k * step:.6g}") for k in range(math.ceil(reach / step - 1e-9) + 1)]
