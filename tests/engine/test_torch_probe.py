"""Whether networks are stacked is found by trying, and said in one sentence."""

import inspect
import random
from dataclasses import replace
from functools import partial

import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn import functional as F

from dropdecay.engine.torch_memory import fitting
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_probe import obstacle_to_stacking, probe
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.errors import BadSetting
from tests.contract.runs import rows_of
from tests.engine.modules import MODULES, SEQUENCES, Attention, Cnn, Mlp, Tied, UsesItem, surface_of
from tests.engine.test_torch_module_stack import alone, assert_same, by_run

SAME = "Networks are trained one by one; the results are the same."


def obstacle(make, form="table", *, several_folds=False, **changes):
    surface = surface_of(make, form, **changes)
    return obstacle_to_stacking(
        surface.run(), surface.data, rows_of(0).training, several_folds=several_folds
    )


def line_of(function, code):
    """Return the number of a line of a function by what is written there."""
    lines, first = inspect.getsourcelines(function)
    return first + next(at for at, line in enumerate(lines) if code in line)


@pytest.mark.parametrize("make", [Mlp, Cnn, Tied], ids=lambda make: make.__name__)
def test_modules_that_torch_can_map_have_no_obstacle(make):
    assert obstacle(make, MODULES[make]) == ""


def test_a_module_that_reads_a_number_is_named_with_its_line():
    line = line_of(UsesItem.forward, ".item()")
    assert obstacle(UsesItem) == (f"UsesItem cannot be stacked: forward line {line} uses .item().")


class Branches(Mlp):
    def forward(self, x):
        if self.hidden.weight.sum() > 1000:
            return 0 * super().forward(x)
        return super().forward(x)


class Noise(Mlp):
    def forward(self, x):
        return super().forward(x + torch.randn_like(x))


class Chance(Mlp):
    """Draws with Python's own generator, of which torch knows nothing."""

    def forward(self, x):
        return super().forward(x) * random.random()


class Breaks(Mlp):
    def forward(self, x):
        if torch._C._functorch.peek_interpreter_stack() is not None:
            raise KeyError("not inside a transform")
        return super().forward(x)


