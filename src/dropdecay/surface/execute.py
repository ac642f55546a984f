"""Plan -> engine -> fits: the only loop over runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dropdecay.engine.protocol import Dataset, Engine, Fit, Run, Score
from dropdecay.settings import Network, Schedule
from dropdecay.surface.plan import Plan


@dataclass(frozen=True)
class FoldData:
    """What the runs of a fold are trained on; encoded by what the fold's training rows taught."""

    network: Network
    dataset: Dataset
    score: Score | None = None


DataOfFold = Callable[[int], FoldData]


def execute(
    plan: Plan,
    data_of_fold: DataOfFold,
    schedule: Schedule,
    *,
    engine: Engine,
    n_jobs: int,
) -> Iterator[Fit]:
    """Train every run of the plan; yield the fits as they are done.

    Folds that share one data set are trained together; where each fold has its own encoding, one
    encoded table is held at a time.
    """
    for data, runs in _batches(plan, data_of_fold):
        yield from engine(
            data.network, data.dataset, runs, schedule, n_jobs=n_jobs, score=data.score
        )


def _batches(plan: Plan, data_of_fold: DataOfFold) -> Iterator[tuple[FoldData, list[Run]]]:
    """Group consecutive folds that share a data set."""
    held: FoldData | None = None
    runs: list[Run] = []
    for fold in sorted({run.fold for run in plan.runs}):
        data = data_of_fold(fold)
        if held is not None and data.dataset is not held.dataset:
            yield held, runs
            runs = []
        held = data
        runs = [*runs, *plan.runs_of(fold)]
    if held is not None:
        yield held, runs
