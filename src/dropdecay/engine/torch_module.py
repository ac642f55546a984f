"""Trains a network of the user's own, one by one: the reference for every faster way."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import torch

from dropdecay.arrays import Int64, UInt32
from dropdecay.engine.protocol import Run
from dropdecay.engine.state import ModuleState, State
from dropdecay.engine.torch_decay import decayed
from dropdecay.engine.torch_epochs import Epochs
from dropdecay.engine.torch_outputs import first_of, in_precision, outputs_by_row, outputs_of
from dropdecay.engine.torch_rates import factors_of, grouped
from dropdecay.engine.torch_recipe import (
    EVALUATION,
    Recipe,
    own_generator,
    seed_of,
    seed_torch,
)
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.torch_state import arrays_of, load_arrays
from dropdecay.engine.torch_steps import Batch, Losses, Steps
from dropdecay.engine.trainer import Evaluation
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.settings import Module, Setting

EVALUATION_ROWS = 256
"""Rows to evaluate at a time, at least."""


def recipe_of(setting: Setting) -> Recipe:
    """Return what the networks of a setting are made from."""
    assert isinstance(setting.network, Module)  # only such runs reach this engine
    recipe = setting.network.recipe
    assert isinstance(recipe, Recipe)
    return recipe


def value_of(setting: Setting) -> float | tuple[float, ...]:
    """Return the dropout of a setting: a rate, one a site, or a factor."""
    regularization = setting.regularization
    is_factor = recipe_of(setting).mode == "scale"
    return regularization.dropout_factor if is_factor else regularization.dropout


class ModuleTrainer:
    """Trains one network; see ``engine.trainer.Trainer``."""

    def __init__(self, run: Run, data: DeviceRows, rows: Int64, state: State | None = None) -> None:
        self._setting, self._key = run.setting, run.key
        self._recipe, self._data = recipe_of(run.setting), data
        self.masked = self._recipe.masked(run.key, data.example)
        self.masked.at(value_of(run.setting), run.key)
        self._module = self.masked.module
        named = dict(self._module.named_parameters())
        trained = {name: each for name, each in named.items() if each.requires_grad}
        self._trained = [*trained.values()]
        names = decayed(self._module, self._recipe.decays)
        self._decayed = [named[each] for each in names]
        self._factors = [*factors_of(names, self._recipe.lr_factors).values()]
        self._start = None
        if self._recipe.decay_to == "start":
            self._start = [each.detach().clone() for each in self._decayed]
        self._optimizer = self._recipe.optimizer(
            grouped(trained, self._recipe.lr_factors), lr=run.setting.schedule.learning_rate
        )
        self._epochs = Epochs(
            run.setting.schedule, [run.key], [rows], self._recipe, self._optimizer
        )
        self._steps = Steps(self._module, self._optimizer, self._recipe)
        if state is not None:
            assert isinstance(state, ModuleState)  # only such runs reach this engine
            load_arrays(state.arrays, self._module, self._optimizer)
            self._epochs.resume(state)

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self._epochs.done

    def state(self) -> ModuleState:
        """Return what training continues from."""
        return self._epochs.state_with(arrays_of(self._module, self._optimizer))

    def train_one_epoch(self) -> float:
        """Take all steps of an epoch."""
        self._module.train()
        return float(self._epochs.run(self._step))

    def _step(self, taken: torch.Tensor, step: int) -> Losses:
        """Take a step on some rows; return their mean loss in training mode and their weight."""
        # For noise other than dropout.
        seed_torch(seed_of(self._key, step), self._recipe.device)
        inputs, targets, weight = self._data.batch(taken[0])
        if self._recipe.augment is not None:
            inputs = self._recipe.augment(inputs, generator_of(self._key, step, self._recipe))
        return self._steps(self._learn, (inputs, targets, weight), step)

    def _learn(
        self, batch: Batch, step: int | torch.Tensor, learning_rate: float | torch.Tensor
    ) -> Losses:
        """See ``torch_steps.Learn``."""
        inputs, targets, weight = batch
        self._optimizer.zero_grad(set_to_none=True)
        with self.masked.step(step):
            with autocast_of(self._recipe):
                outputs = outputs_of(self._module, inputs)
            each = self._recipe.loss.training(in_precision(outputs, self._recipe.dtype), targets)
            total = weight.sum()
            # Where no row of the batch has any weight, there is nothing to learn from it.
            loss = (each * weight).sum() / total.clamp(min=torch.finfo(weight.dtype).tiny)
            loss.backward()
        regularization = self._setting.regularization
        with torch.no_grad():
            if self._setting.schedule.max_grad_norm is not None:
                self._clip(self._setting.schedule.max_grad_norm)
            if regularization.weight_decay and regularization.decay == "l2":
                self._add_penalty(regularization.weight_decay)
            if regularization.weight_decay and regularization.decay == "decoupled":
                self._pull(learning_rate * regularization.weight_decay)
        return loss.detach(), total

    def _clip(self, limit: float) -> None:
        """Scale the gradient of the loss, without the penalty, down to a norm.

        ``clip_grad_norm_`` of torch would stay a little below it: it adds 1e-6 to the norm.
        """
        grads = [each.grad for each in self._trained if each.grad is not None]
        norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(grads)))
        torch._foreach_mul_(grads, (limit / norm).clamp(max=1.0))

    def _add_penalty(self, strength: float) -> None:
        """Add the gradient of strength * sum(W ** 2)."""
        for number, weights in enumerate(self._decayed):
            away = weights if self._start is None else weights - self._start[number]
            if weights.grad is None:
                weights.grad = torch.zeros_like(weights)
            weights.grad.add_(away, alpha=2.0 * strength)

    def _pull(self, share: float | torch.Tensor) -> None:
        """Take a share of the way to zero, or to where the weights began."""
        if self._recipe.lr_factors:
            for number, (weights, factor) in enumerate(
                zip(self._decayed, self._factors, strict=True)
            ):
                away = weights if self._start is None else weights - self._start[number]
                weights.sub_(away * (share * factor))
        elif self._start is None:
            torch._foreach_mul_(self._decayed, 1.0 - share)
        elif isinstance(share, float):
            torch._foreach_lerp_(self._decayed, self._start, share)
        else:
            for weights, start in zip(self._decayed, self._start, strict=True):
                weights.lerp_(start, share.to(weights.dtype))

    def evaluate(self, rows: Int64, *, keep_outputs: bool) -> Evaluation:
        """Evaluate rows of the data set."""
        self._module.eval()
        size = max(EVALUATION_ROWS, self._setting.schedule.batch_size)
        order = torch.from_numpy(rows).to(self._recipe.device)
        found = []
        with self._recipe.evaluating(), own_generator(self._recipe.device):
            seed_torch(seed_of(self._key, EVALUATION), self._recipe.device)
            for start in range(0, rows.size, size):
                inputs, targets, _ = self._data.batch(order[start : start + size])
                with autocast_of(self._recipe):
                    outputs = outputs_by_row(self._module, inputs)
                outputs = in_precision(outputs, self._recipe.dtype)
                found.append(evaluated(self._recipe, outputs, targets, keep_outputs))
        if not found:
            return Evaluation(np.empty(0), np.empty(0), np.empty((0, 0)))
        losses, hits, kept = (torch.cat(each) for each in zip(*found, strict=True))
        return Evaluation(
            losses.double().cpu().numpy(), hits.double().cpu().numpy(), kept.cpu().numpy()
        )

    def weigh(self) -> tuple[float, float]:
        """Return the norm of what decays, and the share of it that is nearly zero."""
        with torch.no_grad():
            squares = [each.double().square().sum() for each in self._decayed]
            near = [(each.abs() < NEAR_ZERO).sum() for each in self._decayed]
            n_weights = sum(each.numel() for each in self._decayed)
            if not n_weights:
                return float("nan"), float("nan")
            return (
                float(torch.stack(squares).sum().sqrt()),
                float(torch.stack(near).sum()) / n_weights,
            )


def autocast_of(recipe: Recipe) -> AbstractContextManager[Any]:
    """Return the context in which outputs are computed in the recipe's precision."""
    if recipe.precision != "bf16":
        return nullcontext()
    context: AbstractContextManager[Any] = torch.autocast(
        torch.device(recipe.device).type, torch.bfloat16
    )
    return context


