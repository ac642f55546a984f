"""The torch engine keeps the contract of engines on a CPU, and on a GPU where there is one."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from dropdecay.engine import mixed_blocks
from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import CURVES, Dataset, Problem
from dropdecay.settings import Regularization, Schedule
from tests.contract.engine import EngineContract
from tests.contract.runs import ROWS, adaptive_runs, blobs, make_run, nearly_same, surface

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


IN_BLOCKS = Schedule(epochs=3, batch_size=16, shuffle="blocks")


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(mixed_blocks, "BLOCK_BYTES", 64)
    monkeypatch.setattr(mixed_blocks, "FEWEST_ROWS", 4)
    monkeypatch.setattr(mixed_blocks, "BLOCKS_MIXED", 5)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("contract", [TestTorchOnTheCpu, TestFoldsInOneStack])
def test_rows_on_disk_are_trained_on_as_by_numba_and_never_moved_as_a_whole(
    stacks, contract, weighted, tmp_path
):
    data = in_float64()
    data.X.tofile(tmp_path / "X")
    mapped = np.asarray(np.memmap(tmp_path / "X", np.float64, "r+", shape=data.X.shape))
    weights = np.random.default_rng(0).integers(0, 3, 150).astype(np.float64) if weighted else None
    runs = [
        make_run(Regularization(rate), fold, schedule=IN_BLOCKS)
        for fold in (0, 1) for rate in (0.0, 0.4)
    ]  # fmt: skip

    ours = contract().fits(runs, Dataset(mapped, data.y, weights), ROWS)

    theirs = Numba().fits(runs, Dataset(data.X, data.y, weights), ROWS)
    for one, other in zip(ours, theirs, strict=True):
        for name in CURVES:
            EXACT(getattr(one, name), getattr(other, name))
    assert len(stacks) == 2
    assert all(data.X is None for data, _ in stacks)
    most = max(len(data.datasets[0].X) for data, _ in stacks)
    parts = [part for data, _ in stacks for _, part, *_ in data.parts(np.arange(150), 4)]
    assert max(len(part) for part in parts) < most


@pytest.mark.usefixtures("small_blocks")
def test_stacks_on_rows_on_disk_are_as_large_as_what_is_measured_of_all_rows_allows(
    stacks, monkeypatch
):
    runs = [make_run(Regularization(rate), schedule=IN_BLOCKS) for rate in (0.0, 0.2, 0.4)]
    expected = TestTorchOnTheCpu().fits(runs)
    assert len(stacks) == 1

    monkeypatch.setattr(torch_engine, "MEASURED_BYTES", 2 * 16 * ROWS[0].measured.size)

    found = TestTorchOnTheCpu().fits(runs)
    assert len(stacks) == 1 + 2
    assert all(map(nearly_same, found, expected))
