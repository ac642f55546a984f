"""What common random numbers save: differences between neighbours with them and without."""

from itertools import pairwise
from typing import Any

import numpy as np
from joblib import delayed
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.preprocessing import StandardScaler

from dropdecay.axes import Axes, Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.settings import Network, Regularization, Schedule, Setting

AXES = Axes.of({"dropout": (0.0, 0.2, 0.4), "weight_decay": (0.0, 1.0, 3.0)})
N_SEEDS = 30
EPOCHS = 20


def compare_random_numbers(parallel: Any) -> list[dict[str, Any]]:
    """Return, for each data set, the variance of a difference both ways, with as many runs.

    Every point is trained from the same ``N_SEEDS`` seeds on one fold. A difference is taken
    between networks of the same seed (common random numbers) and between those of one seed and the
    next: the very same runs, paired and not. The ratio is a median over pairs of neighbours.
    """
    rows = []
    for name, dataset, network in data_sets((64,)):
        losses = np.array(
            parallel(delayed(_losses)(dataset, network, point) for point in AXES.points)
        ).reshape(*(len(axis.values) for axis in AXES), N_SEEDS)
        together, apart = [], []
        for one, other in _neighbours(losses):
            together.append((one - other).var(ddof=1))
            shifts = [(one - np.roll(other, shift)).var(ddof=1) for shift in range(1, N_SEEDS)]
            apart.append(np.mean(shifts))
        ratios = np.array(together) / np.array(apart)
        rows.append(
            {
                "data": name,
                "pairs of neighbours": ratios.size,
                "seeds": N_SEEDS,
                "SD with": float(np.sqrt(np.mean(together))),
                "SD without": float(np.sqrt(np.mean(apart))),
                "variance ratio": float(np.median(ratios)),
                "variance ratios": ratios.round(3).tolist(),
            }
        )
        print(f"common random numbers, {name}: variance x {np.median(ratios):.2f}")
    return rows


def _neighbours(losses: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return pairs that differ by one step on one axis."""
    rates, decays = (range(n) for n in losses.shape[:2])
    down = [(losses[i, j], losses[k, j]) for i, k in pairwise(rates) for j in decays]
    across = [(losses[i, j], losses[i, k]) for i in rates for j, k in pairwise(decays)]
    return down + across


def _losses(dataset: Dataset, network: Network, point: Point) -> list[float]:
    """Train a point from every seed on the first fifth held out; return the final losses."""
    order = np.random.default_rng(0).permutation(len(dataset.y))
    held = len(order) // 5
    problem = Problem({0: fold_rows(order[held:], order[:held], 0, 0)}, lambda _: dataset)
    setting = point.applied_to(Setting(network, Regularization(), Schedule(EPOCHS, 32)))
    runs = [Run(setting, point, 0, seed, EPOCHS, run_key(0, 0, seed)) for seed in range(N_SEEDS)]
    fits = train(problem, runs)
    return [fit.validation_loss[-1] for fit in sorted(fits, key=lambda fit: fit.run.seed)]


def data_sets(hidden: tuple[int, ...]) -> list[tuple[str, Dataset, Network]]:
    """Return breast cancer, digits and diabetes, standardized."""
    sets = []
    for name, load, n_outputs in (
        ("breast cancer", load_breast_cancer, 2), ("digits", load_digits, 10),
        ("diabetes", load_diabetes, 1),
    ):  # fmt: skip
        X, y = load(return_X_y=True)
        is_values = n_outputs == 1
        y = (y - y.mean()) / y.std() if is_values else y
        X = StandardScaler().fit_transform(X).astype(np.float32)
        loss = "half_squared_error" if is_values else "categorical_cross_entropy"
        network = Network(X.shape[1], hidden, n_outputs, "relu", loss)
        sets.append((name, Dataset(X, y.astype(np.float32)[:, None]), network))
    return sets
