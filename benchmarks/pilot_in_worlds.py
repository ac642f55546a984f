"""Whether what a run says after a pilot is honest, in worlds whose truth is known.

``python -m benchmarks.pilot_in_worlds --repetitions 100``. The way of a large table (an eighth of
the rows as a pilot, the whole surface there, the points that lead on the other rows, repeats only
where the folds do not decide) is gone in tables of 1,000 rows; the truth is the loss of the same
networks on new rows. On every fourth table with a gain two other ways are gone beside it: the whole
surface on all rows, and a pilot whose rows are held out again by the folds, as no run does, to see
what that would cost.
Every search is appended to a file in ``runs/pilot``: interrupted, it goes on. The summary goes to
``benchmarks/figures`` and, as tables, to the terminal.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from benchmarks.calibration_summary import wilson
from benchmarks.pilot_search import (
    AGAIN,
    KNOWN,
    N_NEW,
    N_ROWS,
    NULL,
    PILOT,
    WHOLE,
    Searched,
    searched,
    ways_of,
)
from benchmarks.repetition import N_FOLDS
from benchmarks.timing import write
from benchmarks.worlds import World
from dropdecay.selection.judgement import HELPS

FOLDER = Path(__file__).parent.parent / "runs" / "pilot"
Pairs = Sequence[tuple[Searched, Searched]]


def searches_of(path: Path) -> Iterator[Searched]:
    """Yield what a file holds; the line that an interruption cut short is passed over."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield Searched(**json.loads(line))
            except json.JSONDecodeError:
                continue


def summary_of(found: list[Searched]) -> dict[str, Any]:
    """Return the figures of one way in one world."""

    def column(name: str) -> np.ndarray:
        return np.array([getattr(each, name) for each in found], float)

    def mean(values: np.ndarray) -> list[float]:
        return [float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))]

    lower, upper, true_loss = column("lower"), column("upper"), column("true_loss")
    told, expected = lower < upper, float(column("true_gain").mean())
    low, high = column("corrected_lower"), column("corrected_upper")
    said = [each for each in found if each.label == HELPS]
    baseline = float(column("baseline").mean())
    return {
        "world": found[0].world,
        "way": found[0].way,
        "repetitions": len(found),
        "labels": dict(Counter(each.label for each in found)),
        "helps": wilson(len(said), len(found)),
        "helps once": wilson(sum(each.label_once == HELPS for each in found), len(found)),
        "helps is right": wilson(sum(each.choice_gain > 0 for each in said), len(said)),
        "gain said": mean(column("gain")[told] / baseline),
        "E": mean(column("true_gain") / baseline),
        "covers E": wilson(
            int(((lower <= expected) & (expected <= upper))[told].sum()), int(told.sum())
        ),
        "above E": wilson(int((lower > expected)[told].sum()), int(told.sum())),
        "n_repeats": float(column("n_repeats").mean()),
        "true loss": mean(true_loss),
        "naive is off by": mean((column("naive") - true_loss) / true_loss),
        "BBC-CV is off by": mean((column("corrected") - true_loss) / true_loss),
        "covers the loss": wilson(
            int(((low <= true_loss) & (true_loss <= high)).sum()), len(found)
        ),
        "points": float(column("n_trained").mean()),
        "steps": float(column("steps").mean()),
        "seconds": float(column("seconds").mean()),
    }


def pooled_of(found: list[Searched], worlds: Sequence[World], name: str) -> list[float]:
    """Return a share over several worlds, of searches with a pilot."""
    counts = [
        summary_of([each for each in found if (each.world, each.way) == (world.name, PILOT)])[name]
        for world in worlds
    ]
    return wilson(*(int(sum(each[place] for each in counts)) for place in (3, 4)))


