"""What the network looks at: importance of the columns, and how predictions change with them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, takewhile

import numpy as np

from dropdecay.report.numbers import figure, with_true_minus
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import spread, tick
from dropdecay.report.sections.picture import (
    Dot,
    Frame,
    Label,
    Picture,
    Shape,
    inner_steps,
    labels,
    round_steps,
)
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.scale import Scale, Track, scale_of
from dropdecay.report.summary_of_folds import PartialDependenceRecord
from dropdecay.selection.decimals import decimals_beside

MOST_COLUMNS = 10
MOST_PLOTS = 6

LEAST_A_NAME = 17
"""Height of the line of a name, in px."""

SHOWN = 14
"""Letters of a name that fit beside its bar on a narrow screen."""


@dataclass(frozen=True)
class Column:
    """One column: its rise, and where bar and interval end; ``short`` tells it from the others."""

    name: str
    short: str
    rise: str
    spread: str
    end: float
    start: float
    track: Track


@dataclass(frozen=True)
class Importance:
    """The columns of greatest importance."""

    sentence: str
    columns: tuple[Column, ...]
    scale: Scale
    title: str
    csv: str


@dataclass(frozen=True)
class Dependence:
    """How predictions change with the top columns."""

    sentence: str
    plots: tuple[Picture, ...]
    csv: str


def told_apart(names: Sequence[str]) -> list[str]:
    """Return names without the long beginnings that others have too: these alone would be seen.

    A beginning ends where a word does, so that ``..._12`` and ``..._120`` keep their numbers.
    """
    shared = dict.fromkeys(names, 0)
    for one, other in combinations(shared, 2):
        pairs = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
        common = re.sub(r"[^\W_]+$", "", "".join(letter for letter, _ in pairs))
        if len(common) >= SHOWN:
            for each in (one, other):
                shared[each] = max(shared[each], len(common))
    return [f"…{name[shared[name] :]}" if 0 < shared[name] < len(name) else name for name in names]


def importance_of(run: Run) -> Importance | None:
    """Return the section; None where it was not measured."""
    found = run.summary.get("importance")
    if not found or not found["columns"]:
        return None
    measure = run.loss
    base = float(run.surface.means.loss[max(run.surface.chosen, 0)])

    def rise(value: float | None) -> float | None:
        # A rise is a negative gain over the network as it is.
        gain = measure.gain(None if value is None else -value, base)
        return None if gain is None else -gain

    shown = found["columns"][:MOST_COLUMNS]
    errors = [measure.error(max(base, 1e-300), each["standard_error"]) for each in shown]
    rises = [rise(each["rise"]) or 0.0 for each in shown]
    decimals = decimals_beside(errors, errors)
    ends = [value + (error if np.isfinite(error) else 0.0)
            for value, error in zip(rises, errors, strict=True)]  # fmt: skip
    starts = [value - (error if np.isfinite(error) else 0.0)
              for value, error in zip(rises, errors, strict=True)]  # fmt: skip
    scale = scale_of(round_steps(min(0.0, *starts, 0.0), max(0.0, *ends, 0.0), 4), tick)
    zero = scale.place(0.0)
    columns = tuple(
        Column(
            name=str(each["column"]),
            short=short,
            rise=figure(value, decimals),
            spread=spread(error, decimals),
            start=min(zero, scale.place(value)),
            end=round(abs(scale.place(value) - zero), 2),
            track=scale.track(value, low, high),
        )
        for each, short, value, error, low, high in zip(
            shown,
            told_apart([str(each["column"]) for each in shown]),
            rises,
            errors,
            starts,
            ends,
            strict=True,
        )
    )
    n = len(found["columns"])
    which = f"The {len(shown)} columns of greatest importance, of {n:,}."
    if n <= MOST_COLUMNS:
        which = "All columns by importance."
    return Importance(
        sentence=with_true_minus(found.get("sentence") or which),
        columns=columns,
        scale=scale,
        title=f"rise in {measure.name} when the column is shuffled",
        csv=csv_link(
            ["column", "rise_in_loss", "standard_error", "lower", "upper"],
            [[each.get(key) for key in ("column", "rise", "standard_error", "lower", "upper")]
             for each in found["columns"]],
        ),
    )  # fmt: skip


def dependence_of(run: Run) -> Dependence | None:
    """Return small plots of the top columns; None where they were not computed."""
    found = [
        each for each in run.summary.get("partial_dependence") or [] if len(each["values"]) > 1
    ]
    if not found:
        return None
    first = found[0]["output"]
    shown = [each for each in found if each["output"] == first][:MOST_PLOTS]
    ends = [value for each in shown for key in ("mean", "lower", "upper")
            for value in each[key] if value is not None]  # fmt: skip
    steps = round_steps(min(ends), max(ends), 4)
    what = "probability" if run.summary["task"] == "classification" else "prediction"
    heading = ["column", "value", "output", "mean", "lower", "upper"]
    return Dependence(
        sentence=f"The mean {what} of {first} if every row had this value, all else as it is; the "
        "band is over folds.",
        plots=tuple(_plot(each, steps, what) for each in shown),
        csv=csv_link(heading, [
            [each["column"], each["values"][k], each["output"], each["mean"][k], each["lower"][k],
             each["upper"][k]]
            for each in found for k in range(len(each["values"]))
        ]),
    )  # fmt: skip


def _plot(each: PartialDependenceRecord, steps: list[float], what: str) -> Picture:
    mean, lower, upper = (
        [np.nan if value is None else float(value) for value in each[key]]
        for key in ("mean", "lower", "upper")
    )
    name = f"Mean {what} by {each['column']}"
    if each["kind"] != "number":
        # Names have room beside a plot, not below it.
        n = len(mean)
        frame = Frame(steps[0], steps[-1], n - 0.5, -0.5)
        places = range(n)
        return Picture(
            caption=str(each["column"]), of_what="", name=name,
            ticks_x=labels(steps, frame.x, tick),
            ticks_y=tuple(Label(frame.y(k), _short(each["values"][k])) for k in places),
            title_x="",
            shapes=(*(Shape("grid", frame.line([at, at], [-0.5, n - 0.5])) for at in steps),
                    *(Shape("bar", frame.line([lower[k], upper[k]], [k, k])) for k in places)),
            dots=tuple(Dot(frame.x(mean[k]), frame.y(k), "g", title=str(each["values"][k]))
                       for k in places),
            height=max(150, LEAST_A_NAME * n),
        )  # fmt: skip
    values = [float(value) for value in each["values"]]
    frame = Frame(values[0], values[-1], steps[0], steps[-1])
    return Picture(
        caption=str(each["column"]), of_what="", name=name,
        ticks_x=labels(inner_steps(values[0], values[-1], 4), frame.x, tick),
        ticks_y=labels(steps, frame.y, tick), title_x="",
        shapes=(*frame.grid(steps), Shape("bg", frame.band(values, lower, upper)),
                Shape("no", frame.line(values, mean))),
        height=150,
    )  # fmt: skip


def _short(value: object, most: int = 14) -> str:
    text = str(value)
    return text if len(text) <= most else f"{text[: most - 1]}…"
