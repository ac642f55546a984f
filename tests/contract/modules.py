"""The contract's networks as modules of torch: an engine of modules keeps the same contract."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import nn

from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.torch_module_engine import _LatestRows, _Stacks, kind_of
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.settings import Module
from tests.contract.engine import EngineContract

OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "nesterov": partial(torch.optim.SGD, momentum=0.9, nesterov=True),
}


class Perceptron(nn.Module):
    """Layers like those of a ``Network``, whose hidden units drop at sites 1, 2, ..."""

    def __init__(self, sizes, input_rate=0.0, *, normed=False):
        super().__init__()
        self.drops = nn.ModuleList(nn.Dropout(0.5) for _ in sizes[1:-1])
        self.before = nn.Dropout(input_rate)
        self.layers = nn.ModuleList(map(nn.Linear, sizes[:-1], sizes[1:]))
        self.norms = nn.ModuleList(
            nn.BatchNorm1d(size) if normed else nn.Identity() for size in sizes[1:-1]
        )

    def forward(self, x):
        x = self.before(x)
        for layer, norm, drop in zip(self.layers, self.norms, self.drops, strict=False):
            x = drop(norm(layer(x)).relu())
        return self.layers[-1](x)


def module_of(network, key, input_rate, *, normed):
    """Return a module that starts where the CPU engine's network of this key starts."""
    module = Perceptron(network.sizes, input_rate, normed=normed).double()
    weights, biases = views(network, initial_params(network, key, "float64"))
    with torch.no_grad():
        for layer, weight, bias in zip(module.layers, weights, biases, strict=True):
            layer.weight.copy_(torch.from_numpy(weight.T.copy()))
            layer.bias.copy_(torch.from_numpy(bias.copy()))
    return module


def setting_of(run, optimizer=None, *, normed=False, precision="float32", device="cpu"):
    """Return a run's setting with a module in the place of its network."""
    network, regularization = run.setting.network, run.setting.regularization
    optimizer = optimizer or OPTIMIZERS[run.setting.schedule.optimizer]

    def make(rows):
        own = replace(network, n_inputs=rows.width)
        return module_of(own, run.key, regularization.input_dropout, normed=normed)

    recipe = Recipe(
        make=make, name="Perceptron", targets="classes", is_single=False,
        loss=row_loss(None, "classes"), optimizer=optimizer, sites="drops.*",
        precision=precision, device=device,
    )  # fmt: skip
    identity = f"{network} {regularization.input_dropout} {optimizer} {normed}"
    n_sites = network.n_hidden
    module = Module("Perceptron", identity, n_sites, has_horizon=False, n_params=0, recipe=recipe)
    return replace(run.setting, network=module)


def as_modules(engine, change=setting_of, form=None, **options):
    """Return an engine that trains the contract's runs as modules, and answers for those runs.

    Parameters
    ----------
    engine : Engine
    change : callable
        (run, **options) -> its setting with a module.
    form : callable, optional
        From the rows of the contract to what the module takes.
    """

    def train(problem, runs, *, earlier=None, on_checkpoint=None, **others):
        own = [replace(run, setting=change(run, **options)) for run in runs]
        theirs = {id(one): other for one, other in zip(own, runs, strict=True)}

        def back(fit):
            return replace(fit, run=theirs[id(fit.run)])

        known = None
        if earlier is not None:
            known = _Known({one: earlier[other] for one, other in zip(own, runs, strict=True)
                            if other in earlier})  # fmt: skip
        tell = on_checkpoint and (lambda fits: on_checkpoint([*map(back, fits)]))
        fits = engine(_as(form, problem), own, earlier=known, on_checkpoint=tell, **others)
        try:
            for fit in fits:
                yield back(fit)
        finally:
            fits.close()

    return train


def _as(form, problem):
    """Return a problem whose rows have another form."""
    if form is None:
        return problem

    def dataset_of(fold):
        data = problem.dataset_of(fold)
        return replace(data, X=form(data.X))

    return replace(problem, dataset_of=dataset_of)


class ModuleContract(EngineContract):
    """What an engine of modules promises."""

    @staticmethod
    def weights_of(state):
        weights = [each for name, each in state.arrays.items() if name.startswith("module/")]
        return np.concatenate([each.ravel() for each in weights if each.ndim == 2])


def trained_stacked(problem, runs, **options):
    """Train modules in stacks, as an engine does."""
    runs = sorted(runs, key=lambda run: (run.fold, run.seed))  # else few would be company
    engine = StackedEngine(_Stacks(_LatestRows()), kind_of, most=8, in_flight=64)
    return engine(problem, runs, **options)


class _Known(Mapping):
    """What runs were before, each as a fit of the run that is asked for."""

    def __init__(self, fits):
        self._fits = fits

    def __getitem__(self, run):
        return replace(self._fits[run], run=run)

    def __iter__(self):
        return iter(self._fits)

    def __len__(self):
        return len(self._fits)
