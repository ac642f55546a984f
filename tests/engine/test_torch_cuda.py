"""Where there is a GPU: modules on it keep the contract, and are those of a CPU to 1e-6."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine import torch_steps
from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import CURVES
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.torch_engine import dense_engine
from dropdecay.engine.torch_memory import most_in_memory
from dropdecay.engine.torch_module_engine import ModuleEngine, _LatestRows, _Stacks, kind_of
from dropdecay.engine.torch_rows import DeviceRows
from tests.contract.engine import EngineContract
from tests.contract.modules import ModuleContract, as_modules, trained_stacked
from tests.contract.runs import blobs, nearly_same, surface
from tests.engine.modules import (
    IMAGES,
    MODULES,
    Cnn,
    Lstm,
    Mlp,
    UsesItem,
    surface_of,
    surface_of_specimen,
)
from tests.zoo.specimens import ZOO

pytestmark = [
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"),
    pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning"),
]

FUSED = partial(torch.optim.AdamW, weight_decay=0.0, fused=True)


class OnCuda(ModuleContract):
    same_in_company = staticmethod(nearly_same)


class TestOneByOneOnCuda(OnCuda):
    train = as_modules(ModuleEngine(stack=False), device="cuda")


class TestStackedOnCuda(OnCuda):
    train = as_modules(trained_stacked, device="cuda")


def fits_of(surface, *, stacked=False, device="cuda", epochs=4, **changes):
    given = surface.given(device=device, **changes)
    runs = given.runs(epochs=epochs)
    engine = (
        StackedEngine(_Stacks(_LatestRows()), kind_of, 64) if stacked else ModuleEngine(stack=False)
    )
    fits = engine(given.problem(), runs, keep_states=True)
    return {(fit.run.setting.regularization, fit.run.fold): fit for fit in fits}, given


def assert_same(ones, others, rtol):
    assert ones.keys() == others.keys()
    for key, one in ones.items():
        for name in CURVES:
            np.testing.assert_allclose(
                getattr(one, name), getattr(others[key], name), rtol=rtol, atol=1e-9, err_msg=name
            )


@pytest.mark.parametrize("stacked", [False, True], ids=["alone", "stacked"])
@pytest.mark.parametrize("make", MODULES, ids=lambda make: make.__name__)
def test_a_gpu_gives_the_curves_of_a_cpu(make, stacked):
    if stacked and make is Lstm:
        pytest.skip("cuDNN takes the weights of recurrent layers as one block")
    surface = surface_of(make, MODULES[make], optimizer=FUSED)
    ours, _ = fits_of(surface, stacked=stacked)
    theirs, _ = fits_of(surface, device="cpu")
    assert_same(ours, theirs, 1e-6)


@pytest.mark.parametrize("specimen", [each.name for each in ZOO])
def test_the_zoo_trains_on_a_gpu_as_on_a_cpu(specimen):
    surface = surface_of_specimen(specimen)
    ours, _ = fits_of(surface, epochs=2, optimizer=FUSED)
    theirs, _ = fits_of(surface, epochs=2, device="cpu", optimizer=FUSED)
    assert_same(ours, theirs, 1e-5)


@pytest.mark.parametrize("stacked", [False, True], ids=["alone", "stacked"])
@pytest.mark.parametrize(
    "optimizer",
    [FUSED, partial(torch.optim.NAdam), partial(torch.optim.SGD, momentum=0.9),
     partial(torch.optim.SGD, momentum=0.9, fused=True)],
    ids=["fused", "capturable", "neither", "fused SGD"],
)  # fmt: skip
def test_captured_steps_are_those_taken_as_they_come(monkeypatch, optimizer, stacked):
    surface = surface_of(Cnn, IMAGES)
    captured, given = fits_of(surface, stacked=stacked, optimizer=optimizer)
    assert given.recipe.can_be_captured
    monkeypatch.setattr(torch_steps.Recipe, "can_be_captured", property(lambda self: False))
    as_they_come, _ = fits_of(surface, stacked=stacked, optimizer=optimizer)
    assert_same(captured, as_they_come, 1e-6)


class Noisy(Mlp):
    """Draws noise of its own on the device."""

    def forward(self, x):
        return super().forward(x + 0.1 * torch.randn_like(x) if self.training else x)


def test_noise_of_the_modules_own_is_drawn_anew_at_every_captured_step(monkeypatch):
    surface = surface_of(Noisy, optimizer=FUSED)
    captured, given = fits_of(surface)
    assert given.recipe.can_be_captured
    monkeypatch.setattr(torch_steps.Recipe, "can_be_captured", property(lambda self: False))
    as_they_come, _ = fits_of(surface)
    assert_same(captured, as_they_come, 1e-6)


def test_a_module_that_reads_numbers_is_trained_as_it_comes():
    surface = surface_of(UsesItem, optimizer=FUSED)
    ours, given = fits_of(surface)
    assert not given.recipe.can_be_captured
    theirs, _ = fits_of(surface, device="cpu")
    assert_same(ours, theirs, 1e-6)


@pytest.mark.parametrize("precision", ["tf32", "bf16"])
def test_shorter_numbers_give_other_digits_and_the_same_picture(precision):
    surface = surface_of(Cnn, IMAGES, optimizer=FUSED)
    short, _ = fits_of(surface, precision=precision)
    full, _ = fits_of(surface, precision="float32")
    for key, one in short.items():
        np.testing.assert_allclose(one.validation_loss, full[key].validation_loss, rtol=0.1)


def test_where_networks_cannot_be_stacked_on_a_gpu_they_are_trained_one_by_one():
    heard = []
    given = surface_of(Lstm, MODULES[Lstm], optimizer=FUSED).given(device="cuda")
    fits = [*ModuleEngine(on_notice=heard.append)(given.problem(), given.runs(epochs=2))]
    assert len(fits) == 6
    assert len(heard) == 1
    assert "keeps the weights of a layer as one block" in heard[0]


@pytest.mark.parametrize("precision", ["float32", "bf16", "tf32"])
@pytest.mark.parametrize("make", MODULES, ids=lambda make: make.__name__)
def test_whatever_way_is_chosen_a_surface_is_trained(make, precision):
    given = surface_of(make, MODULES[make], optimizer=FUSED)
    given = given.given(device="cuda", precision=precision)
    fits = [*ModuleEngine()(given.problem(), given.runs(epochs=2))]
    assert all(np.isfinite(fit.validation_loss).all() for fit in fits)


def test_a_stack_is_as_large_as_memory_allows():
    surface = surface_of(Mlp).given(device="cuda")
    runs, data = (
        surface.runs(folds=(0,)),
        DeviceRows([surface.data], surface.given(device="cuda").recipe),
    )
    rows = np.arange(32)
    assert most_in_memory(runs, data, rows, 512) == 512


def test_dense_networks_of_a_gpu_have_the_curves_of_numba_in_float64():
    data = blobs()
    data = replace(data, X=data.X.astype(np.float64), y=data.y.astype(np.float64))
    fits = []
    for engine in (dense_engine(torch.device("cuda"), 1), train_by_numba):
        contract = type("Of", (EngineContract,), {"train": staticmethod(engine)})()
        fits.append(contract.fits(surface(), data))
    for one, other in zip(*fits, strict=True):
        for name in CURVES:
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6)
