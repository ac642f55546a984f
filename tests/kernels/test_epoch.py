from itertools import pairwise, product

import numpy as np
import pytest
from scipy import stats

from dropdecay.engine.buffers import (
    initial_params,
    make_workspace,
    shape_of,
    views,
)
from dropdecay.engine.embeddings import no_embedding
from dropdecay.engine.mixing import NO_MIXING
from dropdecay.engine.training import thresholds_of, update_rule_of
from dropdecay.kernels.codes import SGD
from dropdecay.kernels.epoch import batch_gradient, shuffle, train_epoch
from dropdecay.kernels.network import Buffers, DenseData, Dropout
from dropdecay.kernels.products import find_blas
from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Network, Regularization, Schedule
from tests.reference import network as reference
from tests.reference.philox import mask

KEY = np.array([11, 22], np.uint32)
STEP = 3
RATES = {"no dropout": (0.0, 0.0), "dropout": (0.2, 0.5)}
DECAYS = {
    "none": Regularization(),
    "l2": Regularization(weight_decay=0.05, decay="l2"),
    "alpha": Regularization(alpha=0.3),
}


def batch(network, n_rows=7):
    """Inputs, targets and unequal shares of one batch."""
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(n_rows, network.n_inputs)), rng.normal(size=(n_rows, network.n_outputs))
    if network.loss == "categorical_cross_entropy":
        y = rng.integers(0, network.n_outputs, (n_rows, 1)).astype(float)
    elif network.loss != "half_squared_error":
        y = (y > 0).astype(float)
    return x, y, rng.dirichlet(np.ones(n_rows))


def make_buffers(params):
    return Buffers(params, *np.zeros((3, params.size), params.dtype), params[:0])


def gradient_of(network, params, x, y, shares, rates, dtype=np.float64):
    buffers = make_buffers(params.astype(dtype))
    workspace = make_workspace(network, len(x), y.shape[1], dtype)
    workspace.activations[: x.size] = x.ravel()
    workspace.targets[:] = y
    workspace.shares[:] = shares
    regularization = Regularization(input_dropout=rates[0], dropout=rates[1])
    dropout = Dropout(thresholds_of(network, regularization), KEY)
    shape = shape_of(network)
    loss = batch_gradient(find_blas()[0], shape, buffers, workspace, len(x), dropout, STEP, 1.0)
    return loss, buffers.grads


def masks_of(network, n_rows, rates):
    widths = network.sizes[:-1]
    layer_rates = (rates[0], *(rates[1],) * (len(widths) - 1))
    return [
        mask((n_rows, width), rate, STEP, layer, KEY)
        for layer, (width, rate) in enumerate(zip(widths, layer_rates, strict=True))
    ]


def penalty(network, params, regularization, n_rows):
    """The penalty in the loss, from its definition."""
    strength = regularization.weight_decay + regularization.alpha / (2 * n_rows)
    return strength * sum(float((w**2).sum()) for w in views(network, params)[0])


@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("dropout", RATES)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_step_follows_the_central_difference_of_the_loss(activation, loss, dropout, decay):
    network = Network(3, (5, 4), 2, activation, loss)
    x, y, _ = batch(network)
    n_rows, rates, knobs = len(x), RATES[dropout], DECAYS[decay]
    params = initial_params(network, KEY, np.float64)
    masks = masks_of(network, n_rows, rates)

    def objective(values):
        logits, _, _ = reference.forward(*views(network, values), x, activation, masks)
        mean = reference.descended(loss, logits, y).mean()
        return mean + penalty(network, values, knobs, n_rows)

    # After an SGD step with learning rate 1, the change is the gradient of loss and penalty.
    buffers = make_buffers(params.copy())
    regularization = Regularization(
        rates[1], rates[0], knobs.weight_decay, knobs.decay, knobs.alpha
    )
    train_epoch(
        find_blas()[0], shape_of(network), buffers, make_workspace(network, 7, y.shape[1], float),
        DenseData(x, y, np.empty(0)), np.arange(n_rows), n_rows,
        Dropout(thresholds_of(network, regularization), KEY),
        update_rule_of(regularization, Schedule(1, 1, "sgd"))._replace(optimizer=SGD),
        np.ones(1), STEP, NO_MIXING, no_embedding(shape_of(network), float),
    )  # fmt: skip
    gradient = params - buffers.params

    quotient = np.empty_like(params)
    for i in range(params.size):
        up, down = params.copy(), params.copy()
        up[i] += 1e-6
        down[i] -= 1e-6
        quotient[i] = (objective(up) - objective(down)) / 2e-6
    assert np.linalg.norm(gradient - quotient) < 1e-6 * np.linalg.norm(quotient)


