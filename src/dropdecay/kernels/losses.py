"""Each loss with its output function and its gradient with respect to the logits.

A loss has two forms. The evaluation loss, by which networks are compared, is the log loss in nats
or the mean squared error in squared target units; it is finite for finite logits. The training
loss, whose gradient is taken, is the same except that squared errors are summed over outputs, and
halved for identity outputs, as in scikit-learn's ``MLPRegressor``. The Poisson loss is half the
deviance with exponential outputs, summed over them. Targets are ``(n_rows, n_targets)`` floats; for
the categorical loss, one column with the class number. Names are in ``parts.py``.

Label smoothing (Szegedy et al. 2016, section 7) affects only the training loss: the target is
``(1 - e) * onehot + e / K``, with K = 2 for logistic outputs, as in torch's ``CrossEntropyLoss``.
"""

import math

from dropdecay.arrays import Floating
from dropdecay.kernels.codes import (
    BINARY_CROSS_ENTROPY,
    CATEGORICAL_CROSS_ENTROPY,
    HALF_POISSON,
    HALF_SQUARED_ERROR,
    LOGISTIC_SQUARED_ERROR,
)
from dropdecay.kernels.compiled import inner_kernel, kernel
from dropdecay.kernels.transcendentals import exp, logistic
from dropdecay.kernels.views import flat_view


@inner_kernel
def _softmax_row(
    z: Floating,  # (n_outputs,), overwritten
) -> tuple[int, float]:
    """Turn a row of logits into probabilities; return the winner and the log of the sum."""
    highest, winner = z[0], 0
    for i in range(1, z.size):
        if z[i] > highest:
            highest, winner = z[i], i
    for i in range(z.size):
        z[i] = exp(z[i] - highest)
    total = z[0]
    for i in range(1, z.size):
        total += z[i]
    share = z.dtype.type(1.0) / total
    for i in range(z.size):
        z[i] *= share
    return winner, float(highest) + math.log(total)


@kernel
def outputs_from_logits(
    loss: int,
    logits: Floating,  # (n_rows, n_outputs), overwritten by the outputs
) -> None:
    """Turn logits into outputs: class probabilities or values."""
    if loss == CATEGORICAL_CROSS_ENTROPY:
        for row in range(logits.shape[0]):
            _softmax_row(logits[row])
    elif loss == HALF_POISSON:
        flat = flat_view(logits)
        for i in range(flat.size):
            flat[i] = math.exp(flat[i])
    elif loss != HALF_SQUARED_ERROR:
        flat = flat_view(logits)
        for i in range(flat.size):
            flat[i] = logistic(flat[i])


@inner_kernel
def _measure_independent_row(
    loss: int,
    z: Floating,  # (n_outputs,) logits, overwritten
    y: Floating,  # (n_outputs,)
) -> tuple[float, float]:
    """Return the loss of a row with independent outputs, and 1 if all are on the right side."""
    total, hit = 0.0, 1.0
    for i in range(z.size):
        value, target = float(z[i]), float(y[i])
        if loss != HALF_SQUARED_ERROR and (value > 0.0) != (target > 0.5):
            hit = 0.0
        if loss == BINARY_CROSS_ENTROPY:
            # log(1 + exp(value)) - value * target, without overflow; NaN stays NaN
            total += 0.5 * (abs(value) + value) - value * target + math.log1p(math.exp(-abs(value)))
        if loss != HALF_SQUARED_ERROR:
            z[i] = logistic(z[i])
        if loss != BINARY_CROSS_ENTROPY:
            total += (float(z[i]) - target) ** 2 / z.size
    return total, hit


@inner_kernel
def _measure_counts_row(
    z: Floating,  # (n_outputs,) logits, the logs of the means; overwritten by the means
    y: Floating,  # (n_outputs,) counts or other values >= 0
) -> float:
    """Return half the Poisson deviance of a row."""
    total = 0.0
    for i in range(z.size):
        logit, target = float(z[i]), float(y[i])
        mean = math.exp(logit)
        z[i] = mean
        total += mean - target - target * logit
        if target > 0.0:
            total += target * math.log(target)
    return total


