"""The folded table of tuning or a cocktail: what was tried, what it brought, what stayed."""

from dataclasses import dataclass

from dropdecay.report.numbers import UNBROKEN, figure
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import count, decimals_of, spread
from dropdecay.report.sections.run import Run
from dropdecay.report.summary import TuningStepRecord
from dropdecay.selection.tuning import PRINTED, name_in_words


@dataclass(frozen=True)
class Row:
    """One parameter, compared once."""

    name: str
    when: str
    before: str
    tried: str
    taken: str
    gain: str


@dataclass(frozen=True)
class Tuned:
    """The folded part."""

    short: str
    note: str
    rows: tuple[Row, ...]
    csv: str


def tuned_of(run: Run) -> Tuned | None:
    """Return the part; None where nothing was compared."""
    tuning = run.summary.get("tuning")
    if tuning is None or not tuning["steps"]:
        return None
    steps = tuning["steps"]
    rows = tuple(_row(step) for step in steps)
    n_taken = sum(step["taken"] != step["values"][0] for step in steps)
    heading = ["parameter", "compared", "value", "loss", "folds", "taken"]
    return Tuned(
        short=f"{count(len(steps), 'comparison')}, {n_taken} with a change",
        note="A value is taken where its mean over the folds is ahead by more than one corrected "
        "standard error of the paired difference. Gains are of the best value tried, at the point "
        "where it was compared; below 0 it is behind. They were picked on these folds.",
        rows=rows,
        csv=csv_link(heading, [
            [row.name, row.when, value, loss, folds, value == step["taken"]]
            for row, step in zip(rows, steps, strict=True)
            for value, loss, folds in zip(
                step["values"], step["losses"], step["n_folds"], strict=True
            )
        ]),
    )  # fmt: skip


def _row(step: TuningStepRecord) -> Row:
    n_whole = max(step["n_folds"])
    when = "at the chosen point" if step["after_surface"] else "before the surface"
    if step["parameter"] not in PRINTED:
        when = "in the cocktail"
    gain, error = step["gain"], step["standard_error"]
    decimals = decimals_of([error])
    told = "" if gain is None else figure(gain, decimals)
    if gain is not None and error is not None:
        told += f" {spread(error, decimals)}"
    return Row(
        name_in_words(step["parameter"]), when, step["values"][0],
        ", ".join(
            value + _why_not(folds, n_whole)
            for value, folds in zip(step["values"][1:], step["n_folds"][1:], strict=True)
        ),
        step["taken"], told,
    )  # fmt: skip


def _why_not(n_folds: int, n_whole: int) -> str:
    if n_folds == n_whole:
        return ""
    return f" (behind after {n_folds}{UNBROKEN}folds)" if n_folds else " (diverged)"
