"""The torch engine keeps the contract of engines on a CPU, and on a GPU where there is one."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import CURVES, Dataset, Problem
from tests.contract.engine import (
    ROWS,
    EngineContract,
    adaptive_runs,
    blobs,
    make_run,
    nearly_same,
    surface,
)

torch = pytest.importorskip("torch")

from dropdecay.engine import torch_engine  # after torch is known
from dropdecay.engine.torch_dense import DenseStack
from dropdecay.engine.torch_engine import dense_engine

EXACT = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-15)


class TestTorchOnTheCpu(EngineContract):
    train = dense_engine(torch.device("cpu"), 1)
    same_in_company = staticmethod(nearly_same)


class FoldsTogether(EngineContract):
    """The networks of all folds and seeds take their steps as one."""

    same_in_company = staticmethod(nearly_same)

    def test_a_run_with_a_horizon_is_given_as_soon_as_it_is_done(self):
        """That is when all others are."""
        runs = [make_run(fold=fold) for fold in range(4)]
        begun = []
        fits = type(self).train(Problem(ROWS, lambda fold: begun.append(fold) or blobs()), runs)
        next(iter(fits))
        assert sorted(begun) == [0, 1, 2, 3]


class TestFoldsInOneStack(FoldsTogether):
    train = dense_engine(torch.device("cpu"), 1, several_folds=True)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
class TestTorchOnCuda(FoldsTogether):
    train = dense_engine(torch.device("cuda"), 1)


class Numba(EngineContract):
    train = train_by_numba


def in_float64():
    data = blobs()
    return Dataset(data.X.astype(np.float64), data.y.astype(np.float64))


@pytest.mark.parametrize("contract", [TestTorchOnTheCpu, TestFoldsInOneStack])
@pytest.mark.parametrize("runs", [surface(), adaptive_runs(surface()[6].setting.regularization)])
def test_curves_are_those_of_numba(runs, contract):
    ours, theirs = (each.fits(runs, in_float64(), ROWS) for each in (contract(), Numba()))
    for one, other in zip(ours, theirs, strict=True):
        assert (one.end, one.ending) == (other.end, other.ending)
        for name in CURVES:
            EXACT(getattr(one, name), getattr(other, name))


@pytest.fixture
def stacks(monkeypatch):
    """What stacks were made of."""
    made = []
    monkeypatch.setattr(
        torch_engine, "DenseStack", lambda *given: made.append(given) or DenseStack(*given)
    )
    return made


@pytest.mark.parametrize(
    ("contract", "n_stacks"), [(TestTorchOnTheCpu, 4), (TestFoldsInOneStack, 1)]
)
def test_how_many_stacks_there_are(stacks, contract, n_stacks):
    contract().fits([make_run(fold=fold, seed=seed) for fold in (0, 1) for seed in (0, 1)])
    assert len(stacks) == n_stacks


def test_where_rows_have_weights_each_fold_is_a_stack_of_its_own(stacks):
    """A batch of weight 0 is skipped, and another fold has others."""
    weights = np.random.default_rng(0).integers(0, 2, 150).astype(np.float32)
    data = replace(blobs(), sample_weight=weights)
    TestFoldsInOneStack().fits([make_run(fold=fold) for fold in (0, 1)], data)
    assert len(stacks) == 2


def test_a_stack_of_which_nothing_has_ended_is_not_made_anew(stacks):
    (fit, *_) = TestFoldsInOneStack().fits(adaptive_runs(surface()[6].setting.regularization))
    assert fit.end > 4
    assert len(stacks) == 1
