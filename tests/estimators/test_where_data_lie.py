"""The same data give the same bits, wherever they lie and whatever else is trained meanwhile."""

import pkgutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba.core.dispatcher import Dispatcher
from sklearn.model_selection import KFold

import dropdecay.kernels
from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 4)).astype(np.float32)
VALUES = (X[:, 0] + RNG.normal(size=90)).astype(np.float32)
WEIGHTS = RNG.uniform(0.5, 2, 90).astype(np.float32)
TARGETS = {MLPClassifierCV: (VALUES > 0).astype(np.float32), MLPRegressorCV: VALUES}

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")


def read_only(array, folder):
    array = array.copy()
    array.flags.writeable = False
    return array


def mapped(mode):
    def map_it(array, folder):
        path = folder / f"{mode}-{abs(hash(array.tobytes()))}.bin"
        array.tofile(path)
        return np.memmap(path, array.dtype, mode, shape=array.shape)

    return map_it


PLACES = {
    "memory": lambda array, folder: array.copy(),
    "read-only memory": read_only,
    "file, read-only": mapped("r"),
    "file, to write": mapped("r+"),
    "file, copied on write": mapped("c"),
}


def fitted(kind, X, y, weights=None, *, shuffle=True, n_jobs=1):
    search = kind(
        (5, 3), dropouts=(0, 0.3), weight_decays=(0, 0.1), cv=KFold(3), max_iter=8, n_repeats=2,
        batch_size=16, random_state=0, n_jobs=n_jobs, race=False, extend=False,
    )  # fmt: skip
    return search.fit(X, y, sample_weight=weights)


def bits(search):
    """Return everything that a fit found and predicts, without what the clock says."""
    found = search.results_.drop_vars("wall_s")
    named = {name: found[name].values.tobytes() for name in found.variables}
    weights = b"".join(each.tobytes() for each in (*search.coefs_, *search.intercepts_))
    return named, weights, search.predict(X).tobytes(), str(search.verdict_)


@cache
def from_memory(kind, weighted):
    return bits(fitted(kind, X, TARGETS[kind], WEIGHTS if weighted else None))


@given(
    kind=st.sampled_from([*TARGETS]),
    places=st.tuples(*[st.sampled_from([*PLACES])] * 3),
    weighted=st.booleans(),
    n_jobs=st.sampled_from([1, 2]),
    at_once=st.booleans(),
)
@settings(max_examples=15)
def test_a_fit_gives_the_same_bits(tmp_path_factory, kind, places, weighted, n_jobs, at_once):
    folder = tmp_path_factory.mktemp("data")
    given = (X, TARGETS[kind], WEIGHTS)
    here = [PLACES[place](array, folder) for place, array in zip(places, given, strict=True)]
    args = kind, *here[: 3 if weighted else 2]

    with ThreadPoolExecutor(2) as pool:
        fits = [pool.submit(fitted, *args, n_jobs=n_jobs) for _ in range(1 + at_once)]
        for fit in fits:
            assert bits(fit.result()) == from_memory(kind, weighted)


def n_compiled():
    """Return how many versions of all kernels have been compiled or loaded."""
    modules = [
        import_module(f"dropdecay.kernels.{each.name}")
        for each in pkgutil.iter_modules(dropdecay.kernels.__path__)
    ]
    kernels = {id(v): v for m in modules for v in vars(m).values() if isinstance(v, Dispatcher)}
    return sum(len(each.signatures) for each in kernels.values())


@pytest.mark.parametrize("place", [*PLACES])
def test_no_kernel_is_compiled_for_the_place_of_the_data(place, tmp_path):
    y = TARGETS[MLPClassifierCV]
    network = MLPClassifier(4, tol=10.0, max_iter=50)
    for each in (network, MLPClassifier(4, tol=10.0, max_iter=50, solver="lbfgs")):
        each.fit(X, y).predict(X)
    network.predict_proba(X)
    fitted(MLPClassifierCV, X, y, WEIGHTS)
    before = n_compiled()
    assert before
    rows, targets, weights = (PLACES[place](each, tmp_path) for each in (X, y, WEIGHTS))
    for each in (network, MLPClassifier(4, tol=10.0, max_iter=50, solver="lbfgs")):
        each.fit(rows, targets).predict(rows)
    fitted(MLPClassifierCV, rows, targets, weights)
    assert n_compiled() == before
