import numpy as np

from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.cpu import predict, train
from dropdecay.engine.protocol import Dataset
from dropdecay.settings import Network, Regularization, Schedule
from tests.contract.engine import NETWORK, EngineContract, blobs, make_run
from tests.reference import network as reference
from tests.reference.philox import mask


class TestCpu(EngineContract):
    train = staticmethod(train)


def test_predictions_agree_with_plain_numpy_for_any_number_of_rows():
    network = Network(6, (16, 8), 3, "tanh")
    params = initial_params(network, np.array([1, 2], np.uint32))
    X = blobs(300).X

    outputs = predict(network, params, X)

    masks = [np.ones((1, 1))] * 3
    logits, _, _ = reference.forward(*views(network, params.astype(float)), X, "tanh", masks)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(outputs, expected, atol=1e-6)
    np.testing.assert_array_equal(predict(network, params, X[:1]), outputs[:1])


def test_a_whole_training_agrees_with_plain_numpy_under_the_same_masks():
    """Sgd in float64, whole batches: the engine against a loop over the reference gradient."""
    dataset = blobs(60)
    run = make_run(Regularization(0.3, 0.1, 0.5, "decoupled"), n_rows=60)
    schedule = Schedule(epochs=5, batch_size=30, optimizer="sgd", learning_rate=0.1, shuffle=False)
    double = Dataset(dataset.X.astype(float), dataset.y.astype(float))

    (fit,) = train(NETWORK, double, [run], schedule, keep_params=True)

    params = initial_params(NETWORK, run.key, np.float64)
    X, y = double.X[run.rows.training], double.y[run.rows.training]
    for step in range(1, 6):
        masks = [
            mask((30, width), rate, step, layer, run.key)
            for layer, (width, rate) in enumerate([(6, 0.1), (16, 0.3), (8, 0.3)])
        ]
        shares = np.full(30, 1 / 30)
        loss = "categorical_cross_entropy"
        weights, biases = views(NETWORK, params)
        grad_w, grad_b = reference.gradient(weights, biases, X, y, shares, "relu", loss, masks)
        for w, g in zip(weights, grad_w, strict=True):
            w -= 0.1 * (g + 0.5 * w)
        for b, g in zip(biases, grad_b, strict=True):
            b -= 0.1 * g
    np.testing.assert_allclose(fit.params, params, atol=1e-10)
