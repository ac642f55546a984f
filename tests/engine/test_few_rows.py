import numpy as np
import pytest
import scipy.sparse as sp

from dropdecay.engine import compiled_outputs as kernels
from dropdecay.engine.buffers import initial_params
from dropdecay.engine.few_rows import MOST_PRODUCTS, are_few, outputs_of_few
from dropdecay.engine.predict import predict, predict_each
from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Network

KEY = np.array([1, 2], np.uint32)


def compiled_outputs(network, params, X):
    """What the kernels say for one network."""
    return kernels.compiled_outputs(network, params[None], X)[0]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_few_rows_get_what_the_kernels_say_to_a_millionth_of_the_largest_output(activation, loss):
    network = Network(40, (100, 30), 3, activation, loss)
    params = initial_params(network, KEY)
    X = np.random.default_rng(0).normal(scale=2, size=(19, 40)).astype(np.float32)

    few, compiled = outputs_of_few(network, params, X), compiled_outputs(network, params, X)

    assert few.dtype == compiled.dtype == np.float32
    assert few.shape == compiled.shape == (19, 3)
    np.testing.assert_allclose(few, compiled, rtol=1e-6, atol=1e-6 * np.abs(compiled).max())


def test_in_float64_they_are_the_same_to_its_last_digits():
    network = Network(40, (100, 30), 3, "tanh")
    params = initial_params(network, KEY, np.float64)
    X = np.random.default_rng(0).normal(size=(19, 40))

    np.testing.assert_allclose(
        outputs_of_few(network, params, X), compiled_outputs(network, params, X), rtol=1e-13
    )


def test_sparse_rows_and_single_rows_are_those_of_the_table():
    network = Network(8, (5,), 1, "relu", "half_squared_error")
    params = initial_params(network, KEY)
    X = np.random.default_rng(0).normal(size=(19, 8)).astype(np.float32)
    X[X < 0.5] = 0

    said = outputs_of_few(network, params, X)

    np.testing.assert_array_equal(outputs_of_few(network, params, sp.csr_array(X)), said)
    rows = [outputs_of_few(network, params, X[i : i + 1]) for i in range(19)]
    np.testing.assert_array_equal(np.concatenate(rows), said)


def test_several_networks_say_what_each_says_by_itself():
    network = Network(8, (5,), 2)
    several = np.stack([initial_params(network, np.array([1, n], np.uint32)) for n in range(3)])
    X = np.random.default_rng(0).normal(size=(4, 8)).astype(np.float32)
    alone = [predict(network, each, X) for each in several]
    np.testing.assert_array_equal(predict_each(network, several, X), alone)


def test_an_output_that_is_too_large_is_infinite_without_a_warning():
    network = Network(1, (1,), 1, "identity", "half_poisson")
    params, X = np.array([1000.0, 1.0, 0.0, 0.0], np.float32), np.ones((2, 1), np.float32)

    assert np.isinf(outputs_of_few(network, params, X)).all()
    assert np.isinf(compiled_outputs(network, params, X)).all()


def test_rows_are_few_by_their_number_alone():
    network = Network(99, (100,), 1)  # 10,101 parameters
    params = initial_params(network, KEY)
    most = MOST_PRODUCTS // 10_101
    X = np.random.default_rng(0).normal(size=(most + 1, 99)).astype(np.float32)

    assert are_few(network, most)
    assert not are_few(network, most + 1)
    np.testing.assert_array_equal(
        predict(network, params, X[:most]), outputs_of_few(network, params, X[:most])
    )
    np.testing.assert_array_equal(predict(network, params, X), compiled_outputs(network, params, X))
