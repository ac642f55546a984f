"""An engine whose runs are trained by workers, each by an engine of its own.

Whole bundles go out: a point is ended by all of its runs, so whoever trains one of them needs all.
What a dead worker had is sent to another; since a run's numbers depend on its bundle alone, they
are those of one process, whatever happened.
"""

import logging
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dropdecay.cluster.labour import (
    Answer,
    Common,
    Outcome,
    Work,
    fit_of,
    outcome_of,
    recipe_of,
    with_recipe,
)
from dropdecay.cluster.workers import Shared, Ticket, WorkerLost, Workers
from dropdecay.engine.bundle import ending_together
from dropdecay.engine.cpu import train
from dropdecay.engine.machine import machine_fingerprint
from dropdecay.engine.protocol import (
    REFIT_FOLD,
    Dataset,
    Engine,
    Fit,
    OnCheckpoint,
    Problem,
    Rows,
    Run,
)
from dropdecay.errors import NoWorkers, Parameter, Unfinished

PER_SLOT = 2
"""Pieces of work submitted for each that can be done at once: so that no worker waits for this
process, and little is under way when it is interrupted."""

MOST_LOSSES = 3
"""Work is sent again after so many workers died at it. Then it is the work, not the workers."""

LOOK_S = 1.0
"""How often workers are counted anew while nothing else happens."""

PATIENCE_S = 60.0
"""How long to wait for workers when there are none: a cluster may be starting, or restarting."""

ALIKE = "OPENBLAS_CORETYPE=Haswell and NUMBA_CPU_NAME=haswell in the environment"
"""What lets all x86-64 processors use the instructions of one of them."""

_LOGGER = logging.getLogger("dropdecay")


