import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from dropdecay.cluster import processes, shared_folder
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import spread
from dropdecay.engine import cpu
from dropdecay.engine.protocol import Dataset, Problem
from dropdecay.errors import NoWorkers, Unfinished
from dropdecay.settings import Regularization
from tests.contract.runs import make_run, rows_of, same, surface
from tests.contract.workers import (
    ENDLESS,
    MortalWorkersContract,
    fits,
    leaving_a_mark,
    problem,
    wait_until,
)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    with Processes(2, tmp_path_factory.mktemp("shared")) as workers:
        yield workers


def children(of=None):
    """Processes that a process has started and that are not over."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                state, parent = (each / "stat").read_text().rsplit(") ", 1)[1].split()[:2]
            except OSError:
                continue
            if int(parent) == (of or os.getpid()) and state != "Z":
                found.append(int(each.name))
    return found


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


class TestProcesses(MortalWorkersContract):
    opened = staticmethod(Processes)

    @staticmethod
    def n_shared(workers):
        return len(list(Path(workers._folder.name).glob("*.pickle")))


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc")


@pytest.mark.parametrize(
    ("end", "how"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "SIGKILL"),
        (lambda: os._exit(3), "exit code 3"),
    ],
)
def test_work_that_kills_every_worker_is_given_up(tmp_path, monkeypatch, end, how):
    monkeypatch.setattr("dropdecay.cluster.spread.MOST_LOSSES", 1)
    with Processes(1) as workers, pytest.raises(Unfinished, match=f"2 workers died.* by {how}, "):
        fits(workers, [make_run()], leaving_a_mark(tmp_path, end))
    assert len(list(tmp_path.iterdir())) == 2


def test_what_a_score_prints_or_reads_does_not_disturb(two, capfd):
    def scored(rows, outputs):
        print("from a worker")  # noqa: T201
        os.system("echo from its child")
        return float(sys.stdin.read() == "")

    (fit,) = fits(two, [make_run(epochs=1)], score=scored)
    assert fit.validation_score == [1.0]


def test_a_worker_has_one_thread(two):
    def scored(rows, outputs):
        import numba
        from threadpoolctl import threadpool_info

        return max(each["num_threads"] for each in threadpool_info()) + numba.get_num_threads() / 10

    (fit,) = fits(two, [make_run(epochs=1)], score=scored)
    assert fit.validation_score == [1.1]


@pytest.mark.parametrize("sparse", [False, True])
def test_large_tables_are_shared_once_and_not_sent_with_the_work(tmp_path, monkeypatch, sparse):
    sizes, send = [], processes.send
    monkeypatch.setattr(
        processes, "send", lambda to, message: sizes.append(len(message)) or send(to, message)
    )
    n_rows = 20_000
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 6)).astype(np.float32)
    y, weights = rng.integers(0, 3, (n_rows, 1)), rng.uniform(size=n_rows)
    data = Dataset(csr_array(X) if sparse else X, y.astype(np.float32), weights.astype(np.float32))
    rows = {fold: rows_of(fold, n_rows) for fold in (0, 1)}
    of_folds = Problem(rows, lambda fold: data)
    runs = [make_run(Regularization(rate), fold, epochs=1) for rate in (0, 0.5) for fold in (0, 1)]
    with Processes(2, tmp_path) as workers:
        (folder,) = tmp_path.iterdir()
        fits = {id(fit.run): fit for fit in spread(workers)(of_folds, runs)}
        tables = [each for each in folder.iterdir() if each.stat().st_size >= X.nbytes]
        # A sparse table has its values and the columns that they are in.
        assert [each.stat().st_size for each in tables] == [X.nbytes + 128] * (1 + sparse)
    assert len(sizes) == len(runs)
    assert max(sizes) < 2000
    assert all(same(fits[id(fit.run)], fit) for fit in cpu.train(of_folds, runs))


@needs_proc
def test_closing_the_iterator_stops_the_work_at_once(two, tmp_path):
    found = spread(two, leaving_a_mark(tmp_path))(problem(), [make_run(epochs=1), *[ENDLESS] * 5])
    next(found)
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    began = time.monotonic()
    found.close()
    assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert not [mark for mark in tmp_path.iterdir() if is_alive(int(mark.name))]
    assert len(fits(two, surface()[:2])) == 2


@needs_proc
def test_closing_the_workers_leaves_no_process_and_no_file(tmp_path):
    before = set(children())
    with Processes(2, tmp_path) as workers:
        found = spread(workers)(problem(), [make_run(epochs=1), *[ENDLESS] * 5])
        next(found)
        assert set(children()) > before
        began = time.monotonic()
    assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert set(children()) == before
    assert not list(tmp_path.iterdir())
    found.close()


DRIVER = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where tests run behind an &
import os, sys
from pathlib import Path
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import spread
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem
from dropdecay.settings import Schedule
from tests.contract.runs import *

class Score:
    def __init__(self, value):
        self.value = value
    def __call__(self, rows, outputs):
        return self.value

def engine(*arguments, **options):
    return train(*arguments, **options)

with Processes(2, Path(sys.argv[1])) as workers:
    problem = Problem(ROWS, lambda fold: blobs(), Score(7.0))
    longest = Schedule(epochs=int(sys.argv[2]), batch_size=16)
    runs = [make_run(epochs=2) for seed in range(4)] + [make_run(schedule=longest)]
    for fit in spread(workers, engine)(problem, runs):
        print(fit.validation_score, flush=True)
"""


@pytest.fixture
def driver(tmp_path):
    """Start a script in a session of its own; whatever is left of it is killed."""
    started = []

    def start(epochs):
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(tmp_path), str(epochs)], text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_script_needs_no_guard_and_its_own_functions_and_classes_go_along(driver):
    out, err = driver(2).communicate(timeout=120)
    assert out == "[7. 7.]\n" * 5, err


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_is_left_when_the_driver_is_stopped(driver, tmp_path, number):
    process = driver(10_000_000)
    for _ in range(4):
        process.stdout.readline()
    workers = children(of=process.pid)  # one is at work for long, the other has nothing to do
    assert len(workers) == 2
    # As a terminal does, which sends it to all processes that are in the foreground.
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    began = time.monotonic()
    _, err = process.communicate(timeout=30)
    wait_until(lambda: not any(map(is_alive, workers)))
    if number == signal.SIGINT:
        assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert err.count("Traceback") == (number == signal.SIGINT)
    assert not list(tmp_path.iterdir())


def test_workers_that_do_not_start_are_reported(monkeypatch, capfd):
    monkeypatch.setattr(processes, "START", "raise SystemExit('no such module')")
    with (
        Processes(1) as workers,
        pytest.raises(NoWorkers, match=r"do not start \(exit code 1\); what they printed says"),
    ):
        fits(workers, [make_run()])
    assert "no such module" in capfd.readouterr().err


def test_a_full_disk_is_reported(monkeypatch):
    def full(value, path):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shared_folder, "write_shared", full)
    with Processes(1) as workers, pytest.raises(Unfinished, match=r"shared .* Make room and try"):
        fits(workers, [make_run()])


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    with pytest.raises(Unfinished, match=r"missing cannot be written"):
        Processes(1, tmp_path / "missing")
