"""The numbers by which kernels know activations, losses and optimizers.

They stand apart from the kernels, so that the tables of ``parts.py`` are there without numba.
"""

TANH, LOGISTIC, RELU, GELU, SILU, IDENTITY = range(6)

(
    CATEGORICAL_CROSS_ENTROPY,
    BINARY_CROSS_ENTROPY,
    HALF_SQUARED_ERROR,
    LOGISTIC_SQUARED_ERROR,
    HALF_POISSON,
) = range(5)

SGD, MOMENTUM, NESTEROV, ADAM = range(4)
