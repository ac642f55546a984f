"""Epochs of training in plain NumPy and float64, step by step, for every regularizer.

Only the order of the rows comes from the package; everything else is written from the papers.
"""

from itertools import pairwise

import numpy as np

from dropdecay.engine.buffers import views
from dropdecay.kernels.epoch import shuffle
from tests.reference import network as reference
from tests.reference.philox import normals, whole_mask

B1, B2, EPSILON, MOMENTUM = 0.9, 0.999, 1e-8, 0.9


def train(setting, X, y, key, params, epochs, weights=None):
    """Return the mean training loss of every epoch, the last parameters and their average.

    The average is taken from all steps at once, and is None where there is to be none.
    """
    network, knobs, schedule = setting.network, setting.regularization, setting.schedule
    params, n_weights = params.copy(), sum(a * b for a, b in pairwise(network.sizes))
    first, second = np.zeros_like(params), np.zeros_like(params)
    step, losses, seen = 0, [], []
    for epoch in range(1, epochs + 1):
        rows, total, weight = np.arange(len(X)), 0.0, 0.0
        shuffle(rows, epoch, key)
        for start in range(0, len(X), schedule.batch_size):
            step += 1
            taken = rows[start : start + schedule.batch_size]
            own = np.ones(taken.size) if weights is None else weights[taken]
            loss, gradient = batch(network, knobs, X[taken], y[taken], own, step, key, params)
            total, weight = total + loss * own.sum(), weight + own.sum()
            params[:] = stepped(
                knobs, schedule, step, params, gradient, first, second, n_weights, own.sum()
            )
            limited(network, knobs, params)
            seen.append(params.copy())
        losses.append(total / weight)
    if not knobs.weight_average:
        return losses, params, None
    counts = knobs.weight_average ** np.arange(step)[::-1]
    return losses, params, counts @ np.array(seen) / counts.sum()


def batch(network, knobs, x, targets, weights, step, key, params):
    """Return training loss and gradient of a batch."""
    shares = weights / weights.sum()
    rates = (knobs.input_dropout, *knobs.hidden_rates(network.n_hidden))
    masks = [
        whole_mask((len(x), width), rate, step, layer, key)
        for layer, (width, rate) in enumerate(zip(network.sizes[:-1], rates, strict=True))
    ]
    x = x + knobs.input_noise * normals(x.shape, step, key)
    matrices, biases = views(network, params)
    logits, _, _ = reference.forward(matrices, biases, x, network.activation, masks)
    loss = shares @ reference.row_losses(network.loss, logits, targets)
    parts = reference.gradient(
        matrices, biases, x, targets, shares, network.activation, network.loss, masks
    )
    return loss, np.concatenate([each.ravel() for part in parts for each in part])


def stepped(knobs, schedule, step, w, g, first, second, n_weights, batch_weight):
    """Return parameters after the step of the optimizer and both decays."""
    decayed, rate = np.arange(w.size) < n_weights, schedule.learning_rate
    l2 = 2 * knobs.weight_decay if knobs.decay == "l2" else 0.0
    g = g + (l2 + knobs.alpha / batch_weight) * w * decayed
    if schedule.optimizer == "adam":
        first[:] = B1 * first + (1 - B1) * g
        second[:] = B2 * second + (1 - B2) * g**2
        move = (first / (1 - B1**step)) / (np.sqrt(second / (1 - B2**step)) + EPSILON)
    else:
        momentum = 0.0 if schedule.optimizer == "sgd" else MOMENTUM
        first[:] = momentum * first + g
        move = g + momentum * first if schedule.optimizer == "nesterov" else first
    beside = knobs.weight_decay if knobs.decay != "l2" else 0.0
    spared = (move * w < 0) if knobs.decay == "cautious" else False
    w = w - rate * (move + beside * w * (decayed & ~np.asarray(spared)))
    shrunk = np.sign(w) * np.maximum(np.abs(w) - rate * knobs.l1, 0.0)
    return np.where(decayed, shrunk, w)


def limited(network, knobs, params):
    """Scale weights into hidden units down to the bound."""
    if knobs.max_norm is None:
        return
    for weights in views(network, params)[0][:-1]:
        weights *= np.minimum(1.0, knobs.max_norm / np.linalg.norm(weights, axis=0))