@pytest.mark.parametrize("hidden", [(), (6,), (20, 3), (5, 7, 4)])
@pytest.mark.parametrize(("activation", "loss"), list(product(ACTIVATIONS, LOSSES)))
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 2e-5)])
def test_the_gradient_agrees_with_plain_numpy_under_the_same_masks(
    activation, loss, hidden, dtype, tolerance
):
    network = Network(4, hidden, 3, activation, loss)
    x, y, shares = batch(network)
    params = initial_params(network, KEY, dtype).astype(float)
    rates = (0.1, 0.4)

    _, gradient = gradient_of(network, params, x, y, shares, rates, dtype)

    masks = masks_of(network, len(x), rates)
    weights, biases = reference.gradient(
        *views(network, params), x, y, shares, activation, loss, masks
    )
    expected = np.concatenate([part.ravel() for part in (*weights, *biases)])
    assert np.linalg.norm(gradient - expected) < tolerance * np.linalg.norm(expected)


def test_rows_of_weight_0_have_no_effect():
    network = Network(4, (6,), 3)
    x, y, _ = batch(network, n_rows=8)
    params = initial_params(network, KEY, np.float64)
    half = np.repeat([0.25, 0.0], 4)

    _, gradient = gradient_of(network, params, x, y, half, (0, 0))
    _, expected = gradient_of(network, params, x[:4], y[:4], half[:4], (0, 0))

    np.testing.assert_allclose(gradient, expected, atol=1e-15)


def test_an_epoch_uses_every_row_once_including_a_smaller_last_batch():
    network = Network(1, (), 1, "identity", "half_squared_error")
    x, y = np.arange(1.0, 8.0)[:, None], np.zeros((7, 1))
    params = np.array([1.0, 0.0])
    buffers = make_buffers(params)

    loss = train_epoch(
        find_blas()[0], shape_of(network), buffers, make_workspace(network, 3, 1, float),
        DenseData(x, y, np.empty(0)), np.arange(7), 3, Dropout(np.zeros(1, int), KEY),
        update_rule_of(Regularization(), Schedule(1, 3, "sgd")), np.full(3, 1e-9), 1, NO_MIXING,
        no_embedding(shape_of(network), float),
    )  # fmt: skip

    # With a tiny learning rate the weight stays 1, and the loss is the mean of x squared.
    assert loss == pytest.approx(float((x**2).mean()), rel=1e-6)


def test_every_epoch_and_key_has_its_own_permutation():
    orders = []
    for epoch, key in ((1, KEY), (2, KEY), (2, KEY[::-1].copy()), (3, KEY)):
        rows = np.arange(1000)
        shuffle(rows, epoch, key)
        assert sorted(rows) == list(range(1000))
        orders.append(rows)
    for one, other in pairwise(orders):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.13  # 4 standard errors


def test_all_orders_of_four_rows_are_equally_likely():
    counts = {}
    for epoch in range(4800):
        rows = np.arange(4)
        shuffle(rows, epoch, KEY)
        counts[tuple(rows)] = counts.get(tuple(rows), 0) + 1

    assert len(counts) == 24
    assert stats.chisquare(list(counts.values())).pvalue > 1e-3
