"""The command of candidates that are measured beside a default, by table and split."""

import argparse
import json
import os
from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import Any

from benchmarks.accuracy_page import write_page
from benchmarks.accuracy_run import known_rows, warm_up
from benchmarks.accuracy_tables import N_SPLITS

Row = dict[str, Any]


def run(
    doc: str,
    file: Path,
    tables: Iterable[str],
    candidates: Iterable[str],
    measure: Callable[[Path, str, int, str], Row | None],
    summary: Callable[[], str],
    page: str,
    n_splits: int,
) -> None:
    """Measure what a file of figures lacks, then print what is known and write it into the page.

    Parameters
    ----------
    doc : str
        Its first line describes the command.
    file : path
        One line of JSON a table, split and candidate; what is there is not measured again.
    tables, candidates : names
    measure : callable
        (folder, table, number of the split, candidate) -> the line; None: the table has none.
    summary : callable
        Returns what the file says, as Markdown.
    page : str
        What the marks in ``docs/accuracy.md`` name, between which the summary stands.
    n_splits : int
        By default.
    """
    tables, candidates = list(tables), list(candidates)
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, choices=range(1, N_SPLITS + 1), default=n_splits)
    parser.add_argument("--tables", nargs="+", choices=tables, default=tables)
    parser.add_argument("--candidates", nargs="+", choices=candidates, default=candidates)
    parser.add_argument("--summary", action="store_true", help="measure nothing")
    asked = parser.parse_args()
    if not asked.summary:
        os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        warm_up()
        done: set[tuple[int, str, str]] = set()
        for cell in product(range(asked.splits), asked.tables, asked.candidates):
            number, name, candidate = cell
            # What is not known is asked anew: two processes may share the work.
            if cell in done or cell in (done := _done(file)):
                continue
            row = measure(asked.folder, name, number, candidate)
            if row is None:
                continue
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
            print(name, number, candidate, row["cpu_seconds"], flush=True)
    text = summary()
    print(text)
    write_page(text, of=page)


def _done(file: Path) -> set[tuple[int, str, str]]:
    return {(row["split"], row["table"], row["contender"]) for row in known_rows(file)}
