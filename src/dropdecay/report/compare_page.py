"""Runs side by side as a page: one row a run under the same three facts, intervals on one axis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.report.answer import answer_of
from dropdecay.report.compare import caveats, compare_runs, differing_settings
from dropdecay.report.measure import Measure, loss_measure
from dropdecay.report.numbers import figure, interval
from dropdecay.report.page import rendered
from dropdecay.report.powers import power_of
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import tick
from dropdecay.report.sections.glossary import Terms
from dropdecay.report.sections.picture import round_steps
from dropdecay.report.sections.scale import Scale, Track, scale_of
from dropdecay.report.stored import StoredRun
from dropdecay.report.summary import AnswerRecord, expected_of
from dropdecay.selection.decimals import decimals_of_interval

SCRIPTS = ("look", "pictures")
WIDTH = 1.96
"""Standard errors to either side, where a run has no interval of its own."""


@dataclass(frozen=True)
class Row:
    """One run: its answer, and the loss to expect of it."""

    name: str
    answer: AnswerRecord
    rows: str
    expected: str
    range: str
    track: Track | None
    is_best: bool


@dataclass(frozen=True)
class _Expected:
    mean: float
    lower: float
    upper: float


def compare_html(runs: Mapping[str, StoredRun], usual: Mapping[str, str]) -> str:
    """Return the page of runs, by the name of each one's folder.

    ``usual`` holds what settings are in runs that do not list them.
    """
    compared = compare_runs(runs)
    notes = caveats(compared)
    measure = _common_measure(list(runs.values()))
    expected = [_expected(run, measure) for run in runs.values()]
    best = _best(expected) if not notes else -1
    scale = _scale(expected) if measure is not None else None
    rows = [
        _row(name, run, each, scale, measure, is_best=k == best)
        for k, ((name, run), each) in enumerate(zip(runs.items(), expected, strict=True))
    ]
    lowest = f"Run {rows[best].name} is to be expected lowest" if best >= 0 else ""
    heading = ["run", "expected", "lower", "upper"]
    return rendered(
        "compare.html.jinja",
        SCRIPTS,
        Terms(()),
        rows=rows,
        scale=scale,
        title=f"{len(rows)} runs side by side",
        sentence=_sentence(rows, expected, best, lowest),
        measure="" if measure is None else measure.name,
        notes=notes,
        names=list(runs),
        settings=differing_settings(compared, usual),
        csv=csv_link(heading, [
            [name, each.mean, each.lower, each.upper]
            for name, each in zip(runs, expected, strict=True)
        ]),
    )  # fmt: skip


def _common_measure(runs: Sequence[StoredRun]) -> Measure | None:
    """Return how losses are shown; None if the runs have different ones."""
    if len({(run.summary["loss"], run.summary["task"]) for run in runs}) > 1:
        return None
    summary = runs[0].summary
    losses = np.array([run.summary["choice"]["chosen"]["loss"] for run in runs], float)
    return loss_measure(summary["loss"], summary["task"], power_of(losses))


def _expected(run: StoredRun, measure: Measure | None) -> _Expected:
    """Return the loss to expect and its interval; where it is not corrected, from the folds."""
    summary = run.summary
    shown = measure or loss_measure(summary["loss"], summary["task"], 0)
    if (optimism := expected_of(summary)) is not None:
        stored = (optimism["corrected"], optimism["lower"], optimism["upper"])
    else:
        chosen = summary["choice"]["chosen"]
        error = WIDTH * (chosen["standard_error"] or math.nan)
        stored = (chosen["loss"], chosen["loss"] - error, chosen["loss"] + error)
    mean, lower, upper = (math.nan if each is None else shown.value(each) for each in stored)
    return _Expected(mean, lower, upper)


def _best(expected: Sequence[_Expected]) -> int:
    return min(range(len(expected)), key=lambda k: expected[k].mean)


def _scale(expected: Sequence[_Expected]) -> Scale:
    ends = [end for each in expected for end in (each.mean, each.lower, each.upper)
            if math.isfinite(end)]  # fmt: skip
    return scale_of(round_steps(min(ends), max(ends)), tick)


def _row(
    name: str, run: StoredRun, expected: _Expected, scale: Scale | None, measure: Measure | None,
    *, is_best: bool,
) -> Row:  # fmt: skip
    decimals = decimals_of_interval(expected.lower, expected.upper)
    has_ends = math.isfinite(expected.lower + expected.upper)
    track = scale.track(expected.mean, expected.lower, expected.upper) if scale else None
    unit = "" if measure else f" {run.summary['loss']}"
    return Row(
        name=name,
        answer=run.summary.get("answer") or answer_of(run.summary).as_dict(),
        rows=f"{run.summary['rows']:,} rows, predicting {run.summary['asked']['target']}",
        expected=f"{figure(expected.mean, decimals)}{unit}",
        range=interval(expected.lower, expected.upper, decimals) if has_ends else "",
        track=track,
        is_best=is_best,
    )


def _sentence(rows: Sequence[Row], expected: Sequence[_Expected], best: int, lowest: str) -> str:
    """Say which run is best, and whether the intervals can tell."""
    if best < 0:
        return "Their losses cannot be compared as they stand; see the notes below."
    behind = [each.lower for k, each in enumerate(expected) if k != best]
    if behind and expected[best].upper < min(behind):
        return f"{lowest}, and its interval lies below all others."
    overlap = "the intervals overlap, so these runs alone do not tell them apart"
    return f"{lowest}, but {overlap}." if len(rows) > 1 else f"{lowest}."
