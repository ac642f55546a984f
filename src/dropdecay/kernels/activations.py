"""Activation functions and their slopes, applied to a layer; the dispatch is at the end.

An activation is a pair of functions of one number. The loop over a layer is written once and
compiled for each pair; an integer code selects the pair outside the loop. Names: ``parts.py``.
"""

from collections.abc import Callable

import numpy as np
from numba.extending import register_jitable

from dropdecay.arrays import Floating, UInt16
from dropdecay.kernels import codes
from dropdecay.kernels.codes import GELU, LOGISTIC, RELU, SILU, TANH
from dropdecay.kernels.compiled import kernel, no_literal, variant
from dropdecay.kernels.transcendentals import (
    COMPILED,
    Function,
    inlined,
    logistic,
    normal_cdf,
    normal_density,
    tanh,
)
from dropdecay.kernels.views import flat_view


@kernel
def bias_activation(
    code: int,
    values: Floating,  # (n_rows, width), updated in place: f(values + bias)
    bias: Floating,  # (width,)
) -> None:
    """Add the bias and apply the activation, as in evaluation."""
    _add_bias(values, bias)
    _apply(code, flat_view(values), None, None, 0, 0.0)


@kernel
def bias_activation_slope(
    code: int,
    values: Floating,  # (n_rows, width), updated in place: f(z), z = values + bias
    bias: Floating,  # (width,)
    slopes: Floating,  # (n_rows, width), written: f'(z)
) -> None:
    """Add the bias, apply the activation and keep its slope for the backward pass."""
    _add_bias(values, bias)
    _apply(code, flat_view(values), flat_view(slopes), None, 0, 0.0)


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
    """Add the bias, apply activation and dropout, and keep the slope for the backward pass."""
    _add_bias(values, bias)
    _apply(code, flat_view(values), flat_view(slopes), flat_view(decisions), threshold, scale)


@inlined
def _add_bias(values, bias):  # type: ignore[no-untyped-def]
    # A separate pass, so that narrow layers benefit from one flat loop for the rest.
    for row in range(values.shape[0]):
        v = values[row]
        for i in range(v.size):
            v[i] += bias[i]


def _loop(value: Function, slope: Function) -> Callable[..., None]:
    """Return the loop over a layer's units for one activation; arrays that are None are skipped."""

    def loop(values, slopes, decisions, threshold, scale):  # type: ignore[no-untyped-def]
        # Everything in one pass: a separate pass for the mask cost 0.15 ns per element.
        kept, dropped, limit = values.dtype.type(scale), values.dtype.type(0), np.int32(threshold)
        for i in range(values.size):
            z = values[i]
            if decisions is not None:
                mask = kept if decisions[i] >= limit else dropped
                values[i] = value(z) * mask
                slopes[i] = slope(z) * mask
            else:
                values[i] = value(z)
                if slopes is not None:
                    slopes[i] = slope(z)

    looped: Callable[..., None] = register_jitable(**COMPILED)(variant(loop, value.__name__))
    return looped


@inlined
def _tanh_slope(z):  # type: ignore[no-untyped-def]
    y, one = tanh(z), type(z)(1)
    return (one - y) * (one + y)


@inlined
def _logistic_slope(z):  # type: ignore[no-untyped-def]
    # logistic(-z) is 1 - logistic(z) without cancellation where logistic(z) is near 1.
    return logistic(z) * logistic(-z)


@inlined
def _relu(z):  # type: ignore[no-untyped-def]
    zero = type(z)(0)
    return zero if z < zero else z


@inlined
def _relu_slope(z):  # type: ignore[no-untyped-def]
    return type(z)(1) if z > type(z)(0) else type(z)(0)


@inlined
def _gelu(z):  # type: ignore[no-untyped-def]
    """Hendrycks & Gimpel 2016, exact (erf) form. Error 2e-7 of the larger of value and 0.5."""
    return z * normal_cdf(z)


@inlined
def _gelu_slope(z):  # type: ignore[no-untyped-def]
    return normal_cdf(z) + z * normal_density(z)


@inlined
def _silu(z):  # type: ignore[no-untyped-def]
    """Hendrycks & Gimpel 2016; Elfwing, Uchibe & Doya 2018."""
    return z * logistic(z)


@inlined
def _silu_slope(z):  # type: ignore[no-untyped-def]
    return logistic(z) * (type(z)(1) + z * logistic(-z))


@inlined
def _identity(z):  # type: ignore[no-untyped-def]
    return z


@inlined
def _identity_slope(z):  # type: ignore[no-untyped-def]
    return type(z)(1)


IDENTITY = no_literal(codes.IDENTITY)

_tanh_loop = _loop(tanh, _tanh_slope)
_logistic_loop = _loop(logistic, _logistic_slope)
_relu_loop = _loop(_relu, _relu_slope)
_gelu_loop = _loop(_gelu, _gelu_slope)
_silu_loop = _loop(_silu, _silu_slope)
_identity_loop = _loop(_identity, _identity_slope)


@register_jitable(**COMPILED)
def _apply(
    code: int,
    values: Floating,
    slopes: Floating | None,
    decisions: UInt16 | None,
    threshold: int,
    scale: float,
) -> None:
    # One flat dispatch: LLVM optimizes every function again inside each of its callers.
    if code == TANH:
        _tanh_loop(values, slopes, decisions, threshold, scale)
    elif code == LOGISTIC:
        _logistic_loop(values, slopes, decisions, threshold, scale)
    elif code == RELU:
        _relu_loop(values, slopes, decisions, threshold, scale)
    elif code == GELU:
        _gelu_loop(values, slopes, decisions, threshold, scale)
    elif code == SILU:
        _silu_loop(values, slopes, decisions, threshold, scale)
    else:
        _identity_loop(values, slopes, decisions, threshold, scale)
