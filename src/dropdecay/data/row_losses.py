"""The loss of each row by what any model says of it: probabilities or values, not logits."""

import numpy as np
from scipy.special import logit

from dropdecay.arrays import Float64, Floating
from dropdecay.parts import LOSSES

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities are kept this far from 0 and 1, as in scikit-learn's ``log_loss``."""

LARGEST_OF_FLOAT32 = 1.0 - 2.0**-25
"""A probability in float32 that says 1 may stand for anything from here on."""


def row_losses(loss: str, outputs: Floating, targets: Floating) -> Float64:
    """Return the loss of each row, as the surface counts it, (n_rows,).

    Parameters
    ----------
    loss : str
        A name of ``parts.LOSSES``.
    outputs : shape (n_rows, n_outputs), float32 or float64
        Probabilities or values.
    targets : shape (n_rows, n_targets)
        As engines take them.
    """
    part, said = LOSSES[loss], np.asarray(outputs, np.float64)
    largest = LARGEST_OF_FLOAT32 if outputs.dtype == np.float32 else 1.0 - SMALLEST
    if part.output.name == "softmax":
        said = np.log(np.maximum(said, SMALLEST))
    elif part.output.name == "logistic":
        said = logit(np.clip(said, SMALLEST, largest))
    elif part.output.name == "exp":
        said = np.log(np.maximum(said, SMALLEST))
    return part.row_losses(said, np.asarray(targets, np.float64))
