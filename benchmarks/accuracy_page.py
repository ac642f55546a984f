"""The figures of accuracy as tables inside ``docs/accuracy.md``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy_contenders import CONTENDERS
from benchmarks.accuracy_summary import (
    OURS,
    Comparison,
    by_cell,
    common_rows,
    compare,
    frame_of,
    shared,
)
from benchmarks.accuracy_tables import N_SPLITS, TABLES

PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
"""A cell of a wide table is not broken into three lines."""

TUNED_ENSEMBLE = "ours, tuned ensemble"
COMPARED = ("balanced_accuracy", "log_loss_share", "ece")
"""Measures by which one of ours is set against each, of tables with classes."""

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"


def tables_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return all that the figures say, as Markdown."""
    frame = frame_of(rows)
    values = by_cell(frame, "rmse") if "rmse" in frame else pd.DataFrame()
    return "\n\n".join(
        [
            _how_it_was_run(rows, frame),
            "### Classes: means over tables (± standard error over splits)",
            _means(frame),
            "### Classes: ours by default against each",
            _against(frame, COMPARED),
            "### Classes: ours, tuned ensemble, against each",
            _against(frame, COMPARED, TUNED_ENSEMBLE),
            "### Log loss by table",
            _by_table(by_cell(frame, "log_loss"), 3),
            "### Balanced accuracy by table, %",
            _by_table(100 * by_cell(frame, "balanced_accuracy"), 1),
            "### Values: root mean squared error by table",
            _by_table(values, 4),
            "" if values.empty else _against(frame, ("rmse_share",)),
        ]
    )


def write_page(text: str, of: str = "make accuracy") -> None:
    """Put tables between two marks of the page, those of the command or script that made them."""
    begin, end = f"<!-- figures of {of} -->", f"<!-- end of {of} -->"
    before, rest = PAGE.read_text(encoding="utf-8").split(begin)
    _, after = rest.split(end)
    PAGE.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}", "utf-8")


def _how_it_was_run(rows: Sequence[dict[str, Any]], frame: pd.DataFrame) -> str:
    known: dict[str, set[str]] = {}
    for row in rows:
        for name, found in row["versions"].items():
            known.setdefault(name, set()).add(found)
    named = ", ".join(f"{name} {' and '.join(sorted(found))}" for name, found in known.items())
    n_tables, n_cells = frame["table"].nunique(), len(frame[["table", "split"]].drop_duplicates())
    lacking = [name for name in CONTENDERS if name not in set(frame["contender"])]
    partial = "" if not lacking else f" Not measured yet: {'; '.join(lacking)}."
    return (
        f"So far {n_tables} of {len(TABLES)} tables and {n_cells} of {len(TABLES) * N_SPLITS} "
        f"splits.{partial} {named}."
    )


def _means(frame: pd.DataFrame) -> str:
    cells = shared(by_cell(frame, "log_loss"))
    n_tables = cells.index.get_level_values("table").nunique()
    said = (
        f"{n_tables} tables, {len(cells)} splits: those that all contenders here have. Seconds are "
        "the processor's, a mean over tables."
    )
    body = [
        [
            row["contender"],
            *(_with_error(row[key], 100, 2) for key in ("balanced_accuracy", "accuracy")),
            _with_error(row["log_loss"], 1, 4), _with_error(row["ece"], 1, 4),
            f"{row['rank, balanced_accuracy']:.2f}", f"{row['rank, log_loss']:.2f}",
            f"{row['seconds']:.1f}",
        ]
        for row in common_rows(frame)
    ]  # fmt: skip
    head = [
        "contender", "balanced accuracy, %", "accuracy, %", "log loss", "calibration error",
        "mean rank, balanced accuracy", "mean rank, log loss", "s",
    ]  # fmt: skip
    return f"{said}\n\n{table(head, body)}"


def _against(frame: pd.DataFrame, measures: Sequence[str], own: str = OURS) -> str:
    """Return by how much one of ours is better than each contender that shares splits with it."""
    cells = {name: by_cell(frame, name) for name in measures}
    if own not in cells[measures[0]]:
        return "Not measured yet."
    body = []
    known = cells[measures[0]]
    for other in known:
        if other == own or known[[own, other]].dropna().empty:
            continue
        found = {name: compare(each, name, other, own) for name, each in cells.items()}
        body.append(
            [
                other, str(found[measures[0]].n_tables),
                *(part for each in found.values() for part in (interval(each), counts(each))),
            ]
        )  # fmt: skip
    head = ["against", "tables"]
    names = {
        "balanced_accuracy": "balanced accuracy, points",
        "log_loss_share": "log loss, % of a constant's",
        "ece": "calibration error, points",
        "rmse_share": "RMSE, % of a constant's",
    }
    for each in measures:
        head += [names[each], "wins, ties, losses"]
    said = "Positive: ours is better. Intervals are of 95 %, over tables."
    return f"{said}\n\n{table(head, body)}"


def interval(found: Comparison) -> str:
    """Return a mean difference with its interval, times 100."""
    mean, lower, upper = (100 * each for each in (found.mean, found.lower, found.upper))
    return f"{mean:+.2f}" if np.isnan(lower) else f"{mean:+.2f} ({lower:+.2f} to {upper:+.2f})"


def counts(found: Comparison) -> str:
    """Return wins, ties and losses."""
    return f"{found.wins}, {found.ties}, {found.losses}"


def _with_error(figure: tuple[float, float], factor: float, digits: int) -> str:
    mean, error = (factor * part for part in figure)
    return f"{mean:.{digits}f}" + ("" if np.isnan(error) else f"{PLUS_MINUS}{error:.{digits}f}")


def _by_table(cells: pd.DataFrame, digits: int) -> str:
    if cells.empty:
        return "Not measured yet."
    means, errors = cells.groupby("table").mean(), cells.groupby("table").sem()
    counts = cells.groupby("table").count()
    body = []
    for name in TABLES:
        if name in means.index:
            cell = zip(means.loc[name], errors.loc[name], counts.loc[name], strict=True)
            body.append([name, *(_of_table(*each, digits) for each in cell)])
    return table(["table", *cells.columns], body)


def _of_table(mean: float, error: float, count: int, digits: int) -> str:
    return "" if not count else _with_error((mean, error), 1, digits)


def table(head: list[str], body: list[list[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *body])
