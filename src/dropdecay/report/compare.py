"""Runs side by side: a row a run, and a word on whether they may be compared at all."""

from collections.abc import Mapping, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropdecay.report.plot_data import digits_after_point
from dropdecay.report.stored import StoredRun
from dropdecay.safe_text import visible
from dropdecay.selection.jsonable import JsonObject


def compare_runs(runs: Mapping[str, StoredRun]) -> list[JsonObject]:
    """Return the figures of each run, as plain values, by the name of its folder."""
    rows = []
    for name, run in runs.items():
        summary, chosen = run.summary, run.summary["choice"]["chosen"]
        rows.append(
            {
                "run": name,
                "verdict": summary["verdict"]["kind"],
                "loss": summary["loss"],
                "score": summary["score"],
                "chosen": chosen,
                "expected": summary["optimism"]["corrected"],
                "settings": summary["settings"],
                "data": summary.get("table_sha256"),
                "target": summary["asked"]["target"],
                "rows": summary["rows"],
            }
        )
    return rows


def doubts(rows: Sequence[JsonObject]) -> list[str]:
    """Say what makes the figures of the runs incomparable."""
    said = []
    if len({row["data"] for row in rows}) > 1:
        said.append("The runs saw different tables: their losses are not comparable.")
    elif len({(row["settings"]["folds"], row["settings"]["seed"]) for row in rows}) > 1:
        said.append("The runs cut the rows differently: differences hold no better than their ±.")
    if len({row["loss"] for row in rows}) > 1:
        said.append("The runs have different losses: compare within one loss only.")
    return said


def print_comparison(console: Console, rows: Sequence[JsonObject]) -> None:
    """Print a row a run, then the settings that differ, then doubts."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("run", overflow="fold")
    for heading in ("dropout", "decay", "epochs", "loss", "gap", "score", "expected"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("verdict", overflow="fold")
    for row in rows:
        point = row["chosen"]
        error = point["standard_error"]
        decimals = digits_after_point(error or 0.0)
        spread = "" if error is None else f" ± {error:.{decimals}f}"
        figures = (
            f"{point['dropout']:g}",
            f"{point['weight_decay']:g}",
            f"{point['epochs']}",
            f"{point['loss']:.{decimals}f}{spread}",
            f"{point['gap']:+.{decimals}f}",
            f"{point['score']:.4f}",
            f"{row['expected']:.{decimals}f}",
        )
        table.add_row(Text(visible(row["run"])), *figures, Text(visible(row["verdict"])))
    console.print(table)
    names = dict.fromkeys(name for row in rows for name in row["settings"])
    for name in names:
        values = [row["settings"].get(name) for row in rows]
        if len({str(value) for value in values}) > 1:
            said = ", ".join(
                f"{visible(row['run'])} {visible(value)}"
                for row, value in zip(rows, values, strict=True)
            )
            console.print(f"{visible(name)}: {said}", markup=False, highlight=False)
    for doubt in doubts(rows):
        console.print(f"Note: {doubt}", markup=False, highlight=False)
