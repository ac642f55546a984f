import pickle
import re
from collections import Counter
from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.cluster.labour import Answer, labour
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import MOST_LOSSES, spread
from dropdecay.cluster.workers import WorkerLost
from dropdecay.engine import bundle, cpu
from dropdecay.engine.ending import PAUSED
from dropdecay.engine.machine import machine_fingerprint
from dropdecay.engine.protocol import Problem
from dropdecay.errors import Unfinished
from dropdecay.settings import Module, Regularization
from dropdecay.surface.store import Store
from dropdecay.surface.stored_engine import with_store
from tests.contract.engine import EngineContract
from tests.contract.runs import (
    NETWORK,
    ROWS,
    adaptive_runs,
    blobs,
    make_run,
    same,
    same_state,
    surface,
)


def impatient(*arguments, **options):
    """The CPU engine, which tells of points at every checkpoint."""
    bundle.CHECKPOINT_SECONDS = 0.0
    try:
        yield from cpu.train(*arguments, **options)
    finally:
        bundle.CHECKPOINT_SECONDS = 30.0


@pytest.fixture(scope="module")
def processes():
    with Processes(2) as workers:
        yield workers


@pytest.fixture(scope="class")
def _two_processes(processes, request):
    request.cls.train = staticmethod(spread(processes))


def local(runs, **options):
    return by_place(runs, cpu.train(problem(), runs, **options))


def by_place(runs, fits):
    place = {id(run): i for i, run in enumerate(runs)}
    return sorted(fits, key=lambda fit: place[id(fit.run)])


def problem(**options):
    return Problem(ROWS, lambda fold: blobs(), **options)


def check_same(fits, others):
    for one, other in zip(fits, others, strict=True):
        assert same(one, other)
        assert (one.state is None) == (other.state is None)
        assert one.state is None or same_state(one.state, other.state)


@pytest.mark.usefixtures("_two_processes")
class TestSpread(EngineContract):
    """Two processes, each with the CPU engine."""

    @pytest.mark.skip("a score that is called elsewhere leaves nothing here")
    def test_what_is_recorded_is_the_loss_and_the_outputs_of_every_held_out_row(self):
        pass

    @pytest.mark.skip("tested below with an engine that tells of everything elsewhere")
    def test_a_point_that_takes_long_is_told_of_in_between(self):
        pass


