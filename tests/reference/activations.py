"""Activations, their slopes and what they are made of, in float64 from NumPy and SciPy."""

import numpy as np
from scipy.special import expit, ndtr


def normal_density(z):
    return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


FUNCTIONS = {
    "exp": np.exp,
    "tanh": np.tanh,
    "logistic": expit,
    "normal_cdf": ndtr,
    "normal_density": normal_density,
}
VALUE = {
    "tanh": np.tanh,
    "logistic": expit,
    "relu": lambda z: np.maximum(z, 0),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z * expit(z),
    "identity": lambda z: z,
}
SLOPE = {
    "tanh": lambda z: np.cosh(np.clip(z, -300, 300)) ** -2.0,
    "logistic": lambda z: expit(z) * expit(-z),
    "relu": lambda z: np.where(z > 0, 1.0, 0.0),
    "gelu": lambda z: ndtr(z) + z * normal_density(z),
    "silu": lambda z: expit(z) * (1 + z * expit(-z)),
    "identity": np.ones_like,
}