@kernel
def measure_rows(
    loss: int,
    logits: Floating,  # (n_rows, n_outputs), overwritten by the outputs
    targets: Floating,  # (n_rows, n_targets)
    losses: Floating,  # (n_rows,), written
    hits: Floating,  # (n_rows,), written: 1 where every output is on the right side, else 0
) -> None:
    """Compute the loss of every row, and whether it is classified correctly."""
    for row in range(logits.shape[0]):
        z, y = logits[row], targets[row]
        if loss == CATEGORICAL_CROSS_ENTROPY:
            label = int(y[0])
            logit = float(z[label])
            winner, log_total = _softmax_row(z)
            losses[row] = log_total - logit
            hits[row] = 1.0 if winner == label else 0.0
        elif loss == HALF_POISSON:
            losses[row], hits[row] = _measure_counts_row(z, y), 1.0
        else:
            losses[row], hits[row] = _measure_independent_row(loss, z, y)


@inner_kernel
def _added_by_smoothing(
    loss: int,
    z: Floating,  # (n_outputs,) logits
    y: Floating,  # (n_targets,)
    smoothing: float,
) -> float:
    """Return how much smoothing the target increases the loss of a row."""
    added = 0.0
    if loss == CATEGORICAL_CROSS_ENTROPY:
        label = float(z[int(y[0])])
        for i in range(z.size):
            added += label - float(z[i])
        return smoothing * added / z.size
    for i in range(z.size):
        target = float(y[i])
        if loss == BINARY_CROSS_ENTROPY:
            added += smoothing * float(z[i]) * (target - 0.5)
        else:
            said, smooth = float(logistic(z[i])), target + smoothing * (0.5 - target)
            added += ((said - smooth) ** 2 - (said - target) ** 2) / z.size
    return added


@kernel
def loss_gradient(
    loss: int,
    smoothing: float,  # of the labels, [0, 1); 0 where the targets are not classes
    logits: Floating,  # (n_rows, n_outputs), overwritten by the gradient
    targets: Floating,  # (n_rows, n_targets)
    shares: Floating,  # (n_rows,) weights of the rows in the mean; they add up to 1
    losses: Floating,  # (n_rows,), written: evaluation loss of each row, with smoothed targets
    hits: Floating,  # (n_rows,), written
) -> None:
    """Replace logits by the gradient of the weighted mean training loss with respect to them."""
    if smoothing > 0.0:
        for row in range(logits.shape[0]):
            this = slice(row, row + 1)
            added = _added_by_smoothing(loss, logits[row], targets[row], smoothing)
            measure_rows(loss, logits[this], targets[this], losses[this], hits[this])
            losses[row] += added
    else:
        measure_rows(loss, logits, targets, losses, hits)
    # A smoothed target is kept * y + half, or kept * onehot + spread; without smoothing it is y.
    one, kept = logits.dtype.type(1.0), logits.dtype.type(1.0 - smoothing)
    half = logits.dtype.type(smoothing / 2.0)
    spread = logits.dtype.type(smoothing / logits.shape[1])
    for row in range(logits.shape[0]):
        p, y, share = logits[row], targets[row], shares[row]
        if loss == CATEGORICAL_CROSS_ENTROPY:
            p[int(y[0])] -= kept
            for i in range(p.size):
                p[i] = (p[i] - spread) * share
        elif loss == LOGISTIC_SQUARED_ERROR:
            for i in range(p.size):
                p[i] = (one + one) * (p[i] - (kept * y[i] + half)) * p[i] * (one - p[i]) * share
        else:
            for i in range(p.size):
                p[i] = (p[i] - (kept * y[i] + half)) * share