def test_a_point_that_takes_long_comes_back_in_pieces_which_are_told_of(processes):
    told, runs = [], [*adaptive_runs(Regularization()), make_run(seed=5)]
    engine = spread(processes, impatient)
    fits = by_place(runs, engine(
        problem(), runs, keep_states=True,
        on_checkpoint=lambda fits: told.extend(map(pickle.dumps, fits)),
    ))  # fmt: skip
    check_same(fits, local(runs, keep_states=True))
    assert len(told) > 4
    for n_told in (1, len(told) // 2, len(told)):
        kept = {fit.run: fit for fit in map(pickle.loads, told[:n_told])}
        resumed = engine(problem(), runs, earlier=kept, keep_states=True)
        check_same(by_place(runs, resumed), fits)


def test_bits_are_those_of_the_cpu_engine_states_included(processes):
    one = Point((("weight_decay", 3.0),))
    runs = [
        *adaptive_runs(Regularization()), *surface(), replace(make_run(), record=(2, 4)),
        *adaptive_runs(Regularization(weight_decay=3.0), one, folds=(0, 1, 2, 3)),
    ]  # fmt: skip
    options = {"keep_states": True, "pause": 20}
    first, others = local(runs, **options), spread(processes)(problem(), runs, **options)
    others = by_place(runs, others)
    assert {fit.ending for fit in others} > {"", PAUSED}
    check_same(others, first)
    on = spread(processes)(problem(), runs, earlier={fit.run: fit for fit in others})
    check_same(by_place(runs, on), local(runs))


class Here:
    """Workers that are this process: they do what is asked for when the answer is fetched.

    Parameters
    ----------
    n_lost : how often any worker dies at a piece of work before one is done
    backwards : whether the latest is done first
    unlike : names of workers of another kind, which answer first, one after another
    n_others : how many there are beside those
    """

    def __init__(self, n_lost=0, *, backwards=False, unlike=(), n_others=1):
        self.n_lost, self.backwards = n_lost, backwards
        self.unlike, self.n_others, self.left_out = list(unlike), n_others, []
        self.shared, self.submitted, self.under_way, self.most = {}, [], {}, 0
        self.cancelled, self.died, self.theirs = [], {}, {"processor": "m68k"}

    @property
    def kinds(self):
        return [type(each).__name__ for each in self.shared.values() if each is not None]

    def slots(self):
        return 3

    def share(self, value):
        self.shared[len(self.shared)] = copy(value)
        return len(self.shared) - 1

    def forget(self, shared):
        self.shared[shared] = None

    def submit(self, shared, work):
        ticket = len(self.submitted)
        self.submitted.append(work)
        self.under_way[ticket] = shared, work
        self.most = max(self.most, len(self.under_way))
        return ticket

    def finished(self, tickets, timeout_s):
        assert set(tickets) == set(self.under_way)
        return sorted(tickets, reverse=self.backwards)[:2]

    def answer(self, ticket):
        shared, work = self.under_way.pop(ticket)
        key = id(work.runs[0])
        if self.died.setdefault(key, 0) < self.n_lost:
            self.died[key] += 1
            raise WorkerLost("SIGKILL")
        if self.unlike:
            return Answer([], [], self.theirs, self.unlike.pop(0))
        return labour(work, *(self.shared[each] for each in shared))

    def leave_out(self, worker):
        self.left_out.append(worker)
        return self.n_others > 0

    def cancel(self, tickets):
        self.cancelled += tickets


RUNS = [*adaptive_runs(Regularization()), *surface()[::3]]


@pytest.mark.parametrize("n_lost", [0, 1, MOST_LOSSES])
@pytest.mark.parametrize("backwards", [False, True])
def test_results_do_not_depend_on_losses_and_order(n_lost, backwards):
    workers = Here(n_lost, backwards=backwards)
    fits = by_place(RUNS, spread(workers)(problem(), RUNS))
    check_same(fits, local(RUNS))
    assert len(workers.submitted) == (1 + n_lost) * 12  # a point, and eleven runs
    assert not workers.under_way


POINTS = [
    *adaptive_runs(Regularization()),
    *(
        run
        for decay in (0.3, 1.0, 3.0)
        for run in adaptive_runs(
            Regularization(weight_decay=decay), Point((("weight_decay", decay),))
        )
    ),
    *surface()[::3],
]
"""Four points, and runs that end alone."""


@pytest.mark.parametrize("engine", [cpu.train, impatient])
@pytest.mark.parametrize("n_lost", [0, 1])
def test_what_is_dealt_out_goes_to_every_slot_in_one_piece_with_the_same_results(engine, n_lost):
    workers, told = Here(n_lost), []
    train = spread(workers, engine, deals=True)
    fits = by_place(POINTS, train(problem(), POINTS, on_checkpoint=told.extend))
    check_same(fits, local(POINTS))
    first = workers.submitted[: workers.slots()]
    assert sorted(len(work.runs) for work in first) == [6, 6, 7]
    assert sum(len(work.runs) for work in first) == len(POINTS)
    # Pieces come back as they end, and what has ended is not sent again.
    sizes = [len(work.runs) for work in workers.submitted[workers.slots() :]]
    assert bool(told) == (engine is impatient)
    assert n_lost or engine is impatient or not sizes
    assert all(size <= 7 for size in sizes)


def test_fewer_points_than_slots_are_one_to_a_piece():
    workers = Here()
    runs = adaptive_runs(Regularization())
    check_same(by_place(runs, spread(workers, deals=True)(problem(), runs)), local(runs))
    assert len(workers.submitted) == 1
    assert [*spread(workers, deals=True)(problem(), [])] == []


def test_an_engine_that_stacks_is_dealt_whole_stacks():
    torch = pytest.importorskip("torch")
    from dropdecay.engine.torch_engine import dense_engine

    workers, engine = Here(), dense_engine(torch.device("cpu"), 1, several_folds=True)
    fits = by_place(POINTS, spread(workers, engine, deals=True)(problem(), POINTS))
    together = by_place(POINTS, engine(problem(), POINTS))
    assert len(workers.submitted) == 3
    for one, other in zip(fits, together, strict=True):
        assert (one.ending, one.end) == (other.ending, other.end)
        np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=1e-9)


def test_work_at_which_every_worker_dies_is_named():
    runs = adaptive_runs(Regularization(), Point((("dropout", 0.25),)))
    with pytest.raises(Unfinished) as caught:
        list(spread(Here(MOST_LOSSES + 1))(problem(), runs))
    assert str(caught.value) == (
        "4 workers died, the last by SIGKILL, while they trained dropout 0.25 on folds 0, 1. If "
        "memory ran out, use fewer workers (n_jobs, where they are processes)."
    )


def test_little_is_under_way_at_once_and_it_is_dropped_when_nobody_waits():
    workers = Here()
    fits = spread(workers)(problem(), surface())
    next(fits)
    assert workers.most == len(workers.under_way) + 1 == 6
    fits.close()
    assert set(workers.cancelled) == set(workers.under_way)


