"""Runs of small networks for the contract of engines, their data, and when two fits are equal."""

from dataclasses import fields, replace
from itertools import product

import numpy as np

from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.protocol import CURVES, Dataset, Run, run_key
from dropdecay.settings import Network, Regularization, Schedule, Setting

NOWHERE = Point(())
NETWORK = Network(6, (16, 8), 3)
SCHEDULE = Schedule(epochs=4, batch_size=16)


def blobs(n_rows=150, seed=0, apart=1.5):
    """Three noisy classes that a small network can learn."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, n_rows)
    X = rng.normal(size=(n_rows, 6)) + apart * np.eye(3, 6)[classes]
    return Dataset(X.astype(np.float32), classes[:, None].astype(np.float32))


def rows_of(fold, n_rows=150):
    order = np.random.default_rng(fold).permutation(n_rows)
    return fold_rows(order[30:], order[:30], 0, fold)


ROWS = {fold: rows_of(fold) for fold in range(4)}


def make_run(regularization=None, fold=0, seed=0, schedule=SCHEDULE, epochs=None, network=NETWORK):
    setting = Setting(network, regularization or Regularization(), schedule)
    return Run(setting, Point(()), fold, seed, epochs or schedule.epochs, run_key(0, fold, seed))


def adaptive_runs(regularization, point=NOWHERE, folds=(0, 1)):
    """All runs of one point, which end together after at most 400 epochs."""
    schedule = Schedule(epochs=400, batch_size=16, learning_rate=0.01)
    return [
        replace(make_run(regularization, fold, schedule=schedule), point=point, adaptive=True)
        for fold in folds
    ]


def points():
    return [
        Regularization(rate, input_rate, strength, decay)
        for rate, input_rate, strength, decay in product(
            (0.0, 0.5), (0.0, 0.1), (0.0, 0.5), ("decoupled", "l2")
        )
    ]


def surface():
    return [make_run(point, fold) for point in points() for fold in (0, 1)]


def same(one, other):
    """Whether two fits are equal, bit for bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in ("epochs", *CURVES, "out_of_fold_loss")
    ) and (one.end, one.ending) == (other.end, other.ending)


def same_state(one, other):
    """Whether two states are equal, bit for bit."""
    return type(one) is type(other) and all(
        _equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
    )


def _equal(one, other):
    if not isinstance(one, dict):
        return np.array_equal(one, other)
    return [*one] == [*other] and all(np.array_equal(one[name], other[name]) for name in one)


def nearly_same(one, other):
    """Whether two fits of float32 are equal but for the order of sums."""
    return all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-4, equal_nan=True)
        for name in ("epochs", *CURVES, "out_of_fold_loss")
    ) and (one.end, one.ending) == (other.end, other.ending)
