"""Elementary functions of one number, for use inside the loops of kernels.

In float64 they are the C library's. In float32 they are our own: sums, products, selections and at
most one division, so that LLVM vectorizes the loop around them; the C library costs 10 ns per
element. Every function propagates NaN, so that divergence is noticed.

The coefficients are our own minimax fits: Lawson's iteration (reweighted least squares) in float64
minimized the largest relative error over the reduced interval. Coefficients were rounded to float32
one at a time, lowest power first, and the remaining ones refitted each time.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numba.core import types
from numba.extending import intrinsic, overload, register_jitable

Function = Callable[..., Any]  # numba infers what it returns

# The options of ``kernel``, for functions that are compiled into a kernel.
COMPILED: dict[str, object] = {"error_model": "numpy", "fastmath": {"contract"}}
_INLINED: dict[str, object] = {**COMPILED, "forceinline": True}
# LLVM does not inline the longest ones by itself and leaves their loops scalar: 6 ns per element
# instead of 0.6.
inlined: Callable[[Function], Function] = register_jitable(**_INLINED)

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_LOG2_E = np.float32(1.4426950408889634)
# log(2) in two parts; the first has 12 bits, so that its product with an integer is exact.
_LOG_2_HIGH, _LOG_2_LOW = np.float32(0.69311523), np.float32(3.1946183e-05)
# Adding 1.5 * 2**23 rounds to an integer, which is then in the lowest bits.
_ROUNDER, _ROUNDER_BITS = np.float32(12582912.0), np.int32(0x4B400000)
_EXPONENT_BIAS, _FRACTION_BITS, _ONE_BIT = np.int32(127), np.int32(23), np.int32(1)
# exp is 0 at the first and infinite at the second; 1 - tanh is below half an ulp at the third.
_EXP_ZERO, _EXP_INFINITE, _TANH_ONE = np.float32(-104), np.float32(89), np.float32(-20)

# expm1(r) = r + r**2 * (P0 + P1 r + ...) for |r| <= log(2) / 2, relative error 1.4e-8
_P0, _P1, _P2 = np.float32(0.5), np.float32(0.16666548), np.float32(0.041666858)
_P3, _P4 = np.float32(0.008366173), np.float32(0.0013898133)

# cdf(-t) = exp(-t**2 / 2) * (N0 + N1 t + ...) / (1 + D1 t + ...) for 0 <= t <= 15; relative error
# 4.1e-9 * (1 + t**2 / 8), since the error of the exponential itself grows as t**2 does. Exact at 0.
_TAIL_ZERO = np.float32(15)
_N0, _N1, _N2 = np.float32(0.5), np.float32(0.42642817), np.float32(0.17440034)
_N3, _N4 = np.float32(0.03764474), np.float32(0.0036703218)
_D1, _D2, _D3 = np.float32(1.650741), np.float32(1.1659), np.float32(0.4461422)
_D4, _D5 = np.float32(0.09437148), np.float32(0.009199928)
_DENSITY_AT_0 = np.float32(0.3989422804014327)


def _reinterpretation(source: types.Type, target: types.Type) -> Function:
    """Build a function that reinterprets the bits of a number as another type of the same size."""

    @intrinsic
    def reinterpret(typing_context, number):  # type: ignore[no-untyped-def]
        def generate(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
            return builder.bitcast(arguments[0], context.get_value_type(target))

        return (target(source), generate) if number == source else None

    return reinterpret


_bits_of = _reinterpretation(types.float32, types.int32)
_float_of = _reinterpretation(types.int32, types.float32)


def _by_precision(single: Function, double: Function) -> Function:
    """Return a function that kernels compile as ``single`` in float32 and ``double`` in float64."""

    def function(x: float) -> float:
        return float(double(x))

    @overload(function, jit_options=_INLINED)  # type: ignore[arg-type]  # a TypedDict in the stubs
    def choose(x):  # type: ignore[no-untyped-def]  # a numba type; annotations must match those of both forms
        return {types.float32: single, types.float64: double}.get(x)

    function.__doc__ = single.__doc__
    function.__qualname__ = function.__name__ = single.__name__.removeprefix("_single_")
    return function


@inlined
def _power_of_two(exponent):  # type: ignore[no-untyped-def]  # int32, -126 to 127
    """Return 2**exponent by writing the exponent's bits."""
    return _float_of(np.int32(np.int32(exponent + _EXPONENT_BIAS) << _FRACTION_BITS))


