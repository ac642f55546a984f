"""How far the statistics can be believed: tried in worlds whose truth is known.

``python -m benchmarks.calibrate --repetitions 200 --jobs 2``; the figures go to
``benchmarks/figures/calibrate.json``, the tables into ``docs/statistics.md``, pictures beside it.
"""

import argparse
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from benchmarks.calibration_pictures import draw_pictures
from benchmarks.calibration_tables import write_page
from benchmarks.race_on_data import race_on_data
from benchmarks.random_numbers import compare_random_numbers
from benchmarks.timing import write
from benchmarks.two_searches import search_twice
from benchmarks.worlds import KNOWN, NULL, FarSightedEngine, World
from dropdecay.axes import NONE, Axes, Point
from dropdecay.data.fold_rows import refit_rows, rows_of_folds
from dropdecay.data.folds import make_folds
from dropdecay.engine.protocol import Dataset, Problem
from dropdecay.search import Findings
from dropdecay.selection.choice import PointFigures
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.verdict import HELPS
from dropdecay.surface.plan import Plan, refit_run

AXES = Axes.of({"dropout": (0.0, 0.1, 0.2, 0.3, 0.5), "weight_decay": (0.0, 0.3, 1.0, 3.0, 10.0)})
N_FOLDS = 5
N_NEW = 4000
MOSTLY = 0.5
KINDS = (NONE, *AXES.names)


@dataclass(frozen=True)
class Repetition:
    """What one sample of a world gave, and the truth about it; losses unless named otherwise.

    ``gain``, ``lower``, ``upper``: by kind of point, as the verdict says; ``true_gain``: of these
    same networks on new rows. ``refit_gain``: none minus chosen, both refitted on all rows.
    ``best``, ``one_se``, ``raced``, ``none``, ``oracle``: what the point chosen that way loses on
    new rows, its networks of all folds averaged; ``oracle`` is the lowest of all points.
    """

    verdict: str
    raced_verdict: str
    gain: dict[str, float]
    lower: dict[str, float]
    upper: dict[str, float]
    true_gain: dict[str, float]
    refit_gain: float
    naive: float
    corrected: float
    corrected_lower: float
    corrected_upper: float
    best: float
    one_se: float
    raced: float
    none: float
    oracle: float
    runs: int
    raced_runs: int


def repeat(world: World, number: int) -> Repetition:
    """Draw a sample, search it whole and in a race, and look the truth up on new rows."""
    rng = np.random.default_rng((number, *world.name.encode()))
    X, y = world.sample(rng, world.n_rows + N_NEW)
    dataset = Dataset(X, y)
    engine = FarSightedEngine(np.arange(world.n_rows, world.n_rows + N_NEW), is_null=world.is_null)
    is_classes = world.setting.network.loss == "categorical_cross_entropy"
    labels = y[: world.n_rows, 0] if is_classes else None
    folds = make_folds(world.n_rows, labels, N_FOLDS, None, number)
    problem = Problem(rows_of_folds(folds, number), lambda _: dataset)
    found = search_twice(problem, Plan(AXES, world.setting, N_FOLDS, 1, number), engine)
    full, raced = found.full, found.raced
    new = np.array(
        [[engine.loss_on_new_rows[point, fold] for fold in range(N_FOLDS)] for point in AXES.points]
    )

    def quality(at: PointFigures) -> float:
        return float(new[AXES.points.index(at.point), :, at.epochs - 1].mean())

    def after_refit(point: Point, epochs: int) -> float:
        all_rows = replace(problem, rows=refit_rows(world.n_rows, number))
        return engine.refitted(all_rows, refit_run(world.setting, point, epochs, number))

    epochs = full.results["validation_loss"].mean(["fold", "seed"]).argmin("epoch").values + 1
    of_points = new[np.arange(AXES.n_points), :, epochs - 1].mean(axis=1)
    chosen = full.choice.chosen
    gains = {each.against: each.gain for each in full.verdict.comparisons}
    return Repetition(
        verdict=full.verdict.kind,
        raced_verdict=raced.verdict.kind,
        gain={name: gains[name].mean for name in KINDS},
        lower={name: gains[name].lower for name in KINDS},
        upper={name: gains[name].upper for name in KINDS},
        true_gain=_true_gains(full, new),
        refit_gain=after_refit(AXES.points[0], int(epochs[0]))
        - after_refit(chosen.point, chosen.epochs),
        naive=full.optimism.naive,
        corrected=full.optimism.corrected,
        corrected_lower=full.optimism.lower,
        corrected_upper=full.optimism.upper,
        best=quality(full.choice.best),
        one_se=quality(full.choice.one_standard_error),
        raced=quality(raced.choice.best),
        none=float(of_points[0]),
        oracle=float(of_points.min()),
        runs=found.runs,
        raced_runs=found.raced_runs,
    )