def spread(
    workers: Workers,
    engine: Engine = train,
    on_notice: Callable[[str], None] | None = None,
    *,
    deals: bool = False,
) -> Engine:
    """Return an engine that has others train.

    Its ``n_jobs`` is of no importance: there are as many workers as there are.

    Parameters
    ----------
    workers : Workers
        They stay open.
    engine : Engine
        What each worker trains with, in one thread. It must be importable there, or defined in
        ``__main__``.
    on_notice : callable, optional
        Hears which workers are left out, and why.
    deals : bool
        Whether everything is dealt out at once in equal parts: for an engine that trains many
        networks as one, or reads rows once for many. Otherwise each worker gets a little at a time.
    """
    shares, unlike = _Shares(workers), _Unlike(workers, on_notice)

    def train_by_workers(
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        dispatcher = _Dispatcher(workers, shares, unlike, engine, problem, keep_states, pause)
        waiting: Iterator[_Bundle] = (
            _bundle(together, earlier) for together in ending_together(runs)
        )
        if deals:
            waiting = _dealt([*waiting], workers.slots())
        try:
            while True:
                dispatcher.take(waiting)
                if dispatcher.is_idle:
                    return
                for bundle, answer in dispatcher.answers():
                    ended, going_on = bundle.parted(answer)
                    yield from ended.fits()
                    if on_checkpoint is not None:
                        on_checkpoint(going_on.fits())
                    if going_on.runs:
                        dispatcher.submit(going_on)
        finally:
            dispatcher.cancel()

    return train_by_workers


@dataclass(frozen=True)
class _Bundle:
    """Runs of one piece of work, what they became so far, and how many workers died at them.

    Those of a point end together.
    """

    runs: Sequence[Run]
    outcomes: Sequence[Outcome | None]
    n_lost: int = 0

    def fits(self) -> list[Fit]:
        """Return what they became, after an answer."""
        pairs = zip(self.runs, self.outcomes, strict=True)
        return [fit_of(run, outcome) for run, outcome in pairs if outcome is not None]

    def parted(self, answer: Answer) -> "tuple[_Bundle, _Bundle]":
        """Return those that have ended, and those that go on."""
        found = [*zip(self.runs, answer.outcomes, answer.ended, strict=True)]
        ended, going_on = (
            [(run, outcome) for run, outcome, is_over in found if is_over == over]
            for over in (True, False)
        )
        return _of_pairs(ended), _of_pairs(going_on)

    def after_loss(self, lost: WorkerLost) -> "_Bundle":
        """Return the bundle as it is sent again.

        Raises
        ------
        Unfinished
            If too many workers have died at it.
        """
        n_lost = self.n_lost + lost.n_workers
        if n_lost > MOST_LOSSES:
            folds = sorted({run.fold for run in self.runs})
            named = f"fold{'s' if len(folds) > 1 else ''} {', '.join(map(str, folds))}"
            rows = "all rows" if folds == [REFIT_FOLD] else named
            raise Unfinished(
                f"{n_lost} workers died, the last by {lost}, while they trained "
                f"{self.runs[0].point} on {rows}. If memory ran out, use fewer workers (",
                Parameter("n_jobs"),
                ", where they are processes).",
            )
        return replace(self, n_lost=n_lost)


def _of_pairs(pairs: Sequence[tuple[Run, Outcome | None]]) -> _Bundle:
    return _Bundle([run for run, _ in pairs], [outcome for _, outcome in pairs])


def _dealt(bundles: Sequence[_Bundle], n_slots: int) -> Iterator[_Bundle]:
    """Yield as many pieces of work as can be done at once, of all bundles in turn."""
    n_pieces = max(1, n_slots)
    for each in (bundles[first::n_pieces] for first in range(min(n_pieces, len(bundles)))):
        pairs = [pair for one in each for pair in zip(one.runs, one.outcomes, strict=True)]
        yield _of_pairs(pairs)


def _bundle(runs: Sequence[Run], earlier: Mapping[Run, Fit] | None) -> _Bundle:
    before = [None if earlier is None else earlier.get(run) for run in runs]
    return _Bundle(runs, [None if fit is None else outcome_of(fit) for fit in before])


@dataclass(frozen=True, eq=False)
class _FoldData:
    """The data of a fold; shared as long as a bundle under way holds it."""

    dataset: Dataset
    rows: Rows


@dataclass(frozen=True)
class _UnderWay:
    bundle: _Bundle
    data: Sequence[_FoldData]


class _Dispatcher:
    """Keeps workers busy with bundles, for one call of the engine."""

    def __init__(
        self,
        workers: Workers,
        shares: "_Shares",
        unlike: "_Unlike",
        engine: Engine,
        problem: Problem,
        keep_states: bool,
        pause: int | None,
    ) -> None:
        self._workers, self._shares, self._unlike = workers, shares, unlike
        self._engine, self._problem = engine, problem
        self._common = Common(
            problem.score, problem.row_weight, problem.loss_weight, machine_fingerprint()
        )
        self._keep_states, self._pause = keep_states, pause
        self._data: weakref.WeakValueDictionary[int, _FoldData] = weakref.WeakValueDictionary()
        self._pending: dict[Ticket, _UnderWay] = {}
        self._none_since: float | None = None

    @property
    def is_idle(self) -> bool:
        return not self._pending

    def take(self, waiting: Iterator[_Bundle]) -> None:
        """Submit what waits, up to as much as the workers can do and a little more."""
        n_slots = self._workers.slots()
        self._look_for_workers(n_slots)
        most = PER_SLOT * max(1, n_slots)
        while len(self._pending) < most and (bundle := next(waiting, None)) is not None:
            self.submit(bundle)

    def submit(self, bundle: _Bundle) -> None:
        folds = list(dict.fromkeys(run.fold for run in bundle.runs))
        data = [self._data_of(fold) for fold in folds]
        made_from = [recipe for run in bundle.runs if (recipe := recipe_of(run)) is not None]
        recipes = {id(each): each for each in made_from}
        values = [self._engine, self._common, *recipes.values()]
        for each in data:
            values += [each.dataset, each.rows]
        # A search has modules alone, or none.
        runs = [with_recipe(run, None) for run in bundle.runs] if recipes else bundle.runs
        place = {identity: i for i, identity in enumerate(recipes)}
        work = Work(
            runs, [place[id(each)] for each in made_from], bundle.outcomes, folds,
            self._keep_states, self._pause,
        )  # fmt: skip
        ticket = self._workers.submit([self._shares.of(each) for each in values], work)
        self._pending[ticket] = _UnderWay(bundle, data)

    def answers(self) -> Iterator[tuple[_Bundle, Answer]]:
        """Wait for bundles; those of dead or unlike workers are submitted again."""
        for ticket in self._workers.finished(self._pending, LOOK_S):
            under_way = self._pending.pop(ticket, None)
            if under_way is None:
                continue  # told of again; the first answer is as good
            try:
                answer = self._workers.answer(ticket)
            except WorkerLost as lost:
                self.submit(under_way.bundle.after_loss(lost))
                continue
            if self._unlike.is_from_one(answer):
                self.submit(under_way.bundle)
                continue
            yield under_way.bundle, answer

    def _look_for_workers(self, n_slots: int) -> None:
        """Say once that there are no workers; give up when there have been none for long."""
        if n_slots:
            self._none_since = None
        elif self._none_since is None:
            self._none_since = time.monotonic()
            _LOGGER.warning("There are no workers. Waiting %.0f s for some.", PATIENCE_S)
        elif time.monotonic() - self._none_since > PATIENCE_S:
            raise NoWorkers(f"There have been no workers for {PATIENCE_S:.0f} s. Start some.")

    def cancel(self) -> None:
        self._workers.cancel(self._pending)
        self._pending.clear()

    def _data_of(self, fold: int) -> _FoldData:
        data = self._data.get(fold)
        if data is None:
            data = _FoldData(self._problem.dataset_of(fold), self._problem.rows[fold])
            self._data[fold] = data
        return data


class _Shares:
    """What workers have: each object once, as long as it lives here."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._by_id: dict[int, Shared] = {}

    def of(self, value: Any) -> Shared:
        if id(value) not in self._by_id:
            self._by_id[id(value)] = self._workers.share(value)
            weakref.finalize(value, self._forget, id(value)).atexit = False
        return self._by_id[id(value)]

    def _forget(self, identity: int) -> None:
        self._workers.forget(self._by_id.pop(identity))


class _Unlike:
    """Leaves out workers whose numbers would not be those of this machine, and says so once."""

    def __init__(self, workers: Workers, on_notice: Callable[[str], None] | None) -> None:
        self._workers, self._on_notice = workers, on_notice
        self._left_out: set[str] = set()

    def is_from_one(self, answer: Answer) -> bool:
        """Return whether an answer is of no use, as it comes from such a worker.

        Raises
        ------
        Unfinished
            If there are no others.
        """
        own, theirs = machine_fingerprint(), answer.fingerprint
        differing = [
            f"{name} {theirs.get(name)} instead of {value}"
            for name, value in own.items() if theirs.get(name) != value
        ]  # fmt: skip
        if not differing:
            return False
        which = f"The worker {answer.worker}" if answer.worker else "A worker"
        why = f"would give other numbers than this machine: it has {', '.join(differing)}."
        if not self._workers.leave_out(answer.worker):
            raise Unfinished(f"{which} {why} Use workers of one kind{_or_alike(own, theirs)}.")
        if answer.worker not in self._left_out and self._on_notice is not None:
            self._on_notice(f"{which} is left out. It {why}")
        self._left_out.add(answer.worker)
        return True


def _or_alike(own: Mapping[str, str], theirs: Mapping[str, str]) -> str:
    """Return how processors of several kinds give the same numbers, where that is all that differs.

    Those of the last ten years have what Haswell had.
    """
    kernels, processors = "kernels", [each.get("processor", "") for each in (own, theirs)]
    if own.get(kernels) != theirs.get(kernels) or not all("x86_64" in each for each in processors):
        return ""
    return f", or start this machine and all workers with {ALIKE}"
