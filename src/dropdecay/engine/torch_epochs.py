"""The epochs of modules: in which order rows come, in which steps, at which learning rates."""

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import torch

from dropdecay.arrays import AnyArray, Int64, UInt32
from dropdecay.engine.state import ModuleState
from dropdecay.engine.torch_recipe import Recipe, in_parts, own_generator
from dropdecay.kernels.epoch import shuffle
from dropdecay.schedules import rates_of_epoch
from dropdecay.settings import Schedule

Step = Callable[[torch.Tensor, int], tuple[torch.Tensor, torch.Tensor]]
"""(rows of a batch of each part, (n_parts, n_rows); number of the step from 1) -> mean losses, one
or one a network, and the weights of the rows, likewise."""


class Epochs:
    """Goes through epochs, whatever a step trains: one network, or several at once.

    Parameters
    ----------
    schedule : Schedule
    keys : sequence of shape (2,), uint32
        Of each part: of each fold and seed that takes its steps with the others.
    rows : sequence of shape (n_rows,), int64
        The training rows of each part, in the order used without shuffling.
    recipe : Recipe
    optimizer : torch.optim.Optimizer
    """

    def __init__(
        self,
        schedule: Schedule,
        keys: Sequence[UInt32],
        rows: Sequence[Int64],
        recipe: Recipe,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        self._schedule, self._keys, self._rows = schedule, keys, rows
        self._device, self._optimizer = recipe.device, optimizer
        self._scheduler = None if recipe.scheduler is None else recipe.scheduler(optimizer)
        self.done, self._steps = 0, 0

    @property
    def rate(self) -> float:
        """The learning rate of the latest step, or of the next epoch."""
        return float(self._optimizer.param_groups[0]["lr"])

    def resume(self, state: ModuleState) -> None:
        """Go on where a state stands; the optimizer has what it kept already."""
        self.done, self._steps = state.epoch, state.steps
        if self._scheduler is not None:
            with warnings.catch_warnings(action="ignore"):  # no step of the optimizer in between
                for _ in range(state.epoch):  # it holds no more than the number of epochs tells
                    self._scheduler.step()

    def state_with(self, arrays: dict[str, AnyArray], part: int = 0) -> ModuleState:
        """Return the state of a network of a part that has these arrays now."""
        return ModuleState(
            arrays, self._keys[part].copy(), self.rate, self._steps, self.done,
            self.done * self._rows[0].size,
        )  # fmt: skip

    def run(self, step: Step) -> torch.Tensor:
        """Take all steps of an epoch; return the weighted mean of their losses."""
        rows = np.stack(self._rows)
        if self._schedule.shuffle:
            for own, key in zip(rows, self._keys, strict=True):
                shuffle(own, self.done + 1, key)
        order = torch.from_numpy(rows).to(self._device)
        batches = [*in_parts(rows.shape[1], self._schedule.batch_size)]
        rates = None
        if self._scheduler is None:
            first = self._schedule.learning_rate
            rates = rates_of_epoch(self._schedule, first, self.done, len(batches))
        losses, weights = [], []
        with own_generator(self._device):
            for number, batch in enumerate(batches):
                if rates is not None:
                    for group in self._optimizer.param_groups:
                        group["lr"] = float(rates[number])
                loss, weight = step(order[:, batch], self._steps + 1 + number)
                losses.append(loss)
                weights.append(weight)
        self._steps += len(batches)
        self.done += 1
        if self._scheduler is not None:
            self._scheduler.step()
        total, each = torch.stack(weights), torch.stack(losses)
        return (each * total).sum(0) / total.sum(0)
