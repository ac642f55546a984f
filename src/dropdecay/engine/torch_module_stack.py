"""Trains several networks of one recipe as one: torch.func maps a step over stacked parameters.

Those of a part share rows, batches and dropout decisions, as all points of a fold and seed do. What
``ModuleTrainer`` does to one network is done here to all of them, in the same order.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import nn

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.protocol import Run
from dropdecay.engine.state import ModuleState
from dropdecay.engine.torch_datasets import place_of
from dropdecay.engine.torch_decay import decayed
from dropdecay.engine.torch_epochs import Epochs
from dropdecay.engine.torch_module import (
    EVALUATION_ROWS,
    autocast_of,
    evaluated,
    generator_of,
    recipe_of,
    value_of,
)
from dropdecay.engine.torch_outputs import in_precision, outputs_by_row, outputs_of
from dropdecay.engine.torch_rates import factors_of, grouped
from dropdecay.engine.torch_recipe import EVALUATION, own_generator, seed_of, seed_torch
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.torch_sites import Keyed
from dropdecay.engine.torch_stacked_state import StackedTensors, kept_by_number
from dropdecay.engine.torch_steps import Batch, Losses, Steps, mapped, together
from dropdecay.engine.trainer import Part
from dropdecay.kernels.weight_summary import NEAR_ZERO

_Evaluated = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class ModuleStack:
    """Trains networks together; see ``engine.trainer.Stack``.

    One that diverges fills with NaN and leaves the others as they are.

    Parameters
    ----------
    parts : sequence of Part
        Their runs have one recipe and schedule, and each part as many rows; all states have equal
        epochs.
    data : DeviceRows
        Of the data sets of the parts.
    """

    def __init__(self, parts: Sequence[Part], data: DeviceRows) -> None:
        runs = [run for part in parts for run in part.runs]
        setting = runs[0].setting
        self._n, self._schedule = len(runs), setting.schedule
        self._keys = [part.runs[0].key for part in parts]
        self._recipe, self._data = recipe_of(setting), data
        self._datasets = [place_of(part.dataset, data.datasets) for part in parts]
        stops = np.cumsum([0, *(len(part.runs) for part in parts)])
        self._places = [slice(start, stop) for start, stop in pairwise(stops.tolist())]
        self._part_of = torch.from_numpy(np.repeat(np.arange(len(parts)), np.diff(stops)))
        self._part_of = self._part_of.to(self._recipe.device)
        masked = [self._recipe.masked(key, data.example) for key in self._keys]
        self._masked, self._called = masked[0], _Called(masked[0].module)
        self._masked.at(value_of(setting), self._keys[0])
        self._params, self._buffers = self._stacked([each.module for each in masked])
        rates = [self._masked.rates(value_of(run.setting)) for run in runs]
        self._rates = torch.tensor(rates, dtype=torch.float64, device=self._recipe.device)
        self._decays = _Decays(runs, self._masked.module, self._params, self._recipe.decay_to)
        self._optimizer = self._recipe.optimizer(
            grouped(self._params, self._recipe.lr_factors), lr=self._schedule.learning_rate
        )
        rows = [data.shifted(part.rows, at) for part, at in zip(parts, self._datasets, strict=True)]
        self._epochs = Epochs(self._schedule, self._keys, rows, self._recipe, self._optimizer)
        self._steps = Steps(self._masked.module, self._optimizer, self._recipe)
        # Networks of one key draw the same noise, as one by one; of several keys they must not.
        self._randomness = "same" if len(self._keys) == 1 else "error"
        states = [state for part in parts for state in part.states]
        if states[0] is not None:
            known = [each for each in states if isinstance(each, ModuleState)]
            self._tensors().load([each.arrays for each in known])
            self._epochs.resume(known[0])

    def _stacked(
        self, modules: Sequence[nn.Module]
    ) -> tuple[dict[str, nn.Parameter], dict[str, torch.Tensor]]:
        """Return the parameters that are trained and what else networks have, with all networks.

        ``modules`` are one a part. Frozen parameters of one part are the same in all networks.
        """
        named = [dict(each.named_parameters()) for each in modules]
        trained = {name for name, each in named[0].items() if each.requires_grad}
        params = {name: nn.Parameter(self._of_all([each[name] for each in named]))
                  for name in named[0] if name in trained}  # fmt: skip
        others = [dict(each.named_buffers()) for each in modules]
        if len(modules) > 1:
            for own, of_module in zip(others, named, strict=True):
                own |= {name: each for name, each in of_module.items() if name not in trained}
        return params, {name: self._of_all([each[name] for each in others]) for name in others[0]}

    def _of_all(self, by_part: Sequence[torch.Tensor]) -> torch.Tensor:
        return torch.stack([each.detach() for each in by_part]).index_select(0, self._part_of)

    def states(self) -> list[ModuleState]:
        """Return copies of the states of all networks, as ``ModuleTrainer`` gives them."""
        parts = self._part_of.tolist()
        return [*map(self._epochs.state_with, self._tensors().arrays(), parts)]

    def _tensors(self) -> StackedTensors:
        like = next(iter(self._params.values()))
        by_number = kept_by_number(self._recipe.optimizer, like)
        return StackedTensors(
            self._n, self._masked.module, self._params, self._buffers, self._optimizer, by_number
        )

    def train_one_epoch(self) -> Float64:
        """Take all steps of an epoch; return every mean loss in training mode."""
        self._called.train()
        found: Float64 = self._epochs.run(self._step).double().cpu().numpy()
        return np.where(np.isfinite(found), found, np.nan)

    def _step(self, taken: torch.Tensor, step: int) -> Losses:
        """Take a step on some rows of each part; return every mean loss, and the rows' weight."""
        # Where there is one part, its networks take its rows as they are.
        inputs, targets, weight = self._data.batch(taken if len(taken) > 1 else taken[0])
        # For noise other than dropout, which networks of one part alone may draw.
        seed_torch(seed_of(self._keys[0], step), self._recipe.device)
        if self._recipe.augment is not None:  # once for all networks of a part
            inputs = self._augmented(inputs, step)
        return self._steps(self._learn, (inputs, targets, weight), step)

    def _augmented(self, inputs: Any, step: int) -> Any:
        assert self._recipe.augment is not None
        found = []
        for part, key in enumerate(self._keys):
            seed_torch(seed_of(key, step), self._recipe.device)
            own = mapped(itemgetter(part), inputs) if len(self._keys) > 1 else inputs
            found.append(self._recipe.augment(own, generator_of(key, step, self._recipe)))
        return found[0] if len(found) == 1 else together(found)

    def _learn(
        self, batch: Batch, step: int | torch.Tensor, learning_rate: float | torch.Tensor
    ) -> Losses:
        """See ``torch_steps.Learn``."""
        recipe, (inputs, targets, weight) = self._recipe, batch
        total = weight.sum(-1, keepdim=True)
        shares = weight / total.clamp(min=torch.finfo(weight.dtype).tiny)
        of_rows, given = (inputs, targets, shares), None
        if len(self._keys) > 1:
            of_rows, given = mapped(self._spread, of_rows), 0

        def loss(
            params: dict[str, torch.Tensor],
            buffers: dict[str, torch.Tensor],
            rates: torch.Tensor,
            part: torch.Tensor,
            of_rows: tuple[Any, torch.Tensor, torch.Tensor],
        ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
            inputs, targets, shares = of_rows
            keyed = Keyed(self._keys, None if given is None else part)
            with self._masked.step(step, rates, keyed):
                outputs, changed = self._outputs(params, buffers, inputs)
                each = recipe.loss.training(in_precision(outputs, recipe.dtype), targets)
            return (each * shares).sum(), changed

        slopes, (losses, changed) = torch.func.vmap(
            torch.func.grad_and_value(loss, has_aux=True),
            (0, 0, 0, 0, given),
            randomness=self._randomness,
        )(self._values(), self._buffers, self._rates, self._part_of, of_rows)
        with torch.no_grad():
            for name, each in changed.items():
                self._buffers[name].copy_(each)
            if self._schedule.max_grad_norm is not None:
                _clip(slopes, self._schedule.max_grad_norm)
            self._decays.penalize(slopes)
            self._decays.pull(learning_rate)
        for name, weights in self._params.items():
            # Fused optimizers take gradients to lie in memory as the weights do.
            weights.grad = slopes[name].contiguous()
        return losses.detach(), total.view(-1).index_select(0, self._part_of)

    def _spread(self, by_part: torch.Tensor) -> torch.Tensor:
        return by_part.index_select(0, self._part_of)

    def _values(self) -> dict[str, torch.Tensor]:
        """Return the parameters without the graph that torch would draw around the step."""
        return {name: each.detach() for name, each in self._params.items()}

    def _outputs(
        self, params: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], inputs: Any
    ) -> tuple[Any, dict[str, torch.Tensor]]:
        """Return the outputs of one network, and its buffers as they are afterwards."""
        own = {f"{_Called.PREFIX}{name}": each for name, each in {**params, **buffers}.items()}
        with autocast_of(self._recipe):
            outputs = torch.func.functional_call(self._called, own, (inputs,))
        return outputs, {name: own[f"{_Called.PREFIX}{name}"] for name in buffers}

    def evaluate(
        self, rows: Int64, *, keep_outputs: bool, part: int = 0
    ) -> tuple[Float64, Float64, Floating]:
        """Return losses and hits, (n_networks, n_rows), and outputs, (n_networks, n_rows, ...)."""
        self._called.eval()
        size = max(EVALUATION_ROWS, self._schedule.batch_size)
        order = torch.from_numpy(rows).to(self._recipe.device)
        place = self._places[part]
        params, buffers = (
            {name: each[place] for name, each in kept.items()}
            for kept in (self._values(), self._buffers)
        )
        evaluate = partial(self._evaluated, params, buffers)
        found = []
        with self._recipe.evaluating(), own_generator(self._recipe.device):
            seed_torch(seed_of(self._keys[part], EVALUATION), self._recipe.device)
            for start in range(0, rows.size, size):
                taken = order[start : start + size]
                inputs, targets, _ = self._data.batch(taken, self._datasets[part])
                found.append(evaluate(inputs, targets, keep_outputs))
        if not found:
            n = len(range(self._n)[self._places[part]])
            return np.empty((n, 0)), np.empty((n, 0)), np.empty((n, 0, 0))
        losses, hits, kept = (torch.cat(each, dim=1) for each in zip(*found, strict=True))
        return losses.double().cpu().numpy(), hits.double().cpu().numpy(), kept.cpu().numpy()

    def _evaluated(
        self,
        params: dict[str, torch.Tensor],
        buffers: dict[str, torch.Tensor],
        inputs: Any,
        targets: torch.Tensor,
        keep_outputs: bool,
    ) -> _Evaluated:
        """Return losses, hits and outputs of a batch, each with the networks as first axis."""

        def one(params: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor]) -> _Evaluated:
            outputs, _ = self._outputs(params, buffers, inputs)
            outputs = in_precision(outputs, self._recipe.dtype)
            return evaluated(self._recipe, outputs, targets, keep_outputs)

        tensors, noise = (params, buffers), torch.get_rng_state()
        try:
            mapped: _Evaluated = torch.func.vmap(one, randomness="same")(*tensors)
        except RuntimeError as error:
            # Recurrent layers are mapped while a gradient is taken, and not otherwise.
            if "Batching rule not implemented" not in str(error):
                raise
            in_turn = []
            for at in range(len(next(iter(params.values())))):
                torch.set_rng_state(noise)  # all of them see the same
                in_turn.append(one(*(_of_one(each, at) for each in tensors)))
            losses, hits, outputs = (torch.stack(each) for each in zip(*in_turn, strict=True))
            return losses, hits, outputs
        return mapped

    def weigh(self) -> Float64:
        """Return the norm of what decays in every network, and the share that is nearly zero."""
        weights = self._decays.flat()
        if not weights:
            return np.full((self._n, 2), np.nan)
        with torch.no_grad():
            squares = torch.stack([each.double().square().sum(1) for each in weights]).sum(0)
            near = torch.stack([(each.abs() < NEAR_ZERO).sum(1) for each in weights]).sum(0)
            share = near.double() / sum(each.shape[1] for each in weights)
            found: Float64 = torch.stack((squares.sqrt(), share), dim=1).cpu().numpy()
        return found


