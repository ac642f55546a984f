"""Default values of the CV estimators."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the command line reads defaults for --help, which must answer at once
    from dropdecay.decay_memory import Pace

AUTO = "auto"

DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
WIDE_DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7)
WIDE = 256
"""Units in the widest hidden layer from which the best rate may lie beyond 0.5."""

MEMORIES = (math.inf, 400.0, 130.0, 40.0, 13.0, 4.0)
"""Weight decays by default: none, and these epochs of memory. The best one lies within, from 300 to
10,000 rows, where the best raw number falls by a factor of ten."""
WEIGHT_DECAYS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Weight decays by default where they have no memory."""

HIDDEN_LAYER_SIZES = (128, 128)
MIN_BATCH, MAX_BATCH = 32, 256


def auto_dropouts(hidden_layer_sizes: Sequence[int]) -> tuple[float, ...]:
    """Return the default dropout rates: up to 0.5, or 0.7 where a layer has 256 units or more."""
    return WIDE_DROPOUTS if max(hidden_layer_sizes, default=0) >= WIDE else DROPOUTS


def auto_decays(pace: "Pace | None", rates: Sequence[float]) -> tuple[float, ...]:
    """Return the default weight decays: those of ``MEMORIES`` that these learning rates allow."""
    if pace is None:
        return WEIGHT_DECAYS
    decays = map(pace.decay_of, MEMORIES)
    return tuple(decay for decay in decays if decay * max(rates) < 1.0)


def auto_batch(n_rows: int) -> int:
    """Return the default batch size: the power of two nearest to n_rows / 64, in [32, 256]."""
    nearest = 2 ** round(math.log2(max(n_rows, 1) / 64)) if n_rows > 64 else 1
    return int(min(max(nearest, MIN_BATCH), MAX_BATCH))
