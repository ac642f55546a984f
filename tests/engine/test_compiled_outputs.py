import numpy as np
import scipy.sparse as sp

from dropdecay.engine import densify
from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.compiled_outputs import compiled_outputs, sampled_outputs
from dropdecay.engine.protocol import run_key
from dropdecay.settings import Network, Regularization
from tests.contract.runs import NETWORK, blobs
from tests.reference import network as reference


def test_predictions_agree_with_plain_numpy_for_any_number_of_rows():
    network = Network(6, (16, 8), 3, "tanh")
    params = initial_params(network, np.array([1, 2], np.uint32))
    X = blobs(300).X

    (outputs,) = compiled_outputs(network, params[None], X)

    masks = [np.ones((1, 1))] * 3
    logits, _, _ = reference.forward(*views(network, params.astype(float)), X, "tanh", masks)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    np.testing.assert_array_equal(compiled_outputs(network, params[None], X[:1])[0], outputs[:1])


def test_sparse_rows_in_parts_give_identical_predictions(monkeypatch):
    params, X = initial_params(NETWORK, run_key(0, 0, 0)), blobs(300).X
    dense = compiled_outputs(NETWORK, params[None], X)
    monkeypatch.setattr(densify, "PART_BYTES", 1)

    np.testing.assert_array_equal(compiled_outputs(NETWORK, params[None], sp.csr_matrix(X)), dense)


def test_several_networks_say_in_one_pass_what_each_says_by_itself(monkeypatch):
    params = np.array([initial_params(NETWORK, run_key(0, 0, seed)) for seed in range(3)])
    X = blobs(300).X
    alone = [compiled_outputs(NETWORK, each[None], X)[0] for each in params]
    np.testing.assert_array_equal(compiled_outputs(NETWORK, params, X), alone)
    monkeypatch.setattr(densify, "PART_BYTES", 1)
    np.testing.assert_array_equal(compiled_outputs(NETWORK, params, sp.csr_matrix(X)), alone)
    assert (alone[0] != alone[1]).any()


def test_samples_differ_from_each_other_and_their_mean_is_near_the_prediction():
    params, X = initial_params(NETWORK, run_key(0, 0, 0)), blobs(300).X
    drawn = np.array(
        list(sampled_outputs(NETWORK, params, X, Regularization(0.2), run_key(1, 0, 0), 200))
    )
    assert (drawn[0] != drawn[1]).any()
    (said,) = compiled_outputs(NETWORK, params[None], X)
    np.testing.assert_allclose(drawn.mean(axis=0), said, atol=0.1)
