"""Small searches whose networks of folds the tests of this room read."""

import warnings
from unittest.mock import patch

import numpy as np
import pandas as pd

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.estimators import explained

QUICK = {
    "hidden_layer_sizes": 8, "dropouts": (0.0,), "weight_decays": (0.0, 0.1), "cv": 3,
    "max_iter": 15, "n_repeats": 1, "extend": False, "random_state": 0, "n_jobs": 1,
    "learning_rate_init": 0.02,
}  # fmt: skip


def table(n_rows=150, seed=0):
    """Columns of every kind; ``size`` and ``kind`` say what the target is, the others nothing."""
    rng = np.random.default_rng(seed)
    size = rng.integers(0, 6, n_rows).astype(float)
    kind = rng.choice(["alpha", "beta", "gamma"], n_rows)
    frame = pd.DataFrame(
        {
            "size": size,
            "gappy": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows)),
            "kind": kind,
            "yes": pd.array(rng.random(n_rows) < 0.5, dtype="boolean"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 400, n_rows), "D"),
            "words": [f"word {rng.integers(0, 90)} and {rng.integers(0, 90)}" for _ in size],
        }
    )
    return frame, size + 3.0 * (kind == "beta") + rng.normal(size=n_rows)


def fitted_with_rows(rows, y, **how):
    """Fit; return the search and the held-out rows that importance was measured on."""
    heard = []

    def listen(*given):
        heard.append(measure(*given))
        return heard[-1]

    measure = explained._held_out
    kind = MLPRegressorCV if np.asarray(y).dtype.kind == "f" else MLPClassifierCV
    with patch.object(explained, "_held_out", listen), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = kind(**{**QUICK, **how}).fit(rows, y)
    return search, heard[0]
