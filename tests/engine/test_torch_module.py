"""Networks of the user's own, one by one: the contract of engines, and a plain loop by hand."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.axes import Point
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.kernels.epoch import shuffle
from dropdecay.settings import Module, Regularization, Schedule, Setting
from tests.contract.engine import rows_of
from tests.zoo.plain_loop import in_float64, philox_masks, train
from tests.zoo.specimens import ZOO

N_ROWS, EPOCHS, BATCH = 150, 3, 16
KEY = run_key(0, 0, 0)
MASKED = [each for each in ZOO if each.drops_in_modules_only]


def inputs_of(given):
    if isinstance(given, dict):
        return Inputs(tuple(each.numpy() for each in given.values()), tuple(given))
    given = given if isinstance(given, tuple) else (given,)
    return Inputs(tuple(each.numpy() for each in given))


def kind_of(specimen, targets):
    return "values" if targets.is_floating_point() else "classes"


def setting_of(specimen, regularization, **changes):
    inputs, targets = specimen.make_data(N_ROWS, 0)
    every = inputs_of(in_float64(inputs))
    recipe = Recipe(
        **{
            "make": specimen.make, "name": specimen.name, "example": every[:4], "targets": "any",
            "is_single": False, "loss": row_loss(partial(specimen.loss, reduction="none"), "any"),
            "optimizer": partial(torch.optim.Adam, weight_decay=0), "precision": "float64",
            **changes,
        }
    )  # fmt: skip
    network = Module(specimen.name, specimen.name, 1, False, recipe)
    schedule = Schedule(EPOCHS, BATCH, learning_rate=1e-2)
    return Setting(network, regularization, schedule), Dataset(every, in_float64(targets).numpy())


def fit_of(setting, data, **options):
    run = Run(setting, Point(()), 0, 0, EPOCHS, KEY)
    problem = Problem({0: rows_of(0)}, lambda fold: data)
    (fit,) = ModuleEngine()(problem, [run], keep_states=True, **options)
    return fit


@pytest.mark.parametrize("specimen", MASKED, ids=lambda each: each.name)
def test_losses_are_those_of_a_plain_loop_in_torch(specimen):
    rate, decay = 0.3, 0.1
    setting, data = setting_of(specimen, Regularization(dropout=rate, weight_decay=decay))
    recipe = setting.network.recipe
    fit = fit_of(setting, data)

    module = recipe.masked(KEY).module
    n_sites = sum(isinstance(each, nn.modules.dropout._DropoutNd) for each in module.modules())
    batches = []
    for epoch in range(1, EPOCHS + 1):
        rows = rows_of(0).training.copy()
        shuffle(rows, epoch, KEY)
        batches.append([rows[start : start + BATCH] for start in range(0, rows.size, BATCH)])
    inputs, targets = map(in_float64, specimen.make_data(N_ROWS, 0))
    losses = train(
        module, inputs, targets, specimen.loss,
        batches=[batch for epoch in batches for batch in epoch],
        optimizer=torch.optim.Adam(module.parameters(), lr=1e-2),
        decayed=specimen.decayed, weight_decay=decay,
        mask_of=philox_masks([rate] * n_sites, KEY),
    )  # fmt: skip

    by_epoch = np.split(np.array(losses), EPOCHS)
    sizes = [len(batch) for batch in batches[0]]
    expected = [np.average(each, weights=sizes) for each in by_epoch]
    np.testing.assert_allclose(fit.descent_loss, expected, rtol=1e-9)