def _of_one(stacked: dict[str, torch.Tensor], at: int) -> dict[str, torch.Tensor]:
    return {name: each[at] for name, each in stacked.items()}


class _Called(nn.Module):
    """Calls a module as its inputs and outputs ask for."""

    PREFIX = "module."
    """In front of the names of its parameters."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: Any) -> Any:
        return (outputs_of if self.training else outputs_by_row)(self.module, inputs)


class _Decays:
    """Weight decay of every network at its own strength, on stacked parameters."""

    def __init__(
        self, runs: Sequence[Run], module: nn.Module, params: dict[str, nn.Parameter], to: str
    ) -> None:
        recipe = recipe_of(runs[0].setting)
        self._params = {name: params[name] for name in decayed(module, recipe.decays)}
        self._factors = factors_of(self._params, recipe.lr_factors)
        self._start = (
            {name: each.detach().clone() for name, each in self._params.items()}
            if to == "start"
            else None
        )
        self._l2, self._decoupled = (
            _strengths(runs, kind, recipe.device) for kind in ("l2", "decoupled")
        )

    def flat(self) -> list[torch.Tensor]:
        """Return what decays, each tensor as (n_networks, n_numbers)."""
        return [each.detach().flatten(1) for each in self._params.values()]

    def penalize(self, slopes: dict[str, torch.Tensor]) -> None:
        """Add the gradients of strength * sum(W ** 2)."""
        if self._l2 is None:
            return
        for name, weights in self._params.items():
            away = weights if self._start is None else weights - self._start[name]
            slopes[name] = slopes[name] + _beside(2.0 * self._l2, weights) * away

    def pull(self, rate: float | torch.Tensor) -> None:
        """Take a share of the way to zero, or to where the weights began."""
        if self._decoupled is None:
            return
        whole = rate * self._decoupled
        for name, weights in self._params.items():
            factor = self._factors[name]
            share = whole if factor == 1.0 else whole * factor
            if self._start is None:
                weights.mul_(_beside(1.0 - share, weights))
            else:
                weights.lerp_(self._start[name], _beside(share, weights))


def _strengths(runs: Sequence[Run], kind: str, device: str) -> torch.Tensor | None:
    """Return the strength of every network whose decay is of a kind; None: there is none."""
    regularizations = [run.setting.regularization for run in runs]
    found = [each.weight_decay if each.decay == kind else 0.0 for each in regularizations]
    return torch.tensor(found, dtype=torch.float64, device=device) if any(found) else None


def _beside(numbers: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return one number a network, in the form in which it acts on all of its weights."""
    return numbers.to(weights.dtype).view(-1, *(1 for _ in weights.shape[1:]))


def _clip(slopes: dict[str, torch.Tensor], most: float) -> None:
    """Limit the norm of each network's gradient, as ``ModuleTrainer`` does."""
    norms = torch.stack(
        [torch.linalg.vector_norm(each.flatten(1), dim=1) for each in slopes.values()]
    )
    total = torch.linalg.vector_norm(norms, dim=0)
    factors = (most / total).clamp(max=1.0)
    for each in slopes.values():
        each.mul_(_beside(factors, each))
