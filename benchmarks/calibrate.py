"""How far the verdict can be believed: the whole tool, tried in worlds whose truth is known.

``python -m benchmarks.calibrate --repetitions 200 --points 20 --jobs 2``. Every repetition's
figures are appended to a file in ``runs/calibrate`` and never computed twice: interrupted, it goes
on. The summary goes to ``benchmarks/figures``, and that of the run with more repetitions into the
tables of ``docs/statistics.md`` and the pictures beside it.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from benchmarks.calibration_pictures import draw_pictures
from benchmarks.calibration_replay import as_the_tool_says
from benchmarks.calibration_summary import pooled, summarise_worlds
from benchmarks.calibration_tables import write_page
from benchmarks.race_on_data import race_on_data
from benchmarks.random_numbers import compare_random_numbers
from benchmarks.repetition import AXES, N_FOLDS, N_NEW, N_REPEATS, Repetition, repeat
from benchmarks.timing import FIGURES, write
from benchmarks.worlds import KNOWN, NULL, World
from dropdecay.statistics.hybrid import C

FOLDER = Path(__file__).parent.parent / "runs" / "calibrate"
NAMES = {20: "calibrate", 12: "calibrate-quick"}
"""Of the figures, by the number of points."""


def repetitions_of(path: Path) -> Iterator[Repetition]:
    """Yield what a file holds; the line that an interruption cut short is passed over."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield Repetition(**json.loads(line))
            except json.JSONDecodeError:
                continue


def numbers_of(world: World, turn: int) -> range:
    """Return the repetitions of a world that are due in a turn.

    Worlds without a gain are repeated twice as often: a share of a few in a hundred is looked for.
    """
    times = 2 if world in NULL else 1
    return range(times * turn, times * (turn + 1))


def run_missing(path: Path, repetitions: int, n_points: int, n_jobs: int) -> None:
    """Compute what the file lacks, all worlds in turns, so that none is ahead of the others."""
    done = {(each.world, each.number) for each in repetitions_of(path)}
    missing = [
        (world, number)
        for turn in range(repetitions)
        for world in (*NULL, *KNOWN)
        for number in numbers_of(world, turn)
        if (world.name, number) not in done
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    # One process a core: loky leaves each of them a single thread for BLAS.
    found = Parallel(n_jobs, return_as="generator_unordered")(
        delayed(repeat)(world, number, n_points) for world, number in missing
    )
    for count, each in enumerate(found, 1):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(each)) + "\n")
        if count % 50 == 0 or count == len(missing):
            print(f"{time.perf_counter() - began:6.0f} s  {count} of {len(missing)}", flush=True)


def beside_of(path: Path, n_jobs: int) -> dict[str, list[dict[str, Any]]]:
    """Return what common random numbers and the race save, computed once and kept."""
    if not path.exists():
        with Parallel(n_jobs) as parallel:
            figures = {
                "random_numbers": compare_random_numbers(parallel),
                "races": race_on_data(parallel),
            }
        path.write_text(json.dumps(figures), encoding="utf-8")
    kept: dict[str, list[dict[str, Any]]] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def main() -> None:
    """Compute what is missing, then summarise all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--points", type=int, choices=sorted(AXES), default=max(AXES))
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    path = FOLDER / f"{asked.points}-points.jsonl"
    run_missing(path, asked.repetitions, asked.points, asked.jobs)
    found: dict[str, list[Repetition]] = {world.name: [] for world in (*NULL, *KNOWN)}
    for each in sorted(repetitions_of(path), key=lambda each: each.number):
        found[each.world].append(as_the_tool_says(each))
    rows = summarise_worlds(found)
    over_worlds = pooled(found, rows)
    settings: dict[str, Any] = {
        "repetitions": {name: len(each) for name, each in found.items()},
        "points": asked.points, "folds": N_FOLDS, "repeats": N_REPEATS, "new_rows": N_NEW, "c": C,
        "core_hours": round(over_worlds["cpu_s"] / 3600, 2),
        **beside_of(FOLDER / "beside.json", asked.jobs),
    }  # fmt: skip
    write(NAMES[asked.points], rows, **settings, pooled=over_worlds)
    paths = [FIGURES / f"{each}.json" for each in NAMES.values()]
    kept = [json.loads(each.read_text()) for each in paths if each.exists()]
    kept.sort(key=lambda figures: min(figures["repetitions"].values()), reverse=True)
    write_page(*kept)
    if kept[0]["points"] == asked.points:
        draw_pictures(rows, over_worlds, found, settings["random_numbers"])
    print(f"{settings['core_hours']} core hours in all")


if __name__ == "__main__":
    main()
