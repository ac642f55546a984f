"""A fitted model in a process that lives long and has many threads."""

import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numba.core.dispatcher import Dispatcher

from dropdecay import MLPClassifierCV, MLPRegressor, load_model, save_model

N_ROWS = 60
OPEN = Path("/proc/self/fd")

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")


@pytest.fixture(scope="module")
def rows():
    values = np.random.default_rng(0).normal(size=(N_ROWS, 3))
    return pd.DataFrame(values, columns=list("abc")).assign(kind=["u", "v"] * (N_ROWS // 2))


@pytest.fixture(scope="module")
def model(rows):
    search = MLPClassifierCV(
        hidden_layer_sizes=8, dropouts=(0.0, 0.2), weight_decays=(0.0,), cv=2, max_iter=4,
        random_state=0, n_repeats=1, extend=False, baselines=False,
    )  # fmt: skip
    return search.fit(rows, rows["a"] > 0)


def n_compiled():
    """How many kernels are compiled, each for the types it was called with."""
    # By type: to ask some objects of torch for their class warns.
    kernels = (each for each in gc.get_objects() if issubclass(type(each), Dispatcher))
    return sum(len(each.signatures) for each in kernels if "dropdecay" in each.py_func.__module__)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_arrays_that_are_read_only_or_lie_otherwise_compile_nothing_again(rows, tmp_path):
    X = rows[["a", "b", "c"]].to_numpy().copy()
    network = MLPRegressor(hidden_layer_sizes=8, max_iter=3, random_state=0).fit(X, X[:, 0])
    expected, before = network.predict(X), n_compiled()
    frozen = X.copy()
    frozen.flags.writeable = False
    np.save(tmp_path / "rows.npy", X)

    for each in (
        frozen, np.asfortranarray(X), np.load(tmp_path / "rows.npy", mmap_mode="r"),
        np.frombuffer(X.tobytes()).reshape(X.shape), np.repeat(X, 2, axis=0)[::2],
    ):  # fmt: skip
        np.testing.assert_array_equal(network.predict(each), expected)

    assert n_compiled() == before


def test_many_threads_predict_and_load_at_once_as_one_does_alone(model, rows, tmp_path):
    save_model(model, tmp_path / "model")
    expected = model.predict_proba(rows)

    with ThreadPoolExecutor(8) as pool:
        predicted = list(pool.map(lambda _: model.predict_proba(rows), range(32)))
        loaded = list(pool.map(lambda _: load_model(tmp_path / "model"), range(8)))

    for each in (*predicted, *(again.predict_proba(rows) for again in loaded)):
        np.testing.assert_array_equal(each, expected)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Python warns of forks beside threads
def test_a_forked_process_predicts_what_the_one_before_it_does(model, rows):
    expected = model.predict_proba(rows)
    with ThreadPoolExecutor(2) as pool:
        busy = [pool.submit(model.predict_proba, rows) for _ in range(20)]
        child = os.fork()
        if child == 0:
            try:
                same = all(np.array_equal(model.predict_proba(rows), expected) for _ in range(3))
                os._exit(0 if same else 3)
            except BaseException:  # noqa: BLE001  # no error of a child may run the tests that follow
                os._exit(4)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        for each in busy:
            np.testing.assert_array_equal(each.result(), expected)


def n_open():
    """How many files, pipes and sockets this process has."""
    return len(list(OPEN.iterdir()))


@pytest.mark.skipif(not OPEN.is_dir(), reason="open files are listed elsewhere")
def test_calls_and_loads_leave_no_file_and_no_thread_behind(model, rows, tmp_path):
    save_model(model, tmp_path / "model")
    load_model(tmp_path / "model").predict(rows)
    before = n_open(), threading.active_count()
    for _ in range(5):
        load_model(tmp_path / "model").predict(rows)
    assert (n_open(), threading.active_count()) == before


def test_calls_leave_no_objects_behind(model, rows):
    row = rows.iloc[:1].to_dict("list")

    def call(times):
        for _ in range(times):
            # A table of its own for each call: pandas lets one remember what was taken from it.
            model.predict_proba(pd.DataFrame(row))
        gc.collect()
        return len(gc.get_objects())

    before = call(5)

    assert call(60) - before < 60
