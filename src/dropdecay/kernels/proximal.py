"""The proximal step of the L1 penalty, which sets small weights to exactly zero."""

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import inner_kernel


@inner_kernel
def shrink(
    weights: Floating,  # (n_weights,), updated in place
    limit: float,  # learning rate * strength
) -> None:
    """Move every weight towards zero by ``limit``, and no further than to zero.

    Forward-backward splitting (Duchi & Singer 2009, section 5.1): after the step that
    the gradient asks for comes the minimizer of 0.5 * ||w - v||^2 + limit * sum(|w|).
    """
    high = weights.dtype.type(limit)
    low = -high
    for i in range(weights.size):
        w = weights[i]
        weights[i] = w - min(max(w, low), high)
