import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.kernels import transcendentals
from dropdecay.kernels.compiled import kernel
from tests.reference.activations import FUNCTIONS

ULPS = {"exp": 1.1, "tanh": 2.6, "logistic": 2.4}


def over_arrays(function):
    def fill(x, out):
        for i in range(x.size):
            out[i] = function(x[i])

    fill.__qualname__ = fill.__name__ = f"fill_{function.__name__}"
    fill = kernel(fill)

    def apply(x):
        out = np.empty_like(x)
        fill(x, out)
        return out

    return apply


OURS = {name: over_arrays(getattr(transcendentals, name)) for name in FUNCTIONS}


def exact(name, x):
    with np.errstate(over="ignore", under="ignore"):
        return FUNCTIONS[name](x.astype(np.float64))


def rounded(expected):
    with np.errstate(over="ignore", under="ignore"):
        return expected.astype(np.float32)


def ulps(got, expected):
    """Error in ulps of the correct result, which may be denormal."""
    return np.abs(got - expected) / np.spacing(np.abs(rounded(expected))).astype(np.float64)


def every_size():
    """Finite float32 numbers spread evenly over all bit patterns, and densely where curves bend."""
    anything = np.arange(0, 2**32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)
    dense = [np.linspace(-s, s, 200_001, dtype=np.float32) for s in (1, 20, 110)]
    return np.concatenate([anything[np.isfinite(anything)], *dense])


def assert_within_ulps(name, x):
    got, expected = OURS[name](x), exact(name, x)
    finite = np.isfinite(rounded(expected))
    np.testing.assert_array_equal(got[~finite], rounded(expected)[~finite])
    assert (ulps(got[finite], expected[finite]) <= ULPS[name]).all()


@pytest.mark.parametrize("name", ULPS)
def test_float32_is_accurate_to_a_few_ulps_including_denormals(name):
    assert_within_ulps(name, every_size())


@pytest.mark.parametrize("name", ULPS)
@given(x=st.floats(width=32, allow_nan=False))
def test_every_number_is_within_the_bound_in_ulps(name, x):
    assert_within_ulps(name, np.full(1, x, np.float32))


@pytest.mark.parametrize(("name", "error"), [("normal_cdf", 1.5e-7), ("normal_density", 5e-8)])
def test_the_normal_functions_are_within_their_absolute_error(name, error):
    x = every_size()
    assert np.abs(OURS[name](x) - exact(name, x)).max() <= error


def test_the_lower_normal_tail_has_a_small_relative_error():
    x = np.linspace(-12.5, 0, 100_001, dtype=np.float32)

    expected = exact("normal_cdf", x)

    relative = np.abs(OURS["normal_cdf"](x) / expected - 1) / (1 + x.astype(float) ** 2 / 8)
    assert relative.max() <= 3e-7


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_infinity_gives_the_limit_and_nan_is_propagated(name, dtype):
    limits = {
        "exp": [0.0, np.inf],
        "tanh": [-1.0, 1.0],
        "logistic": [0.0, 1.0],
        "normal_cdf": [0.0, 1.0],
        "normal_density": [0.0, 0.0],
    }

    got = OURS[name](np.array([-np.inf, np.inf, np.nan, -np.nan], dtype))

    np.testing.assert_array_equal(got, [*limits[name], np.nan, np.nan])


@given(x=st.floats(width=32, allow_nan=False))
def test_tanh_is_odd_bit_for_bit(x):
    positive, negative = OURS["tanh"](np.array([x, -x], np.float32))
    assert positive == -negative


@pytest.mark.parametrize("name", FUNCTIONS)
def test_values_at_zero_are_exact(name):
    expected = {
        "exp": 1.0,
        "tanh": 0.0,
        "logistic": 0.5,
        "normal_cdf": 0.5,
        "normal_density": np.float32(0.3989422804014327),
    }
    assert (OURS[name](np.array([0.0, -0.0], np.float32)) == expected[name]).all()


@pytest.mark.parametrize("name", FUNCTIONS)
@given(x=st.floats(-37, 700))
def test_float64_agrees_with_numpy_and_scipy(name, x):
    np.testing.assert_allclose(OURS[name](np.full(1, x)), exact(name, np.full(1, x)), rtol=1e-12)
