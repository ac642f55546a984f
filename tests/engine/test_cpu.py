import numpy as np
import pytest

from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Problem, Stopped
from dropdecay.settings import Regularization, Schedule
from tests.contract.engine import EngineContract
from tests.contract.runs import NETWORK, ROWS, blobs, make_run, rows_of
from tests.reference import network as reference
from tests.reference.philox import mask


class TestCpu(EngineContract):
    train = staticmethod(train)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_problem_that_is_stopped_ends_within_an_epoch(n_jobs):
    asked = []
    stops = Problem(
        ROWS, lambda fold: blobs(), is_stopped=lambda: asked.append(1) or len(asked) > 5
    )
    with pytest.raises(Stopped):
        list(train(stops, [make_run(epochs=4), make_run(epochs=400)], n_jobs=n_jobs))
    assert 5 < len(asked) < 9


def test_a_whole_training_agrees_with_plain_numpy_under_the_same_masks():
    """Full-batch SGD in float64 agrees with a loop over the reference gradient."""
    dataset = blobs(60)
    rows = rows_of(0, n_rows=60)
    schedule = Schedule(epochs=5, batch_size=30, optimizer="sgd", learning_rate=0.1, shuffle=False)
    double = Dataset(dataset.X.astype(float), dataset.y.astype(float))

    run = make_run(Regularization(0.3, 0.1, 0.5, "decoupled"), schedule=schedule)

    (fit,) = train(Problem({0: rows}, lambda fold: double), [run], keep_states=True)

    params = initial_params(NETWORK, run.key, np.float64)
    X, y = double.X[rows.training], double.y[rows.training]
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
    np.testing.assert_allclose(fit.state.params, params, atol=1e-10)
