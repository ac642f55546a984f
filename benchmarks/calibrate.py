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
from benchmarks.worlds import KNOWN, NULL, FarSightedEngine, World
from dropdecay.data.folds import make_folds
from dropdecay.engine.protocol import Dataset
from dropdecay.search import Findings, search
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.verdict import HELPS
from dropdecay.settings import Regularization
from dropdecay.surface.execute import FoldData
from dropdecay.surface.plan import Axes, refit_run

AXES = Axes.of((0.0, 0.1, 0.2, 0.3, 0.5), (0.0, 0.3, 1.0, 3.0, 10.0))
N_FOLDS = 5
N_NEW = 4000
MOSTLY = 0.5
FAMILIES = ("none", "dropout", "decay")


@dataclass(frozen=True)
class Repetition:
    """What one sample of a world gave, and the truth about it; losses unless named otherwise.

    ``gain``, ``lower``, ``upper``: by family, as the verdict says; ``true_gain``: of the same
    networks on new rows. ``refit_gain``: none minus chosen, both refitted on all rows.
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
    is_classes = world.network.loss == "categorical_cross_entropy"
    labels = y[: world.n_rows, 0] if is_classes else None
    folds = make_folds(world.n_rows, labels, N_FOLDS, None, number)

    def find(engine: Any, *, race: bool) -> Findings:
        return search(
            lambda _: FoldData(world.network, dataset), folds, AXES, base=Regularization(),
            schedule=world.schedule, n_seeds=1, random_state=number, rule="best",
            criterion="loss", loss_scale=1.0, n_jobs=1, race=race, engine=engine,
            attributes={"loss_name": "loss", "score_name": "score"},
        )  # fmt: skip

    full = find(engine, race=False)
    raced = find(engine.replay, race=True)
    new = _loss_on_new_rows(engine)

    def quality(point: Any) -> float:
        at = AXES.dropout.index(point.dropout), AXES.weight_decay.index(point.weight_decay)
        return float(new[np.ravel_multi_index(at, _SHAPE), :, point.epochs - 1].mean())

    def after_refit(dropout: float, decay: float, epochs: int) -> float:
        run = refit_run(Regularization(dropout, weight_decay=decay), world.n_rows, number)
        return engine.refitted(world.network, dataset, run, replace(world.schedule, epochs=epochs))

    epochs = np.array([[_epochs(full, d, w) for w in AXES.weight_decay] for d in AXES.dropout])
    of_points = new[np.arange(AXES.n_points), :, epochs.ravel() - 1].mean(axis=1)
    chosen = full.choice.chosen
    gains = {each.against: each.gain for each in full.verdict.comparisons}
    return Repetition(
        verdict=full.verdict.kind,
        raced_verdict=raced.verdict.kind,
        gain={name: gains[name].mean for name in FAMILIES},
        lower={name: gains[name].lower for name in FAMILIES},
        upper={name: gains[name].upper for name in FAMILIES},
        true_gain=_true_gains(full, new),
        refit_gain=after_refit(0.0, 0.0, int(epochs[0, 0]))
        - after_refit(chosen.dropout, chosen.weight_decay, chosen.epochs),
        naive=full.optimism.naive,
        corrected=full.optimism.corrected,
        corrected_lower=full.optimism.lower,
        corrected_upper=full.optimism.upper,
        best=quality(full.choice.best),
        one_se=quality(full.choice.one_standard_error),
        raced=quality(raced.choice.best),
        none=float(of_points[0]),
        oracle=float(of_points.min()),
        runs=len(engine.fits),
        raced_runs=int(raced.results["validation_loss"].isel(epoch=0).notnull().sum()),
    )


_SHAPE = (len(AXES.dropout), len(AXES.weight_decay))


def _loss_on_new_rows(engine: FarSightedEngine) -> np.ndarray:
    """Return every network's loss on new rows, (n_points, n_folds, n_epochs)."""
    points = [(rate, decay) for rate in AXES.dropout for decay in AXES.weight_decay]
    known = {
        (run.regularization.dropout, run.regularization.weight_decay, run.fold): curve
        for run, curve in engine.loss_on_new_rows.items()
    }
    return np.array([[known[*point, fold] for fold in range(N_FOLDS)] for point in points])


def _epochs(findings: Findings, dropout: float, decay: float) -> int:
    curve = findings.results["validation_loss"].sel(dropout=dropout, weight_decay=decay)
    return int(curve.mean(["fold", "seed"]).argmin("epoch")) + 1


def _true_gains(findings: Findings, new: np.ndarray) -> dict[str, float]:
    """Return what the picks that the verdict compared gain on new rows."""
    curves = curves_of(findings.results)

    def loss(members: np.ndarray) -> float:
        points, epochs = left_out_picks(curves, members, "best", "loss")
        return float(new[points, np.arange(N_FOLDS), epochs].mean())

    everything = loss(curves.finished)
    return {name: loss(curves.cell(name)) - everything for name in FAMILIES}


def summarise(world: World, found: list[Repetition]) -> dict[str, Any]:
    """Turn the repetitions of a world into the figures that are asked for."""
    table = {name: np.array([getattr(each, name) for each in found]) for name in _NUMBERS}
    of = {
        (kind, name): np.array([getattr(each, kind)[name] for each in found])
        for kind in ("gain", "lower", "upper", "true_gain")
        for name in FAMILIES
    }
    verdicts = [each.verdict for each in found]
    expected = {name: of["true_gain", name].mean() for name in FAMILIES}

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
        "coverage, expected gain": {name: covered(expected[name], name) for name in FAMILIES},
        "coverage, these networks": {
            name: covered(of["true_gain", name], name) for name in FAMILIES
        },
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
