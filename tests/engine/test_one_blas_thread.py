import os
import signal
import sys
from threading import Event, Thread, local

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from dropdecay import MLPClassifier, MLPClassifierCV
from dropdecay.engine import one_blas_thread as module
from dropdecay.engine.cpu import train
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import Problem
from tests.contract.runs import ROWS, blobs, make_run


def blas_threads():
    return {part["num_threads"] for part in threadpool_info() if part["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def three_threads(monkeypatch):
    monkeypatch.setattr(module, "_known", (0, []))
    with threadpool_limits(3, "blas"):
        yield


def test_the_last_to_leave_puts_back_what_the_first_found():
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    assert blas_threads() == {1}
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == {3}


def test_it_is_put_back_after_an_error():
    with pytest.raises(ZeroDivisionError), one_blas_thread(), one_blas_thread():
        _ = 1 / 0
    assert blas_threads() == {3}


def test_two_trainings_at_once_leave_the_process_as_they_found_it():
    problem = Problem(ROWS, lambda fold: blobs())
    first, second = (train(problem, [make_run()]) for _ in range(2))
    next(first), next(second)
    first.close()
    assert blas_threads() == {1}
    second.close()
    assert blas_threads() == {3}


X = np.random.default_rng(0).normal(size=(60, 3))
Y = X[:, 0] > 0


@pytest.mark.parametrize("other", ["fit", "predict"])
@pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")
def test_a_fit_is_not_disturbed_by_what_ends_in_another_thread(other):
    network = MLPClassifier(4, tol=10.0, max_iter=50).fit(X, Y)
    under_way, may_go_on, seen = Event(), Event(), set()

    def on_fit(fit, done, total):
        under_way.set()
        assert may_go_on.wait(60)
        seen.update(blas_threads())

    search = MLPClassifierCV(4, dropouts=(0, 0.1), weight_decays=(0,), max_iter=2, cv=2)
    thread = Thread(target=search.fit_with_hooks, args=(X, Y), kwargs={"on_fit": on_fit})
    thread.start()
    assert under_way.wait(60)
    getattr(network, other)(*(X, Y)[: 2 if other == "fit" else 1])
    may_go_on.set()
    thread.join()
    assert seen == {1}
    assert blas_threads() == {3}


class OpenMP:
    """Stands for a BLAS in which every thread has a number of its own."""

    internal_api, threading_layer = "openblas", "openmp"

    def __init__(self):
        self.of_thread = local()
        self.lib_controllers = [self]

    def __call__(self):
        return self

    def select(self, user_api):
        return self

    def get_num_threads(self):
        return getattr(self.of_thread, "number", 3)

    def set_num_threads(self, number):
        self.of_thread.number = number


def test_where_every_thread_has_a_number_each_is_limited_and_put_back_by_itself(monkeypatch):
    blas = OpenMP()
    monkeypatch.setattr(module, "ThreadpoolController", blas)
    seen = []

    def other():
        with one_blas_thread():
            seen.append(blas.get_num_threads())
        seen.append(blas.get_num_threads())

    with one_blas_thread():
        thread = Thread(target=other)
        thread.start()
        thread.join()
        assert blas.get_num_threads() == 1
    assert seen == [1, 3]
    assert blas.get_num_threads() == 3


def test_a_number_of_its_own_is_put_back_by_the_last_block_of_its_thread(monkeypatch):
    blas = OpenMP()
    monkeypatch.setattr(module, "ThreadpoolController", blas)
    first, second = one_blas_thread(), one_blas_thread()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas.get_num_threads() == 1
    second.__exit__(None, None, None)
    assert blas.get_num_threads() == 3


def test_libraries_are_looked_for_again_only_where_more_modules_were_imported(monkeypatch):
    looks = []

    class Counted(OpenMP):
        def __call__(self):
            looks.append(1)
            return self

    monkeypatch.setattr(module, "ThreadpoolController", Counted())
    for _ in range(3):
        with one_blas_thread(), one_blas_thread():
            pass
    assert len(looks) == 1
    monkeypatch.setitem(sys.modules, "with_a_library", module)
    with one_blas_thread():
        pass
    assert len(looks) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forks beside threads
def test_a_process_that_is_forked_while_others_are_at_work_works_and_puts_back_what_they_found():
    inside, may_end = Event(), Event()

    def hold():
        with module._lock, one_blas_thread():
            inside.set()
            assert may_end.wait(60)

    thread = Thread(target=hold)
    thread.start()
    assert inside.wait(60)
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # ends it, should it wait for a thread that it does not have
        with one_blas_thread():
            is_one = blas_threads() == {1}
        os._exit(0 if is_one and blas_threads() == {3} else 1)
    _, status = os.waitpid(child, 0)
    may_end.set()
    thread.join()

    assert status == 0
    assert blas_threads() == {3}
