"""How the answer sharpened: the gain and its interval after each repeat, as a picture."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from dropdecay.report.line_plots import BOTTOM, LEFT, RIGHT, TOP, round_steps, ticks_along, unbroken
from dropdecay.report.summary import GainRecord
from dropdecay.selection.formatting import percent


@dataclass(frozen=True)
class Estimate:
    """What was known after some repeats, in % of the measure; NaN: unknown."""

    n_repeats: int
    mean: float
    lower: float
    upper: float

    @property
    def has_interval(self) -> bool:
        """Whether all three are known."""
        return math.isfinite(self.mean + self.lower + self.upper)


@dataclass(frozen=True)
class Sharpening:
    """Everything the template draws; positions are those of ``line_plots``.

    Parameters
    ----------
    title, sentence : str
        The sentence says what the picture shows.
    path, band : str
        The estimate, and the outline of its interval.
    dots : tuple of (x, y, text)
        The gain of each repeat by itself.
    zero : float
    margins : tuple of float
        The gain that is worth the name, in favour and against.
    ticks_x, ticks_y : tuple of (place, label)
    is_cut : bool
        Whether the first interval is too wide for the picture.
    """

    title: str
    sentence: str
    path: str
    band: str
    dots: tuple[tuple[float, float, str], ...]
    zero: float
    margins: tuple[float, ...]
    ticks_x: tuple[tuple[float, str], ...]
    ticks_y: tuple[tuple[float, str], ...]
    is_cut: bool


def sharpening_plot(gain: GainRecord | None, measure: str) -> Sharpening | None:
    """Draw the gain against the number of repeats; None: nothing was repeated.

    Parameters
    ----------
    gain : GainRecord or None
    measure : str
        Name of the loss or score.
    """
    if gain is None or not gain["baseline"]:
        return None
    scale = 100.0 / gain["baseline"]
    of_what = f"of the {measure} without regularization"
    if gain.get("constant") is not None:
        of_what = f"of the lead in {measure} over a constant prediction"
    estimates = _estimates(gain, scale)
    if not estimates:
        return None
    single = [
        (repeat, scale * value)
        for repeat, value in enumerate(gain["by_repeat"], 1)
        if value is not None
    ]
    margin = scale * gain["margin"]
    low, high = _range(estimates, [value for _, value in single], margin)
    steps = round_steps(low, high)
    n_places = max(len(gain["by_repeat"]), estimates[-1].n_repeats)
    gap = (RIGHT - LEFT) / n_places

    def x(place: float) -> float:
        return round(LEFT + gap * (place + 0.5), 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * (value - steps[0]) / (steps[-1] - steps[0]), 1)

    first = estimates[0]
    return Sharpening(
        title=f"Gain in % {of_what}",
        sentence=_sentence(estimates, of_what, gain["level"]),
        path=_path(estimates, x, y),
        band=_band(estimates, x, y),
        dots=tuple(
            (x(repeat - 1), y(value), f"repeat {repeat} by itself: {percent(value / 100)}")
            for repeat, value in single
        ),
        zero=y(0.0),
        margins=(y(margin), y(-margin)),
        ticks_x=ticks_along(tuple(str(place + 1) for place in range(n_places)), x),
        ticks_y=tuple((y(value), f"{value:g} %") for value in steps),
        is_cut=first.has_interval and (y(first.lower) > BOTTOM or y(first.upper) < TOP),
    )


def _estimates(gain: GainRecord, scale: float) -> list[Estimate]:
    """Return the estimates after two repeats and more, as far as there is one."""
    estimates = []
    for n_repeats, ends in enumerate(gain["intervals"], 2):
        mean, lower, upper = (math.nan if end is None else scale * end for end in ends)
        if math.isfinite(mean):
            estimates.append(Estimate(n_repeats, mean, lower, upper))
    return estimates


def _range(estimates: list[Estimate], single: list[float], margin: float) -> tuple[float, float]:
    """Return what the picture must span.

    Two repeats say so little about their spread that their interval, drawn whole, would flatten all
    later ones.
    """
    values = [0.0, margin, -margin, *single, *(each.mean for each in estimates)]
    for each in estimates[1:] or estimates:
        if each.has_interval:
            values += [each.lower, each.upper]
    return min(values), max(values)


def _repeat(estimate: Estimate) -> int:
    return estimate.n_repeats


Place = Callable[[float], float]


def _path(estimates: list[Estimate], x: Place, y: Place) -> str:
    return "".join(
        f"M{'L'.join(f'{x(each.n_repeats - 1)} {y(each.mean)}' for each in run)}"
        for run in unbroken(estimates, _repeat)
    )


def _band(estimates: list[Estimate], x: Place, y: Place) -> str:
    """Return the outline; the interval of a stretch of one is drawn as a narrow column."""
    outlines = []
    for run in unbroken((each for each in estimates if each.has_interval), _repeat):
        above = [(x(each.n_repeats - 1), y(each.upper)) for each in run]
        below = [(x(each.n_repeats - 1), y(each.lower)) for each in run]
        if len(run) == 1:
            above = [(above[0][0] - 6, above[0][1]), (above[0][0] + 6, above[0][1])]
            below = [(below[0][0] - 6, below[0][1]), (below[0][0] + 6, below[0][1])]
        outlines.append(f"M{'L'.join(f'{a:g} {b:g}' for a, b in (*above, *reversed(below)))}Z")
    return "".join(outlines)


def _sentence(estimates: list[Estimate], of_what: str, level: float) -> str:
    """Say where the interval was after the first repeats, and where it is now."""
    last = estimates[-1]
    if not last.has_interval:
        return f"After {last.n_repeats} repeats the gain is {percent(last.mean / 100)} {of_what}."
    first = next(each for each in estimates if each.has_interval)
    if first is last:
        return (
            f"After {last.n_repeats} repeats the {percent(level)} interval of the gain is "
            f"{_ends(last)} {of_what}."
        )
    return (
        f"After {first.n_repeats} repeats the {percent(level)} interval of the gain was "
        f"{_ends(first)} {of_what}; after {last.n_repeats} it is {_ends(last)}."
    )


def _ends(estimate: Estimate) -> str:
    lower = percent(estimate.lower / 100).removesuffix(" %")
    return f"{lower} to {percent(estimate.upper / 100)}"
