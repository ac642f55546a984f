"""How far to trust one prediction: calibration of classes, and values predicted against true."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.report.numbers import UNBROKEN
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import tick
from dropdecay.report.sections.picture import (
    Dot,
    Frame,
    Picture,
    Shape,
    inner_steps,
    labels,
)
from dropdecay.report.sections.run import Run
from dropdecay.report.trust_records import CalibrationRecord, ValuesRecord

PERCENT = (0.0, 25.0, 50.0, 75.0, 100.0)
MOST_DOTS = 2000
LARGEST, SMALLEST = 14, 6
"""Sizes of the dots of calibration, in px."""


@dataclass(frozen=True)
class Trust:
    """The section, of classes or of values."""

    title: str
    sentence: str
    picture: Picture
    note: str
    csv: str


def trust_of(run: Run) -> Trust | None:
    """Return the section; None where the run holds neither."""
    calibration, values = run.summary.get("calibration"), run.summary.get("values")
    if calibration and calibration["outputs"]:
        return _calibration(run, calibration)
    return _values(run, values[0], len(values)) if values else None


def _calibration(run: Run, found: CalibrationRecord) -> Trust:
    """Draw the last class of two, or of many all classes together."""
    outputs = found["outputs"]
    shown = outputs[-1:] if len(outputs) <= 2 else outputs
    name = shown[0]["name"] if len(shown) == 1 else ""
    bins = [each for output in shown for each in output["bins"] if each["rows"]]
    frame = Frame(-4.0, 104.0, -4.0, 104.0)
    most = max((each["rows"] for each in bins), default=1)
    bars, dots = [], []
    for each in bins:
        said, happened = 100 * each["said"], 100 * each["happened"]
        if each["lower"] is not None and len(shown) == 1:
            bars.append(Shape("err", frame.upright(said, 100 * each["lower"],
                                                   100 * each["upper"])))  # fmt: skip
        size = SMALLEST + round((LARGEST - SMALLEST) * math.sqrt(each["rows"] / most))
        if len(shown) > 1:
            size = max(5, size // 2)
        title = f"{each['rows']} rows: said {said:.0f} %, happened {happened:.0f} %"
        dots.append(Dot(frame.x(said), frame.y(happened), "a", size, title))
    what = f"How often it was {name}" if name else "How often it was the class named"
    note = "Larger dots hold more rows; bars are 95 % intervals."
    if not name:
        note = "One dot a class and range of probability; larger dots hold more rows."
    return Trust(
        title="How far to trust one prediction",
        sentence=_with_intervals(run, found["sentence"]),
        picture=Picture(
            caption=what,
            of_what="by what the network said",
            name=f"Calibration: {what.lower()}, by what the network said",
            ticks_x=labels(PERCENT, frame.x, tick, f"{UNBROKEN}%"),
            ticks_y=labels(PERCENT, frame.y, tick, f"{UNBROKEN}%"),
            title_x=f"said: {name or 'the class'} with a probability of",
            shapes=(
                *frame.grid(PERCENT),
                Shape("even", frame.line([0, 100], [0, 100])),
                *bars,
            ),
            dots=tuple(dots),
            height=276,
        ),
        note=note,
        csv=csv_link(
            ["class", "said", "happened", "lower", "upper", "rows"],
            [[output["name"], *(each[key] for key in ("said", "happened", "lower", "upper",
                                                      "rows"))]
             for output in outputs for each in output["bins"]],
        ),
    )  # fmt: skip


def _with_intervals(run: Run, sentence: str) -> str:
    intervals = run.summary.get("intervals")
    return f"{sentence} {intervals['sentence']}" if intervals else str(sentence)


def _values(run: Run, found: ValuesRecord, n_outputs: int) -> Trust:
    """Draw values predicted against true."""
    true, predicted = (np.asarray(found[key], float) for key in ("true", "predicted"))
    true, predicted = true[:MOST_DOTS], predicted[:MOST_DOTS]
    low = float(min(true.min(), predicted.min()))
    high = float(max(true.max(), predicted.max()))
    room = 0.02 * (high - low) or 1.0
    frame = Frame(low - room, high + room, low - room, high + room)
    steps = inner_steps(low, high)
    dots = "".join(
        f"M{10 * frame.x(x):.3g} {10 * frame.y(y):.3g}h0"
        for x, y in zip(true.tolist(), predicted.tolist(), strict=True)
    )
    output = found["output"] if n_outputs > 1 else run.summary["asked"]["target"]
    return Trust(
        title="How far to trust one prediction",
        sentence=_with_intervals(run, found["sentence"]),
        picture=Picture(
            caption="Predicted" if n_outputs == 1 else f"Predicted {output}",
            of_what="against true, on held-out rows",
            name=f"Predicted against true values of {output} on held-out rows",
            ticks_x=labels(steps, frame.x, tick),
            ticks_y=labels(steps, frame.y, tick),
            title_x=f"true {output}",
            shapes=(
                *frame.grid(steps),
                Shape("even", frame.line([low, high], [low, high])),
                Shape("cloud", dots),
            ),
            height=300,
        ),
        note=f"Each dot is a row{', of a sample' if run.summary['rows'] > len(true) else ''}; on "
        "the line the network is right.",
        csv=csv_link(["true", "predicted"], zip(true.tolist(), predicted.tolist(), strict=True)),
    )
