"""Default values of the CV estimators."""

import math

DROPOUTS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
WEIGHT_DECAYS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
HIDDEN_LAYER_SIZES = (128, 128)
MIN_BATCH, MAX_BATCH = 32, 256


def auto_batch(n_rows: int) -> int:
    """Return the default batch size: the power of two nearest to n_rows / 64, in [32, 256]."""
    nearest = 2 ** round(math.log2(max(n_rows, 1) / 64)) if n_rows > 64 else 1
    return int(min(max(nearest, MIN_BATCH), MAX_BATCH))
