"""Steps in fixed memory are those of the plain loop; what no graph can hold is seen."""

import gc
import random
import sys
import weakref
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine import torch_steps
from dropdecay.engine.torch_graphs import Repeated
from dropdecay.engine.torch_module import ModuleTrainer
from dropdecay.engine.torch_module_stack import ModuleStack
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.trainer import Part
from tests.engine.modules import MODULES, POINTS, Cnn, Mlp, surface_of

ROWS = np.arange(40)
"""Two batches of 16 and one of 8."""

OPTIMIZERS = {
    "fused": partial(torch.optim.AdamW, weight_decay=0.0, fused=True),
    "capturable": partial(torch.optim.NAdam, weight_decay=0.0),
    "neither": partial(torch.optim.SGD, momentum=0.9),
}


@pytest.fixture
def like_a_gpu(monkeypatch):
    """Every step goes through fixed memory, as on a GPU; nothing is captured."""
    monkeypatch.setattr(Recipe, "is_on_gpu", property(lambda self: True))
    for name in ("adam", "nadam"):
        module = sys.modules[f"torch.optim.{name}"]
        monkeypatch.setattr(module, "_get_capturable_supported_devices", _every_device)


def _every_device(supports_xla=True):
    return ["cpu", "cuda"]


def losses_of(trained, n_epochs=3):
    return np.array([trained.train_one_epoch() for _ in range(n_epochs)])


def trainer_of(surface, **options):
    run = surface.run(POINTS[2], **options)
    return ModuleTrainer(run, DeviceRows([surface.data], surface.recipe), ROWS)


def stack_of(surface, **options):
    runs = [surface.run(point, **options) for point in POINTS]
    part = Part(runs, surface.data, ROWS, [None] * len(runs))
    return ModuleStack([part], DeviceRows([surface.data], surface.recipe))


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@pytest.mark.parametrize("train", [trainer_of, stack_of])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("make", [Mlp, Cnn])
def test_steps_in_fixed_memory_are_those_of_the_plain_loop(request, make, optimizer, train):
    surface = surface_of(make, MODULES[make], optimizer=OPTIMIZERS[optimizer])
    options = {"max_grad_norm": 1.0, "learning_rate_schedule": "cosine"}
    plain = losses_of(train(surface, **options))
    request.getfixturevalue("like_a_gpu")
    fixed = losses_of(train(surface, **options))
    # Fused and capturable optimizers hold rates and numbers of steps in float32.
    np.testing.assert_allclose(fixed, plain, rtol=1e-6)


class Counts(Mlp):
    """Does something else at every call, as its own attribute says."""

    def forward(self, x):
        self.calls = getattr(self, "calls", 0) + 1
        return super().forward(x) * (1 + 0.1 * (self.calls % 2))


class DrawsInPython(Mlp):
    def forward(self, x):
        return super().forward(x) * (1 + 0.1 * random.random())


class DrawsInNumpy(Mlp):
    def forward(self, x):
        return super().forward(x) * (1 + 0.1 * np.random.rand())  # noqa: NPY002


class DrawsOfItsOwn(Mlp):
    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        return super().forward(x) * (1 + 0.1 * self.rng.random())


@pytest.mark.parametrize("make", [Counts, DrawsInPython, DrawsInNumpy, DrawsOfItsOwn])
def test_a_forward_that_changes_what_no_graph_holds_is_never_captured(like_a_gpu, make):
    surface = surface_of(make)
    trainer_of(surface).train_one_epoch()
    assert not surface.recipe.can_be_captured


def test_a_plain_forward_may_be_captured(like_a_gpu):
    surface = surface_of(Cnn, MODULES[Cnn])
    trainer_of(surface).train_one_epoch()
    assert surface.recipe.can_be_captured


class FailsAtTheSecond(Repeated):
    """Fails where a graph would be captured."""

    def __call__(self, work):
        if self._has_run:
            self.is_being_captured = True
            raise RuntimeError("operation not permitted when stream is capturing")
        super().__call__(work)


def test_where_capturing_fails_steps_are_taken_as_they_come(monkeypatch, like_a_gpu):
    surface = surface_of(Mlp)
    plain = losses_of(trainer_of(surface))
    monkeypatch.setattr(torch_steps, "Repeated", FailsAtTheSecond)
    other = surface_of(Mlp)
    np.testing.assert_allclose(losses_of(trainer_of(other)), plain, rtol=1e-6)
    assert not other.recipe.can_be_captured


@pytest.mark.parametrize("train", [trainer_of, stack_of])
def test_what_is_trained_is_freed_without_the_garbage_collector(like_a_gpu, train):
    trained = train(surface_of(Mlp))
    trained.train_one_epoch()
    gone = weakref.ref(trained)
    gc.disable()
    try:
        del trained
        assert gone() is None
    finally:
        gc.enable()


def test_an_error_of_the_first_call_is_the_users_own(like_a_gpu):
    class Broken(Mlp):
        def forward(self, x):
            if self.training and len(x) == 16:
                raise RuntimeError("shapes do not match")
            return super().forward(x)

    with pytest.raises(RuntimeError, match="shapes do not match"):
        trainer_of(surface_of(Broken)).train_one_epoch()
