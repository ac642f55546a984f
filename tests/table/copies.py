"""Tables with rows copied at random places, and without."""

import numpy as np
import pandas as pd


def measured(n_rows=400, seed=0):
    """Return numbers and words, no two rows equal."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "height": rng.normal(size=n_rows).round(6), "weight": rng.normal(size=n_rows).round(6),
        "colour": pd.Categorical(rng.choice(["red", "green", "blue"], n_rows)),
    })  # fmt: skip


def with_copies(table, share, seed=0):
    """Return the table with a share of its rows a second time, in any order, and where they stand.

    The second value names the row of ``table`` that each row shows.
    """
    rng = np.random.default_rng(seed)
    extra = rng.choice(len(table), max(int(share * len(table)), 1), replace=False)
    shown = rng.permutation(np.concatenate([np.arange(len(table)), extra]))
    return table.iloc[shown].reset_index(drop=True), shown
