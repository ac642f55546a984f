import numpy as np
import pytest

from dropdecay.engine.buffers import initial_params, shape_of, views
from dropdecay.kernels.compiled import kernel
from dropdecay.kernels.constraints import clip_gradient, constrain_norms
from dropdecay.settings import Network

NETWORK = Network(5, (4, 3), 2)
KEY = np.array([3, 4], np.uint32)


# Inner kernels cannot be called from Python.
@kernel
def clipped(grads, max_grad_norm):
    clip_gradient(grads, max_grad_norm)


@kernel
def constrained(shape, params, max_norm):
    constrain_norms(shape, params, max_norm)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_gradient_is_scaled_to_the_norm_and_keeps_its_direction(dtype):
    grads = np.array([3.0, -4.0, 12.0], dtype)

    clipped(grads, 6.5)

    np.testing.assert_allclose(grads, [1.5, -2.0, 6.0], rtol=1e-6)


def test_a_gradient_within_the_norm_is_unchanged():
    grads = np.array([0.1, 0.2, 0.3], np.float32)

    clipped(grads, 1.0)

    np.testing.assert_array_equal(grads, np.array([0.1, 0.2, 0.3], np.float32))


def test_a_float32_gradient_whose_square_overflows_is_scaled_too():
    grads = np.array([3e30, 4e30], np.float32)

    clipped(grads, 5.0)

    np.testing.assert_allclose(grads, [3.0, 4.0], rtol=1e-6)


def test_only_weights_into_hidden_units_are_scaled_each_unit_by_itself():
    params = initial_params(NETWORK, KEY)
    before = params.copy()
    limit = 0.9

    constrained(shape_of(NETWORK), params, limit)

    (weights, biases), (old, old_biases) = views(NETWORK, params), views(NETWORK, before)
    for layer in (0, 1):
        lengths = np.linalg.norm(old[layer].astype(float), axis=0)
        assert lengths.min() < limit < lengths.max()
        expected = old[layer] * np.minimum(1.0, limit / lengths)
        np.testing.assert_allclose(weights[layer], expected, rtol=1e-6)
    np.testing.assert_array_equal(weights[2], old[2])
    for new, kept in zip(biases, old_biases, strict=True):
        np.testing.assert_array_equal(new, kept)
