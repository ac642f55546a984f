"""What many workers would take of scheduler and driver, reckoned from what 200 of them took."""

from collections.abc import Sequence

PIECE_S, PIECE_RUNS = 20, 4
"""A piece of work of a large cluster, on paper."""


def on_paper(
    n_workers: int, rows: Sequence[dict[str, object]], n_asleep: int
) -> list[dict[str, object]]:
    """Return what so many workers would take of scheduler and driver, from what was measured.

    Pieces of work are those of ``PIECE_S`` and ``PIECE_RUNS``; none of this has been tried.
    """
    asleep, kept, held = (
        next(row for row in rows if beginning in str(row["what"]))
        for beginning in ("sleeping workers", "into a store", "in memory")
    )

    def of(row: dict[str, object], name: str) -> float:
        return float(str(row[name]))

    pieces = n_workers / PIECE_S
    runs = PIECE_RUNS * pieces
    beats = beats_of(n_workers) / beats_of(n_asleep) * of(asleep, "scheduler CPU idle")
    what = f"{n_workers:,} workers on paper, pieces of {PIECE_RUNS} runs and {PIECE_S} s: "
    figures: list[tuple[str, str, float]] = [
        ("scheduler", "% of a core", pieces * of(asleep, "scheduler CPU ms a task") / 10),
        ("its heartbeats", "% of a core", 100 * beats),
        ("driver", "% of a core", pieces * of(asleep, "driver CPU ms a task") / 10),
        ("network", "MB/s", pieces * PIECE_RUNS * of(asleep, "KB a task") / 1000),
        ("store", "% of what it takes", 100 * runs / of(kept, "runs/s")),
        ("memory of the driver", "GB for 100,000 runs", 0.1 * of(held, "KB")),
    ]
    return [{"what": what + part, unit: figure} for part, unit, figure in figures]


def beats_of(n_workers: int) -> float:
    """Return the heartbeats a second of 200 workers of Dask or more, which become rarer."""
    return n_workers / (n_workers / 100 + 1)
