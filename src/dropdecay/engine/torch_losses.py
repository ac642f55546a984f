"""The activations and losses of ``parts`` as tensor operations, for all networks of a stack."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn.functional import log_softmax

_aten = torch.ops.aten  # has the fused slopes that torch's own backward pass uses


@dataclass(frozen=True)
class Activation:
    """An activation and its slope; both write into memory that is given.

    Parameters
    ----------
    value : callable
        ``value(z, out=...)`` writes f(z).
    slope : callable
        ``slope(delta, saved, grad_input=delta)`` multiplies ``delta`` by f'(z).
    saved : {"input", "output"}
        Whether ``slope`` takes z or f(z). If f(z), it may overwrite z.
    """

    value: Callable[..., torch.Tensor]
    slope: Callable[..., torch.Tensor]
    saved: str = "output"


def _relu_slope(delta: torch.Tensor, saved: torch.Tensor, grad_input: torch.Tensor) -> torch.Tensor:
    return _aten.threshold_backward.grad_input(delta, saved, 0, grad_input=grad_input)


def _unchanged(z: torch.Tensor, *_: torch.Tensor, **__: torch.Tensor) -> torch.Tensor:
    return z


ACTIVATIONS = {
    "relu": Activation(_aten.relu.out, _relu_slope),
    "tanh": Activation(torch.tanh, _aten.tanh_backward.grad_input),
    "logistic": Activation(torch.sigmoid, _aten.sigmoid_backward.grad_input),
    "gelu": Activation(_aten.gelu.out, _aten.gelu_backward.grad_input, "input"),
    "silu": Activation(_aten.silu.out, _aten.silu_backward.grad_input, "input"),
    "identity": Activation(_unchanged, _unchanged),
}


@dataclass(frozen=True)
class Loss:
    """A loss with its output function; the networks of a stack are the first axis.

    Parameters
    ----------
    targets : callable
        Targets (n_rows, n_targets), the number of outputs and the smoothing of labels, (K, 1, 1)
        or None -> targets that broadcast against (K, n_rows, n_outputs).
    measure : callable
        Logits and such targets -> evaluation loss (K, n_rows) and outputs.
    gradient : callable
        Outputs and targets -> gradient of the training loss of a row with respect to the logits.
    hits : callable
        Logits and targets (n_rows, n_targets) -> whether every output is on the right side.
    """

    targets: Callable[[torch.Tensor, int, torch.Tensor | None], torch.Tensor]
    measure: Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]
    gradient: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    hits: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def _classes(y: torch.Tensor, n_outputs: int, smoothing: torch.Tensor | None) -> torch.Tensor:
    chosen = (y == torch.arange(n_outputs, device=y.device)).to(y.dtype)
    return chosen if smoothing is None else chosen * (1.0 - smoothing) + smoothing / n_outputs


def _labels(y: torch.Tensor, n_outputs: int, smoothing: torch.Tensor | None) -> torch.Tensor:
    return y if smoothing is None else y * (1.0 - smoothing) + smoothing / 2.0


def _categorical(z: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    logs = log_softmax(z, dim=-1)
    return -(logs * t).sum(-1), logs.exp_()


def _binary(z: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    # torch's softplus is the identity beyond 20, which is too coarse for float64.
    rows = torch.relu(z) - z * t + torch.log1p(torch.exp(-z.abs()))
    return rows.sum(-1), torch.sigmoid(z)


def _logistic_squared(z: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    p = torch.sigmoid(z)
    return (p - t).square().mean(-1), p


def _squared(z: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return (z - t).square().mean(-1), z


def _poisson(z: torch.Tensor, t: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    means = torch.exp(z)
    return (means - t - t * z + torch.xlogy(t, t)).sum(-1), means


def _error(outputs: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return outputs - t


def _logistic_squared_gradient(p: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return 2.0 * (p - t) * p * (1.0 - p)


def _right_class(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return z.argmax(-1) == y[:, 0]


def _right_sides(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return ((z > 0.0) == (y > 0.5)).all(-1)


def _always(z: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.ones_like(z[..., 0])


LOSSES = {
    "categorical_cross_entropy": Loss(_classes, _categorical, _error, _right_class),
    "binary_cross_entropy": Loss(_labels, _binary, _error, _right_sides),
    "logistic_squared_error": Loss(
        _labels, _logistic_squared, _logistic_squared_gradient, _right_sides
    ),
    "half_squared_error": Loss(_labels, _squared, _error, _always),
    "half_poisson": Loss(_labels, _poisson, _error, _always),
}
