"""Optimizing one network by minibatch descent: epochs of steps, and when they end."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dropdecay.arrays import Floating
from dropdecay.engine.protocol import Attributes, TrainingListener
from dropdecay.engine.state import NetworkState
from dropdecay.engine.training import TrainingSetup, train_one_epoch
from dropdecay.errors import Diverged
from dropdecay.parts import LOSSES
from dropdecay.settings import Schedule
from dropdecay.solvers.early_stopping import EarlyStopping, penalty

SMALLEST_RATE = 1e-6
"""The adaptive learning rate is not lowered from here on: training ends, as scikit-learn's does."""

Validate = Callable[[Floating], tuple[float, float]]
"""Parameters -> score and loss of the held-out rows."""


@dataclass(frozen=True)
class StoppingRule:
    """When training ends.

    Parameters
    ----------
    max_epochs : int
    tol, n_iter_no_change : float
        As scikit-learn's.
    """

    max_epochs: int
    tol: float
    n_iter_no_change: float


@dataclass
class Outcome:
    """How training ended: after how many epochs, and why."""

    epochs: int = 0
    converged: bool = False
    diverged: bool = False
    interrupted: bool = False


def descend(
    setup: TrainingSetup,
    state: NetworkState,
    stopping: StoppingRule,
    patience: EarlyStopping,
    validate: Validate | None,
    listener: TrainingListener | None = None,
    fitted: Attributes | None = None,
    *,
    verbose: bool = False,
) -> Outcome:
    """Train until the last epoch, until nothing improves any more, or until the loss diverges.

    ``listener`` hears of every epoch, with what is ``fitted`` so far, and may end training. With
    ``verbose``, every epoch prints a line.
    """
    outcome = Outcome()
    try:
        for epoch in range(stopping.max_epochs):
            if listener is not None:
                listener.begin()
            _take_epoch(setup, state, patience, validate, stopping.tol)
            outcome.epochs = epoch + 1
            if verbose:
                _print_epoch(outcome.epochs, patience)
            outcome.diverged = not np.isfinite(patience.loss_curve[-1])
            outcome.converged = not outcome.diverged and _has_converged(
                setup.setting.schedule, state, stopping, patience
            )
            if listener is not None and listener.end(None if outcome.diverged else fitted):
                outcome.converged = not outcome.diverged
            if outcome.diverged or outcome.converged:
                break
    except KeyboardInterrupt:
        outcome.interrupted = True
        warnings.warn("Training interrupted by user.", stacklevel=6)
    return outcome


def _take_epoch(
    setup: TrainingSetup,
    state: NetworkState,
    patience: EarlyStopping,
    validate: Validate | None,
    tol: float,
) -> None:
    """Train one epoch and note its figures."""
    network, regularization = setup.setting.network, setup.setting.regularization
    rows, weights = setup.rows, setup.dataset.weights
    n_steps = -(-rows.size // setup.setting.schedule.batch_size)
    total = rows.size if weights is None else float(weights[rows].sum())
    rate = n_steps / total if total > 0.0 else 0.0
    carried = penalty(network, state.params, regularization, rate)
    factor = LOSSES[network.loss].training_factor
    loss = factor * train_one_epoch(setup, state) + carried
    patience.note_loss(loss, tol)
    if validate is not None:
        score, held_out = validate(state.params) if np.isfinite(loss) else (np.nan, np.nan)
        patience.note_validation(score, held_out, state.params, tol)


def _print_epoch(epoch: int, patience: EarlyStopping) -> None:
    print(f"Iteration {epoch}, loss = {patience.loss_curve[-1]:.8f}")  # noqa: T201  # asked for
    if patience.early_stopping:
        print(f"Validation score: {patience.validation_scores[-1]:f}")  # noqa: T201  # as above


def _has_converged(
    schedule: Schedule, state: NetworkState, stopping: StoppingRule, patience: EarlyStopping
) -> bool:
    """Return whether patience has run out; an adaptive learning rate is lowered first."""
    if patience.waited <= stopping.n_iter_no_change:
        return False
    if schedule.learning_rate_schedule == "adaptive" and state.learning_rate > SMALLEST_RATE:
        state.learning_rate /= 5.0
        patience.waited = 0
        return False
    return True


def warn_of_the_end(outcome: Outcome, stopping: StoppingRule, patience: EarlyStopping) -> None:
    """Say when training ended before it had converged; raise if there is no network to keep."""
    if outcome.diverged and patience.best_params is None:
        raise Diverged(
            "Solver produced non-finite parameter weights. The input data may contain large values "
            f"and need to be preprocessed. Training diverged in epoch {outcome.epochs}. Lower "
            "learning_rate_init, or scale X (and y)."
        )
    if outcome.diverged:
        said = (
            f"Training diverged in epoch {outcome.epochs}; the network of the best epoch before "
            "is kept. Lower learning_rate_init, or scale X (and y)."
        )
    elif outcome.epochs == stopping.max_epochs and not outcome.converged:
        said = (
            f"Stochastic Optimizer: Maximum iterations ({stopping.max_epochs}) reached and the "
            "optimization hasn't converged yet. Raise max_iter, or take the network as it is."
        )
    else:
        return
    warnings.warn(said, ConvergenceWarning, stacklevel=6)
