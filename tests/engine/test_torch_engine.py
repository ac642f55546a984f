"""The torch engine keeps the contract of engines on a CPU, and on a GPU where there is one."""

from functools import partial

import numpy as np
import pytest

from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import CURVES, Dataset
from tests.contract.engine import ROWS, EngineContract, adaptive_runs, blobs, nearly_same, surface

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_engine import dense_engine  # after torch is known

EXACT = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-15)


class TestTorchOnTheCpu(EngineContract):
    train = dense_engine(torch.device("cpu"), 1)
    same_in_company = staticmethod(nearly_same)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
class TestTorchOnCuda(EngineContract):
    train = dense_engine(torch.device("cuda"), 1)
    same_in_company = staticmethod(nearly_same)


class Numba(EngineContract):
    train = train_by_numba


def in_float64():
    data = blobs()
    return Dataset(data.X.astype(np.float64), data.y.astype(np.float64))


@pytest.mark.parametrize("runs", [surface(), adaptive_runs(surface()[6].setting.regularization)])
def test_curves_are_those_of_numba(runs):
    ours, theirs = (
        contract.fits(runs, in_float64(), ROWS) for contract in (TestTorchOnTheCpu(), Numba())
    )
    for one, other in zip(ours, theirs, strict=True):
        assert (one.end, one.ending) == (other.end, other.ending)
        for name in CURVES:
            EXACT(getattr(one, name), getattr(other, name))
