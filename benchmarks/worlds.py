"""Worlds whose truth is known: tasks that can be sampled at will, with the network for each."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dropdecay.settings import Network, Regularization, Schedule, Setting

Sample = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class World:
    """A task and a network, with as many new rows as one likes.

    Parameters
    ----------
    name, sentence : str
    sample : callable
        (generator, n_rows) -> X, y in the form the engine takes.
    n_rows, n_inputs : int
    loss : str
    hidden_layer_sizes : tuple of int
    schedule : Schedule
    is_null : bool
        Every point is trained without regularization, from random numbers of its own: no point
        is better than another.
    rows_of_group : int
        Rows, one after another, that make up a group; 1: there are no groups.
    """

    name: str
    sentence: str
    sample: Sample
    n_rows: int
    n_inputs: int
    loss: str
    hidden_layer_sizes: tuple[int, ...]
    schedule: Schedule
    is_null: bool = False
    rows_of_group: int = 1

    @property
    def setting(self) -> Setting:
        """What all points share: a network of two classes or one value, nothing regularized."""
        n_outputs = 2 if self.has_classes else 1
        network = Network(self.n_inputs, self.hidden_layer_sizes, n_outputs, "relu", self.loss)
        return Setting(network, Regularization(), self.schedule)

    @property
    def has_classes(self) -> bool:
        """Whether the targets are classes rather than values."""
        return self.loss == CLASSES

    @property
    def groups(self) -> np.ndarray | None:
        """The group of each row of a sample, (n_rows,); None: there are none."""
        return None if self.rows_of_group == 1 else np.arange(self.n_rows) // self.rows_of_group

    def baseline_loss(self, y: np.ndarray) -> float:
        """Return the loss of always predicting the same."""
        if not self.has_classes:
            return float(y.var() / 2)
        share = np.bincount(y[:, 0].astype(int)) / len(y)
        return float(-(share * np.log(share)).sum())


CLASSES, VALUES = "categorical_cross_entropy", "half_squared_error"
ROWS_OF_GROUP = 6


def crossed(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes: the sign of two products of inputs, 15 % of labels turned, 14 inputs idle."""
    X = rng.normal(size=(n_rows, 18))
    label = X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3] + X[:, 0] > 0
    return _as_engine(X, label ^ (rng.random(n_rows) < 0.15))


def sloped(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes drawn from a logistic model that is linear in three of ten inputs."""
    X = rng.normal(size=(n_rows, 10))
    probability = 1 / (1 + np.exp(-(X[:, :3] @ [1.5, -1.0, 0.5])))
    return _as_engine(X, rng.random(n_rows) < probability)


def waves(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Values: Friedman's first function (1991) over its spread, with noise; five inputs idle."""
    X = rng.random((n_rows, 10))
    return _as_engine(3.5 * (X - 0.5), _friedman(X) + 0.4 * rng.normal(size=n_rows))


def rare(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes as in the sloped world, the second one rare: about 8 % of the rows."""
    X = rng.normal(size=(n_rows, 10))
    probability = 1 / (1 + np.exp(3.6 - X[:, :3] @ [1.5, -1.0, 0.5]))
    return _as_engine(X, rng.random(n_rows) < probability)


def heavy(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Friedman's function with noise of Student's t on 2.5 degrees: its square has no variance."""
    X = rng.random((n_rows, 10))
    return _as_engine(3.5 * (X - 0.5), _friedman(X) + 0.4 * rng.standard_t(2.5, size=n_rows))


def grouped(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes in groups of six rows, which share a shift of their inputs and of their odds."""
    n_groups = -(-n_rows // ROWS_OF_GROUP)
    shift = np.repeat(rng.normal(size=(n_groups, 11)), ROWS_OF_GROUP, axis=0)[:n_rows]
    X = 0.7 * rng.normal(size=(n_rows, 10)) + 0.7 * shift[:, :10]
    probability = 1 / (1 + np.exp(-(X[:, :3] @ [1.5, -1.0, 0.5] + shift[:, 10])))
    return _as_engine(X, rng.random(n_rows) < probability)


def _friedman(X: np.ndarray) -> np.ndarray:
    """Return Friedman's first function (1991), brought to mean 0 and spread 1."""
    value = (
        10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
        + 10 * X[:, 3] + 5 * X[:, 4]
    )  # fmt: skip
    return np.asarray((value - 14.4) / 4.9)


def _as_engine(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(X, np.float32), np.asarray(y, np.float32)[:, None]


KNOWN = (
    World("crossed", "products of inputs, noisy labels, 800 rows", crossed,
          800, 18, CLASSES, (32,), Schedule(160, 32, learning_rate=4e-3)),
    World("sloped", "a noisy linear model, 240 rows", sloped,
          240, 10, CLASSES, (32,), Schedule(200, 32, learning_rate=4e-3)),
    World("waves", "Friedman's function, 240 rows", waves,
          240, 10, VALUES, (32,), Schedule(300, 32, learning_rate=4e-3)),
    World("tiny model", "sloped, but two hidden units", sloped,
          240, 10, CLASSES, (2,), Schedule(300, 32, learning_rate=8e-3)),
    World("heavy tails", "Friedman's function, noise t(2.5), 300 rows", heavy,
          300, 10, VALUES, (32,), Schedule(200, 32, learning_rate=4e-3)),
    World("rare class", "8 % of 600 rows are of the second class", rare,
          600, 10, CLASSES, (32,), Schedule(160, 32, learning_rate=4e-3)),
    World("150 rows", "sloped, but 150 rows", sloped,
          150, 10, CLASSES, (32,), Schedule(200, 32, learning_rate=4e-3)),
    World("3000 rows", "crossed, but 3000 rows", crossed,
          3000, 18, CLASSES, (32,), Schedule(100, 64, learning_rate=8e-3)),
    World("waves, slowly", "Friedman's function, 240 rows, at the default learning rate", waves,
          240, 10, VALUES, (32,), Schedule(1000, 32)),
    World("groups", "sloped, 300 rows in 50 groups", grouped,
          300, 10, CLASSES, (32,), Schedule(200, 32, learning_rate=4e-3),
          rows_of_group=ROWS_OF_GROUP),
)  # fmt: skip

NULL = (
    World("equal points", "crossed, 240 rows, nothing regularized", crossed,
          240, 18, CLASSES, (32,), Schedule(120, 32, learning_rate=4e-3), is_null=True),
    World("equal values", "waves, 240 rows, nothing regularized", waves,
          240, 10, VALUES, (32,), Schedule(160, 32, learning_rate=4e-3), is_null=True),
    World("equal, slowly", "crossed, 240 rows, at the default learning rate, nothing regularized",
          crossed, 240, 18, CLASSES, (32,), Schedule(1000, 32), is_null=True),
    World("equal slopes", "sloped, 120 rows, long training, nothing regularized", sloped,
          120, 10, CLASSES, (32,), Schedule(400, 32, learning_rate=4e-3), is_null=True),
)  # fmt: skip
