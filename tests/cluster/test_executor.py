import multiprocessing
import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dropdecay.cluster.executor import ExecutorWorkers
from dropdecay.errors import Unfinished
from tests.contract.workers import (
    WorkersContract,
    begun,
    fits,
    leaving_a_mark,
    make_run,
    surface,
    wait_until,
)


@contextmanager
def opened(executor):
    with executor:
        workers = ExecutorWorkers(executor)
        yield workers
        workers.close()


def processes(n_workers):
    return opened(ProcessPoolExecutor(n_workers, multiprocessing.get_context("spawn")))


def n_values(workers):
    return len(list(Path(workers._folder.name).glob("*.pickle")))


class TestThreads(WorkersContract):
    n_shared = staticmethod(n_values)

    @staticmethod
    def opened(n_workers):
        return opened(ThreadPoolExecutor(n_workers))


class TestProcesses(WorkersContract):
    opened = staticmethod(processes)
    n_shared = staticmethod(n_values)


def test_an_executor_whose_process_died_is_broken_and_says_so(tmp_path):
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    with processes(1) as workers:
        for _ in range(2):
            with pytest.raises(Unfinished, match=r"takes no more work .*cluster=\"processes\""):
                fits(workers, [make_run()], leaving_a_mark(tmp_path, die))


def test_an_executor_that_was_shut_down_is_refused():
    with ThreadPoolExecutor(1) as executor:
        workers = ExecutorWorkers(executor)
    with pytest.raises(Unfinished, match=r"no more work .cannot schedule new futures"):
        fits(workers, [make_run()])
    workers.close()


def test_work_under_way_ends_soon_after_the_workers_are_closed():
    with ThreadPoolExecutor(2) as executor:
        workers = ExecutorWorkers(executor)
        found = begun(workers)
        workers.close()
        began = time.monotonic()
    assert time.monotonic() - began < 20.0
    found.close()


def test_files_are_removed_with_the_workers():
    with ThreadPoolExecutor(1) as executor:
        workers = ExecutorWorkers(executor)
        fits(workers, surface()[:2])
        folder = Path(workers._folder.name)
        assert folder.exists()
        workers.close()
    wait_until(lambda: not folder.exists())
