"""Rows as other models take them: columns of numbers, whatever a network takes."""

from typing import Any

import numpy as np

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.targets import Target
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Matrix
from dropdecay.table.numbers_and_codes import NumbersAndCodes


def why_not_compared(target: Target, rows: object) -> str | None:
    """Return why no other model can stand beside a network of the user's own; None: they can.

    Parameters
    ----------
    target : Target
    rows : table or Inputs
        As they were given.
    """
    about = "Other models are not judged beside this network:"
    if target.own_loss is not None:
        return (
            f"{about} it is judged by {target.own_loss.title}, they by log loss or by the squared "
            "error of one value."
        )
    if isinstance(rows, Inputs) and not all(
        each.ndim == 2 and each.dtype.kind == "f" for each in rows.arrays
    ):
        return f"{about} they need rows that are columns of decimal numbers, or a DataFrame."
    return None


def columns_of(X: Any, encoder: object) -> tuple[Matrix, tuple[Int64, ...]]:
    """Return encoded rows as one matrix, and the columns that are codes of one column each.

    Parameters
    ----------
    X : matrix or Inputs
        As a network takes them.
    encoder : transformer or None
        What encoded them.
    """
    if not isinstance(X, Inputs):
        return X, ()
    if not isinstance(encoder, NumbersAndCodes):
        return np.hstack(X.arrays) if len(X.arrays) > 1 else X.arrays[0], ()
    numbers, codes = X.arrays
    shapes = encoder.cardinalities
    one_hot = [_one_hot(code, n_codes) for code, n_codes in zip(codes.T, shapes, strict=True)]
    ends = numbers.shape[1] + np.cumsum(shapes)
    own = [np.arange(end - size, end) for end, size in zip(ends, shapes, strict=True)]
    return np.hstack([numbers, *one_hot]), tuple(own)


def _one_hot(codes: Int64, n_codes: int) -> AnyArray:
    return np.asarray(codes[:, None] == np.arange(n_codes), np.float32)
