"""Takes the steps of modules; on a GPU as captured graphs, each of which is launched as a whole."""

import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn

from dropdecay.engine.torch_graphs import Repeated
from dropdecay.engine.torch_rates import take_step
from dropdecay.engine.torch_recipe import Recipe

Batch = tuple[Any, torch.Tensor, torch.Tensor]
"""What ``forward`` takes, targets and weights of some rows."""

Losses = tuple[torch.Tensor, torch.Tensor]
"""Mean losses, one or one a network, and the weight of the rows."""

Learn = Callable[[Batch, "int | torch.Tensor", "float | torch.Tensor"], Losses]
"""(batch, number of the step from 1, learning rate) -> losses.

It leaves gradients for the optimizer, and decays the weights. Number and rate may be tensors, which
are read when the step is taken.
"""


class Steps:
    """Takes steps: learns from a batch, then has the optimizer move the weights.

    On a GPU the first two batches of a size are learnt from as they come, and every further one by
    replaying what the second did. Networks that do not allow it take all steps as they come: those
    that read values of tensors, and those whose ``forward`` changes something that no graph holds,
    such as a counter or numbers of Python's own generator.

    Parameters
    ----------
    module : nn.Module
        The network, or one of those that learn together.
    optimizer : torch.optim.Optimizer
    recipe : Recipe
    """

    def __init__(self, module: nn.Module, optimizer: torch.optim.Optimizer, recipe: Recipe) -> None:
        self._module, self._optimizer, self._recipe = module, optimizer, recipe
        self._of_size: dict[int, _Captured] = {}
        self._moves_in_graph = recipe.is_on_gpu and _can_be_captured(optimizer)

    def __call__(self, learn: Learn, batch: Batch, number: int) -> Losses:
        """Take the step of a number, from 1, on a batch; return its losses.

        ``learn`` does the same at every call; it is not kept, see ``Repeated``.
        """
        if not (self._recipe.is_on_gpu and self._recipe.can_be_captured):
            rate = float(self._optimizer.param_groups[0]["lr"])
            found = learn(batch, number, rate)
            take_step(self._optimizer)
            return found
        size = batch[2].shape[-1]
        if size not in self._of_size:
            self._of_size[size] = _Captured(self._optimizer, self._moves_in_graph, batch)
        captured = self._of_size[size]
        before = None if captured.is_ready else _outside_of_tensors(self._module)
        try:
            found = captured(learn, batch, number)
        except RuntimeError as error:
            if isinstance(error, torch.OutOfMemoryError) or not captured.is_being_captured:
                raise
            # Nothing has been computed: the step is taken as it comes, as all others from now on.
            self._forbid()
            return self(learn, batch, number)
        if before is not None and before != _outside_of_tensors(self._module):
            self._forbid()
        return found

    def _forbid(self) -> None:
        self._recipe.forbid_capturing()
        self._of_size.clear()


class _Captured:
    """Steps with batches of one size, in memory whose place never changes."""

    def __init__(self, optimizer: torch.optim.Optimizer, moves_in_graph: bool, like: Batch) -> None:
        self._optimizer, self._moves = optimizer, moves_in_graph
        self._batch: Batch = mapped(torch.empty_like, like)
        device = like[1].device
        self._number = torch.zeros(1, dtype=torch.int64, device=device)
        self._rate = torch.zeros((), dtype=torch.float64, device=device)
        self._paces = [
            torch.zeros((), dtype=_type_of_pace(group), device=device)
            for group in optimizer.param_groups
        ]
        self._repeated = Repeated(device)
        self._losses: Losses | None = None
        self._grads: list[torch.Tensor | None] = []

    @property
    def is_ready(self) -> bool:
        """Whether steps are replayed from now on."""
        return self._repeated.is_captured

    @property
    def is_being_captured(self) -> bool:
        """Whether the latest call was the one that is captured, and failed in it."""
        return self._repeated.is_being_captured

    def __call__(self, learn: Learn, batch: Batch, number: int) -> Losses:
        for place, given in zip(_flat(self._batch), _flat(batch), strict=True):
            place.copy_(given)
        self._number.fill_(number)
        groups = self._optimizer.param_groups
        self._rate.fill_(float(groups[0]["lr"]))
        for pace, group in zip(self._paces, groups, strict=True):
            pace.fill_(float(group["lr"]))
        self._repeated(partial(self._work, learn))
        if not self._moves:
            for weights, grad in zip(self._weights(), self._grads, strict=True):
                weights.grad = grad  # of the graph that was replayed, not of the latest one made
            take_step(self._optimizer)
        assert self._losses is not None
        losses, total = self._losses
        return losses.clone(), total.clone()

    def _work(self, learn: Learn) -> None:
        self._losses = learn(self._batch, self._number, self._rate)
        if self._moves:
            with _paced(self._optimizer, self._paces):
                take_step(self._optimizer)
        self._grads = [each.grad for each in self._weights()]

    def _weights(self) -> Iterator[nn.Parameter]:
        for group in self._optimizer.param_groups:
            yield from group["params"]


@contextmanager
def _paced(optimizer: torch.optim.Optimizer, paces: Sequence[torch.Tensor]) -> Iterator[None]:
    """Let an optimizer read its learning rates from tensors."""
    before = [group["lr"] for group in optimizer.param_groups]
    for group, pace in zip(optimizer.param_groups, paces, strict=True):
        group["lr"] = pace
    try:
        yield
    finally:
        for group, rate in zip(optimizer.param_groups, before, strict=True):
            group["lr"] = rate


def _can_be_captured(optimizer: torch.optim.Optimizer) -> bool:
    """Tell whether an optimizer keeps all it needs on the GPU; let it do so if it is asked to."""
    for group in optimizer.param_groups:
        if "capturable" in group:
            group["capturable"] = True
        elif not group.get("fused"):
            return False
    return True


def _type_of_pace(group: dict[str, Any]) -> torch.dtype:
    # Fused optimizers read a learning rate in float32 whatever the weights are.
    return torch.float32 if group.get("fused") else group["params"][0].dtype


def _outside_of_tensors(module: nn.Module) -> list[Any]:
    """Return what a step can change that no graph holds."""
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002  # users call its functions
    kept: list[Any] = [random.getstate(), pickle.dumps(legacy)]
    for part in module.modules():
        for name, value in vars(part).items():
            if isinstance(value, bool | int | float | str):
                kept.append((name, value))
            elif isinstance(value, np.random.Generator):
                kept.append((name, repr(value.bit_generator.state)))
            elif isinstance(value, random.Random):
                kept.append((name, value.getstate()))
    return kept


def mapped(change: Callable[[torch.Tensor], Any], of_tensors: Any) -> Any:
    """Return a tensor, or tensors in tuples and dicts, changed one by one."""
    if isinstance(of_tensors, dict):
        return {name: mapped(change, each) for name, each in of_tensors.items()}
    if isinstance(of_tensors, tuple):
        return tuple(mapped(change, each) for each in of_tensors)
    return change(of_tensors)


def together(of_tensors: Sequence[Any]) -> Any:
    """Stack what ``mapped`` takes, of one form, along a new first axis."""
    first = of_tensors[0]
    if isinstance(first, dict):
        return {name: together([each[name] for each in of_tensors]) for name in first}
    if isinstance(first, tuple):
        return tuple(map(together, zip(*of_tensors, strict=True)))
    return torch.stack([*of_tensors])


def _flat(batch: Batch) -> list[torch.Tensor]:
    found: list[torch.Tensor] = []
    mapped(found.append, batch)
    return found
