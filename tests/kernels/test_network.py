import numpy as np

from dropdecay.engine.buffers import initial_params, make_workspace, shape_of, views
from dropdecay.kernels.compiled import kernel
from dropdecay.kernels.network import gather, layer_bias, layer_units, layer_weights
from dropdecay.settings import Network

NETWORK = Network(4, (6, 5), 3)
KEY = np.array([1, 2], np.uint32)


# Inner kernels cannot be called from Python, and their views must not leave a kernel.
@kernel
def copy_of_bias(shape, flat, layer):
    return layer_bias(shape, flat, layer).copy()


@kernel
def copy_of_weights(shape, flat, layer):
    return layer_weights(shape, flat, layer).copy()


@kernel
def fill_units(shape, flat, layer, n_rows, value):
    layer_units(shape, flat, layer, n_rows)[:] = value


def test_weights_and_biases_of_a_layer_are_where_the_engine_put_them():
    shape, params = shape_of(NETWORK), initial_params(NETWORK, KEY)
    weights, biases = views(NETWORK, params)
    for layer in (1, 2, 3):
        np.testing.assert_array_equal(copy_of_weights(shape, params, layer), weights[layer - 1])
        np.testing.assert_array_equal(copy_of_bias(shape, params, layer), biases[layer - 1])


def test_units_of_different_layers_do_not_overlap():
    shape, units = shape_of(NETWORK), make_workspace(NETWORK, 10, 1).activations
    for layer in range(4):
        fill_units(shape, units, layer, 7, layer + 1.0)
    counts = np.bincount(units.astype(int), minlength=5)
    assert counts.tolist() == [10 * 18 - 7 * 18, 7 * 4, 7 * 6, 7 * 5, 7 * 3]


def test_rows_are_gathered_in_the_given_order_and_may_repeat():
    source, rows, batch = np.arange(12.0).reshape(4, 3), np.array([3, 0, 3]), np.empty((3, 3))
    gather(source, rows, batch)
    np.testing.assert_array_equal(batch, source[rows])
