import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.kernels.activations import (
    IDENTITY,
    bias_activation,
    bias_activation_dropout,
    bias_activation_slope,
)
from dropdecay.parts import ACTIVATIONS
from tests.reference.activations import SLOPE, VALUE

WIDTHS = [1, 2, 7, 10, 16, 50, 64, 128, 513]
DTYPES = [np.float32, np.float64]
SHAPES = st.tuples(st.integers(0, 9), st.integers(1, 70))


def layer(shape=(5, 7), dtype=np.float32, spread=3.0):
    """Products and biases of a layer before its activation."""
    rng = np.random.default_rng(0)
    values = rng.normal(scale=spread, size=shape).astype(dtype)
    return values, rng.normal(scale=spread, size=shape[1]).astype(dtype)


def evaluated(name, values, bias):
    values = values.copy()
    bias_activation(ACTIVATIONS[name].code, values, bias)
    return values


def with_slopes(name, values, bias):
    values, slopes = values.copy(), np.full_like(values, 99)
    bias_activation_slope(ACTIVATIONS[name].code, values, bias, slopes)
    return values, slopes


def with_dropout(name, values, bias, decisions, threshold):
    values, slopes = values.copy(), np.full_like(values, 99)
    scale = 65536 / (65536 - threshold) if threshold < 65536 else 0.0
    code = ACTIVATIONS[name].code
    bias_activation_dropout(code, values, bias, slopes, decisions, threshold, scale)
    return values, slopes, (decisions >= threshold) * values.dtype.type(scale)


def at(name, z):
    """Value and slope at given points."""
    z = np.atleast_2d(z)
    return with_slopes(name, z, np.zeros(z.shape[1], z.dtype))


def test_the_identity_is_in_the_table():
    assert ACTIVATIONS["identity"].code == IDENTITY
    assert len({each.code for each in ACTIVATIONS.values()}) == len(ACTIVATIONS) == len(VALUE)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_slopes_agree_with_the_float64_twin_at_every_width(name, width, dtype):
    values, bias = layer((6, width), dtype)

    got, slopes = with_slopes(name, values, bias)

    z, tolerance = (values + bias).astype(float), 4e-7 if dtype == np.float32 else 1e-14
    np.testing.assert_allclose(got, VALUE[name](z), rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(slopes, SLOPE[name](z), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_float32_is_accurate_from_denormals_to_saturation(name):
    small = np.geomspace(1e-44, 1e-3, 2001)
    z = np.concatenate([small, -small, np.linspace(-90, 90, 400_001)]).astype(np.float32)

    values, slopes = at(name, z)

    exact = VALUE[name](z.astype(float))
    assert (np.abs(values[0] - exact) <= 2e-7 * np.maximum(np.abs(exact), 0.5)).all()
    assert np.abs(slopes[0] - SLOPE[name](z.astype(float))).max() <= 3e-7


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(z=st.floats(-8, 8).filter(lambda z: abs(z) > 1e-3))
def test_the_slope_is_the_difference_quotient_of_the_value(name, z):
    step = 1e-3
    offsets = np.array([-2, -1, 0, 1, 2]) * step * min(1.0, abs(z) / 4)

    values, slopes = at(name, z + offsets)

    v, h = values[0], offsets[3]
    quotient = (v[0] - 8 * v[1] + 8 * v[3] - v[4]) / (12 * h)
    # For values near 1 rounding limits the precision of the quotient.
    np.testing.assert_allclose(slopes[0, 2], quotient, rtol=1e-6, atol=1e-15 / h)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
@given(shape=SHAPES)
def test_evaluation_agrees_with_training_without_dropout(name, dtype, shape):
    values, bias = layer(shape, dtype)
    np.testing.assert_array_equal(evaluated(name, values, bias), with_slopes(name, values, bias)[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
@given(shape=SHAPES, threshold=st.one_of(st.integers(0, 65536), st.sampled_from([0, 1, 65536])))
def test_dropout_multiplies_value_and_slope_by_the_mask(name, dtype, shape, threshold):
    values, bias = layer(shape, dtype)
    decisions = np.random.default_rng(1).integers(0, 65536, shape).astype(np.uint16)
    decisions[::2, :1] = threshold & 65535

    got, slopes, mask = with_dropout(name, values, bias, decisions, threshold)

    plain, plain_slopes = with_slopes(name, values, bias)
    # In float64 the compiler may contract a sum of two products in either way.
    rounding = 0.0 if dtype == np.float32 else 1e-15 * max(1.0, mask.max(initial=0.0))
    np.testing.assert_allclose(got, plain * mask, rtol=rounding, atol=rounding)
    np.testing.assert_allclose(slopes, plain_slopes * mask, rtol=rounding, atol=rounding)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nan_is_propagated_even_through_dropout(name, dtype):
    values, bias = layer((4, 40), dtype)
    values[2, 35] = np.nan
    drop_all = np.zeros(values.shape, np.uint16)

    kept = evaluated(name, values, bias), with_slopes(name, values, bias)[0]
    dropped = with_dropout(name, values, bias, drop_all, 30000)[0]

    for got in (*kept, dropped):
        assert np.argwhere(np.isnan(got)).tolist() == [[2, 35]]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_infinity_gives_what_the_formula_gives(name, dtype):
    z = np.array([-np.inf, np.inf], dtype)

    values, _ = at(name, z)

    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(values[0], VALUE[name](z))


def test_the_slope_of_relu_at_zero_is_zero():
    for dtype in DTYPES:
        assert at("relu", np.array([0.0, -0.0], dtype))[1].tolist() == [[0.0, 0.0]]
