"""Images of MNIST at 14 x 14: training sets that share no image, and the official test images.

Sets without a common image are independent draws, so that an interval over them is a plain t.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from dropdecay.arrays import Float32, Int64

N_TRAINING, N_CHOOSING = 60_000, 5000

Rows = tuple[Float32, Int64]


@lru_cache(maxsize=1)
def _all_images(file: Path) -> Rows:
    """Read a row an image, 784 pixels of 0 to 255, the digit last; means of 2 x 2 pixels."""
    table = pd.read_parquet(file)
    pixels = table.iloc[:, :-1].to_numpy(np.float32).reshape(-1, 14, 2, 14, 2)
    return pixels.mean(axis=(2, 4)).reshape(-1, 196) / 255, table.iloc[:, -1].to_numpy(np.int64)


def training_set(file: Path, number: int, n_rows: int) -> Rows:
    """Return one of the sets of so many images; sets of the same size share none."""
    X, y = _all_images(file)
    chosen = slice(number * n_rows, (number + 1) * n_rows)
    assert chosen.stop <= N_TRAINING - N_CHOOSING
    return X[chosen], y[chosen]


def images_to_choose_by(file: Path) -> Rows:
    """Return the last 5,000 training images, which no training set has."""
    X, y = _all_images(file)
    chosen = slice(N_TRAINING - N_CHOOSING, N_TRAINING)
    return X[chosen], y[chosen]


def test_images(file: Path) -> Rows:
    """Return the 10,000 official test images."""
    X, y = _all_images(file)
    return X[N_TRAINING:], y[N_TRAINING:]
