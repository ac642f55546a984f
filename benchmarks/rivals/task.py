"""What all rivals train: the same networks, rows, batches and settings."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

N_ROWS = 4096
N_VALIDATION = 2000


@dataclass(frozen=True)
class Task:
    """Some networks of one shape: relu, dropout on hidden layers, AdamW, float32."""

    sizes: tuple[int, ...]  # one output: binary cross-entropy, more: softmax
    batch_size: int
    n_networks: int
    threads: int
    dropout: float = 0.5
    weight_decay: float = 0.1
    learning_rate: float = 1e-3

    @property
    def binary(self) -> bool:
        """Return whether there is one logistic output."""
        return self.sizes[-1] == 1


@dataclass(frozen=True)
class Rival:
    """One way to train: ``train`` takes some more steps with every network."""

    train: Callable[[int], None]
    probabilities: Callable[[np.ndarray], np.ndarray]  # rows -> (n_networks, n_rows, n_outputs)


def rows_of(task: Task, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows and classes, (n_rows, n_inputs) float32 and (n_rows,) int64; a linear teacher."""
    n_inputs, n_classes = task.sizes[0], max(task.sizes[-1], 2)
    teacher = np.random.default_rng(0).normal(size=(n_inputs, n_classes))
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_inputs)).astype(np.float32)
    noise = 0.3 * np.sqrt(n_inputs) * rng.gumbel(size=(n_rows, n_classes))
    return X, (X @ teacher + noise).argmax(axis=1).astype(np.int64)


def batches_of(task: Task, first: int, n_steps: int) -> np.ndarray:
    """Return the rows of ``n_steps`` batches, (n_steps, batch_size): shuffled once, then cycled."""
    order = np.random.default_rng(1).permutation(N_ROWS)
    places = np.arange(first * task.batch_size, (first + n_steps) * task.batch_size) % N_ROWS
    return order[places].reshape(n_steps, task.batch_size)


def glorot(task: Task, network: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw a network's initial weights (n_inputs, n_outputs) and biases, for all rivals."""
    rng = np.random.default_rng([2, network])
    layers = []
    for n_in, n_out in zip(task.sizes[:-1], task.sizes[1:], strict=True):
        bound = np.sqrt(6.0 / (n_in + n_out))
        weights = rng.uniform(-bound, bound, (n_in, n_out)).astype(np.float32)
        layers.append((weights, np.zeros(n_out, np.float32)))
    return layers


def validation_losses(task: Task, rival: Rival) -> np.ndarray:
    """Return the log loss of every network on fresh rows, in evaluation mode, (n_networks,)."""
    X, y = rows_of(task, N_VALIDATION, seed=4)
    said = rival.probabilities(X).astype(np.float64)
    if task.binary:
        said = np.concatenate([1.0 - said, said], axis=2)
    return -np.log(np.clip(said[:, np.arange(len(y)), y], 1e-12, None)).mean(axis=1)