def paired_of(found: list[Searched]) -> list[dict[str, object]]:
    """Compare each way with the whole surface on the same tables, over all worlds with a gain."""
    place = {(each.world, each.number, each.way): each for each in found}
    tables = [(world, number) for world, number, way in place if way == WHOLE]
    rows: list[dict[str, object]] = []
    for way in (PILOT, AGAIN):
        pairs = [
            (place[(*table, way)], place[(*table, WHOLE)])
            for table in tables if (*table, way) in place
        ]  # fmt: skip

        def differences(of: Callable[[Searched], float], pairs: Pairs = pairs) -> list[float]:
            values = np.array([of(own) - of(whole) for own, whole in pairs])
            return [float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))]

        rows.append({
            "way": way,
            "tables": len(pairs),
            "naive is off by": differences(lambda each: each.naive / each.true_loss - 1),
            "BBC-CV is off by": differences(lambda each: each.corrected / each.true_loss - 1),
            "true loss": differences(lambda each: float(np.log(each.true_loss))),
            "steps": float(np.mean([own.steps / whole.steps for own, whole in pairs])),
        })  # fmt: skip
    return rows


def as_tables(figures: dict[str, Any]) -> str:
    """Return the lines of the tables in docs/statistics.md."""

    def share(each: list[float]) -> str:
        value, low, high, count, total = each
        return f"{100 * value:.1f} % ({100 * low:.1f}-{100 * high:.1f}; {count} of {total})"

    def percent(each: list[float]) -> str:
        return f"{100 * each[0]:+.2f} ± {100 * each[1]:.2f} %"

    lines = [
        '| world | way | tables | says "helps" | true gain of the picks | its interval covers it | '
        "lowest mean is off by | what to expect is off by | its interval covers the true loss |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['world']} | {row['way']} | {row['repetitions']} | {share(row['helps'])} | "
        f"{percent(row['E'])} | {share(row['covers E'])} | {percent(row['naive is off by'])} | "
        f"{percent(row['BBC-CV is off by'])} | {share(row['covers the loss'])} |"
        for row in figures["rows"]
    ]
    lines += [
        "",
        "| against the whole surface, same tables | tables | steps | lowest mean is off by | "
        "what to expect is off by | true loss of the choice |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['way']} | {row['tables']} | {100 * row['steps']:.0f} % | "
        f"{percent(row['naive is off by'])} | {percent(row['BBC-CV is off by'])} | "
        f"{percent(row['true loss'])} |"
        for row in figures["paired"]
    ]
    return "\n".join(lines)


def main() -> None:
    """Search what is missing, all worlds in turns, then summarise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=100, help="twice as many without a gain")
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    path = FOLDER / "searches.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(each.world, each.number, each.way) for each in searches_of(path)}
    wanted = [
        (world, number, way)
        for turn in range(asked.repetitions)
        for world in (*KNOWN, *NULL)
        for number in ((turn,) if world in KNOWN else (2 * turn, 2 * turn + 1))
        for way in ways_of(world, number)
    ]
    missing = [
        (world, number, way) for world, number, way in wanted
        if (world.name, number, way) not in done
    ]  # fmt: skip
    for each in Parallel(asked.jobs, return_as="generator_unordered")(
        delayed(searched)(*one) for one in missing
    ):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(each)) + "\n")
    names = {(world.name, number, way) for world, number, way in wanted}
    found = [each for each in searches_of(path) if (each.world, each.number, each.way) in names]
    rows = [
        summary_of([each for each in found if (each.world, each.way) == (world.name, way)])
        for world in (*KNOWN, *NULL) for way in ways_of(world, 0)
    ]  # fmt: skip
    figures = {
        "rows_of_a_table": N_ROWS, "new_rows": N_NEW, "points": 20, "folds": N_FOLDS,
        "cpu_minutes": round(sum(each.seconds for each in found) / 60),
        "paired": paired_of(found), "false helps": pooled_of(found, NULL, "helps"),
        "covers E": pooled_of(found, (*KNOWN, *NULL), "covers E"),
        "covers the loss": pooled_of(found, (*KNOWN, *NULL), "covers the loss"),
    }  # fmt: skip
    write("pilot_in_worlds", rows, **figures)
    print(as_tables({"rows": rows, **figures}))


if __name__ == "__main__":
    main()
