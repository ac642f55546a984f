"""The engine of modules keeps the contract of engines, one by one and stacked."""

import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import Problem
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import products_in
from dropdecay.settings import Regularization
from tests.contract.engine import EngineContract
from tests.contract.modules import ModuleContract, as_modules, trained_stacked
from tests.contract.runs import ROWS, blobs, make_run, nearly_same, surface
from tests.engine.modules import Mlp, surface_of


class TestOneByOne(ModuleContract):
    """Bits do not depend on company, order or pauses."""

    train = as_modules(ModuleEngine())


class TestStacked(ModuleContract):
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


def test_an_engine_that_is_stopped_gives_the_threads_of_torch_back():
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    fits = as_modules(ModuleEngine())(Problem(ROWS, lambda fold: blobs()), surface()[:3])
    next(fits)
    # On several threads products are others in the last digits.
    assert torch.get_num_threads() == 1
    fits.close()
    assert torch.get_num_threads() == before + 1
    torch.set_num_threads(before)


def test_products_are_short_where_that_is_asked_for_and_as_the_user_had_them_afterwards():
    places = (torch.backends.cuda.matmul, torch.backends.cudnn.conv)
    before = [place.fp32_precision for place in places]
    for precision, asked in (("tf32", "tf32"), ("float32", "ieee"), ("bf16", "ieee")):
        with products_in(precision):
            assert [place.fp32_precision for place in places] == [asked, asked]
    assert [place.fp32_precision for place in places] == before


def test_the_sites_of_all_networks_are_found_once():
    forwards = []

    class Counted(Mlp):
        def forward(self, x):
            forwards.append(len(x))
            return super().forward(x)

    given = surface_of(Counted)
    one = given.recipe.masked(given.run().key, given.data.X[:4])
    n_forwards = len(forwards)
    other = given.recipe.masked(given.run(seed=1).key, given.data.X[:4])
    assert n_forwards > 0
    assert len(forwards) == n_forwards
    assert other.sites == one.sites
    assert other.module is not one.module
