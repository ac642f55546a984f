"""The contracts of workers: the test of a kind of workers inherits one of these classes."""

import os
import pickle
import signal
import sys
import threading
import time
import types
import uuid
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.cluster import spread as spreading
from dropdecay.cluster.spread import spread
from dropdecay.engine import cpu
from dropdecay.engine.ending import PAUSED
from dropdecay.engine.protocol import Problem
from dropdecay.errors import BadSetting, NotShared, Unfinished
from dropdecay.settings import Regularization, Schedule
from tests.contract.runs import ROWS, adaptive_runs, blobs, make_run, same, same_state, surface

ENDLESS = make_run(schedule=Schedule(epochs=100_000, batch_size=1))
STRONG = Point((("weight_decay", 3.0),))
RUNS = [
    *adaptive_runs(Regularization()), *surface(), replace(make_run(), record=(2, 4)),
    *adaptive_runs(Regularization(weight_decay=3.0), STRONG, folds=(0, 1, 2, 3)),
]  # fmt: skip


def problem(**options):
    made = {fold: blobs() for fold in ROWS}
    return Problem(ROWS, made.get, **options)


def begun(workers, engine=cpu.train):
    """Let all workers train for minutes; return the iterator over fits, of which some are taken."""
    short = [make_run(epochs=1, seed=seed) for seed in range(4)]
    found = spread(workers, engine)(problem(), [*short, *[ENDLESS] * 5])
    for _ in short:
        next(found)
    return found


def by_place(runs, fits):
    place = {id(run): i for i, run in enumerate(runs)}
    return sorted(fits, key=lambda fit: place[id(fit.run)])


def fits(workers, runs, engine=cpu.train, **options):
    return by_place(runs, spread(workers, engine)(problem(**options), runs))


def local(runs, **options):
    return by_place(runs, cpu.train(problem(), runs, **options))


def check_same(fits, others):
    for one, other in zip(fits, others, strict=True):
        assert same(one, other)
        assert (one.state is None) == (other.state is None)
        assert one.state is None or same_state(one.state, other.state)


def wait_until(condition, seconds=60.0):
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def leaving_a_mark(mark, then=lambda: None):
    """Return the CPU engine; it first leaves its process number in a new file in a folder."""

    def train(*arguments, **options):
        (mark / str(os.getpid())).touch()
        then()
        yield from cpu.train(*arguments, **options)

    return train


def marks(folder):
    """The process numbers that were left."""
    return [int(mark.name) for mark in folder.iterdir()]


def untrained(*arguments, **options):
    raise AssertionError("it was trained")
    yield


class Counted:
    """A score that counts how often it is pickled."""

    n_pickled = 0

    def __call__(self, rows, outputs):
        return 7.0

    def __reduce__(self):
        Counted.n_pickled += 1
        return Counted, ()


class Unsendable(Exception):
    def __init__(self, text, lock):
        super().__init__(text)
        self.lock = lock


