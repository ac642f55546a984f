"""DropConnect: weights into hidden units that are dropped for one step."""

from dropdecay.arrays import Floating, UInt16, UInt32
from dropdecay.kernels.compiled import inner_kernel
from dropdecay.kernels.masks import TILE, draw_decisions, scale_of
from dropdecay.kernels.network import Shape
from dropdecay.kernels.philox import PURPOSE_CONNECTIONS
from dropdecay.kernels.views import vector_view


@inner_kernel
def drop_connections(
    shape: Shape,
    params: Floating,  # (n_params,)
    threshold: int,  # dropped where decision < threshold
    step: int,
    key: UInt32,  # (2,)
    decisions: UInt16,  # whole tiles: a buffer
    factors: Floating,  # (n_params,), written: 0 where dropped, else the scale; 1 elsewhere
    connected: Floating,  # (n_params,), written: params * factors
) -> None:
    """Drop weights into hidden units, one mask for all rows of a batch (Wan et al. 2013).

    Survivors are scaled up, as units are in dropout; biases and weights into outputs stay. Element
    e of a layer's weights has the decision that element e of a layer's units would have.
    """
    dtype = factors.dtype.type
    kept, dropped = dtype(scale_of(threshold)), dtype(0.0)
    for i in range(factors.size):
        factors[i] = dtype(1.0)
    for layer in range(1, shape.sizes.size - 1):
        size = shape.sizes[layer - 1] * shape.sizes[layer]
        for first in range(0, size, decisions.size):
            n = min(decisions.size, size - first)
            drawn = vector_view(decisions, 0, (n + TILE - 1) // TILE * TILE)
            stream = layer | PURPOSE_CONNECTIONS << 16
            draw_decisions(first // TILE, step, stream, 0, key, drawn)
            own = vector_view(factors, shape.weight_starts[layer - 1] + first, n)
            for i in range(n):
                own[i] = kept if drawn[i] >= threshold else dropped
    for i in range(factors.size):
        connected[i] = params[i] * factors[i]
