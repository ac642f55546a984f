"""BLAS has one thread as long as anybody trains, in a process of its own with two before."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import threading
from threadpoolctl import threadpool_info
import numpy
from dropdecay.engine.one_blas_thread import one_blas_thread

def n_threads():
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

assert n_threads() == {2}
first_began, second_began, first_ended = (threading.Event() for _ in range(3))
go_on = threading.Event()

def first():
    with one_blas_thread():
        first_began.set()
        second_began.wait(10)
    first_ended.set()
    go_on.wait(10)  # as a thread of a pool does

def second():
    first_began.wait(10)
    with one_blas_thread():
        second_began.set()
        first_ended.wait(10)
        assert n_threads() == {1}
    assert n_threads() == {2}
    with one_blas_thread():
        with one_blas_thread():
            pass
        assert n_threads() == {1}
    assert n_threads() == {2}
    print("done")

thread = threading.Thread(target=first)
thread.start()
where = threading.Thread(target=second) if IN_THREAD else None
where.start() if where else second()
where and where.join()
go_on.set()
"""


@pytest.mark.parametrize("in_thread", [False, True])
def test_the_last_of_the_blocks_that_overlap_puts_the_threads_back(in_thread):
    done = subprocess.run(
        [sys.executable, "-c", f"IN_THREAD = {in_thread}\n{SCRIPT}"], text=True,
        capture_output=True, env={
            **os.environ, "OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2",
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    )  # fmt: skip
    assert done.stdout == "done\n", done.stderr
