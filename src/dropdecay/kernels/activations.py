"""Interim: slow forms (to be replaced by the owner of this file)."""
import math
import numpy as np
from dropdecay.kernels.compiled import kernel
ACTIVATIONS = {"identity": 0, "relu": 1, "tanh": 2, "logistic": 3, "gelu": 4, "silu": 5}
IDENTITY = 0
@kernel
def _pair(code, z):
    if code == 0: return z, 1.0
    if code == 1: return (z if not z < 0.0 else 0.0), (1.0 if z > 0 else 0.0)
    if code == 2:
        t = math.tanh(z); return t, 1 - t * t
    s = 1 / (1 + math.exp(-z))
    if code == 3: return s, s * (1 - s)
    if code == 5: return z * s, s * (1 + z * (1 - s))
    c = 0.5 * (1 + math.erf(z / math.sqrt(2.0)))
    return z * c, c + z * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
@kernel
def bias_activation(code, values, bias):
    for r in range(values.shape[0]):
        for i in range(values.shape[1]):
            values[r, i] = _pair(code, float(values[r, i] + bias[i]))[0]
@kernel
def bias_activation_slope(code, values, bias, slope):
    for r in range(values.shape[0]):
        for i in range(values.shape[1]):
            values[r, i], slope[r, i] = _pair(code, float(values[r, i] + bias[i]))
@kernel
def bias_activation_dropout(code, values, bias, slope, decisions, threshold, scale):
    for r in range(values.shape[0]):
        for i in range(values.shape[1]):
            v, s = _pair(code, float(values[r, i] + bias[i]))
            k = scale if decisions[r, i] >= threshold else 0.0
            values[r, i], slope[r, i] = v * k, s * k
