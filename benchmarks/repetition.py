"""One repetition of the calibration: a sample of a world, the whole search, and the truth."""

import time
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from benchmarks.far_sighted import FarSightedEngine
from benchmarks.worlds import World
from dropdecay.axes import NONE, Axes, Point
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.folds import make_folds
from dropdecay.engine.protocol import Dataset, Problem
from dropdecay.policies.contenders import Contenders, row_losses, runs_of_repeat
from dropdecay.request import Repeats, Request
from dropdecay.search import Findings, search
from dropdecay.selection.contest import Contest, contest_of
from dropdecay.selection.epochs import curves_to_pick_from
from dropdecay.selection.points import POINT, by_point, points_in
from dropdecay.selection.verdict import reach_verdict
from dropdecay.statistics.hybrid import repeated_gain
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan

N_FOLDS, N_REPEATS = 5, 10
N_NEW = 1500

AXES = {
    20: Axes.of({"dropout": (0.0, 0.1, 0.2, 0.3, 0.5), "weight_decay": (0.0, 0.3, 1.0, 3.0)}),
    12: Axes.of({"dropout": (0.0, 0.1, 0.3, 0.5), "weight_decay": (0.0, 1.0, 5.0)}),
}
"""By the number of points: what ``make calibrate`` searches, and ``make calibrate-quick``."""


@dataclass(frozen=True)
class Repetition:
    """What one sample of a world gave, and the truth about it. Losses are the engine's.

    Parameters
    ----------
    world, number : str, int
        Which repetition it is.
    label, label_once : str
        The answer, and the answer that the folds of the surface alone would have given.
    gain, lower, upper, chance, baseline : float
        Of the verdict, where the tool stopped.
    gain_once, lower_once, upper_once : float
        Of the folds of the surface alone.
    n_repeats : int
        Where the tool stopped; 1: it repeated nothing, for every fold picked none.
    networks, epochs : int
        Of the surface.
    further_networks, further_epochs : int
        Of the repeats, the first one included: its networks are trained again to record.
    again_networks : int
        Those of the first repeat among them.
    looks : list of [mean, row variance, repeat variance]
        After 2 .. 10 repeats, those beyond the stop trained for the calibration alone: what the
        interval is made of, the row variance before its inflation.
    true_gain : float
        On new rows, of the picks over none: the mean over the networks of ten repeats, each of
        them at all pairs of epochs that it records.
    true_gain_once : float
        The same of the networks of the surface.
    choice_gain : float
        On new rows, of the chosen point over none, each at its own epochs; networks of the surface.
    gain_of_points : dict
        The same of every point of the axes asked for.
    naive, corrected, corrected_lower, corrected_upper : float
        Of the loss to expect.
    best, one_se, none : float
        Loss on new rows of the point chosen that way; networks of the surface.
    seconds : float
        Of the processor.
    """

    world: str
    number: int
    label: str
    label_once: str
    gain: float
    lower: float
    upper: float
    chance: float
    baseline: float
    gain_once: float
    lower_once: float
    upper_once: float
    n_repeats: int
    networks: int
    epochs: int
    further_networks: int
    further_epochs: int
    again_networks: int
    looks: list[list[float]]
    true_gain: float
    true_gain_once: float
    choice_gain: float
    gain_of_points: dict[str, float]
    naive: float
    corrected: float
    corrected_lower: float
    corrected_upper: float
    best: float
    one_se: float
    none: float
    seconds: float


def repeat(world: World, number: int, n_points: int) -> Repetition:
    """Draw a sample, let the tool search it, and look the truth up on new rows."""
    began = time.process_time()
    request, engine = _prepared(world, number, n_points)
    found = search(request, engine)
    surface = [run for run in engine.epochs if not run.record]
    further = [run for run in engine.epochs if run.record]
    verdict, once = found.verdict, reach_verdict(found.results, found.choice)
    assert verdict.gain is not None
    assert once.gain is not None
    contest = contest_of(found.results, found.choice)
    assert contest is not None
    n_repeats = verdict.gain.n_repeats
    looks = [] if contest.same_everywhere else _all_looks(request, engine, contest)
    truth = Truth(engine, found)
    choice = found.choice
    return Repetition(
        world=world.name,
        number=number,
        label=verdict.kind,
        label_once=once.kind,
        gain=verdict.gain.mean,
        lower=verdict.gain.lower,
        upper=verdict.gain.upper,
        chance=verdict.gain.chance,
        baseline=verdict.gain.baseline,
        gain_once=once.gain.mean,
        lower_once=once.gain.lower,
        upper_once=once.gain.upper,
        n_repeats=n_repeats,
        networks=len(surface),
        epochs=sum(engine.epochs[run] for run in surface),
        further_networks=len(further),
        further_epochs=sum(engine.epochs[run] for run in further),
        again_networks=sum(run.fold < N_FOLDS for run in further),
        looks=looks,
        true_gain=truth.gain_of_picks(contest, N_REPEATS),
        true_gain_once=truth.gain_of_picks_once(contest),
        choice_gain=truth.gain_of(choice.chosen.point),
        gain_of_points={str(point): truth.gain_of(point) for point in request.plan.axes.points},
        naive=found.optimism.naive,
        corrected=found.optimism.corrected,
        corrected_lower=found.optimism.lower,
        corrected_upper=found.optimism.upper,
        best=truth.loss_of(choice.best.point),
        one_se=truth.loss_of(choice.one_standard_error.point),
        none=truth.loss_of(truth.none),
        seconds=round(time.process_time() - began, 2),
    )


