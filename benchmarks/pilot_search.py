"""One search of a table with a pilot, or without, in a world whose truth is known.

The way of a large table is gone in small ones: an eighth of the rows is the pilot, whatever their
number.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from unittest.mock import patch

import numpy as np

from benchmarks.far_sighted import FarSightedEngine
from benchmarks.repetition import N_FOLDS, N_REPEATS, Truth, train_repeats
from benchmarks.worlds import CLASSES, VALUES, World, crossed, sloped, waves
from dropdecay.axes import Axes
from dropdecay.data import pilot_rows
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.fold_rows import Fold, fold_rows
from dropdecay.data.folds import make_folds
from dropdecay.data.pilot_rows import PilotRows, folds_with_pilot
from dropdecay.decay_memory import steps_per_epoch
from dropdecay.engine.protocol import Dataset, Problem, Run
from dropdecay.estimators.pilot import setting_on_pilot
from dropdecay.request import Repeats, Request
from dropdecay.search import search
from dropdecay.selection.contest import contest_of
from dropdecay.selection.verdict import reach_verdict
from dropdecay.settings import Schedule
from dropdecay.surface.pilot import FIRST_FOLD, Pilot, is_of_pilot
from dropdecay.surface.plan import Plan

N_ROWS, N_NEW, BATCH_SIZE, LEARNING_RATE = 1000, 2000, 32, 4e-3
TRUE_REPEATS = 3
"""As many cuts of the rows give the true gain of the picks, and those that the tool repeats."""
RATES, MEMORIES = (0.0, 0.1, 0.2, 0.3, 0.5), (200, 60, 20)
"""Dropout, and the memory of weight decays in epochs; none is there as well: 20 points."""

PILOT, WHOLE, AGAIN = "pilot", "whole surface", "pilot's rows judge again"


def _world(name: str, sentence: str, *task: object, is_null: bool = False) -> World:
    sample, n_inputs, loss, epochs = task
    schedule = Schedule(epochs, BATCH_SIZE, learning_rate=LEARNING_RATE)
    return World(name, sentence, sample, N_ROWS, n_inputs, loss, (32,), schedule, is_null)


KNOWN = (
    _world("crossed", "products of inputs, noisy labels", crossed, 18, CLASSES, 160),
    _world("sloped", "a noisy linear model", sloped, 10, CLASSES, 160),
    _world("waves", "Friedman's function", waves, 10, VALUES, 200),
)
NULL = (
    _world("equal points", "crossed, nothing regularized", crossed, 18, CLASSES, 160, is_null=True),
    _world("equal slopes", "sloped, nothing regularized", sloped, 10, CLASSES, 160, is_null=True),
)
OTHERS_EVERY = 4
"""So many tables apart the other ways are gone as well."""


def ways_of(world: World, number: int) -> tuple[str, ...]:
    """Return the ways in which a table is searched."""
    return (PILOT,) if world in NULL or number % OTHERS_EVERY else (PILOT, WHOLE, AGAIN)


@dataclass(frozen=True)
class Searched:
    """What one search of one table said, and what is true. Losses are the engine's.

    Parameters
    ----------
    world, number, way : str, int, str
    label, label_once : str
        The answer, and that of the folds of the surface alone.
    gain, lower, upper, baseline : float
        Of the verdict.
    n_repeats : int
        Where the tool stopped; 1: the folds spoke alone.
    true_gain : float
        On new rows, of the picks over none, by networks of further cuts of the rows.
    choice_gain : float
        The same of the chosen point; networks of the surface.
    naive, corrected, corrected_lower, corrected_upper : float
        Of the loss to expect.
    true_loss : float
        Of the chosen point on new rows; networks of the surface.
    chosen : str
    n_trained : int
        Points that were trained on more than the pilot.
    steps : int
        Of the surface and its pilot, without repeats.
    seconds : float
        Of the processor.
    """

    world: str
    number: int
    way: str
    label: str
    label_once: str
    gain: float
    lower: float
    upper: float
    baseline: float
    n_repeats: int
    true_gain: float
    choice_gain: float
    naive: float
    corrected: float
    corrected_lower: float
    corrected_upper: float
    true_loss: float
    chosen: str
    n_trained: int
    steps: int
    seconds: float


def searched(world: World, number: int, way: str) -> Searched:
    """Draw a table, search it one way, and look the truth up on new rows."""
    began = time.process_time()
    request, engine = prepared(world, number, way)
    found = search(request, engine)
    surface = {run: epochs for run, epochs in engine.epochs.items() if not run.record}
    verdict, contest = found.verdict, contest_of(found.results, found.choice)
    assert verdict.gain is not None
    assert contest is not None
    n_repeats = max(verdict.gain.n_repeats, TRUE_REPEATS)
    if not contest.same_everywhere:
        train_repeats(request, engine, contest, n_repeats)
    truth, choice, optimism = Truth(engine, found), found.choice, found.optimism
    assert optimism is not None
    return Searched(
        world=world.name,
        number=number,
        way=way,
        label=verdict.kind,
        label_once=reach_verdict(found.results, choice).kind,
        gain=verdict.gain.mean,
        lower=verdict.gain.lower,
        upper=verdict.gain.upper,
        baseline=verdict.gain.baseline,
        n_repeats=verdict.gain.n_repeats,
        true_gain=truth.gain_of_picks(contest, n_repeats),
        choice_gain=truth.gain_of(choice.chosen.point),
        naive=optimism.naive,
        corrected=optimism.corrected,
        corrected_lower=optimism.lower,
        corrected_upper=optimism.upper,
        true_loss=truth.loss_of(choice.chosen.point),
        chosen=str(choice.chosen.point),
        n_trained=len({run.point for run in surface if not is_of_pilot(run)}),
        steps=sum(_steps(request, run) * epochs for run, epochs in surface.items()),
        seconds=round(time.process_time() - began, 2),
    )


def prepared(world: World, number: int, way: str) -> tuple[Request, FarSightedEngine]:
    """Return what is asked for one way, and an engine that knows the new rows."""
    rng = np.random.default_rng((number, *world.name.encode()))
    X, y = world.sample(rng, N_ROWS + N_NEW)
    dataset = Dataset(X, y, (np.arange(len(X)) < N_ROWS).astype(X.dtype))
    engine = FarSightedEngine(np.arange(N_ROWS, N_ROWS + N_NEW), is_null=world.is_null)
    labels = y[:N_ROWS, 0] if world.has_classes else None
    folds, drawn = folds_of(way, labels, number)
    kept_out = drawn if way == PILOT else None
    recut = recut_of(N_FOLDS, N_ROWS, labels, None, folds, kept_out)
    assert recut is not None
    cuts = Cuts(folds, number, lru_cache(recut))
    n_training = min(len(training) for training, _ in folds)
    request = Request(
        Problem(cuts, lambda _: dataset),
        Plan(_axes(n_training), world.setting, N_FOLDS, 1, number, adaptive=True),
        rule="best",
        criterion="loss",
        loss_scale=1.0,
        attributes={
            "loss_name": "loss", "score_name": "score",
            "baseline_loss": world.baseline_loss(y[:N_ROWS]),
        },
        extend=True,
        race="auto",
        repeats=Repeats(N_REPEATS, cuts),
        pilot=None if drawn is None else _pilot(world, drawn, n_training, dataset, number),
    )  # fmt: skip
    return request, engine


def folds_of(
    way: str, labels: np.ndarray | None, number: int
) -> tuple[list[Fold], PilotRows | None]:
    """Return the folds that judge, and the pilot, of a table that is large enough for one."""
    whole = make_folds(N_ROWS, labels, N_FOLDS, None, number)
    if way == WHOLE:
        return whole, None
    with patch.object(pilot_rows, "FROM_ROWS", N_ROWS):
        found = folds_with_pilot(N_ROWS, labels, N_FOLDS, None, None, number)
    assert found is not None
    beside, drawn = found
    return (beside if way == PILOT else whole), drawn


def _pilot(world: World, drawn: PilotRows, n_training: int, dataset: Dataset, number: int) -> Pilot:
    rows = {
        FIRST_FOLD + place: fold_rows(
            drawn.rows[training], drawn.rows[validation], number, FIRST_FOLD + place, min_measured=0
        )
        for place, (training, validation) in enumerate(drawn.folds)
    }  # fmt: skip
    setting = setting_on_pilot(world.setting, drawn, N_ROWS, n_training)
    return Pilot(Problem(rows, lambda _: dataset), setting, n_training, drawn.rows.size)


def _axes(n_training: int) -> Axes:
    a_memory = 1 / (LEARNING_RATE * steps_per_epoch(n_training, BATCH_SIZE))
    decays = (0.0, *(a_memory / memory for memory in MEMORIES))
    return Axes.of({"dropout": RATES, "weight_decay": decays})


def _steps(request: Request, run: Run) -> int:
    """Return the steps of an epoch of a run."""
    pilot = request.pilot
    problem = pilot.problem if pilot is not None and is_of_pilot(run) else request.problem
    return steps_per_epoch(problem.rows[run.fold].training.size, BATCH_SIZE)
