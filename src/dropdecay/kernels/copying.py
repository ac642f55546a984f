"""A matrix copied into another, inside kernels."""

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import inner_kernel


@inner_kernel
def copy_matrix(values: Floating, into: Floating) -> None:
    """Copy a matrix; for ``into[:] = values`` numba would also compile a shape check."""
    for row in range(values.shape[0]):
        out_of, to = values[row], into[row]
        for i in range(out_of.size):
            to[i] = out_of[i]
