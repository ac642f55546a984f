"""What a network of the user's own is made from, and how it is trained: one value for all runs."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from dropdecay.arrays import UInt32
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.torch_decay import DecayRule
from dropdecay.engine.torch_find_sites import Sites
from dropdecay.engine.torch_rates import Factors
from dropdecay.engine.torch_row_loss import RowLoss
from dropdecay.engine.torch_sites import MaskedModule
from dropdecay.errors import BadSetting, Parameter
from dropdecay.kernels.philox import stream_words

PURPOSE_TORCH = 3
"""Of the words that seed torch's own generator: for initial weights and other noise."""

EVALUATION = 2**32 - 1
"""The step at which noise in evaluation mode is drawn: the same for all points and epochs."""

PRECISIONS = ("float32", "float64", "tf32", "bf16")


@dataclass(frozen=True)
class Recipe:
    """How networks are made and trained, whatever their point is.

    Parameters
    ----------
    make : callable
        Given a few rows, returns a new network on the CPU for such rows, with weights drawn by
        torch's generator or given ones.
    name : str
        Of the user's class, for messages.
    targets : {"classes", "labels", "values", "any"}
    is_single : bool
        Whether classes are two, told apart by a single output.
    loss : RowLoss
    optimizer : callable
        (parameters, lr=...) -> an optimizer of torch that decays nothing.
    scheduler : callable or None
        Optimizer -> a scheduler of torch, stepped after every epoch.
    sites : str, callable or None
        Which sites the rates of a point are for.
    mode : {"replace", "scale"}
        What a point's dropout is: the rate of a site, or a factor of its own.
    decays : callable or None
        Which parameters decay; see ``torch_decay.decayed``.
    decay_to : {"zero", "start"}
        Where weight decay pulls: to 0, or to the initial weights.
    device : str
    precision : {"float32", "float64", "tf32", "bf16"}
    augment : callable or None
        (inputs of a batch, generator) -> inputs.
    lr_factors : tuple of (str, float)
        Which parameters have a share of the learning rate; see ``torch_rates``.
    takes_gradients : bool
        Whether ``forward`` or loss take gradients themselves, in evaluation too, as those of
        physics-informed networks do.
    """

    make: Callable[[Inputs], nn.Module]
    name: str
    targets: str
    is_single: bool
    loss: RowLoss
    optimizer: Callable[..., torch.optim.Optimizer]
    scheduler: Callable[[torch.optim.Optimizer], Any] | None = None
    sites: str | Callable[[str], bool] | None = None
    mode: str = "replace"
    decays: DecayRule | None = None
    decay_to: str = "zero"
    device: str = "cpu"
    precision: str = "float32"
    augment: Callable[[Any, torch.Generator], Any] | None = None
    lr_factors: Factors = ()
    takes_gradients: bool = False
    _found: dict[Hashable, Sites] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _not_captured: list[bool] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def is_on_gpu(self) -> bool:
        """Whether networks are trained on a GPU."""
        return self.device.startswith("cuda")

    @property
    def can_be_captured(self) -> bool:
        """Whether steps may be captured as graphs, as far as is known."""
        return not self._not_captured

    def forbid_capturing(self) -> None:
        """Take all steps as they come from now on."""
        self._not_captured.append(True)

    def evaluating(self) -> AbstractContextManager[Any]:
        """Return the context in which networks are evaluated."""
        kind: Any = torch.enable_grad if self.takes_gradients else torch.no_grad
        context: AbstractContextManager[Any] = kind()
        return context

    @property
    def dtype(self) -> torch.dtype:
        """Type of weights and floating inputs."""
        return torch.float64 if self.precision == "float64" else torch.float32

    def masked(self, key: UInt32, example: Inputs) -> MaskedModule:
        """Return a new network with our masks, on its device; its weights follow from the key.

        ``example`` are a few rows, with which its sites are found.
        """
        with own_generator("cpu"):
            seed_torch(seed_of(key, 0), "cpu")
            module = in_type(self.make(example), self.dtype)
            # The sites of one network are those of all, and looking for them runs it several times.
            form = tuple((each.shape[1:], each.dtype) for each in example.arrays)
            masked = MaskedModule(
                module, forward_inputs(tensors_of(example, self.dtype, "cpu")),
                sites=self.sites, dropout=self.mode, found=self._found.get(form),
            )  # fmt: skip
            self._found[form] = masked.found
        masked.module.to(self.device)
        return masked


