"""scikit-learn's MLPClassifier, one network at a time; it has no dropout and no decoupled decay."""

import numpy as np
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of


def prepare(task: Task) -> Rival:
    """Build all networks; every call of ``train`` is one epoch over the rows of its batches."""
    threadpool_limits(task.threads)
    X, y = rows_of(task, N_ROWS, seed=3)
    networks, classes = [], np.arange(max(task.sizes[-1], 2))
    for number in range(task.n_networks):
        network = MLPClassifier(
            task.sizes[1:-1], batch_size=task.batch_size, alpha=0.0, shuffle=False,
            learning_rate_init=task.learning_rate, random_state=number,
        )  # fmt: skip
        network.partial_fit(X[: task.batch_size], y[: task.batch_size], classes=classes)
        for position, (weights, bias) in enumerate(glorot(task, number)):
            network.coefs_[position][...] = weights
            network.intercepts_[position][...] = bias
        # The step above only gave the network its layers: its moments go with its optimizer.
        del network._optimizer
        network.t_ = 0
        networks.append(network)
    taken = 0

    def train(n_steps: int) -> None:
        nonlocal taken
        rows = batches_of(task, taken, n_steps).ravel()
        for network in networks:
            network.partial_fit(X[rows], y[rows])
        taken += n_steps

    def probabilities(rows: np.ndarray) -> np.ndarray:
        said = np.array([each.predict_proba(rows) for each in networks])
        return said[:, :, 1:] if task.binary else said

    return Rival(train, probabilities)
