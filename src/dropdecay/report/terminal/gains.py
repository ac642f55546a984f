"""What each part brings, in the terminal: gains over no regularization, other models below."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.axes import TOGETHER, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report import numbers
from dropdecay.report.measure import Measure
from dropdecay.report.plot_data import Surface
from dropdecay.report.summary import Summary
from dropdecay.report.terminal.writing import Page
from dropdecay.selection.decimals import decimals_beside, error_within
from dropdecay.selection.effects import BEYOND_SUM
from dropdecay.selection.formatting import capitalized

OFF_SCALE = 4.0
"""A model is off the scale if it is so many times as far from 0 as all that regularizes."""

LONGEST_NAME = 26
LEAST, WIDEST = 18, 60
MOST_TICKS = 5


@dataclass(frozen=True)
class Bar:
    """A gain over no regularization, above 0 in its favour, in the unit that is shown."""

    name: str
    mean: float
    lower: float
    upper: float
    is_model: bool = False
    is_whole: bool = False

    @property
    def reach(self) -> float:
        """How far its interval goes from 0."""
        return max(abs(self.lower), abs(self.upper))


def bars_of(summary: Summary, surface: Surface, measure: Measure) -> list[Bar]:
    """Return the gains that have an interval: of regularization, then of models, best first."""
    cost = surface.means.loss if surface.criterion == "loss" else -surface.means.score
    none = [i for i, each in enumerate(surface.points) if each.kind == "none"]
    known = [abs(float(cost[i])) for i in none if np.isfinite(cost[i])]
    base = min(known, default=0.0)

    def bar(name: str, gain: object, **more: bool) -> Bar | None:
        if not isinstance(gain, dict):
            return None
        ends = [measure.gain(gain[end], base) for end in ("mean", "lower", "upper")]
        if any(each is None for each in ends):
            return None
        mean, lower, upper = (float(each or 0.0) for each in ends)
        return Bar(name, mean, lower, upper, **more)

    bars = [
        bar(_name(each["name"], surface, cost), each["gain"], is_whole=each["name"] == TOGETHER)
        for each in summary["verdict"]["effects"] if each["name"] != BEYOND_SUM
    ]  # fmt: skip
    found = summary.get("baselines")
    models = [] if not found else [each for each in found["models"] if each["failed"] is None]
    others = [bar(each["name"], each["against_none"], is_model=True) for each in models]
    others.sort(key=lambda each: 0.0 if each is None else -each.mean)
    return [each for each in (*bars, *others) if each is not None]


def _name(kind: str, surface: Surface, cost: np.ndarray) -> str:
    """Name a kind of regularization with the values at which it is best on the surface."""
    among = [i for i, each in enumerate(surface.points) if each.kind == kind]
    best = min((i for i in among if np.isfinite(cost[i])), key=lambda i: float(cost[i]), default=-1)
    values = "" if best < 0 else " with ".join(
        printed_value(surface.points[best][name]) for name in surface.points[best].active
    )  # fmt: skip
    if kind == TOGETHER:
        two = best >= 0 and len(surface.points[best].active) == 2
        return f"{'both' if two else 'together'}, {values}" if values else "together"
    alone = " alone" if len(surface.points[0].values) > 1 else ""
    return f"{knob_of(kind).printed} {values}".strip() + alone


def print_gains(page: Page, bars: Sequence[Bar], measure: Measure) -> None:
    """Print a line for each gain, its interval drawn on one axis; nothing without gains."""
    own = [each.reach for each in bars if not each.is_model]
    if not bars or not own or max(own) == 0.0:
        return
    title = f"{capitalized(measure.better_by)}, against no regularization, with 95"
    page.line((f"{title}{numbers.UNBROKEN}% intervals", "bold"))
    page.line("")
    errors = [error_within(each.lower, each.upper) for each in bars]
    leading = [error for error, each in zip(errors, bars, strict=True) if not each.is_model]
    decimals = decimals_beside(errors, leading)
    figures = [
        (f"{numbers.difference(each.mean, decimals):>9}   "
         f"{numbers.interval(each.lower, each.upper, decimals)}")
        for each in bars
    ]  # fmt: skip
    names = min(LONGEST_NAME, max(len(page.kept(each.name)) for each in bars)) + 4
    width = max(LEAST, min(WIDEST, page.width - names - max(map(len, figures))))
    scale = _scale(bars, max(own), width)
    for before, each, figure in zip([None, *bars], bars, figures, strict=False):
        if before is not None and each.is_model and not before.is_model:
            page.line("")
        name = page.kept(each.name)
        name = name if len(name) <= names - 4 else f"{name[: names - 7]}..."
        style = "blue" if each.is_whole else ""
        page.line((f"  {name}".ljust(names), "bold" if each.is_whole else ""),
                  (_drawn(each, scale, width), style), figure)  # fmt: skip
    _print_axis(page, scale, names, width)
    page.line("")


@dataclass(frozen=True)
class _Scale:
    low: float
    high: float
    step: float

    def place(self, value: float, width: int) -> int:
        share = (value - self.low) / (self.high - self.low)
        return min(width - 1, max(0, round(share * (width - 1))))

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Values and labels."""
        first, last = round(self.low / self.step), round(self.high / self.step)
        decimals = max(0, -int(np.floor(np.log10(self.step) + 1e-9)))
        return [
            (k * self.step, numbers.difference(k * self.step, decimals) if k else "0")
            for k in range(first, last + 1)
        ]

    def fits(self, width: int) -> bool:
        """Whether there are few enough ticks, and room for their labels."""
        labels = [label for _, label in self.ticks]
        return len(labels) <= MOST_TICKS and len(labels) * (max(map(len, labels)) + 1) <= width + 4


