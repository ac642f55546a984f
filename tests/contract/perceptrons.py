"""The perceptrons of the contract as torch modules, so that engines of modules inherit it too."""

from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import nn

from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.state import NetworkState
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.settings import Module

SGD = {
    "sgd": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9, "nesterov": True}
}  # fmt: skip


def as_modules(engine):
    """Return an engine that trains runs over perceptrons as runs over modules.

    What modules do not know (alpha, a limit on norms) is left out.
    """

    def train(problem, runs, *, earlier=None, on_checkpoint=None, **options):
        inner = [_module_run(run) for run in runs]
        original = {id(own): run for own, run in zip(inner, runs, strict=True)}
        if earlier is not None:
            earlier = {
                _module_run(run): replace(fit, state=fit.state and fit.state.whole)
                for run, fit in earlier.items()
            }

        def outside(fit):
            return replace(fit, run=original[id(fit.run)], state=fit.state and Flat.of(fit.state))

        def tell(fit):
            on_checkpoint(outside(fit))

        for fit in engine(
            problem, inner, earlier=earlier, on_checkpoint=on_checkpoint and tell, **options
        ):
            yield outside(fit)

    return train


class Perceptron(nn.Module):
    def __init__(self, n_inputs, hidden, n_outputs):
        super().__init__()
        sizes = (n_inputs, *hidden, n_outputs)
        self.layers = nn.ModuleList(map(nn.Linear, sizes[:-1], sizes[1:]))
        self.drops = nn.ModuleList(nn.Dropout(0.5) for _ in sizes[:-1])

    def forward(self, x):
        for number, (drop, layer) in enumerate(zip(self.drops, self.layers, strict=True)):
            x = layer(drop(torch.relu(x) if number else x))
        return x


class Flat(NetworkState):
    """The state of a module in the form of that of a perceptron: weights, biases, moments."""

    @classmethod
    def of(cls, state):
        arrays = state.arrays
        params = [each for name, each in arrays.items() if name.startswith("module/")]
        moments = [each.ravel() for name, each in arrays.items() if name.startswith("optimizer/")]
        ordered = sorted(params, key=lambda each: each.ndim == 1)
        flat = cls(
            np.concatenate([each.ravel() for each in ordered]),
            np.concatenate(moments or [np.empty(0)]), np.empty(0), state.key,
            state.learning_rate, state.steps, state.epoch, state.rows_seen,
        )  # fmt: skip
        flat.whole = state
        return flat

    def copy(self):
        return self


def _module_run(run):
    network, schedule, regularization = (
        run.setting.network, run.setting.schedule, run.setting.regularization
    )  # fmt: skip
    hidden = network.hidden_layer_sizes
    recipe = Recipe(
        partial(_perceptron, network=network, key=run.key), "Perceptron", "classes", False,
        row_loss(None, "classes"), _optimizer(schedule.optimizer),
    )  # fmt: skip
    own = Module("Perceptron", f"{hidden} {schedule.optimizer}", len(hidden) + 1, False, recipe)
    rates = (regularization.input_dropout, *regularization.hidden_rates(len(hidden)))
    point = replace(regularization, dropout=rates, input_dropout=0.0, max_norm=None, alpha=0.0)
    return replace(run, setting=replace(run.setting, network=own, regularization=point))


def _perceptron(n_inputs, network, key):
    """Return a perceptron with the initial weights that any engine gives it."""
    module = Perceptron(n_inputs, network.hidden_layer_sizes, network.n_outputs)
    known = replace(network, n_inputs=n_inputs)
    with torch.no_grad():
        layers = zip(module.layers, *views(known, initial_params(known, key)), strict=True)
        for layer, weights, bias in layers:
            layer.weight.copy_(torch.from_numpy(weights.T))
            layer.bias.copy_(torch.from_numpy(bias))
    return module


def _optimizer(name):
    return torch.optim.Adam if name == "adam" else partial(torch.optim.SGD, **SGD[name])
