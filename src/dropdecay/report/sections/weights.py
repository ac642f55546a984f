"""What an axis does to the weights: their norm, and the share of them near zero."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.axes import printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.layout import Paths
from dropdecay.report.numbers import UNBROKEN
from dropdecay.report.plot_data import NOWHERE, Surface, Weights, weights_of
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import tick
from dropdecay.report.sections.picture import (
    Dot,
    Frame,
    Picture,
    Shape,
    labels,
    places_of,
    round_steps,
)
from dropdecay.report.sections.run import Run


@dataclass(frozen=True)
class WeightSection:
    """The folded part."""

    title: str
    short: str
    sentence: str
    panels: tuple[Picture, ...]
    csv: str


def weights_section_of(run: Run) -> WeightSection | None:
    """Return the part; None for a run that did not record weights, or has a single setting."""
    weights = weights_of(run.results)
    if weights is None or not run.layout.across:
        return None
    paths, along = run.paths, knob_of(run.paths.along.name).printed
    panels = (
        _panel(run, weights.norm, "Size of the weights", "L2 norm"),
        _panel(run, 100 * weights.share, f"Weights nearer to 0 than {weights.threshold:g}", "",
               f"{UNBROKEN}%"),
    )  # fmt: skip
    surface = run.surface
    heading = [*(name for name, _ in surface.points[0].values), "norm", "share_near_0"]
    return WeightSection(
        title=f"What {along} does to the weights",
        short=_short(surface, paths, weights),
        sentence=_sentence(run, paths, along),
        panels=panels,
        csv=csv_link(heading, [
            [*(printed_value(value) for _, value in point.values), float(weights.norm[index]),
             float(weights.share[index])]
            for index, point in enumerate(surface.points)
        ]),
    )  # fmt: skip


def _sentence(run: Run, paths: Paths, along: str) -> str:
    said = [
        f"Weights at each setting\N{RIGHT SINGLE QUOTATION MARK}s own epoch by {along}, mean over "
        "folds, biases left out."
    ]
    if paths.by is not None and paths.chosen != NOWHERE:
        by = knob_of(paths.by.name).printed
        others = [label for k, label in enumerate(paths.labels) if k != paths.chosen]
        said.append(f"Blue: {by} {paths.labels[paths.chosen]}; grey: {', '.join(others)}.")
    if run.layout.sentence:
        said.append(f"{run.layout.sentence[0].upper()}{run.layout.sentence[1:]}.")
    if run.surface.out_after.any():
        said.append("Stopped settings: over the folds they were trained on.")
    return " ".join(said)


def _panel(run: Run, values: Float64, caption: str, of_what: str, unit: str = "") -> Picture:
    paths, surface = run.paths, run.surface
    n = len(paths.along.values)
    drawn = np.where(paths.at == NOWHERE, np.nan, values[paths.at])
    top = float(np.nanmax(drawn)) if np.isfinite(drawn).any() else 1.0
    steps = round_steps(0.0, top)
    frame = Frame(-0.5, n - 0.5, steps[0], steps[-1])
    order = sorted(range(len(drawn)), key=lambda k: k == paths.chosen)
    dots = []
    if paths.chosen != NOWHERE:
        for place, index in enumerate(paths.at[paths.chosen].tolist()):
            height = float(drawn[paths.chosen, place])
            if index == surface.chosen and math.isfinite(height):
                dots.append(Dot(frame.x(place), frame.y(height), "a"))
    along = knob_of(paths.along.name).printed
    return Picture(
        caption=caption,
        of_what=of_what and f"({of_what})",
        name=f"{caption} by {along}",
        ticks_x=places_of([printed_value(value) for value in paths.along.values]),
        ticks_y=labels(steps, frame.y, tick, unit),
        title_x=along,
        shapes=(
            *frame.grid(steps),
            *(
                Shape("ch" if k == paths.chosen else "no", frame.line(range(n), drawn[k].tolist()))
                for k in order
            ),
        ),
        dots=tuple(dots),
        height=190,
    )


def _short(surface: Surface, paths: Paths, weights: Weights) -> str:
    """Return the norm at the chosen setting and without this axis."""
    chosen = surface.chosen
    if chosen < 0 or not math.isfinite(weights.norm[chosen]):
        return ""
    said = f"norm {norm_text(float(weights.norm[chosen]))} at the chosen setting"
    none = _without(paths)
    if none is None or none == chosen or not math.isfinite(weights.norm[none]):
        return said
    return f"{said}, {norm_text(float(weights.norm[none]))} without"


def norm_text(norm: float) -> str:
    """Write three digits, including trailing zeros."""
    return f"{norm:,.0f}" if norm >= 99.95 else f"{norm:#.3g}"


def _without(paths: Paths) -> int | None:
    """Return the point that differs from the chosen one only in the axis being neutral."""
    if paths.chosen == NOWHERE:
        return None
    knob = knob_of(paths.along.name)
    for index, value in zip(paths.at[paths.chosen], paths.along.values, strict=True):
        if knob.is_neutral(value) and index >= 0:
            return int(index)
    return None
