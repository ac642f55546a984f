"""Runs side by side: one row per run, and caveats where their figures are not comparable."""

import math
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TypedDict

import numpy as np
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from dropdecay.axes import printed_value
from dropdecay.knobs import AXES, knob_of
from dropdecay.report import numbers
from dropdecay.report.measure import score_measure
from dropdecay.report.powers import power_of
from dropdecay.report.stored import StoredRun
from dropdecay.report.summary import PointRecord, expected_of, point_of
from dropdecay.report.verdict_label import label_of
from dropdecay.safe_text import visible
from dropdecay.selection.decimals import decimals_of

FOLD_SETTINGS = ("folds", "random state")
"""Settings that decide which rows are in a fold."""

WIDEST = 10_000
"""No terminal has as many columns."""

NOT_LISTED = "not listed"
"""Stands for a setting that only other runs list, and whose usual value nobody knows."""


class ComparedRun(TypedDict):
    """The figures of one run, as plain JSON values."""

    run: str
    verdict: str
    loss: str
    score: str
    chosen: PointRecord
    expected: float | None
    settings: dict[str, float | str]
    data: str | None
    target: str
    rows: int
    by_time: bool


def compare_runs(runs: Mapping[str, StoredRun]) -> list[ComparedRun]:
    """Return the figures of each run, by the name of its folder."""
    rows: list[ComparedRun] = []
    for name, run in runs.items():
        summary = run.summary
        rows.append(
            {
                "run": name,
                "verdict": summary["verdict"]["kind"],
                "loss": summary["loss"],
                "score": summary["score"],
                "chosen": summary["choice"]["chosen"],
                "expected": None if (found := expected_of(summary)) is None else found["corrected"],
                "settings": summary["settings"],
                "data": summary.get("table_sha256"),
                "target": summary["asked"]["target"],
                "rows": summary["rows"],
                "by_time": summary["optimism"] is None,
            }
        )
    return rows


def caveats(rows: Sequence[ComparedRun]) -> list[str]:
    """Return what makes the figures of the runs incomparable, one sentence each."""
    found = []
    if len({row["data"] for row in rows}) > 1:
        found.append("The runs used different tables: their losses are not comparable.")
    elif len({row["by_time"] for row in rows}) > 1:
        found.append("Some runs judge later rows, others shuffled ones: compare only runs alike.")
    elif len({tuple(row["settings"].get(name) for name in FOLD_SETTINGS) for row in rows}) > 1:
        found.append("The runs have different folds: compare using the standard errors.")
    if len({row["loss"] for row in rows}) > 1:
        found.append("The runs have different losses: compare only runs with the same loss.")
    return found


def differing_settings(
    rows: Sequence[ComparedRun], usual: Mapping[str, str]
) -> dict[str, list[float | str]]:
    """Return the settings that differ, by name, one value a run.

    ``usual`` holds what settings are in runs that do not list them.
    """
    names = dict.fromkeys(name for row in rows for name in row["settings"])
    found = {
        name: [row["settings"].get(name, usual.get(name, NOT_LISTED)) for row in rows]
        for name in names
    }
    return {name: each for name, each in found.items() if len(set(map(str, each))) > 1}


def print_comparison(
    console: Console, rows: Sequence[ComparedRun], usual: Mapping[str, str]
) -> None:
    """Print one row per run, then the settings that differ, then caveats.

    Where rows would not fit, each run is a block of lines.
    """
    table = _table(rows)
    unbounded = console.options.update_width(WIDEST)
    if Measurement.get(console, unbounded, table).maximum <= console.width:
        console.print(table)
    else:
        _print_blocks(console, rows)
    for name, values in differing_settings(rows, usual).items():
        by_run = ", ".join(
            f"{visible(row['run'])} {visible(value)}"
            for row, value in zip(rows, values, strict=True)
        )
        _print_wrapped(console, f"{visible(name)}: {by_run}", "")
    for caveat in caveats(rows):
        console.print(f"Note: {caveat}", markup=False, highlight=False)


def _table(rows: Sequence[ComparedRun]) -> Table:
    axes = _axes_of(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("run", overflow="fold", vertical="bottom")
    printed = [knob_of(name).printed.replace(" ", "\n") for name in axes]
    for heading in (*printed, "epochs", "loss", "gap", "score", "expected"):
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    table.add_column("verdict", overflow="fold", vertical="bottom")
    for row in rows:
        values = point_of(row["chosen"]["point"]).as_dict()
        table.add_row(
            Text(visible(row["run"])),
            *(printed_value(values[name]) if name in values else "" for name in axes),
            f"{row['chosen']['epochs']}",
            *_figures(row),
            Text(visible(label_of(row["verdict"]))),
        )
    return table


def _print_blocks(console: Console, rows: Sequence[ComparedRun]) -> None:
    """Print each run in a few lines: its name and verdict, its setting, its figures."""
    for row in rows:
        loss, gap, score, expected = _figures(row)
        console.print(Text(f"{visible(row['run'])} [{visible(label_of(row['verdict']))}]", "bold"))
        chosen = row["chosen"]
        _print_wrapped(
            console, f"{point_of(chosen['point']).described()}, {chosen['epochs']} epochs", "  "
        )
        scored = f", {visible(row['score'])} {score}" if score else ""
        said = f"{visible(row['loss'])} {loss}, gap {gap}{scored}, expected {expected}"
        _print_wrapped(console, said, "  ")
    console.print()


def _print_wrapped(console: Console, line: str, indent: str) -> None:
    """Print a line; where it is too long, the rest is indented further."""
    for part in wrap(line, max(20, console.width), initial_indent=indent,
                     subsequent_indent=f"{indent}  ", break_on_hyphens=False):  # fmt: skip
        console.print(part, markup=False, highlight=False)


def _axes_of(rows: Sequence[ComparedRun]) -> list[str]:
    """Return the names of the axes of all runs."""
    named = {name for row in rows for name in row["chosen"]["point"]}
    return [name for name in AXES if name in named]


def _figures(row: ComparedRun) -> tuple[str, str, str, str]:
    """Return loss, gap, score and expected loss as printed."""
    chosen = row["chosen"]
    power = power_of(np.array(chosen["loss"]))
    scale, ten = 10.0**-power, f"e{power}" if power else ""
    error = chosen["standard_error"]
    decimals = decimals_of(math.nan if error is None else scale * error)

    def printed(loss: float) -> str:
        return f"{numbers.figure(scale * loss, decimals)}{ten}".replace(numbers.UNBROKEN, " ")

    has_error = error is not None and numbers.has_error(chosen["loss"], error)
    spread = f" ± {printed(error)}" if error is not None and has_error else ""
    measure, score = score_measure(row["score"]), chosen["score"]
    told = ""
    if score is not None:
        of_score = measure.error(score, chosen["score_standard_error"])
        told = numbers.figure(measure.value(score), decimals_of(of_score))
        told = f"{told}{' %' if measure.is_share else ''}"
    return (
        f"{printed(chosen['loss'])}{spread}",
        printed(chosen["gap"]),
        told,
        "" if row["expected"] is None else printed(row["expected"]),
    )