class WorkersContract:
    """What workers of any kind do, as long as none of them dies."""

    @staticmethod
    def opened(n_workers):
        """Return a context manager that gives this many workers."""
        raise NotImplementedError

    def n_shared(self, workers):
        """Return how many values the workers have."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def two(cls):
        with cls.opened(2) as workers:
            yield workers

    def check_bits(self, workers):
        options = {"keep_states": True, "pause": 20}
        first = local(RUNS, **options)
        others = by_place(RUNS, spread(workers)(problem(), RUNS, **options))
        assert {fit.ending for fit in others} > {"", PAUSED}
        check_same(others, first)
        earlier = {fit.run: fit for fit in others}
        on = spread(workers)(problem(), RUNS[::-1], earlier=earlier)
        check_same(by_place(RUNS, on), local(RUNS))

    def test_bits_are_those_of_the_engine_here_states_included_in_any_order(self, two):
        self.check_bits(two)

    @pytest.mark.parametrize("n_workers", [1, 3])
    def test_bits_do_not_depend_on_the_number_of_workers(self, n_workers):
        with self.opened(n_workers) as workers:
            self.check_bits(workers)

    def test_there_are_as_many_slots_as_workers(self, two):
        assert two.slots() == 2

    def test_an_error_in_a_score_is_raised_here_with_its_text_and_its_place(self, two):
        def scored(rows, outputs):
            return {}["no such thing"]

        with pytest.raises(KeyError, match="no such thing") as caught:
            fits(two, [ENDLESS, *surface()], score=scored)
        assert "in scored" in caught.value.__notes__[0]
        assert len(fits(two, surface()[:2])) == 2

    def test_errors_of_ours_keep_their_kind(self, two):
        refused = replace(Schedule(epochs=4, batch_size=16), learning_rate_schedule="adaptive")
        with pytest.raises(BadSetting, match="Choose another learning_rate"):
            fits(two, [make_run(schedule=refused)])

    def test_an_error_that_cannot_be_sent_is_raised_as_text(self, two):
        def scored(rows, outputs):
            raise Unsendable("the very reason", threading.Lock())

        with pytest.raises(RuntimeError, match="Unsendable: the very reason"):
            fits(two, [make_run()], score=scored)

    def test_blocks_are_measured_by_the_weights_that_are_sent(self, two):
        own = 1.0 + np.arange(150) % 3
        weights = {"row_weight": own, "loss_weight": own * (1.0 + np.arange(150) % 2)}
        pairs = {
            fold: replace(rows, blocks=rows.blocks // 2) for fold, rows in ROWS.items()
        }  # fmt: skip
        weighted = replace(problem(**weights), rows=pairs)
        (sent,) = spread(two, cpu.train)(weighted, [make_run(epochs=1)])
        (here,) = cpu.train(weighted, [make_run(epochs=1)])
        assert same(sent, here)
        assert sent.out_of_fold_loss.shape == (1, 2 * 15)

    def test_a_score_that_cannot_be_sent_is_refused(self, two):
        lock = threading.Lock()
        said = r"cannot be given .*cannot pickle.*lock.*hold no locks"
        with pytest.raises(NotShared, match=said):
            fits(two, [make_run()], score=lambda rows, outputs: lock.locked())

    def test_a_function_of_the_users_own_is_sent_as_it_is(self, two):
        bonus = 4.0
        (fit,) = fits(two, [make_run(epochs=1)], score=lambda rows, outputs: bonus + rows.size)
        assert fit.validation_score == [34.0]

    def test_blas_has_one_thread_while_networks_are_trained(self, two):
        def scored(rows, outputs):
            from threadpoolctl import threadpool_info

            kinds = [each for each in threadpool_info() if each["user_api"] == "blas"]
            return float(max(each["num_threads"] for each in kinds))

        found = fits(two, surface()[:8], score=scored)
        assert all((fit.validation_score == 1.0).all() for fit in found)

    def test_closing_the_iterator_stops_all_work(self, two, tmp_path):
        def meet(*arguments, **options):
            (tmp_path / uuid.uuid4().hex).touch()
            wait_until(lambda: len(list(tmp_path.iterdir())) >= 2, 120.0)
            yield from cpu.train(*arguments, **options)

        begun(two).close()
        # Both workers are free again, or they would not meet. A new one may have to start first.
        assert len(fits(two, surface()[:2], meet)) == 2

    def test_values_are_shared_once_and_forgotten(self):
        def engine(*arguments, **options):
            yield from cpu.train(*arguments, **options)

        Counted.n_pickled = 0
        with self.opened(1) as workers:
            train, common = spread(workers, engine), problem(score=Counted())
            found = list(train(common, [make_run(epochs=1, seed=seed) for seed in range(9)]))
            assert all(fit.validation_score == [7.0] for fit in found)
            assert Counted.n_pickled == 1
            # Data and rows of the fold, and the engine; the score went with the call.
            wait_until(lambda: self.n_shared(workers) == 3)
            del common, engine, train, found
            wait_until(lambda: self.n_shared(workers) == 1)  # the rows belong to this file

    def test_where_no_worker_would_give_the_numbers_of_this_machine_nothing_is_trained(
        self, monkeypatch
    ):
        monkeypatch.setattr(spreading, "machine_fingerprint", lambda: {"processor": "m68k"})
        said = r"orker.* other numbers .* instead of m68k.*\. Use workers of one kind"
        with self.opened(1) as workers, pytest.raises(Unfinished, match=said):
            fits(workers, [make_run()], untrained)

    def test_messages_are_small_whatever_the_table_is(self, two):
        sizes, submit = [], two.submit

        def weighed(shared, work):
            sizes.append(len(pickle.dumps(work)))
            return submit(shared, work)

        two.submit = weighed
        try:
            fits(two, surface())
        finally:
            del two.submit
        assert max(sizes) < 1500


class MortalWorkersContract(WorkersContract):
    """What is more where workers are processes, which may die, and are replaced then."""

    def test_a_score_of_a_module_that_a_worker_cannot_import_is_refused(self, two, monkeypatch):
        made = types.ModuleType("made_here")
        exec("def scored(rows, outputs): return 1.0", made.__dict__)
        monkeypatch.setitem(sys.modules, "made_here", made)
        with pytest.raises(NotShared, match=r"read .*No module named 'made_here'.*be imported"):
            fits(two, [make_run()], score=made.scored)

    def test_a_worker_that_is_killed_at_work_costs_time_alone(self, two, tmp_path):
        def train(*arguments, **options):
            with suppress(FileExistsError):
                (tmp_path / "victim").mkdir()
                (tmp_path / "victim" / str(os.getpid())).touch()
                time.sleep(60.0)
            yield from cpu.train(*arguments, **options)

        runs = [*adaptive_runs(Regularization()), *surface()[:6]]
        killer = threading.Thread(target=kill_one, args=(tmp_path / "victim",))
        killer.start()
        began = time.monotonic()
        check_same(fits(two, runs, train), local(runs))
        killer.join()
        assert time.monotonic() - began < 50.0

    def test_all_workers_may_die_in_turn(self, two, tmp_path):
        def die_first():
            if len(list(tmp_path.iterdir())) <= 2:
                os.kill(os.getpid(), signal.SIGKILL)

        runs = surface()[:6]
        check_same(fits(two, runs, leaving_a_mark(tmp_path, die_first)), local(runs))
        assert len(marks(tmp_path)) >= 3

    def test_the_only_worker_that_has_the_data_may_die(self, tmp_path):
        with self.opened(1) as workers:
            runs, common = surface()[:4], problem()
            engine = spread(workers, leaving_a_mark(tmp_path))
            list(engine(common, runs))
            before = marks(tmp_path)
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            check_same(by_place(runs, engine(common, runs)), local(runs))
            assert len(marks(tmp_path)) > len(before)

    def test_work_that_kills_every_worker_is_given_up(self, tmp_path):
        def die():
            os.kill(os.getpid(), signal.SIGKILL)

        with self.opened(1) as workers:
            with pytest.raises(Unfinished, match=r"4 workers died.* on fold 0\. If memory ran out"):
                fits(workers, [make_run()], leaving_a_mark(tmp_path, die))
            assert len(marks(tmp_path)) == 4
            assert len(fits(workers, surface()[:2])) == 2


def kill_one(folder):
    wait_until(lambda: folder.exists() and marks(folder))
    os.kill(*marks(folder), signal.SIGKILL)
