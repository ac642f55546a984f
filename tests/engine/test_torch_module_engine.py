"""Modules of the user's own, one by one, keep the contract of engines."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.protocol import Problem
from dropdecay.engine.torch_module_engine import ModuleEngine
from tests.contract.engine import ROWS, EngineContract, blobs, surface
from tests.contract.modules import as_modules


class TestModuleEngine(EngineContract):
    train = as_modules(ModuleEngine())

    @staticmethod
    def weights_of(state):
        weights = [each for name, each in state.arrays.items() if name.startswith("module/")]
        return np.concatenate([each.ravel() for each in weights if each.ndim == 2])


def test_an_engine_that_is_stopped_gives_the_threads_of_torch_back():
    before = torch.get_num_threads()
    problem = Problem(ROWS, lambda fold: blobs())
    fits = as_modules(ModuleEngine(before + 1))(problem, surface()[:3])
    next(fits)
    assert torch.get_num_threads() == before + 1
    fits.close()
    assert torch.get_num_threads() == before
