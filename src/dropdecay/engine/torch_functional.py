"""Every call of torch that drops units, caught while a mode is on.

nn.Dropout, nn.MultiheadAttention and nn.LSTM end in such a call too, so a user's module needs no
change: its classes, names and hooks stay as they are.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import torch
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from dropdecay.engine.torch_attention import attention, multi_head_attention
from dropdecay.engine.torch_drop import Draw, channels, drop, drop_to_saturation
from dropdecay.engine.torch_inside import from_inside
from dropdecay.engine.torch_recurrent import layer_by_layer, recurrent

_BETWEEN = {"torch.nn.functional", "torch.overrides", "torch._jit_internal"}
"""Modules of torch between the line that drops and the mode."""


_BACKWARD = {torch.autograd.backward, torch.autograd.grad}


@dataclass(frozen=True)
class Dropping:
    """A function of torch that drops units.

    Parameters
    ----------
    name : str
    family : {"units", "attention", "layers"}
        What it drops. A module that drops has one too: its calls of another family are not its own.
    rate : callable
        From the arguments of a call to its own rate, or None where the call drops nothing.
    masked : callable
        From ``draw`` and the arguments of a call to the same result with our mask.
    """

    name: str
    family: str
    rate: Callable[..., float | None]
    masked: Callable[..., Any]


@dataclass(frozen=True)
class Place:
    """Where in a user's code units are dropped: a module, and a line that it runs."""

    module: str  # its name in the network, "" for the network itself
    code: CodeType
    instruction: int
    line: int

    def __str__(self) -> str:
        return f"{Path(self.code.co_filename).name}:{self.line}"


class DropoutCalls(TorchFunctionMode):
    """While on, hands each call that drops units inside a network to ``dropped``.

    Parameters
    ----------
    names : mapping
        From the id of each module of the network to its name.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        super().__init__()
        self._names = names

    def dropped(self, call: Dropping, rate: float, place: Place) -> Draw:
        """Return what draws the masks of this call."""
        raise NotImplementedError

    def __torch_function__(
        self, function: Any, types: Any, args: Sequence[Any] = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is torch.Tensor.backward:  # calls the next one out of the mode's sight
            function, kwargs["grad_tensors"] = torch.autograd.backward, kwargs.pop("gradient")
        if function in _BACKWARD:
            with self:  # checkpoints run parts of forward again
                return from_inside(function)(*args, **kwargs)
        dropping = DROPPING.get(function)
        rate = None if dropping is None else dropping.rate(*args, **kwargs)
        place = None if rate is None else _place(sys._getframe(1), self._names)
        if dropping is None or rate is None or place is None:
            return function(*args, **kwargs)
        return dropping.masked(self.dropped(dropping, rate, place), *args, **kwargs)


def _place(frame: FrameType | None, names: Mapping[int, str]) -> Place | None:
    """Return where a call comes from: the first module on the way up, by the name ``self``."""
    while frame is not None and frame.f_globals.get("__name__") in _BETWEEN:
        frame = frame.f_back
    caller = frame
    while caller is not None and frame is not None:
        code = caller.f_code
        first = caller.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
        if id(first) in names:
            return Place(names[id(first)], frame.f_code, frame.f_lasti, frame.f_lineno)
        caller = caller.f_back
    return None


def _elementwise(
    name: str, way: Callable[..., torch.Tensor], shape: Callable[[torch.Tensor], Sequence[int]]
) -> Dropping:
    """Describe a function of ``torch.nn.functional``."""
    by_default = not name.endswith("alpha_dropout")  # these drop only if told to

    def rate(
        input: torch.Tensor, p: float = 0.5, training: bool = by_default, inplace: bool = False
    ) -> float | None:
        return float(p) if training else None

    def masked(
        draw: Draw,
        input: torch.Tensor,
        p: float = 0.5,
        training: bool = by_default,
        inplace: bool = False,
    ) -> torch.Tensor:
        return way(draw, input, shape(input), inplace)

    return Dropping(f"F.{name}", "units", rate, masked)


def _in_torch(
    name: str, way: Callable[..., torch.Tensor], shape: Callable[[torch.Tensor], Sequence[int]]
) -> Dropping:
    """Describe a function of ``torch`` itself; one that ends in an underscore works in place."""

    def rate(input: torch.Tensor, p: float, train: bool) -> float | None:
        return float(p) if train else None

    def masked(draw: Draw, input: torch.Tensor, p: float, train: bool) -> torch.Tensor:
        return way(draw, input, shape(input), name.endswith("_"))

    return Dropping(f"torch.{name}", "units", rate, masked)


def _between_layers(name: str) -> Dropping:
    def rate(*args: Any) -> float | None:
        call = recurrent(args)
        return float(call.dropout) if call.train and call.num_layers > 1 else None

    def masked(draw: Draw, *args: Any) -> tuple[Any, ...]:
        return layer_by_layer(draw, getattr(torch, name), recurrent(args))

    return Dropping(f"torch.{name}", "layers", rate, masked)


def _attention_rate(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    *_: Any,
    **__: Any,
) -> float | None:
    return float(dropout_p) if dropout_p > 0.0 else None


def _multi_head_rate(*args: Any, training: bool = True, **_: Any) -> float | None:
    return float(args[10]) if training else None


def _whole(x: torch.Tensor) -> Sequence[int]:
    return tuple(x.shape)


def _channels_or_unbatched(n_axes: int) -> Callable[[torch.Tensor], Sequence[int]]:
    return lambda x: channels(x, batched=x.dim() != n_axes)


_FUNCTIONAL = {
    "dropout": (drop, _whole),
    "dropout1d": (drop, _channels_or_unbatched(2)),
    "dropout2d": (drop, channels),  # torch takes 3 axes for a batch here
    "dropout3d": (drop, _channels_or_unbatched(4)),
    "alpha_dropout": (drop_to_saturation, _whole),
    "feature_alpha_dropout": (drop_to_saturation, channels),
}
_TORCH = {
    "dropout": (drop, _whole),
    "feature_dropout": (drop, channels),
    "alpha_dropout": (drop_to_saturation, _whole),
    "feature_alpha_dropout": (drop_to_saturation, channels),
}
DROPPING: dict[Any, Dropping] = {
    **{getattr(functional, name): _elementwise(name, *how) for name, how in _FUNCTIONAL.items()},
    **{
        getattr(torch, spelled): _in_torch(spelled, *how)
        for name, how in _TORCH.items()
        for spelled in (name, f"{name}_")
    },
    **{
        getattr(torch, name): _between_layers(name)
        for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")
    },
    functional.scaled_dot_product_attention: Dropping(
        "F.scaled_dot_product_attention", "attention", _attention_rate, attention
    ),
    functional.multi_head_attention_forward: Dropping(
        "F.multi_head_attention_forward", "attention", _multi_head_rate, multi_head_attention
    ),
}
