"""A picture as the templates draw it: lines that stretch, and labels at percentages beside them.

Lines live in a box of 1000 by 1000 that is stretched to the width at hand; labels and dots are set
over it in percent, so that type keeps its size at every width, without a script.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MOST_TICKS = 5
AT_THE_END = 96.0
"""From here on a label of the horizontal axis, in percent, reaches beyond the plot."""
LETTER, ROOM = 7.6, 14
"""Width of a letter of 13 px, and of the space that a label needs beside the plot, in px."""


@dataclass(frozen=True)
class Label:
    """A text at a place of an axis, in percent."""

    at: float
    text: str


@dataclass(frozen=True)
class Shape:
    """A line or an area; ``kind`` is its class: what it means."""

    kind: str
    d: str


@dataclass(frozen=True)
class Dot:
    """A dot at percentages from the left and the top; ``size`` in px."""

    x: float
    y: float
    kind: str
    size: int = 8
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """One plot.

    Parameters
    ----------
    caption, of_what : str
        What the vertical axis shows, in bold, and what follows it.
    name : str
        What a screen reader says of it.
    ticks_x, ticks_y : tuple of Label
    title_x : str
    shapes, dots
        From the back to the front.
    height : int
        In px.
    """

    caption: str
    of_what: str
    name: str
    ticks_x: tuple[Label, ...]
    ticks_y: tuple[Label, ...]
    title_x: str
    shapes: tuple[Shape, ...]
    dots: tuple[Dot, ...] = ()
    height: int = 240

    @property
    def left(self) -> int:
        """Room for the labels of the vertical axis, in px."""
        return ROOM + round(LETTER * max((len(each.text) for each in self.ticks_y), default=0))

    @property
    def right(self) -> int:
        """Room for the half of a label at the end of the horizontal axis, in px."""
        ends = [len(each.text) for each in self.ticks_x if each.at > AT_THE_END]
        return max(ROOM, math.ceil(LETTER * max(ends, default=0) / 2))


@dataclass(frozen=True)
class Frame:
    """The ranges of both axes of a plot, and where values lie in it."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, value: float) -> float:
        """Return percent from the left."""
        return round(100.0 * (value - self.left) / (self.right - self.left), 2)

    def y(self, value: float) -> float:
        """Return percent from the top."""
        return round(100.0 * (self.top - value) / (self.top - self.bottom), 2)

    def line(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        """Return a path through the points; what is no number leaves a gap."""
        path, pen = [], "M"
        for x, y in zip(xs, ys, strict=True):
            if not math.isfinite(y):
                pen = "M"
                continue
            path.append(f"{pen}{10 * self.x(x):.4g} {10 * self.y(y):.4g}")
            pen = "L"
        return "".join(path)

    def band(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
        """Return the outline of the area between two lines, as far as both are numbers."""
        known = [
            each for each in zip(xs, lows, highs, strict=True)
            if math.isfinite(each[1]) and math.isfinite(each[2])
        ]  # fmt: skip
        if not known:
            return ""
        there = self.line([x for x, _, _ in known], [high for _, _, high in known])
        back = [(x, low) for x, low, _ in reversed(known)]
        return f"{there}L{self.line([x for x, _ in back], [low for _, low in back])[1:]}Z"

    def upright(self, x: float, low: float, high: float) -> str:
        """Return a vertical line."""
        return self.line([x, x], [low, high])

    def grid(self, values: Iterable[float], zero: float | None = None) -> tuple[Shape, ...]:
        """Return horizontal lines, the one at ``zero`` darker."""
        return tuple(
            Shape("zero" if value == zero else "grid", f"M0 {10 * self.y(value):.4g}H1000")
            for value in values
        )


def round_steps(low: float, high: float, at_most: int = MOST_TICKS) -> list[float]:
    """Return round values that span a range, at most so many."""
    if not high > low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / (at_most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    for step in (power * k for k in (1, 2, 2.5, 5, 10, 20, 25, 50)):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < at_most:
            break
    return [float(f"{k * step:.8g}") + 0.0 for k in range(first, last + 1)]


def inner_steps(low: float, high: float, at_most: int = MOST_TICKS) -> list[float]:
    """Return round values inside a range, whose ends need not be round."""
    steps = [each for each in round_steps(low, high, at_most + 2) if low <= each <= high]
    return steps[:: math.ceil(len(steps) / at_most)] if steps else []


def labels(
    values: Sequence[float],
    place: Callable[[float], float],
    write: Callable[[float], str],
    unit: str = "",
) -> tuple[Label, ...]:
    """Label values; the last one has the unit."""
    return tuple(
        Label(place(value), write(value) + (unit if k == len(values) - 1 else ""))
        for k, value in enumerate(values)
    )


def places_of(names: Sequence[str], room: int = 420) -> tuple[Label, ...]:
    """Label places side by side, as many as there is room for in a plot so many px wide."""
    widest = max(map(len, names), default=1)
    every = max(1, math.ceil((LETTER * widest + 10) * len(names) / room))
    return tuple(
        Label(round(100.0 * (k + 0.5) / len(names), 2), name)
        for k, name in enumerate(names)
        if k % every == 0
    )