class Float32Only(Mlp):
    def forward(self, x):
        return super().forward(x) + F.linear(x, torch.ones(3, 6))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Branches, "depends on the value of a tensor"),
        (Breaks, "raises KeyError ('not inside a transform')"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said_with_its_line(make, reason):
    code = {Branches: "if self", Breaks: "raise"}[make]
    line = line_of(make.forward, code)
    assert obstacle(make) == f"{make.__name__} cannot be stacked: forward line {line} {reason}."


class ReadsInputs(Mlp):
    """As models of transformers do, to see whether a mask hides anything."""

    def forward(self, x):
        return super().forward(x) if (x > -100).all() else x[:, :3]


def test_a_module_that_draws_noise_is_stacked_within_a_fold_alone():
    assert obstacle(Noise) == ""
    line = line_of(Noise.forward, "randn")
    assert obstacle(Noise, several_folds=True) == (
        f"Noise cannot be stacked: forward line {line} draws random numbers other than dropout."
    )


def test_a_module_that_reads_its_inputs_is_stacked_within_a_fold_alone():
    assert obstacle(ReadsInputs) == ""
    line = line_of(ReadsInputs.forward, "all()")
    assert obstacle(ReadsInputs, several_folds=True) == (
        f"ReadsInputs cannot be stacked: forward line {line} depends on the value of a tensor."
    )


@pytest.mark.parametrize("make", [Mlp, Cnn, Tied], ids=lambda make: make.__name__)
def test_modules_whose_folds_can_be_stacked_have_no_obstacle(make):
    assert obstacle(make, MODULES[make], several_folds=True) == ""


def test_a_module_that_does_not_run_in_float64_is_trained_one_by_one():
    line = line_of(Float32Only.forward, "F.linear")
    found = obstacle(Float32Only)
    assert found.startswith(
        f"Float32Only cannot be compared in float64: forward line {line} raises"
    )


def test_other_losses_are_an_obstacle_whatever_their_reason():
    assert obstacle(Chance) == "Chance cannot be stacked: its losses are others then."


def test_a_part_that_torch_takes_network_by_network_gains_nothing():
    class Slow(Attention):
        def forward(self, x):
            q = self.inner(F.dropout(x, 0.1, self.training)).unsqueeze(1)
            return self.out(F.scaled_dot_product_attention(q, q, q)[:, 0, -1])

    assert obstacle(Slow, SEQUENCES) == (
        "Slow gains nothing from stacking: torch would take "
        "_scaled_dot_product_flash_attention_for_cpu of each network in turn."
    )


def test_an_optimizer_that_looks_at_whole_tensors_is_an_obstacle():
    class Own(torch.optim.SGD):
        pass

    assert obstacle(Mlp, optimizer=partial(Own, momentum=0.9)) == (
        "Mlp cannot be stacked: Own may look at whole tensors."
    )
    assert obstacle(Mlp, optimizer=torch.optim.Adafactor).startswith("Mlp cannot be stacked: Adaf")


def test_a_module_without_dropout_is_tried_as_well():
    surface = replace(surface_of(lambda: nn.Linear(6, 3)), n_sites=0)
    assert obstacle_to_stacking(surface.run(), surface.data, rows_of(0).training) == ""


def test_a_wide_network_is_not_stacked_on_a_processor_and_nothing_is_said():
    class Wide(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.drop = nn.Linear(6, 4000), nn.Dropout(0.1)
            self.middle, self.out = nn.Linear(4000, 4000), nn.Linear(4000, 3)

        def forward(self, x):
            return self.out(self.drop(self.middle(self.inner(x))))

    surface = surface_of(Wide)
    rows = rows_of(0).training
    found = probe(surface.runs(), surface.data, rows, DeviceRows([surface.data], surface.recipe))
    assert (found.most, found.notice) == (1, "")


def test_a_module_that_cannot_be_stacked_gives_a_notice_once_and_the_same_result(monkeypatch):
    # As on a GPU: on a processor nothing is tried unless it is asked for.
    monkeypatch.setattr("dropdecay.engine.torch_module_engine._on_processor", lambda run: False)
    surface, heard = surface_of(UsesItem), []
    problem, runs = surface.problem(), surface.runs()
    engine = ModuleEngine(on_notice=heard.append)

    fits = by_run(engine(problem, runs, keep_states=True))
    again = by_run(engine(problem, runs, keep_states=True))

    assert_same(alone(problem, runs), fits, rtol=0)
    assert_same(fits, again, rtol=0)
    line = line_of(UsesItem.forward, ".item()")
    assert heard == [f"UsesItem cannot be stacked: forward line {line} uses .item(). {SAME}"]


def test_stacking_that_is_asked_for_and_impossible_is_refused():
    surface = surface_of(UsesItem)
    with pytest.raises(BadSetting, match=r"uses \.item\(\)\. Use stack='auto'\."):
        list(ModuleEngine(stack=True)(surface.problem(), surface.runs()))


def test_stacking_that_is_asked_for_gives_the_same():
    surface = surface_of(Mlp)
    problem, runs = surface.problem(), surface.runs()
    fits = by_run(ModuleEngine(stack=True)(problem, runs, keep_states=True))
    assert_same(alone(problem, runs), fits)


def test_a_single_network_is_not_probed():
    surface, heard = surface_of(UsesItem), []
    list(ModuleEngine(on_notice=heard.append)(surface.problem(), [surface.run()]))
    assert heard == []


def test_what_fits_into_memory_is_the_line_through_two_measurements():
    assert fitting(150, 200, 1125, 512) == 16  # 100 for all, 50 each: 900 of 1125
    assert fitting(150, 200, 1125, 10) == 10
    assert fitting(150, 200, 100, 512) == 1
    assert fitting(100, 100, 10**9, 512) == 512