@inlined
def _reduced_expm1(x):  # type: ignore[no-untyped-def]  # float32, -104 to 89
    """Split x = k * log(2) + r; return exp(r) - 1 and k."""
    rounded = x * _LOG2_E + _ROUNDER
    whole = rounded - _ROUNDER
    r = (x - whole * _LOG_2_HIGH) - whole * _LOG_2_LOW
    rise = r + r * r * (_P0 + r * (_P1 + r * (_P2 + r * (_P3 + r * _P4))))
    return rise, np.int32(_bits_of(rounded) - _ROUNDER_BITS)


def _single_exp(x):  # type: ignore[no-untyped-def]
    """Return e**x: infinite above 88.7, denormal below -87.3, 0 below -104. Error 1.1 ulp."""
    # Comparisons with NaN are false, so these selections keep it.
    x = _EXP_ZERO if x < _EXP_ZERO else x
    x = _EXP_INFINITE if x > _EXP_INFINITE else x
    rise, k = _reduced_expm1(x)
    # Two factors: 2**k alone would overflow too early and miss the denormal results.
    half = np.int32(k >> _ONE_BIT)
    return (_ONE + rise) * _power_of_two(half) * _power_of_two(np.int32(k - half))


def _double_exp(x):  # type: ignore[no-untyped-def]
    return math.exp(x)


exp = _by_precision(_single_exp, _double_exp)


def _single_tanh(x):  # type: ignore[no-untyped-def]
    """Return the hyperbolic tangent, -t / (t + 2) with t = expm1(-2 |x|). Error 2.5 ulp."""
    doubled = -_TWO * abs(x)
    rise, k = _reduced_expm1(_TANH_ONE if doubled < _TANH_ONE else doubled)
    power = _power_of_two(k)
    t = rise * power + (power - _ONE)
    size = -t / (t + _TWO)
    return size if x > _ZERO else -size


def _double_tanh(x):  # type: ignore[no-untyped-def]
    return math.tanh(x)


tanh = _by_precision(_single_tanh, _double_tanh)


def _single_logistic(x):  # type: ignore[no-untyped-def]
    """Return 1 / (1 + e**-x), accurate in both tails. Error 2.3 ulp."""
    e = exp(-abs(x))
    return (_ONE if x > _ZERO else e) / (_ONE + e)


def _double_logistic(x):  # type: ignore[no-untyped-def]
    e = math.exp(-abs(x))
    return (1.0 if x > 0.0 else e) / (1.0 + e)


logistic = _by_precision(_single_logistic, _double_logistic)


def _single_normal_cdf(x):  # type: ignore[no-untyped-def]
    """Return the standard normal distribution function, (1 + erf(x / sqrt(2))) / 2.

    Error 1.5e-7; in the lower tail relative to the result 3e-7 * (1 + x**2 / 8) down to 1e-38.
    """
    t = abs(x)
    t = _TAIL_ZERO if t > _TAIL_ZERO else t
    numerator = _N0 + t * (_N1 + t * (_N2 + t * (_N3 + t * _N4)))
    denominator = _ONE + t * (_D1 + t * (_D2 + t * (_D3 + t * (_D4 + t * _D5))))
    tail = exp(-_HALF * (x * x)) * numerator / denominator
    return _ONE - tail if x > _ZERO else tail


def _double_normal_cdf(x):  # type: ignore[no-untyped-def]
    return 0.5 * math.erfc(-x * math.sqrt(0.5))


normal_cdf = _by_precision(_single_normal_cdf, _double_normal_cdf)


def _single_normal_density(x):  # type: ignore[no-untyped-def]
    """Return the standard normal density, e**(-x**2 / 2) / sqrt(2 pi). Error 5e-8."""
    return _DENSITY_AT_0 * exp(-_HALF * (x * x))


def _double_normal_density(x):  # type: ignore[no-untyped-def]
    return math.exp(-0.5 * (x * x)) / math.sqrt(2.0 * math.pi)


normal_density = _by_precision(_single_normal_density, _double_normal_density)
