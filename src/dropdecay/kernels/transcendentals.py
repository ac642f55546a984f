"""Interim: libm forms (to be replaced by the owner of this file)."""
import math
import numpy as np
import numba
@numba.njit(inline="always")
def exp(x):
    return math.exp(x)
@numba.njit(inline="always")
def logistic(x):
    return x.dtype.type(1.0) / (x.dtype.type(1.0) + math.exp(-x)) if False else 1.0 / (1.0 + math.exp(-x))
@numba.njit(inline="always")
def tanh(x):
    return math.tanh(x)
