"""A small table, a small module and a quick search, for tests of the searches over modules."""

import numpy as np
from torch import nn

N_ROWS, N_COLUMNS = 90, 6
QUICK = {
    "dropouts": (0, 0.4), "weight_decays": (0, 1), "max_epochs": 3, "fixed_epochs": True, "cv": 2,
    "batch_size": 16, "lr": 0.01, "n_repeats": 1, "extend": False, "race": False, "n_jobs": 1,
    "random_state": 0,
}  # fmt: skip


def table(n_classes=2, n_rows=N_ROWS):
    """Noisy classes, or values if there are none, that a small network can learn."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, N_COLUMNS)).astype(np.float32)
    if not n_classes:
        return X, (X[:, 0] - X[:, 1] + 0.1 * rng.normal(size=n_rows)).astype(np.float32)
    y = rng.integers(0, n_classes, n_rows)
    X += 2.0 * np.eye(n_classes, N_COLUMNS, dtype=np.float32)[y]
    return X, y


class Net(nn.Module):
    def __init__(self, n_inputs=N_COLUMNS, n_outputs=2, width=8, rate=0.2):
        super().__init__()
        self.hidden = nn.Linear(n_inputs, width)
        self.drop = nn.Dropout(rate)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.out(self.drop(self.hidden(x).relu()))


class NormNet(nn.Module):
    """With running statistics, which are no parameters."""

    def __init__(self, n_inputs=N_COLUMNS, n_outputs=2, width=8):
        super().__init__()
        self.hidden = nn.Linear(n_inputs, width)
        self.norm = nn.BatchNorm1d(width)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(width, n_outputs)

    def forward(self, x):
        return self.out(self.drop(self.norm(self.hidden(x)).relu()))


def losses_of(search):
    """Return all losses of a fitted search."""
    return search.results_["validation_loss"].to_numpy()