def _prepared(world: World, number: int, n_points: int) -> tuple[Request, FarSightedEngine]:
    """Return what is asked for, and an engine that knows the new rows."""
    rng = np.random.default_rng((number, *world.name.encode()))
    X, y = world.sample(rng, world.n_rows + N_NEW)
    known = np.arange(len(X)) < world.n_rows
    dataset = Dataset(X, y, known.astype(X.dtype))
    engine = FarSightedEngine(np.arange(world.n_rows, world.n_rows + N_NEW), is_null=world.is_null)
    labels = y[: world.n_rows, 0] if world.has_classes else None
    folds = make_folds(world.n_rows, labels, N_FOLDS, world.groups, number)
    recut = recut_of(N_FOLDS, world.n_rows, labels, world.groups, folds)
    assert recut is not None
    cuts = Cuts(folds, number, lru_cache(recut), groups=world.groups)
    attributes: dict[str, str | float | int] = {
        "loss_name": "loss", "score_name": "score",
        "baseline_loss": world.baseline_loss(y[: world.n_rows]),
    }  # fmt: skip
    request = Request(
        Problem(cuts, lambda _: dataset),
        Plan(AXES[n_points], world.setting, N_FOLDS, 1, number, adaptive=True),
        rule="best",
        criterion="loss",
        loss_scale=1.0,
        attributes=attributes,
        extend=True,
        race="auto",
        repeats=Repeats(N_REPEATS, cuts, None, world.groups),
    )
    return request, engine


def _all_looks(request: Request, engine: FarSightedEngine, contest: Contest) -> list[list[float]]:
    """Train what the stop has left out, and return what each look would have seen."""
    cuts = request.repeats.cuts
    assert cuts is not None
    train_repeats(request, engine, contest, N_REPEATS)
    asked = Contenders(
        cuts, lambda _: contest, N_REPEATS, 1.0, None, request.repeats.groups, lambda *_: False
    )
    known = Known(request.plan)
    for fit in engine.kept.values():
        known.add(fit)
    losses = row_losses(known, asked, contest, N_REPEATS)
    if losses is None:
        return []
    gains = losses.none - losses.picks
    looks = [
        repeated_gain(gains[:n], None, request.repeats.groups, inflation=0.0)
        for n in range(2, N_REPEATS + 1)
    ]
    return [[look.mean, look.row_variance, look.repeat_variance] for look in looks]


def train_repeats(
    request: Request, engine: FarSightedEngine, contest: Contest, n_repeats: int
) -> None:
    """Train those of the first repeats of the contenders that the engine does not know yet."""
    cuts = request.repeats.cuts
    assert cuts is not None
    for number in range(n_repeats):
        runs = runs_of_repeat(Known(request.plan), cuts, contest, number)
        for _ in engine(request.problem, [run for run in runs if run not in engine.kept]):
            pass


class Truth:
    """Losses on new rows."""

    def __init__(self, engine: FarSightedEngine, found: Findings) -> None:
        self._engine = engine
        results = by_point(found.results)
        # Points that the race ended have no epoch of their own: that of the folds they ran.
        curve = curves_to_pick_from(results).mean("fold").fillna(np.inf)
        epochs = results["epoch"].values[curve.transpose(POINT, "epoch").values.argmin(axis=1)]
        self._epochs = dict(zip(points_in(results), epochs.tolist(), strict=True))
        self.none = next(point for point in self._epochs if point.kind == NONE)

    def loss_of(self, point: Point) -> float:
        """Return the loss of a point at its epochs."""
        return float(np.nanmean(self._by_fold(point, self._epochs[point])))

    def gain_of(self, point: Point) -> float:
        """Return the gain of a point over none, on the folds that it was trained on."""
        none = self._by_fold(self.none, self._epochs[self.none])
        return float(np.nanmean(none - self._by_fold(point, self._epochs[point])))

    def gain_of_picks_once(self, contest: Contest) -> float:
        """Return the gain of the picks over none, by the networks of the surface."""
        gains = [
            self._by_fold(none.point, none.epoch)[fold]
            - self._by_fold(pick.point, pick.epoch)[fold]
            for fold, (none, pick) in enumerate(zip(contest.none, contest.picks, strict=True))
        ]
        return float(np.mean(gains))

    def gain_of_picks(self, contest: Contest, n_repeats: int) -> float:
        """Return the gain of the picks over none, by the networks of the first repeats."""
        if contest.same_everywhere:
            return 0.0
        losses = self._engine.recorded
        gains = []
        for fold in range(N_FOLDS * n_repeats):
            pairs = [
                (
                    losses.get((none.point, fold, none.epoch)),
                    losses.get((pick.point, fold, pick.epoch)),
                )
                for none, pick in zip(contest.none, contest.picks, strict=True)
            ]
            judged = [none - pick for none, pick in pairs if none is not None and pick is not None]
            gains.append(np.mean(judged))
        return float(np.mean(gains))

    def _by_fold(self, point: Point, epochs: int) -> np.ndarray:
        """Return the loss after some epochs on every fold; NaN: not trained there."""
        curves = (self._engine.by_epoch.get((point, fold)) for fold in range(N_FOLDS))
        return np.array([np.nan if curve is None else curve[epochs] for curve in curves])