def _scale(bars: Sequence[Bar], own: float, width: int) -> _Scale:
    """Return an axis around zero with at most five ticks that shows what is not far off."""
    near = [each for each in bars if not each.is_model or each.reach <= OFF_SCALE * own]
    low = min(0.0, *(each.lower for each in near))
    high = max(0.0, *(each.upper for each in near))
    power = 10.0 ** np.floor(np.log10((high - low) / MOST_TICKS))
    found = _Scale(low, high, high - low)
    for step in (power * k for k in (1, 2, 5, 10, 20, 50)):
        first, last = np.floor(low / step), np.ceil(high / step)
        found = _Scale(float(first * step), float(last * step), float(step))
        if found.fits(width):
            break
    return found


def _drawn(bar: Bar, scale: _Scale, width: int) -> str:
    """Draw an interval on the axis, or say that it is off the scale."""
    zero = scale.place(0.0, width)
    cells = [" "] * width
    cells[zero] = "│"
    if bar.upper < scale.low:
        return "◂ off the scale".ljust(width)
    if bar.lower > scale.high:
        return "off the scale ▸".rjust(width)
    for at in range(scale.place(bar.lower, width), scale.place(bar.upper, width) + 1):
        cells[at] = "┼" if at == zero else "─"
    if scale.low <= bar.mean <= scale.high:
        cells[scale.place(bar.mean, width)] = "●"
    if bar.lower < scale.low:
        cells[0] = "◂"
    if bar.upper > scale.high:
        cells[-1] = "▸"
    return "".join(cells)


def _print_axis(page: Page, scale: _Scale, names: int, width: int) -> None:
    """Print the ticks, and which side is better."""
    line = [" "] * (names + width + 12)
    free = 0
    for tick, text in scale.ticks:
        at = max(names + scale.place(tick, width) - len(text) // 2, 0)
        if at >= free:
            line[at : at + len(text)] = text
            free = at + len(text) + 1
    page.line(("".join(line), "dim"))
    zero = scale.place(0.0, width)
    left = "◂ worse" if zero >= len("◂ worse") else ""
    right = "better ▸" if width - zero >= len("better ▸") else ""
    sides = left.ljust(width - len(right)) + right
    page.line((" " * names + sides, "dim"))
