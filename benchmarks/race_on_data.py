"""What a race saves on real tables with the axes that a user gets, and whether it chooses alike."""

from typing import Any

import numpy as np
from joblib import delayed

from benchmarks.random_numbers import data_sets
from benchmarks.two_searches import search_twice
from dropdecay.axes import Axes
from dropdecay.data.fold_rows import rows_of_folds
from dropdecay.data.folds import make_folds
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Problem
from dropdecay.estimators.defaults import DROPOUTS, WEIGHT_DECAYS
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.surface.plan import Plan

N_ROWS = 600
REPETITIONS = 10
HIDDEN = (32,)
SCHEDULE = Schedule(20, 32)
AXES = Axes.of({"dropout": DROPOUTS, "weight_decay": WEIGHT_DECAYS})


def race_on_data(parallel: Any) -> list[dict[str, Any]]:
    """Return, for each data set, the share of runs saved and the loss given away by the race.

    The full surface is trained once a repetition, with other folds, rows and initial weights each
    time; the race is then run over the very same fits. The loss given away is the mean validation
    loss, on the full surface, of the race's choice above that of the full surface's.
    """
    rows = []
    for name, dataset, network in data_sets(HIDDEN):
        found = np.array(
            parallel(delayed(_race)(dataset, network, number) for number in range(REPETITIONS))
        )
        saved, given_away, best = found.T
        rows.append(
            {
                "data": name,
                "repetitions": REPETITIONS,
                "points": AXES.n_points,
                "runs saved": float(saved.mean()),
                "same choice": float((given_away == 0).mean()),
                "loss given away": (
                    float(given_away.mean()),
                    float(given_away.std(ddof=1) / np.sqrt(REPETITIONS)),
                ),
                "best loss": float(best.mean()),
            }
        )
        print(f"race, {name}: {rows[-1]['runs saved']:.0%} saved")
    return rows


def _race(dataset: Dataset, network: Network, number: int) -> tuple[float, float, float]:
    """Return the share of runs saved, the loss given away and the best loss."""
    rows = np.random.default_rng(number).permutation(len(dataset.y))[:N_ROWS]
    sample = Dataset(np.ascontiguousarray(dataset.X[rows]), dataset.y[rows])
    labels = None if network.n_outputs == 1 else sample.y[:, 0]
    folds = make_folds(len(rows), labels, 5, None, number)
    problem = Problem(rows_of_folds(folds, number), lambda _: sample)
    setting = Setting(network, Regularization(), SCHEDULE)
    found = search_twice(problem, Plan(AXES, setting, len(folds), 1, number), train)
    best = found.full.choice.best.loss
    # A finished point has the same figures in both, so the race's own loss can be compared.
    return 1 - found.raced_runs / found.runs, found.raced.choice.best.loss - best, best