def evaluated(
    recipe: Recipe, given: Any, targets: torch.Tensor, keep_outputs: bool
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return losses, hits and predictions of a batch, for which a module gave this."""
    losses, outputs = recipe.loss.evaluation(given, targets), first_of(given)
    if recipe.targets in ("classes", "labels"):
        outputs = recipe.loss.probabilities(outputs)
        outputs = outputs.unsqueeze(1) if outputs.ndim == 1 else outputs
        hits = hits_of(outputs, targets)
    else:
        outputs = outputs.reshape(len(outputs), -1)
        # Where nothing can be right or wrong, what stands in for accuracy rises as the loss falls.
        hits = -losses
    return losses.detach(), hits.detach(), (outputs if keep_outputs else outputs[:0]).detach()


def hits_of(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return 1 for every row whose most likely classes or labels are right, else 0."""
    if outputs.shape[1] > 1 and (targets.ndim == 1 or targets.shape[1] == 1):
        return (outputs.argmax(1) == targets.reshape(-1)).double()
    return ((outputs > 0.5) == (targets.reshape(outputs.shape) > 0.5)).all(1).double()


def generator_of(key: UInt32, step: int, recipe: Recipe) -> torch.Generator:
    """Return a generator for augmentation: the same for all points of a fold and seed."""
    made = torch.Generator(recipe.device)
    made.manual_seed(seed_of(key, step))
    return made
