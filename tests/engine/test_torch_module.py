"""Networks of the user's own, one by one, give what a plain loop and what the numba engine give."""

from functools import partial
from itertools import product

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn.utils.parametrizations import weight_norm
from torch.nn.utils.parametrize import register_parametrization

from dropdecay.axes import Point
from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import CURVES, Dataset, Problem, Run, run_key
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.kernels.epoch import shuffle
from dropdecay.settings import Module, Regularization, Schedule, Setting
from tests.contract.engine import EngineContract
from tests.contract.modules import as_modules
from tests.contract.runs import adaptive_runs, blobs, make_run, rows_of, surface
from tests.zoo.plain_loop import in_float64, philox_masks, train
from tests.zoo.specimens import ZOO, Specimen

N_ROWS, EPOCHS, BATCH = 150, 3, 16
KEY = run_key(0, 0, 0)


class Unusual(nn.Module):
    """Weights that are dropped (DropConnect), a weight by length, one dropout in two places."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)
        self.first, self.second = nn.Linear(6, 8), weight_norm(nn.Linear(8, 8))
        self.out = nn.Linear(8, 1)
        register_parametrization(self.out, "weight", nn.Dropout(0.1))

    def forward(self, x):
        x = self.drop(self.first(x).tanh())
        return self.out(self.drop(self.second(x).tanh()))[:, 0]


def unusual_data(n_rows, seed):
    x = torch.from_numpy(np.random.default_rng(seed).normal(size=(n_rows, 6)))
    return x, x[:, 0] * x[:, 1]


UNUSUAL = Specimen(
    name="unusual", source="", task="regression", make=Unusual, make_data=unusual_data,
    loss=nn.functional.mse_loss, sites=("drop", "out.parametrizations.weight.0"), inside=(),
    n_functional=0, decayed=("first.weight", "second.parametrizations.weight.original0",
                             "out.parametrizations.weight.original"),
)  # fmt: skip
MASKED = [*(each for each in ZOO if each.drops_in_modules_only), UNUSUAL]


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
            "make": lambda rows: specimen.make(), "name": specimen.name, "targets": "any",
            "is_single": False, "loss": row_loss(partial(specimen.loss, reduction="none"), "any"),
            "optimizer": partial(torch.optim.Adam, weight_decay=0), "precision": "float64",
            **changes,
        }
    )  # fmt: skip
    network = Module(specimen.name, specimen.name, 1, False, 0, recipe)
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

    module = recipe.masked(KEY, data.X[:4]).module
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


EXACT = partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-12)


class Modules(EngineContract):
    train = as_modules(ModuleEngine(), precision="float64")


class Numba(EngineContract):
    train = train_by_numba


def blobs_in_float64():
    data = blobs()
    return Dataset(data.X.astype(np.float64), data.y.astype(np.float64))


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [
        *product(("adam", "sgd"), ("constant", "cosine", "one_cycle")),
        # The velocity of SGD in torch is not in units of the learning rate, as scikit-learn's is:
        # both are the same while that is constant.
        *product(("momentum", "nesterov"), ("constant",)),
    ],
)
def test_curves_are_those_of_numba(optimizer, schedule):
    steps = Schedule(
        4, 16, optimizer, 0.01, learning_rate_schedule=schedule, max_grad_norm=1.0,
    )  # fmt: skip
    points = [
        Regularization(dropout=rate, weight_decay=strength, decay=decay)
        for rate in (0.0, 0.4, (0.2, 0.6))
        for strength, decay in ((0.0, "decoupled"), (0.5, "decoupled"), (0.05, "l2"))
    ]
    runs = [make_run(point, fold, schedule=steps) for point in points for fold in (0, 1)]

    ours, theirs = (contract.fits(runs, blobs_in_float64()) for contract in (Modules(), Numba()))

    for one, other in zip(ours, theirs, strict=True):
        for name in (*CURVES, "out_of_fold_loss"):
            tolerance = EXACT if name != "out_of_fold_loss" else partial(EXACT, rtol=1e-5)
            tolerance(getattr(one, name), getattr(other, name))


def test_points_end_where_those_of_numba_do():
    runs = adaptive_runs(Regularization(dropout=0.5, weight_decay=30.0))
    ours, theirs = (contract.fits(runs, blobs_in_float64()) for contract in (Modules(), Numba()))
    for one, other in zip(ours, theirs, strict=True):
        assert (one.end, one.ending) == (other.end, other.ending)
        np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=1e-6)


def test_the_users_own_random_numbers_stay_what_they_are():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    Modules().fits(surface()[:2])
    assert torch.equal(torch.rand(2), expected)
