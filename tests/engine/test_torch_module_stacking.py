"""The engine of modules keeps the contract of engines, one by one and stacked."""

import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.torch_module_engine import ModuleEngine, _LatestRows, _Stacks, kind_of
from dropdecay.settings import Regularization
from tests.contract.engine import EngineContract, make_run, nearly_same, same
from tests.contract.perceptrons import as_modules


def trained_stacked(problem, runs, **options):
    runs = sorted(runs, key=lambda run: (run.fold, run.seed))  # else few would be company
    engine = StackedEngine(_Stacks(_LatestRows()), kind_of, most=8, in_flight=64)
    return engine(problem, runs, **options)


class TestOneByOne(EngineContract):
    """Bits do not depend on company, order or pauses."""

    train = as_modules(ModuleEngine(stack=False))
    same_in_company = staticmethod(same)


class TestStacked(EngineContract):
    """Sums are taken in another order in other company; nothing else is different."""

    train = as_modules(trained_stacked)
    same_in_company = staticmethod(nearly_same)


class Numba(EngineContract):
    train = staticmethod(train_by_numba)


@pytest.mark.parametrize("contract", [TestOneByOne, TestStacked])
def test_without_dropout_curves_are_those_of_numba(contract):
    runs = [
        make_run(Regularization(weight_decay=0.5, decay=decay), fold)
        for decay in ("decoupled", "l2") for fold in (0, 1)
    ]  # fmt: skip
    for one, other in zip(contract().fits(runs), Numba().fits(runs), strict=True):
        assert nearly_same(one, other)
