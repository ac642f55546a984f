"""The chosen network of a surface, or an ensemble of them, trained on all rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from dropdecay.data.encoding import categories_of, encode_rows, lesson_of
from dropdecay.data.fold_rows import refit_rows
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, Problem, Run
from dropdecay.engine.state import State
from dropdecay.errors import FailedWork, Parameter
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.selection.choice import PointFigures
from dropdecay.surface.plan import refit_run


@dataclass(frozen=True)
class Refit:
    """Networks trained on all rows, with the encoder fitted on all of them.

    Parameters
    ----------
    run : Run
        Of the first of them.
    data : Dataset
        All rows, encoded.
    states : tuple of State
        What the networks have become, one a seed.
    encoder : transformer or None
    loss_curve : list of float
        Of the first.
    """

    run: Run
    data: Dataset
    states: tuple[State, ...]
    encoder: BaseEstimator | None
    loss_curve: list[float]


def refit(task: SurfaceTask, chosen: PointFigures) -> Refit:
    """Train the chosen network, or those of the ensemble, on all rows for the chosen epochs.

    Raises
    ------
    FailedWork
        If training diverges.
    """
    lesson = lesson_of(task.encoding, task.target)
    X, encoder = encode_rows(task.encoding, task.rows, np.arange(task.n_rows), lesson)
    data = Dataset(X, task.target.matrix, task.sample_weight, categories_of(encoder))
    runs = [
        refit_run(task.setting, chosen.point, chosen.epochs, task.random_state, seed)
        for seed in range(task.n_ensemble)
    ]
    problem = Problem(refit_rows(task.n_rows, task.random_state), {REFIT_FOLD: data}.__getitem__)
    diverged = FailedWork(
        "The refit on all rows diverged, although the folds did not. Lower ",
        Parameter("learning_rate_init"), " and fit again.",
    )  # fmt: skip
    return trained(task, problem, runs, encoder, diverged)


def trained(
    task: SurfaceTask,
    problem: Problem,
    runs: Sequence[Run],
    encoder: BaseEstimator | None,
    diverged: FailedWork,
) -> Refit:
    """Train the networks of a refit, one a seed; ``diverged`` is raised if one of them does."""
    fits = sorted(
        task.train(problem, runs, n_jobs=min(len(runs), task.n_jobs), keep_states=True),
        key=lambda fit: fit.run.seed,
    )
    states = [fit.state for fit in fits if fit.state is not None]
    if len(states) < len(fits):
        raise diverged
    data = problem.dataset_of(REFIT_FOLD)
    return Refit(fits[0].run, data, tuple(states), encoder, fits[0].descent_loss.tolist())
