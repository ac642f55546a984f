import os
import sys
import threading
import types
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.cluster import own_processes
from dropdecay.cluster.own_processes import OwnProcesses
from dropdecay.engine import cpu
from dropdecay.engine.protocol import Problem
from dropdecay.settings import Regularization
from tests.cluster.test_processes import children, is_alive, needs_proc, wait_until
from tests.contract.runs import ROWS, adaptive_runs, blobs, same, surface

DATA = blobs()
RUNS = surface()[:6]


def problem(score=None):
    return Problem(ROWS, lambda fold: DATA, score)


def engine_that_marks(folder, do=lambda: None):
    """Return the CPU engine on one thread, which leaves the number of its process in a folder."""

    def train(problem, runs, *, n_jobs=1, **options):
        do()
        (folder / str(os.getpid())).touch()
        yield from cpu.train(problem, runs, n_jobs=1, **options)

    return train


def pids(folder):
    return {int(mark.name) for mark in folder.iterdir()}


@pytest.fixture
def at_once(monkeypatch):
    """Processes always pay."""
    monkeypatch.setattr(own_processes, "STARTING_S", 0.0)


def check_like_here(fits, runs, **options):
    place = {id(run): i for i, run in enumerate(runs)}
    fits = sorted(fits, key=lambda fit: place[id(fit.run)])
    alone = sorted(cpu.train(problem(), runs, **options), key=lambda fit: place[id(fit.run)])
    assert all(same(one, other) for one, other in zip(fits, alone, strict=True))


def test_short_work_is_done_here(tmp_path):
    with OwnProcesses(engine_that_marks(tmp_path), 2) as train:
        check_like_here(train(problem(), RUNS), RUNS)
        assert train.n_started == 0
    assert pids(tmp_path) == {os.getpid()}


@needs_proc
@pytest.mark.usefixtures("at_once")
def test_long_work_is_done_by_processes_that_stay_until_the_end(tmp_path):
    before, runs = set(children()), [*adaptive_runs(Regularization()), *RUNS]
    with OwnProcesses(engine_that_marks(tmp_path), 2) as train:
        for _ in range(2):
            check_like_here(train(problem(), runs), runs)
        assert train.n_started == 2
        others = pids(tmp_path) - {os.getpid()}
        assert others == set(children()) - before
        assert len(others) == 2
        (tmp_path / str(os.getpid())).unlink()
        # A single bundle would not be done sooner elsewhere.
        check_like_here(train(problem(), runs[:2]), runs[:2])
        assert os.getpid() in pids(tmp_path)
    assert set(children()) == before


@pytest.mark.usefixtures("at_once")
def test_no_more_are_started_than_there_is_work_for():
    with OwnProcesses(cpu.train, 5) as train:
        for _ in range(3):
            check_like_here(train(problem(), RUNS[:2]), RUNS[:2])
        assert train.n_started == 2


def test_work_that_takes_longer_than_was_thought_is_handed_over(tmp_path, monkeypatch):
    monkeypatch.setattr(own_processes, "STARTING_S", 1e-6)
    monkeypatch.setattr(own_processes, "seconds_of_run", lambda *asked, **options: 0.0)
    with OwnProcesses(engine_that_marks(tmp_path), 2) as train:
        fits = train(problem(), RUNS)
        found = [next(fits)]
        assert pids(tmp_path) == {os.getpid()}
        found += fits
        assert train.n_started == 2
    check_like_here(found, RUNS)


def test_what_was_trained_before_is_no_reason_to_start_any(monkeypatch):
    monkeypatch.setattr(own_processes, "STARTING_S", 1e-9)
    monkeypatch.setattr(own_processes, "seconds_of_run", lambda *asked, **options: 1e9)
    runs = [
        run for rate in (0.0, 0.5)
        for run in adaptive_runs(Regularization(rate), Point((("dropout", rate),)))
    ]  # fmt: skip
    earlier = {fit.run: fit for fit in cpu.train(problem(), runs)}
    with OwnProcesses(cpu.train, 2) as train:
        fits = train(problem(), runs, earlier=earlier)
        next(fits)
        assert train.n_started == 0


@pytest.mark.usefixtures("at_once")
def test_an_engine_that_cannot_be_given_to_others_trains_here_and_says_so_once():
    lock, heard = threading.Lock(), []

    def train(problem, runs, **options):
        with lock:
            yield from cpu.train(problem, runs, **options)

    with OwnProcesses(train, 2, on_notice=heard.append) as engine:
        for _ in range(2):
            check_like_here(engine(problem(), RUNS), RUNS)
    (notice,) = heard
    assert notice.startswith("Networks are trained in one process, one after another. A score or")
    assert "lock" in notice


@pytest.mark.usefixtures("at_once")
def test_an_engine_that_others_cannot_import_trains_here(monkeypatch):
    made, heard = types.ModuleType("made_here"), []
    made.train = types.FunctionType(cpu.train.__code__, cpu.train.__globals__, "train")
    made.train.__kwdefaults__ = cpu.train.__kwdefaults__
    made.train.__module__ = "made_here"
    monkeypatch.setitem(sys.modules, "made_here", made)
    with OwnProcesses(made.train, 2, on_notice=heard.append) as engine:
        check_like_here(engine(problem(), RUNS), RUNS)
    assert "No module named 'made_here'" in heard[0]


@pytest.mark.usefixtures("at_once")
def test_an_engine_that_gives_other_numbers_elsewhere_trains_here(tmp_path):
    home, heard = os.getpid(), []

    def train(problem, runs, **options):
        other = np.uint32(os.getpid() != home)
        for run in runs:
            (fit,) = cpu.train(problem, [replace(run, key=run.key + other)], **options)
            yield replace(fit, run=run)

    with OwnProcesses(train, 2, on_notice=heard.append) as engine:
        check_like_here(engine(problem(), RUNS), RUNS)
    assert heard == [
        "Networks are trained in one process, one after another. Their losses are others in "
        "another process."
    ]


@pytest.mark.usefixtures("at_once")
def test_an_engine_that_fails_elsewhere_trains_here():
    home, heard = os.getpid(), []

    def train(*arguments, **options):
        if os.getpid() != home:
            raise KeyError("config")
        yield from cpu.train(*arguments, **options)

    with OwnProcesses(train, 2, on_notice=heard.append) as engine:
        check_like_here(engine(problem(), RUNS), RUNS)
    assert heard[0].endswith("In another process they fail (KeyError: 'config').")


@pytest.mark.usefixtures("at_once")
def test_a_score_that_cannot_be_given_to_others_is_computed_here():
    lock, heard = threading.Lock(), []
    with OwnProcesses(cpu.train, 2, on_notice=heard.append) as engine:
        check_like_here(engine(problem(), RUNS), RUNS)
        assert engine.n_started == 2
        fits = list(engine(problem(lambda rows, outputs: float(lock.locked())), RUNS))
        assert {value for fit in fits for value in fit.validation_score} == {0.0}
        assert engine.n_started == 0
    assert len(heard) == 1


@needs_proc
@pytest.mark.usefixtures("at_once")
def test_nothing_is_left_after_an_error_or_an_interruption(tmp_path):
    def interrupted():
        with OwnProcesses(engine_that_marks(tmp_path), 2) as engine:
            for _ in engine(problem(), RUNS):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    others = pids(tmp_path) - {os.getpid()}
    assert others
    wait_until(lambda: not any(map(is_alive, others)))
