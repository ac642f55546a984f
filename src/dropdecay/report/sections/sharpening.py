"""How the answer sharpened: the gain and its interval after each cut of the rows."""

import math
from dataclasses import dataclass

from dropdecay.report.numbers import level
from dropdecay.report.repeats import repeats_in_words
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
from dropdecay.selection.formatting import capitalized

TRAINING = "training"

WIDEST = 3.0
"""An interval that reaches so many times further than the last one is cut off at the frame."""


@dataclass(frozen=True)
class Sharpening:
    """The section."""

    sentence: str
    picture: Picture
    note: str
    csv: str


@dataclass(frozen=True)
class _Estimate:
    cut: int
    mean: float
    lower: float
    upper: float


def sharpening_of(run: Run) -> Sharpening | None:
    """Return the section; None where nothing was repeated."""
    gain = run.summary["verdict"]["gain"]
    if gain is None or not gain["intervals"]:
        return None

    def shown(value: float | None) -> float:
        found = run.judged.gain(value, gain["baseline"])
        return math.nan if found is None else found

    estimates = [
        _Estimate(cut, *map(shown, interval)) for cut, interval in enumerate(gain["intervals"], 2)
    ]
    estimates = [each for each in estimates if math.isfinite(each.mean)]
    if not estimates:
        return None
    singles = [(cut, shown(value)) for cut, value in enumerate(gain["by_repeat"], 1)]
    rows = [[e.cut, e.mean, e.lower, e.upper] for e in estimates]
    return Sharpening(
        sentence=_sentence(run, estimates),
        picture=_picture(run, estimates, singles),
        note=_note(run),
        csv=csv_link(["cuts", "gain", "lower", "upper"], rows),
    )


def _picture(run: Run, estimates: list[_Estimate], singles: list[tuple[int, float]]) -> Picture:
    last = estimates[-1]
    known = [abs(end) for end in (last.mean, last.lower, last.upper) if math.isfinite(end)]
    reach = WIDEST * (max(known) or 1.0)
    ends = [
        min(max(end, -reach), reach)
        for each in estimates for end in (each.mean, each.lower, each.upper)
        if math.isfinite(end)
    ]  # fmt: skip
    steps = round_steps(min(0.0, *ends), max(0.0, *ends))
    n_places = max(last.cut, len(singles))
    frame = Frame(0.5, n_places + 0.5, steps[0], steps[-1])
    repeat = _repeat(run)
    name = f"Gain in {run.judged.name} over no regularization after each {repeat}, 95 % interval"
    return Picture(
        caption=f"Gain in {run.judged.name}",
        of_what=f"over no regularization, from all {repeat}s so far, 95 % interval",
        name=name,
        ticks_x=places_of([str(cut) for cut in range(1, n_places + 1)]),
        ticks_y=labels(steps, frame.y, tick),
        title_x="trainings" if repeat == TRAINING else "cuts of the rows",
        shapes=(
            *frame.grid(steps, zero=0.0),
            *(
                Shape("ch thick clip" if each is last else "bar thick clip",
                      frame.upright(each.cut, each.lower, each.upper))
                for each in estimates if math.isfinite(each.lower + each.upper)
            ),
        ),
        dots=(
            *(
                Dot(frame.x(cut), frame.y(value), "h", 7,
                    f"{repeat} {cut} by itself: {tick(value)}")
                for cut, value in singles[:1]
                if math.isfinite(value) and steps[0] <= value <= steps[-1]
            ),
            *(
                Dot(frame.x(each.cut), frame.y(each.mean), "a" if each is last else "g")
                for each in estimates if steps[0] <= each.mean <= steps[-1]
            ),
        ),
        height=262,
    )  # fmt: skip


def _repeat(run: Run) -> str:
    """Return what one of the repeats is: rows in time are not cut anew."""
    return TRAINING if run.summary["optimism"] is None else "cut"


def _sentence(run: Run, estimates: list[_Estimate]) -> str:
    gain = run.summary["verdict"]["gain"]
    assert gain is not None  # there are estimates of it
    cuts = repeats_in_words(run.summary, gain["n_repeats"])
    last = estimates[-1]
    so = f"After {cuts} the interval"
    if math.isfinite(last.lower + last.upper):
        if last.lower > 0.0 or last.upper < 0.0:
            return f"{so} lies on one side of zero, so the repeats stopped there."
        part = gain["margin"] / abs(gain["baseline"]) if gain["baseline"] else 0.01
        if max(abs(last.lower), abs(last.upper)) <= (
            run.judged.gain(gain["margin"], gain["baseline"]) or 0.0
        ):
            return f"{so} lies within {level(part)} of none."
        return f"{so} still holds zero: these rows cannot settle it."
    return f"The gain after {cuts}."


def _note(run: Run) -> str:
    gain = run.summary["verdict"]["gain"]
    said = (
        f"Below the dark line there is no gain. {capitalized(_repeat(run))} 1, hollow, is the "
        "surface itself; only the contenders are trained again."
    )
    if gain is not None and gain["is_exhausted"]:
        said += " More networks would hardly narrow it further; more rows would."
    return said
