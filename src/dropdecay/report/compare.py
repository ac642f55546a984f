"""Runs side by side: one row per run, and caveats where their figures are not comparable."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropdecay.axes import printed_value
from dropdecay.knobs import AXES, knob_of
from dropdecay.report.plot_data import digits_after_point
from dropdecay.report.stored import StoredRun
from dropdecay.report.summary import PointRecord, point_of
from dropdecay.report.verdict_label import label_of
from dropdecay.safe_text import visible

FOLD_SETTINGS = ("folds", "random state")
"""Settings that decide which rows are in a fold."""


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
                "expected": summary["optimism"] and summary["optimism"]["corrected"],
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


def print_comparison(console: Console, rows: Sequence[ComparedRun]) -> None:
    """Print one row per run, then the settings that differ, then caveats."""
    axes = _axes_of(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("run", overflow="fold", vertical="bottom")
    printed = [knob_of(name).printed.replace(" ", "\n") for name in axes]
    for heading in (*printed, "epochs", "loss", "gap", "score", "expected"):
        table.add_column(heading, justify="right", no_wrap=True, vertical="bottom")
    table.add_column("verdict", overflow="fold", vertical="bottom")
    for row in rows:
        table.add_row(
            Text(visible(row["run"])), *_figures(row, axes), Text(visible(label_of(row["verdict"])))
        )
    console.print(table)
    names = dict.fromkeys(name for row in rows for name in row["settings"])
    for name in names:
        values = [row["settings"].get(name) for row in rows]
        if len({str(value) for value in values}) > 1:
            by_run = ", ".join(
                f"{visible(row['run'])} {visible(value)}"
                for row, value in zip(rows, values, strict=True)
            )
            console.print(f"{visible(name)}: {by_run}", markup=False, highlight=False)
    for caveat in caveats(rows):
        console.print(f"Note: {caveat}", markup=False, highlight=False)


def _axes_of(rows: Sequence[ComparedRun]) -> list[str]:
    """Return the names of the axes of all runs."""
    named = {name for row in rows for name in row["chosen"]["point"]}
    return [name for name in AXES if name in named]


def _figures(row: ComparedRun, axes: Sequence[str]) -> list[str]:
    chosen = row["chosen"]
    values, error = point_of(chosen["point"]).as_dict(), chosen["standard_error"]
    decimals = digits_after_point(error or 0.0)
    spread = "" if error is None else f" ± {error:.{decimals}f}"
    score = chosen["score"]
    return [
        *(printed_value(values[name]) if name in values else "" for name in axes),
        f"{chosen['epochs']}",
        f"{chosen['loss']:.{decimals}f}{spread}",
        f"{chosen['gap']:+.{decimals}f}",
        "" if score is None else f"{score:.4f}",
        "" if row["expected"] is None else f"{row['expected']:.{decimals}f}",
    ]
