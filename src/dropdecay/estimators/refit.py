"""The chosen network of a surface, trained on all rows."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from dropdecay.data.encoding import encode_rows, lesson_of
from dropdecay.data.fold_rows import refit_rows
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, Problem, Run
from dropdecay.engine.state import State
from dropdecay.errors import FailedWork, Parameter
from dropdecay.estimators.fit_surface import SurfaceTask
from dropdecay.selection.choice import PointFigures
from dropdecay.surface.plan import refit_run


@dataclass(frozen=True)
class Refit:
    """A network trained on all rows, with the encoder fitted on all of them.

    Parameters
    ----------
    run : Run
    data : Dataset
        All rows, encoded.
    state : State
        What the network has become.
    encoder : transformer or None
    loss_curve : list of float
    """

    run: Run
    data: Dataset
    state: State
    encoder: BaseEstimator | None
    loss_curve: list[float]


def refit(task: SurfaceTask, chosen: PointFigures) -> Refit:
    """Train the chosen network on all rows for the chosen number of epochs.

    Raises
    ------
    FailedWork
        If training diverges.
    """
    lesson = lesson_of(task.encoding, task.target)
    X, encoder = encode_rows(task.encoding, task.rows, np.arange(task.n_rows), lesson)
    data = Dataset(X, task.target.matrix, task.sample_weight)
    run = refit_run(task.setting, chosen.point, chosen.epochs, task.random_state)
    problem = Problem(refit_rows(task.n_rows, task.random_state), {REFIT_FOLD: data}.__getitem__)
    diverged = FailedWork(
        "The refit on all rows diverged, although the folds did not. Lower ",
        Parameter("learning_rate_init"), " and fit again.",
    )  # fmt: skip
    return trained(task, problem, run, encoder, diverged)


def trained(
    task: SurfaceTask,
    problem: Problem,
    run: Run,
    encoder: BaseEstimator | None,
    diverged: FailedWork,
) -> Refit:
    """Train the network of a refit; ``diverged`` is raised if it does."""
    (fit,) = task.train(problem, [run], keep_states=True)
    if fit.state is None:
        raise diverged
    data = problem.dataset_of(REFIT_FOLD)
    return Refit(run, data, fit.state, encoder, fit.descent_loss.tolist())