def _true_gains(findings: Findings, new: np.ndarray) -> dict[str, float]:
    """Return what the picks that the verdict compared gain on new rows."""
    curves = curves_of(findings.results)

    def loss(members: np.ndarray) -> float:
        points, epochs = left_out_picks(curves, members, "best", "loss")
        return float(new[points, np.arange(N_FOLDS), epochs].mean())

    everything = loss(curves.finished)
    return {name: loss(curves.members(name)) - everything for name in KINDS}


def summarise(world: World, found: list[Repetition]) -> dict[str, Any]:
    """Turn the repetitions of a world into the figures that are asked for."""
    table = {name: np.array([getattr(each, name) for each in found]) for name in _NUMBERS}
    of = {
        (kind, name): np.array([getattr(each, kind)[name] for each in found])
        for kind in ("gain", "lower", "upper", "true_gain")
        for name in KINDS
    }
    verdicts = [each.verdict for each in found]
    expected = {name: of["true_gain", name].mean() for name in KINDS}

    def covered(truth: Any, name: str) -> float | None:
        low, high = of["lower", name], of["upper", name]
        # Where both ways pick the same points there is no interval, and nothing is claimed.
        told = low < high
        if told.mean() < MOSTLY:
            return None
        return float(((low <= truth) & (truth <= high))[told].mean())

    return {
        "world": world.name,
        "sentence": world.sentence,
        "repetitions": len(found),
        "verdicts": {kind: verdicts.count(kind) for kind in sorted(set(verdicts))},
        "helps": verdicts.count(HELPS) / len(found),
        "helps raced": sum(each.raced_verdict == HELPS for each in found) / len(found),
        "gain over none": float(of["gain", "none"].mean()),
        "true gain over none": float(expected["none"]),
        "coverage, expected gain": {name: covered(expected[name], name) for name in KINDS},
        "coverage, these networks": {name: covered(of["true_gain", name], name) for name in KINDS},
        "coverage, the refit": covered(table["refit_gain"], "none"),
        "loss": float(table["best"].mean()),
        "bias naive": _mean_and_error(table["naive"] - table["best"]),
        "bias BBC-CV": _mean_and_error(table["corrected"] - table["best"]),
        "coverage BBC-CV": float(
            (
                (table["corrected_lower"] <= table["best"])
                & (table["best"] <= table["corrected_upper"])
            ).mean()
        ),
        "regret": {
            name: _mean_and_error(table[name] - table["oracle"])
            for name in ("none", "best", "one_se", "raced")
        },
        "regret of the race against the full grid": _mean_and_error(table["raced"] - table["best"]),
        "runs saved": float(1 - table["raced_runs"].sum() / table["runs"].sum()),
        "same choice": float((table["raced"] == table["best"]).mean()),
    }


_NUMBERS = (
    "refit_gain", "naive", "corrected", "corrected_lower", "corrected_upper", "best", "one_se",
    "raced", "none", "oracle", "runs", "raced_runs",
)  # fmt: skip


def _mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Return the mean over repetitions and its standard error."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def main() -> None:
    """Repeat every world, print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    kept: dict[str, list[dict[str, Any]]] = {}
    began = time.perf_counter()
    with Parallel(n_jobs=asked.jobs) as parallel:
        for world in (*NULL, *KNOWN):
            found = parallel(delayed(repeat)(world, n) for n in range(asked.repetitions))
            rows.append(summarise(world, found))
            kept[world.name] = [asdict(each) for each in found]
            row = rows[-1]
            print(
                f"{time.perf_counter() - began:6.0f} s  {world.name}: helps {row['helps']:.1%}, "
                f"coverage {row['coverage, expected gain']['none']}, "
                f"runs saved {row['runs saved']:.0%}",
                flush=True,
            )
        random_numbers = compare_random_numbers(parallel)
        races = race_on_data(parallel)
    wall_s = time.perf_counter() - began
    settings = {
        "repetitions": asked.repetitions, "jobs": asked.jobs, "folds": N_FOLDS,
        "points": AXES.n_points, "new_rows": N_NEW, "wall_s": round(wall_s),
        "random_numbers": random_numbers, "races": races,
    }  # fmt: skip
    write("calibrate", rows, **settings)
    write_page(rows, settings, null={world.name for world in NULL})
    draw_pictures(rows, kept, random_numbers)
    print(f"{wall_s:.0f} s in all")


if __name__ == "__main__":
    main()
