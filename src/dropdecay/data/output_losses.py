"""The loss of every row by what any model says of it: probabilities or values, not logits."""

from collections.abc import Callable

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.targets import Target
from dropdecay.parts import LOSSES

SMALLEST = float(np.finfo(np.float32).tiny)
LARGEST = 1.0 - 2.0**-25
"""The probabilities next to 0 and 1 that outputs in float32 can tell from them."""

EPSILON = float(np.finfo(np.float64).eps)
"""Probabilities in float64 are kept this far from 0 and 1, as in scikit-learn's ``log_loss``."""

LossOfOutputs = Callable[[Int64, Floating], Float64]
"""(rows, outputs for them) -> the loss of each, in the user's units."""


def loss_of_outputs(target: Target) -> LossOfOutputs:
    """Return what says how much outputs lose on rows of a target."""

    def loss_of(rows: Int64, outputs: Floating) -> Float64:
        losses = losses_of_outputs(target.loss, outputs, target.matrix[rows])
        return np.asarray(target.loss_scale * losses)

    return loss_of


def losses_of_outputs(loss: str, outputs: Floating, targets: Floating) -> Float64:
    """Return the loss of each row, (n_rows,), in the engine's units.

    Parameters
    ----------
    loss : str
        A name of ``parts.LOSSES``.
    outputs : shape (n_rows, n_outputs), float32 or float64
        Probabilities or values.
    targets : shape (n_rows, n_targets)
        As engines take them.
    """
    smallest, largest = EPSILON, 1.0 - EPSILON
    if outputs.dtype == np.float32:
        smallest, largest = SMALLEST, LARGEST
    said, output = outputs.astype(np.float64), LOSSES[loss].output.name
    if output in ("softmax", "exp"):
        said = np.log(np.maximum(said, smallest))
    elif output == "logistic":
        said = np.clip(said, smallest, largest)
        said = np.log(said) - np.log1p(-said)
    return LOSSES[loss].row_losses(said, targets.astype(np.float64))
