"""Worlds whose truth is known: tasks that can be sampled at will, and engines that look ahead."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dropdecay.axes import Point
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Fit, Problem, Rows, Run, run_key
from dropdecay.settings import Network, Regularization, Schedule, Setting

Sample = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class World:
    """A task, a network and a surface, with as many new rows as one likes.

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

    @property
    def setting(self) -> Setting:
        """What all points share: a network of two classes or one value, nothing regularized."""
        n_outputs = 2 if self.loss == "categorical_cross_entropy" else 1
        network = Network(self.n_inputs, self.hidden_layer_sizes, n_outputs, "relu", self.loss)
        return Setting(network, Regularization(), self.schedule)


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
    value = (
        10 * np.sin(np.pi * X[:, 0] * X[:, 1]) + 20 * (X[:, 2] - 0.5) ** 2
        + 10 * X[:, 3] + 5 * X[:, 4]
    )  # fmt: skip
    return _as_engine(3.5 * (X - 0.5), (value - 14.4) / 4.9 + 0.4 * rng.normal(size=n_rows))


def divided(rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes on the two sides of a plane, without noise: there is nothing to overfit."""
    X = rng.normal(size=(n_rows, 5))
    return _as_engine(X, X @ [1.0, -1.0, 0.5, 0.0, 0.0] > 0)


def _as_engine(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.ascontiguousarray(X, np.float32), np.asarray(y, np.float32)[:, None]


CLASSES, VALUES = "categorical_cross_entropy", "half_squared_error"

KNOWN = (
    World("crossed", "products of inputs, noisy labels: overfits", crossed,
          800, 18, CLASSES, (32,), Schedule(16, 32, learning_rate=4e-3)),
    World("sloped", "a noisy linear model: overfits", sloped,
          240, 10, CLASSES, (32,), Schedule(20, 32, learning_rate=4e-3)),
    World("waves", "Friedman's function: overfits little", waves,
          240, 10, VALUES, (32,), Schedule(30, 32, learning_rate=4e-3)),
)  # fmt: skip

NULL = (
    World("equal points", "every point trained without regularization", crossed,
          240, 18, CLASSES, (32,), Schedule(12, 32, learning_rate=4e-3), is_null=True),
    World("equal values", "the same for values", waves,
          240, 10, VALUES, (32,), Schedule(16, 32, learning_rate=4e-3), is_null=True),
    World("nothing to overfit", "a plane, no noise, 2000 rows", divided,
          2000, 5, CLASSES, (8,), Schedule(8, 64, learning_rate=4e-3)),
)  # fmt: skip


class FarSightedEngine:
    """Trains as the CPU engine does and notes every network's loss on new rows, epoch by epoch.

    The new rows ride along as a last block of validation rows, so each network is trained once.
    """

    def __init__(self, new_rows: np.ndarray, *, is_null: bool) -> None:
        self._new_rows, self._is_null = new_rows, is_null
        self.loss_on_new_rows: dict[tuple[Point, int], np.ndarray] = {}
        """By point and fold."""

    def __call__(self, problem: Problem, runs: Sequence[Run], **_: Any) -> Iterator[Fit]:
        """Train runs; what comes out speaks of their own validation rows alone."""
        for run in runs:
            fit = self._train(problem, run)
            self.loss_on_new_rows[run.point, run.fold] = fit.out_of_fold_loss[:, -1].astype(float)
            blocks = fit.out_of_fold_loss[:, :-1]
            own = np.average(blocks, axis=1, weights=np.bincount(problem.rows[run.fold].blocks))
            yield replace(
                fit, run=run, out_of_fold_loss=blocks, validation_loss=own, validation_score=-own
            )

    def refitted(self, problem: Problem, run: Run) -> float:
        """Return the final loss on new rows of a network trained on all rows of the sample."""
        return float(self._train(problem, run).out_of_fold_loss[-1, -1])

    def _train(self, problem: Problem, run: Run) -> Fit:
        seen = {run.fold: self._with_new_rows(problem.rows[run.fold])}
        (fit,) = train(replace(problem, rows=seen), [self._in_this_world(run)])
        return fit

    def _with_new_rows(self, rows: Rows) -> Rows:
        last = int(rows.blocks.max()) + 1 if rows.blocks.size else 0
        return replace(
            rows,
            validation=np.concatenate([rows.validation, self._new_rows]),
            blocks=np.concatenate([rows.blocks, np.full(self._new_rows.size, last)]),
        )

    def _in_this_world(self, run: Run) -> Run:
        if not self._is_null:
            return run
        point = run.setting.regularization
        number = int(1000 * point.dropout) * 10**6 + int(1000 * point.weight_decay)
        return replace(
            run,
            setting=replace(run.setting, regularization=Regularization()),
            key=run.key ^ run_key(number, run.fold, run.seed),
        )
