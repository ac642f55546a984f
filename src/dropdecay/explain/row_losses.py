"""The loss of each row, by what networks say of it."""

from typing import cast

import numpy as np

from dropdecay.arrays import Float64, Floating

LEAST = 2.0**-24
"""float32 has no numbers between 1 - this and 1: no probability is taken to be nearer to 0 or 1."""


def row_losses(loss: str, outputs: Floating, targets: Floating) -> Float64:
    """Return the loss of each row, as the surface counts it, (n_rows,).

    Parameters
    ----------
    loss : str
        A name of ``parts.LOSSES``.
    outputs : shape (n_rows, n_outputs)
        Probabilities or values.
    targets : shape (n_rows, n_targets)
        As engines take them.
    """
    said, true = outputs.astype(np.float64), targets.astype(np.float64)
    if loss == "categorical_cross_entropy":
        of_true = said[np.arange(len(said)), targets[:, 0].astype(int)]
        return cast(Float64, -np.log(np.maximum(of_true, LEAST)))
    if loss == "binary_cross_entropy":
        said = np.clip(said, LEAST, 1.0 - LEAST)
        of_labels = true * np.log(said) + (1.0 - true) * np.log1p(-said)
        return cast(Float64, -of_labels.sum(axis=1))
    return cast(Float64, ((said - true) ** 2).mean(axis=1))
