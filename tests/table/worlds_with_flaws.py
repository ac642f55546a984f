"""Random tables of known making, and flaws put into them at random places under random names."""

import numpy as np
import pandas as pd

from dropdecay.table.codes_of import row_numbers
from dropdecay.table.sample import sample_of

NAMES = ["status_2", "Wert", "x17", "after", "tmp", "码", "Résultat", "score", "B", "field 9"]


def world(seed, *, task="classification", n_rows=600, n_columns=8, n_classes=2, noise=1.0):
    """Return features that know part of the target, in any order, and the target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_columns))
    weights = rng.uniform(0.5, 2.0, n_columns) * rng.choice([-1, 1], n_columns)
    weights[rng.permutation(n_columns)[n_columns // 2 :]] = 0
    signal = X @ weights
    signal = signal + noise * signal.std() * rng.normal(size=n_rows)
    table = pd.DataFrame(X.round(5), columns=[f"c{i}" for i in range(n_columns)])
    for i in range(0, n_columns, 3):
        words = np.array(["low", "mid", "high", "none"])[np.digitize(X[:, i], [-1, 0, 1])]
        table[f"c{i}"] = pd.Categorical(words)
    if task == "regression":
        return table, signal
    bounds = np.quantile(signal, np.arange(1, n_classes) / n_classes)
    return table, np.array([f"class {i}" for i in np.digitize(signal, bounds)], object)


def put(table, values, seed):
    """Put a column at a random place under a random name; return the table and the name."""
    rng = np.random.default_rng(seed)
    name = str(rng.choice(NAMES))
    table = table.copy()
    table.insert(int(rng.integers(table.shape[1] + 1)), name, values)
    return table, name


def with_errors(values, share, seed):
    """Return the values, a share of them replaced by those of other rows."""
    rng = np.random.default_rng(seed)
    values = np.asarray(values).copy()
    places = rng.random(len(values)) < share
    values[places] = rng.permutation(values)[places]
    return values


def sampled(table, target, task="classification"):
    return sample_of(
        table, np.asarray(target), is_classes=task == "classification",
        together=row_numbers(table),
    )  # fmt: skip
