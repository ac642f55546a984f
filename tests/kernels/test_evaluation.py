import numpy as np
import pytest

from dropdecay.engine.buffers import initial_params, make_workspace, shape_of, views
from dropdecay.engine.training import thresholds_of
from dropdecay.kernels.evaluation import evaluate_losses, evaluate_rows, sample_rows
from dropdecay.kernels.network import DenseData, Dropout
from dropdecay.kernels.products import find_blas
from dropdecay.settings import Network, Regularization
from tests.reference import network as reference
from tests.reference.philox import mask

KEY = np.array([11, 22], np.uint32)
NETWORK = Network(4, (6, 5), 3, "tanh")
ROOM = 8
ROWS = np.array([19, 3, 3, 7, 0, 11, 12, 13, 14, 1, 2])  # one workspace full, and three more


def table(n_rows=20):
    rng = np.random.default_rng(7)
    classes = rng.integers(0, 3, (n_rows, 1)).astype(float)
    return DenseData(rng.normal(size=(n_rows, 4)), classes, np.empty(0))


def logits_by_reference(params, x, masks=(1.0, 1.0, 1.0)):
    return reference.forward(*views(NETWORK, params), x, "tanh", masks)[0]


def test_logits_agree_with_plain_numpy_without_dropout():
    params, data, logits = initial_params(NETWORK, KEY, float), table(), np.empty((11, 3))
    workspace = make_workspace(NETWORK, ROOM, 1, float)

    evaluate_rows(find_blas()[0], shape_of(NETWORK), params, workspace, data.inputs, ROWS, logits)

    np.testing.assert_allclose(logits, logits_by_reference(params, data.inputs[ROWS]), rtol=1e-10)


@pytest.mark.parametrize("wanted", [True, False])
def test_losses_and_hits_are_those_of_the_given_rows(wanted):
    params, data = initial_params(NETWORK, KEY, float), table()
    losses, hits = np.empty((2, ROWS.size))
    outputs = np.empty((ROWS.size, 3) if wanted else (0, 0))

    evaluate_losses(
        find_blas()[0], shape_of(NETWORK), params, make_workspace(NETWORK, ROOM, 1, float), data,
        ROWS, losses, hits, outputs,
    )  # fmt: skip

    logits, classes = logits_by_reference(params, data.inputs[ROWS]), data.targets[ROWS, 0]
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(losses, -np.log(shares[range(11), classes.astype(int)]), rtol=1e-10)
    np.testing.assert_array_equal(hits, logits.argmax(axis=1) == classes)
    if wanted:
        np.testing.assert_allclose(outputs, shares, rtol=1e-10)


def test_sampled_logits_drop_units_as_a_training_step_does():
    params, data, logits = initial_params(NETWORK, KEY, float), table(), np.empty((11, 3))
    dropout = Dropout(thresholds_of(NETWORK, Regularization(0.5, 0.2)), KEY)

    sample_rows(
        find_blas()[0], shape_of(NETWORK), params, make_workspace(NETWORK, ROOM, 1, float),
        data.inputs, ROWS, dropout, 5, logits,
    )  # fmt: skip

    for step, part in ((5, slice(0, 8)), (6, slice(8, 11))):
        rows = ROWS[part]
        masks = [
            mask((rows.size, width), rate, step, layer, KEY)
            for layer, (width, rate) in enumerate(((4, 0.2), (6, 0.5), (5, 0.5)))
        ]
        expected = logits_by_reference(params, data.inputs[rows], masks)
        np.testing.assert_allclose(logits[part], expected, rtol=1e-10)
