"""Epochs of training in plain NumPy and float64, step by step, for every regularizer.

Only the order of the rows comes from the package; everything else is written from the papers.
"""

from itertools import pairwise

import numpy as np
from scipy.stats import beta

from dropdecay.engine.buffers import views
from dropdecay.kernels.epoch import shuffle
from tests.reference import network as reference
from tests.reference.embeddings import multiplied_out, pulled_back
from tests.reference.philox import blocks, normals, whole_mask

B1, B2, EPSILON, MOMENTUM = 0.9, 0.999, 1e-8, 0.9


def train(setting, X, y, key, params, epochs, weights=None, embedded=None):
    """Return the mean training loss of every epoch, the last parameters and their average.

    Where columns are embedded, parameters are those of the inner network, then the embeddings.

    The average is taken from all steps at once, and is None where there is to be none.
    """
    network, knobs, schedule = setting.network, setting.regularization, setting.schedule
    trained = network if embedded is None else embedded.inner
    params, n_weights = params.copy(), sum(a * b for a, b in pairwise(trained.sizes))
    first, second = np.zeros_like(params), np.zeros_like(params)
    step, losses, seen = 0, [], []
    for epoch in range(1, epochs + 1):
        rows, total, weight = np.arange(len(X)), 0.0, 0.0
        shuffle(rows, epoch, key)
        numbers = uniform(-(-len(X) // schedule.batch_size), 4, epoch, 5 << 16, key)
        for_columns = uniform(len(numbers), X.shape[1], epoch, 5 << 16 | 1, key)
        for start in range(0, len(X), schedule.batch_size):
            step += 1
            taken = rows[start : start + schedule.batch_size]
            own = np.ones(taken.size) if weights is None else weights[taken]
            drawn = start // schedule.batch_size
            x, share, order = mixed(knobs, X[taken], numbers[drawn], for_columns[drawn])
            shares = own / own.sum()
            factors = connections(network, knobs.dropconnect, step, key)
            targets = [(y[taken], share * shares), (y[taken][order], (1 - share) * shares[order])]
            whole = params if embedded is None else multiplied_out(embedded, params)
            loss, gradient = batch(network, knobs, x, targets, step, key, whole * factors)
            gradient = gradient * factors
            if embedded is not None:
                gradient = pulled_back(embedded, params, gradient)
            total, weight = total + loss * own.sum(), weight + own.sum()
            params[:] = stepped(
                knobs, schedule, step, params, gradient, first, second, n_weights, own.sum()
            )
            limited(trained, knobs, params)
            seen.append(params.copy())
        losses.append(total / weight)
    if not knobs.weight_average:
        return losses, params, None
    counts = knobs.weight_average ** np.arange(step)[::-1]
    return losses, params, counts @ np.array(seen) / counts.sum()


def uniform(n_steps, n_numbers, epoch, stream, key):
    """Numbers in (0, 1) of an epoch's steps: word after word, block after block."""
    n_words = n_steps * n_numbers
    words = np.stack(blocks(-(-n_words // 4), epoch, stream, key), axis=1).reshape(-1)[:n_words]
    return (words.astype(float).reshape(n_steps, n_numbers) + 0.5) / 2**32


def mixed(knobs, x, numbers, for_columns):
    """Mix every row with its partner; return inputs, the own share of targets, the partners."""
    n_rows = len(x)
    offset = 1 + int(numbers[2] * (n_rows - 1)) if n_rows > 1 else 0
    order = (np.arange(n_rows) + offset) % n_rows
    if knobs.cutmix and (not knobs.mixup or numbers[3] >= 0.5):
        own = for_columns < beta.ppf(numbers[1], knobs.cutmix, knobs.cutmix)
        return np.where(own, x, x[order]), own.mean(), order
    share = beta.ppf(numbers[0], knobs.mixup, knobs.mixup) if knobs.mixup else 1.0
    return share * x + (1 - share) * x[order], share, order


def connections(network, rate, step, key):
    """What every parameter is multiplied by."""
    factors = np.ones(sum(a * b + b for a, b in pairwise(network.sizes)))
    for layer, weights in enumerate(views(network, factors)[0][:-1], start=1):
        weights[:] = whole_mask(weights.shape, rate, step, layer | 6 << 16, key)
    return factors


def batch(network, knobs, x, targets, step, key, params):
    """Return training loss and gradient of a batch whose rows have several targets each."""
    rates = (knobs.input_dropout, *knobs.hidden_rates(network.n_hidden))
    masks = [
        whole_mask((len(x), width), rate, step, layer, key)
        for layer, (width, rate) in enumerate(zip(network.sizes[:-1], rates, strict=True))
    ]
    x = x + knobs.input_noise * normals(x.shape, step, key)
    matrices, biases = views(network, params)
    logits, _, _ = reference.forward(matrices, biases, x, network.activation, masks)
    loss, gradient = 0.0, 0.0
    for wanted, shares in targets:
        loss += shares @ reference.row_losses(network.loss, logits, wanted)
        parts = reference.gradient(
            matrices, biases, x, wanted, shares, network.activation, network.loss, masks
        )
        gradient += np.concatenate([each.ravel() for part in parts for each in part])
    return loss, gradient


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
