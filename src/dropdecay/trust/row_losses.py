"""The loss of each row, from outputs and what is true."""

import numpy as np
from scipy.special import xlogy

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.output_losses import LARGEST, SMALLEST


def log_losses(true: Int64, said: Float64) -> Float64:
    """Return the log loss of each row, (n_rows,), in nats; summed over labels.

    Parameters
    ----------
    true : shape (n_rows,) or (n_rows, n_labels)
        Numbers of classes; or 0 and 1.
    said : shape (n_rows, n_classes) or (n_rows, n_labels)
    """
    if true.ndim == 1:
        return np.asarray(-np.log(np.maximum(said[np.arange(true.size), true], SMALLEST)))
    p = np.clip(said, SMALLEST, LARGEST)
    return np.asarray(-(xlogy(true, p) + xlogy(1 - true, 1 - p)).sum(axis=1))


def squared_errors(true: Floating, said: Float64, unit: Float64) -> Float64:
    """Return the squared error of each row, (n_rows,), a mean over outputs.

    Parameters
    ----------
    true, said : shape (n_rows, n_outputs)
    unit : shape (n_outputs,) or (1,)
        What errors are divided by.
    """
    return np.asarray((((true - said) / unit) ** 2).mean(axis=1))
