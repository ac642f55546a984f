"""Accuracy on real tables: ours in all its forms beside other people's models.

    python -m benchmarks.accuracy FOLDER [--processes 2] [--splits 5]
        [--tables NAME ...] [--contenders NAME ...] [--summary]

FOLDER holds one Parquet file a table, ``target`` its last column. Each table is split five times,
80 to 20, evenly by class, and every contender is fitted to each split in a process of one thread.
One line a table, split and contender is appended to ``benchmarks/figures/accuracy.jsonl``, and what
is there already is not done again: interrupted, it goes on. ``--summary`` trains nothing: it prints
what is known, and writes it into ``docs/accuracy.md``.

Tables are taken from small to large, all contenders on one split after the other, quick ones first.
A contender whose parameters our estimators do not have yet is passed over. Everything takes two
nights on two cores.
"""

import argparse
import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import product
from multiprocessing import get_context
from pathlib import Path

from benchmarks.accuracy_contenders import CONTENDERS
from benchmarks.accuracy_page import tables_of, write_page
from benchmarks.accuracy_run import FILE, known_rows, measure, warm_up
from benchmarks.accuracy_tables import N_SPLITS, TABLES

Cell = tuple[str, int, str]
"""A table, the number of a split, and a contender."""


def cells_of(tables: list[str], n_splits: int, contenders: list[str]) -> Iterator[Cell]:
    """Yield what is to be measured, in this order."""
    for number, table, name in product(range(n_splits), tables, contenders):
        only = CONTENDERS[name].tables
        if CONTENDERS[name].is_known and (not only or table in only):
            yield table, number, name


def run_missing(folder: Path, cells: list[Cell], n_processes: int) -> None:
    """Measure what the figures lack; who may take as long as another one comes after all others."""
    # Before the processes import anything.
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    for waits in (False, True):
        seconds = {_cell(row): row["cpu_seconds"] for row in known_rows()}
        jobs = []
        for table, number, name in cells:
            other = CONTENDERS[name].as_long_as
            is_ready = not other or (table, number, other) in seconds
            if bool(other) == waits and is_ready and (table, number, name) not in seconds:
                jobs.append((table, number, name, seconds.get((table, number, other), 0.0)))
        _run(folder, jobs, n_processes)


def _cell(row: dict) -> Cell:
    return row["table"], row["split"], row["contender"]


def _run(folder: Path, jobs: list[tuple[str, int, str, float]], n_processes: int) -> None:
    with ProcessPoolExecutor(n_processes, get_context("spawn"), warm_up) as pool:
        running = {pool.submit(measure, folder, *job): job for job in jobs}
        for each in as_completed(running):
            table, number, name, _ = running[each]
            try:
                row = each.result()
            except Exception as problem:  # noqa: BLE001  whatever a contender raises
                print(f"{table:20} {number} {name:22} failed: {problem!r}", flush=True)
                continue
            with FILE.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            figures = "  ".join(
                f"{key} {row[key]:.4f}"
                for key in ("balanced_accuracy", "log_loss", "ece", "r2", "rmse")
                if key in row
            )
            print(f"{table:20} {number} {name:22} {row['seconds']:7.1f} s  {figures}", flush=True)


def main() -> None:
    """Measure what is missing, and tell what is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--splits", type=int, choices=range(1, N_SPLITS + 1), default=N_SPLITS)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--summary", action="store_true")
    asked = parser.parse_args()
    if asked.summary:
        text = tables_of(list(known_rows()))
        print(text)
        write_page(text)
        return
    for name in asked.contenders:
        if not CONTENDERS[name].is_known:
            print(f"{name}: not measured, the estimators do not have its parameters")
    cells = list(cells_of(asked.tables, asked.splits, asked.contenders))
    run_missing(asked.folder, cells, asked.processes)


if __name__ == "__main__":
    main()