def test_the_data_of_a_fold_are_shared_once_for_all_calls_and_forgotten_with_it():
    workers, made = Here(), {fold: blobs() for fold in (0, 1)}
    engine = spread(workers)
    for _ in range(2):
        list(engine(Problem(ROWS, made.get), surface()))
    # What was common to the runs of either call went with it.
    assert len(workers.shared) == 2 + 4 + 1
    assert Counter(workers.kinds) == {"Dataset": 2, "Rows": 2, "function": 1}
    del made[1]
    assert Counter(workers.kinds) == {"Dataset": 1, "Rows": 2, "function": 1}


def test_the_recipe_of_a_module_is_shared_once_and_not_sent_with_its_runs():
    class Recipe:
        weights = b"weights" * 10_000

    def train(problem, runs, **options):
        assert all(run.setting.network.recipe.weights == Recipe.weights for run in runs)
        own = [replace(run, setting=replace(run.setting, network=NETWORK)) for run in runs]
        for fit, run in zip(cpu.train(problem, own, n_jobs=1), runs, strict=True):
            yield replace(fit, run=run)

    workers = Here()
    module = Module("Net", "", 2, has_horizon=False, n_params=0, recipe=Recipe())
    runs = [
        replace(run, setting=replace(run.setting, network=module))
        for run in (make_run(), make_run(fold=1), make_run(Regularization(0.5)))
    ]
    fits = by_place(runs, spread(workers, train)(problem(), runs))
    assert [fit.run for fit in fits] == runs
    assert len(pickle.dumps(workers.submitted)) < 10_000
    assert Counter(workers.kinds)["Recipe"] == 1


def test_folds_that_are_not_kept_here_are_not_kept_by_workers():
    workers, asked = Here(), []
    runs = [make_run(fold=fold, seed=seed) for fold in range(4) for seed in range(20)]
    for done, _ in enumerate(
        spread(workers)(Problem(ROWS, lambda fold: asked.append(fold) or blobs()), runs)
    ):
        if done == 70:
            break
    assert asked == [0, 1, 2, 3]


def test_workers_that_would_give_other_numbers_are_left_out_and_told_of_once():
    # What was on its way to one when it was left out comes back from it, too.
    workers, told = Here(unlike=["amiga", "amiga", "atari"]), []
    engine = spread(workers, on_notice=told.append)
    check_same(by_place(RUNS, engine(problem(), RUNS)), local(RUNS))
    assert workers.left_out == ["amiga", "amiga", "atari"]
    assert len(told) == 2
    assert re.fullmatch(
        "The worker amiga is left out. It would give other numbers than this machine: it has "
        r"kernels None instead of \w+, blas None instead of .*, processor m68k instead of .*\.",
        told[0],
    )


def test_without_another_worker_they_end_the_search():
    said = "The worker amiga would give other numbers .* processor m68k instead of .* of one kind"
    with pytest.raises(Unfinished, match=said):
        list(spread(Here(unlike=["amiga"], n_others=0))(problem(), surface()))


def test_where_only_the_kind_of_processor_differs_how_to_make_it_alike_is_told(monkeypatch):
    own = {**machine_fingerprint(), "processor": "x86_64 znver4"}
    monkeypatch.setattr("dropdecay.cluster.spread.machine_fingerprint", lambda: own)
    workers = Here(unlike=["other"], n_others=0)
    workers.theirs = {**own, "processor": "x86_64 skylake-avx512"}
    with pytest.raises(Unfinished, match="OPENBLAS_CORETYPE=Haswell and NUMBA_CPU_NAME=haswell"):
        list(spread(workers)(problem(), surface()))


def test_on_a_full_disk_what_workers_do_is_dropped_and_nothing_is_lost(tmp_path, monkeypatch):
    workers, runs, keep, n_kept = Here(), surface(), Store.keep, []

    def full(store, fit):
        if len(n_kept) == 3:
            raise Unfinished("There is no room.")
        n_kept.append(fit)
        keep(store, fit)

    with Store(tmp_path / "runs.sqlite", {}) as store:
        with monkeypatch.context() as patched:
            patched.setattr(Store, "keep", full)
            with pytest.raises(Unfinished, match="no room"):
                list(with_store(spread(workers), store)(problem(), runs))
        assert workers.under_way
        assert set(workers.cancelled) == set(workers.under_way)

        again = Here()
        found = [*with_store(spread(again), store)(problem(), runs)]

    check_same(by_place(runs, found), local(runs))
    assert sum(len(work.runs) for work in again.submitted) == len(runs) - 3