def in_type(module: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Return a module whose floating numbers are in a type; its own ``to`` makes complex ones real.

    Its ``_apply`` is what ``to`` calls, tied and recurrent weights included.
    """

    def convert(each: torch.Tensor) -> torch.Tensor:
        if each.is_complex():
            return each.to(dtype.to_complex())
        return each.to(dtype) if each.is_floating_point() else each

    return module._apply(convert)


@contextmanager
def products_in(precision: str) -> Iterator[None]:
    """Let CUDA shorten the numbers in products to tf32 where that is asked for, and only there."""
    places = (torch.backends.cuda.matmul, torch.backends.cudnn.conv, torch.backends.cudnn.rnn)
    before = [place.fp32_precision for place in places]
    for place in places:
        place.fp32_precision = "tf32" if precision == "tf32" else "ieee"
    try:
        yield
    finally:
        for place, own in zip(places, before, strict=True):
            place.fp32_precision = own


def seed_of(key: UInt32, step: int) -> int:
    """Return the seed of torch's generator at a step; step 0 draws the initial weights."""
    low, high = stream_words(key, step, PURPOSE_TORCH << 16, 2).tolist()
    return int(low) | int(high) << 32


@contextmanager
def own_generator(device: str) -> Iterator[None]:
    """Put torch's generators back afterwards, so that the user's own numbers stay what they are."""
    devices = [torch.device(device)] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices):
        yield


def seed_torch(seed: int, device: str) -> None:
    """Seed torch's generators.

    ``torch.manual_seed`` formats a stack trace at every call where CUDA is not in use.
    """
    torch.default_generator.manual_seed(seed)
    if device.startswith("cuda"):
        torch.cuda.manual_seed(seed)


def tensors_of(
    inputs: Inputs, dtype: torch.dtype, device: str | torch.device
) -> tuple[tuple[torch.Tensor, ...], tuple[str, ...] | None]:
    """Return inputs as tensors on a device; floating ones in a type."""
    arrays = (torch.from_numpy(each) for each in inputs.arrays)
    moved = tuple(
        each.to(device, dtype) if each.is_floating_point() else each.to(device) for each in arrays
    )
    return moved, inputs.names


def forward_inputs(given: tuple[tuple[torch.Tensor, ...], tuple[str, ...] | None]) -> Any:
    """Return what ``forward`` is called with: a tensor, several, or a dict."""
    tensors, names = given
    if names is not None:
        return dict(zip(names, tensors, strict=True))
    return tensors[0] if len(tensors) == 1 else tensors


def in_parts(n_rows: int, size: int) -> Iterator[slice]:
    """Return the batches of an epoch.

    A last batch of a single row joins the one before: batch norm cannot train on it.
    """
    stops = [*range(size, n_rows, size), n_rows]
    if len(stops) > 1 and n_rows - stops[-2] == 1:
        del stops[-2]
    start = 0
    for stop in stops:
        yield slice(start, stop)
        start = stop


def check_optimizer(optimizer: object) -> None:
    """Refuse an optimizer that cannot be used.

    Raises
    ------
    BadSetting
        If it is no class of torch's optimizers, or one that calls the network by itself.
    """
    is_class = isinstance(optimizer, type) and issubclass(optimizer, torch.optim.Optimizer)
    if not is_class:
        given = repr(optimizer)
        if isinstance(optimizer, torch.optim.Optimizer):
            given = f"one that is made: {type(optimizer).__name__}"
        elif callable(optimizer):
            given = (
                "a function: where parameters have learning rates of their own, give "
                "optimizer__param_groups=[('body.*', {'lr': 0.0001})]"
            )
        raise BadSetting(
            Parameter("optimizer"),
            f" must be a class, such as torch.optim.AdamW, not {given}. Give its arguments as "
            "optimizer__betas=... and the like.",
        )
    if issubclass(optimizer, torch.optim.LBFGS):  # type: ignore[arg-type]  # a class, see above
        raise BadSetting(
            Parameter("optimizer"), " cannot be LBFGS, which takes many steps on one batch. Use "
            "torch.optim.AdamW or torch.optim.SGD.",
        )  # fmt: skip
