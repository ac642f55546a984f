"""A plain NumPy network in float64: forward, loss, gradient; masks are given from outside."""

import numpy as np
from scipy.special import erf, expit, log_softmax, softmax, xlogy

FORWARD = {
    "tanh": np.tanh,
    "logistic": expit,
    "relu": lambda z: np.maximum(z, 0),
    "gelu": lambda z: 0.5 * z * (1 + erf(z / np.sqrt(2))),
    "silu": lambda z: z * expit(z),
    "identity": lambda z: z,
}
SLOPE = {
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "logistic": lambda z: expit(z) * (1 - expit(z)),
    "relu": lambda z: (z > 0).astype(float),
    "gelu": lambda z: (
        0.5 * (1 + erf(z / np.sqrt(2))) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
    ),
    "silu": lambda z: expit(z) * (1 + z * (1 - expit(z))),
    "identity": np.ones_like,
}


def row_losses(loss, logits, targets):
    """Measured loss of every row."""
    if loss == "categorical_cross_entropy":
        return -log_softmax(logits, axis=1)[np.arange(len(logits)), targets[:, 0].astype(int)]
    if loss == "binary_cross_entropy":
        return (np.logaddexp(0, logits) - logits * targets).sum(axis=1)
    if loss == "half_poisson":
        deviance = xlogy(targets, targets) - targets * logits - targets + np.exp(logits)
        return deviance.sum(axis=1)
    values = expit(logits) if loss == "logistic_squared_error" else logits
    return ((values - targets) ** 2).mean(axis=1)


def descended(loss, logits, targets):
    """Descended loss of every row."""
    measured = row_losses(loss, logits, targets)
    factor = {"half_squared_error": 0.5, "logistic_squared_error": 1.0}
    return measured * factor[loss] * logits.shape[1] if loss in factor else measured


def logit_gradient(loss, logits, targets):
    if loss == "categorical_cross_entropy":
        return softmax(logits, axis=1) - np.eye(logits.shape[1])[targets[:, 0].astype(int)]
    if loss == "binary_cross_entropy":
        return expit(logits) - targets
    if loss == "half_squared_error":
        return logits - targets
    if loss == "half_poisson":
        return np.exp(logits) - targets
    p = expit(logits)
    return 2 * (p - targets) * p * (1 - p)


def forward(weights, biases, x, activation, masks):
    """Logits, the inputs of every layer and the products of the hidden layers."""
    inputs, products = [x * masks[0]], []
    for layer, (w, b) in enumerate(zip(weights, biases, strict=True)):
        z = inputs[-1] @ w + b
        if layer == len(weights) - 1:
            return z, inputs, products
        products.append(z)
        inputs.append(FORWARD[activation](z) * masks[layer + 1])
    raise AssertionError


def gradient(weights, biases, x, targets, shares, activation, loss, masks):
    """Gradient of the weighted mean descended loss in weights and biases."""
    logits, inputs, products = forward(weights, biases, x, activation, masks)
    delta = logit_gradient(loss, logits, targets) * shares[:, None]
    grad_w, grad_b = [], []
    for layer in range(len(weights) - 1, -1, -1):
        grad_w.insert(0, inputs[layer].T @ delta)
        grad_b.insert(0, delta.sum(axis=0))
        if layer:
            delta = delta @ weights[layer].T * SLOPE[activation](products[layer - 1])
            delta = delta * masks[layer]
    return grad_w, grad_b
