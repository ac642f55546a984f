"""What a network-epoch of a surface costs beside its steps alone: evaluation, scheduling, all.

``python -m benchmarks.epoch_price`` trains the same five networks, 30-128-128-1, one a fold, in
turns: their steps alone; as an adaptive point trains them; evaluated after every epoch, as
``fixed_epochs`` does. Times are those of the processor, so that other work does not count.
"""

import time
from dataclasses import replace
from threading import Event

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import write
from dropdecay.axes import Point
from dropdecay.data.fold_rows import MIN_MEASURED, fold_rows
from dropdecay.engine.bundle import Bundle
from dropdecay.engine.ending import Ending, usual_epochs
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.state import initial_state
from dropdecay.engine.training import CpuTrainer, set_up, train_one_epoch
from dropdecay.estimators.defaults import auto_batch
from dropdecay.settings import Network, Regularization, Schedule, Setting

ROWS, TURNS, N_FEATURES, FOLDS = (300, 1_000, 10_000), 7, 30, 5
MOST_SECONDS = 20.0


def problem_of(n_rows, min_measured):
    """Return a binary target that a network can learn in part, a fifth of the rows held out."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, N_FEATURES)).astype(np.float32)
    y = (X[:, :3].sum(axis=1) + rng.normal(size=n_rows) > 0).astype(np.float32)[:, None]
    parts = np.array_split(rng.permutation(n_rows), FOLDS)
    rows = {
        fold: fold_rows(
            np.concatenate(parts[:fold] + parts[fold + 1 :]), parts[fold], 0, fold,
            min_measured=min_measured,
        )
        for fold in range(FOLDS)
    }  # fmt: skip
    data = Dataset(X, y)
    return Problem(rows, lambda fold: data)


def steps_alone(problem, runs):
    """Seconds of the processor for the steps of runs."""
    began = time.process_time()
    for run in runs:
        setup = set_up(run.setting, problem.dataset_of(run.fold), problem.rows[run.fold].training)
        state = initial_state(setup.setting, run.key)
        while state.epoch < run.epochs:
            train_one_epoch(setup, state)
    return time.process_time() - began


class Deaf(Ending):
    """The rule, asked and not heard, so that all runs are as long."""

    def why(self, losses, epochs):
        """Ask, and end at the last epoch."""
        super().why(losses, epochs)
        return "the end" if epochs[-1] == self.most else ""


def whole(problem, runs):
    """Seconds of the processor for whole runs, piece by piece as the engine trains them."""
    began = time.process_time()
    ending = Ending.of(runs[0].setting, runs[0].epochs, problem.rows[0].training.size)
    deaf = Deaf(ending.most, ending.hold)
    trainings = [
        RunTraining(problem, problem.dataset_of(run.fold), run, CpuTrainer) for run in runs
    ]
    together = [trainings] if runs[0].adaptive else [[each] for each in trainings]
    for each in together:
        bundle = Bundle(each, deaf if runs[0].adaptive else None)
        while behind := bundle.next_trainings():
            for training in behind:
                training.train_to(bundle.at, Event())
                bundle.end_trainings()
        list(bundle.fits(keep_states=False))
    return time.process_time() - began


def price(n_rows):
    """Return the ratios to the steps alone, one a turn."""
    batch = auto_batch(n_rows)
    epochs = usual_epochs(n_rows, batch)
    network = Network(N_FEATURES, (128, 128), 1, loss="binary_cross_entropy")
    regularization = Regularization(dropout=0.2, weight_decay=0.1)
    setting = Setting(network, regularization, Schedule(epochs, batch))
    every = [Run(setting, Point(()), fold, 0, epochs, run_key(0, fold, 0)) for fold in range(FOLDS)]
    adaptive, fixed = problem_of(n_rows, 0), problem_of(n_rows, MIN_MEASURED)
    on_grid = [replace(run, adaptive=True) for run in every]
    ratios = {"adaptive": [], "every epoch": []}
    a_run = steps_alone(adaptive, every)
    for _ in range(TURNS if a_run < MOST_SECONDS / TURNS else 3):
        steps = steps_alone(adaptive, every)
        ratios["adaptive"].append(whole(adaptive, on_grid) / steps)
        ratios["every epoch"].append(whole(fixed, every) / steps)
    return epochs, batch, ratios


def main():
    """Measure and keep the figures."""
    found = []
    for n_rows in ROWS:
        with threadpool_limits(1, "blas"):
            epochs, batch, ratios = price(n_rows)
        for name, each in ratios.items():
            middle, low, high = np.median(each), min(each), max(each)
            found.append({"rows": n_rows, "epochs": epochs, "batch": batch, "evaluated": name,
                          "ratio": middle, "lowest": low, "highest": high})  # fmt: skip
            print(f"{n_rows:>7,} rows, batch {batch}, {epochs} epochs, {name}: "
                  f"{middle:.3f} x the steps ({low:.3f} to {high:.3f})", flush=True)  # fmt: skip
    write("epoch_price", found)


if __name__ == "__main__":
    main()
