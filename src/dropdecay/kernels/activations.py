"""Activations: what a unit makes of its product, and the slope of that; one table at the foot.

An activation is a pair of functions of one number. The loops over a layer are written once and
compiled for each pair: the choice is an integer code, made outside the loops.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numba.extending import register_jitable

from dropdecay.arrays import Floating, UInt16
from dropdecay.kernels.compiled import kernel
from dropdecay.kernels.transcendentals import COMPILED, INLINED, logistic, normal_cdf, normal_density, tanh
_BLOCK = 2048  # units; 20 KiB of values, slopes and decisions


@kernel
def bias_activation(
    code: int,
    values: Floating,  # (n_rows, width), updated in place: f(values + bias)
    bias: Floating,  # (width,)
) -> None:
    """Add the bias and apply the activation, as in evaluation."""
    for start, stop in _blocks(values):
        block = values[start:stop]
        _add_bias(block, bias)
        _apply(code, block.reshape(block.size), None)


@kernel
def bias_activation_slope(
    code: int,
    values: Floating,  # (n_rows, width), updated in place: f(z), z = values + bias
    bias: Floating,  # (width,)
    slopes: Floating,  # (n_rows, width), written: f'(z)
) -> None:
    """Add the bias, apply the activation and keep its slope for the way back."""
    for start, stop in _blocks(values):
        block, block_slopes = values[start:stop], slopes[start:stop]
        _add_bias(block, bias)
        _apply(code, block.reshape(block.size), block_slopes.reshape(block.size))


@kernel
def bias_activation_dropout(
    code: int,
    values: Floating,  # (n_rows, width), updated in place: f(z) * mask, z = values + bias
    bias: Floating,  # (width,)
    slopes: Floating,  # (n_rows, width), written: f'(z) * mask
    decisions: UInt16,  # (n_rows, width)
    threshold: int,  # dropped where decision < threshold, 0 to 65536
    scale: float,  # mask of the survivors, 65536 / (65536 - threshold); that of the others is 0
) -> None:
    """Add the bias, apply activation and dropout, keep the slope of both for the way back."""
    for start, stop in _blocks(values):
        block, block_slopes = values[start:stop], slopes[start:stop]
        bias_activation_slope(code, block, bias, block_slopes)
        size = block.size
        _apply_mask(
            block.reshape(size), block_slopes.reshape(size),
            decisions[start:stop].reshape(size), threshold, scale,
        )  # fmt: skip


@register_jitable(**COMPILED)
def _blocks(values):  # type: ignore[no-untyped-def]
    """Cut a layer into blocks of rows that stay in the first cache from one pass to the next."""
    n_rows, width = values.shape
    step = max(1, _BLOCK // max(1, width))
    for start in range(0, n_rows, step):
        yield start, min(start + step, n_rows)


@register_jitable(**INLINED)
def _add_bias(values, bias):  # type: ignore[no-untyped-def]
    for row in range(values.shape[0]):
        v = values[row]
        for i in range(v.size):
            v[i] += bias[i]


@register_jitable(**INLINED)
def _apply_mask(values, slopes, decisions, threshold, scale):  # type: ignore[no-untyped-def]
    kept, dropped, limit = values.dtype.type(scale), values.dtype.type(0), np.int32(threshold)
    for i in range(values.size):
        mask = kept if decisions[i] >= limit else dropped
        values[i] *= mask
        slopes[i] *= mask


class Activation(NamedTuple):
    """A function of one number and its derivative; ``code`` is its name inside kernels."""

    code: int
    value: Callable[[Any], Any]
    slope: Callable[[Any], Any]


def _loop(activation: Activation) -> Callable[..., None]:
    """Return the loop over units for one activation; without slopes where ``slopes`` is None."""
    value, slope = activation.value, activation.slope

    @register_jitable(**COMPILED)
    def loop(wanted, values, slopes):  # type: ignore[no-untyped-def]
        for i in range(values.size):
            z = values[i]
            values[i] = value(z)
            if slopes is not None:
                slopes[i] = slope(z)

    return loop


def _choice(activations: list[Activation]) -> Callable[..., None]:
    """Return the function that runs the loop of the activation with the wanted code.

    Halving keeps it shallow: LLVM works through every function again in each one that calls it.
    """
    middle = len(activations) // 2
    if middle == 0:
        return _loop(activations[0])
    first, code, second = (
        _choice(activations[:middle]), activations[middle].code, _choice(activations[middle:])
    )  # fmt: skip

    @register_jitable(**COMPILED)
    def choose(wanted, values, slopes):  # type: ignore[no-untyped-def]
        if wanted < code:
            first(wanted, values, slopes)
        else:
            second(wanted, values, slopes)

    return choose


@register_jitable(**INLINED)
def _tanh_slope(z):  # type: ignore[no-untyped-def]
    y, one = tanh(z), type(z)(1)
    return (one - y) * (one + y)


@register_jitable(**INLINED)
def _logistic_slope(z):  # type: ignore[no-untyped-def]
    y = logistic(z)
    return y * (type(z)(1) - y)


@register_jitable(**INLINED)
def _relu(z):  # type: ignore[no-untyped-def]
    zero = type(z)(0)
    return zero if z < zero else z


@register_jitable(**INLINED)
def _relu_slope(z):  # type: ignore[no-untyped-def]
    return type(z)(1) if z > type(z)(0) else type(z)(0)


@register_jitable(**INLINED)
def _gelu(z):  # type: ignore[no-untyped-def]
    """Hendrycks & Gimpel 2016, the exact form with the error function."""
    return z * normal_cdf(z)


@register_jitable(**INLINED)
def _gelu_slope(z):  # type: ignore[no-untyped-def]
    return normal_cdf(z) + z * normal_density(z)


@register_jitable(**INLINED)
def _silu(z):  # type: ignore[no-untyped-def]
    """Hendrycks & Gimpel 2016; Elfwing, Uchibe & Doya 2018."""
    return z * logistic(z)


@register_jitable(**INLINED)
def _silu_slope(z):  # type: ignore[no-untyped-def]
    y, one = logistic(z), type(z)(1)
    return y * (one + z * (one - y))


@register_jitable(**INLINED)
def _identity(z):  # type: ignore[no-untyped-def]
    return z


@register_jitable(**INLINED)
def _identity_slope(z):  # type: ignore[no-untyped-def]
    return type(z)(1)


_TABLE = {
    "tanh": (tanh, _tanh_slope),
    "logistic": (logistic, _logistic_slope),
    "relu": (_relu, _relu_slope),
    "gelu": (_gelu, _gelu_slope),
    "silu": (_silu, _silu_slope),
    "identity": (_identity, _identity_slope),
}
ACTIVATIONS = {name: code for code, name in enumerate(_TABLE)}
IDENTITY = ACTIVATIONS["identity"]
_apply = _choice([Activation(code, *pair) for code, pair in enumerate(_TABLE.values())])
