"""Train one network on minibatches, epoch by epoch, until a stopping criterion is met."""

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
from dropdecay.warn_user import warn_user

MIN_LEARNING_RATE = 1e-6
"""An adaptive learning rate this low is not lowered further: training stops, as in scikit-learn."""

Validate = Callable[[Floating], tuple[float, float]]
"""Returns score and loss of the held-out rows for parameters."""


@dataclass(frozen=True)
class StoppingRule:
    """When training stops.

    Parameters
    ----------
    max_epochs : int
    tol, n_iter_no_change : float
        As in scikit-learn.
    """

    max_epochs: int
    tol: float
    n_iter_no_change: float


@dataclass
class Outcome:
    """How training ended: after how many epochs, and for what reason."""

    epochs: int = 0
    converged: bool = False
    diverged: bool = False
    interrupted: bool = False


def train_by_epochs(
    setup: TrainingSetup,
    state: NetworkState,
    stopping: StoppingRule,
    early_stopping: EarlyStopping,
    validate: Validate | None,
    listener: TrainingListener | None = None,
    attributes: Attributes | None = None,
    *,
    verbose: bool = False,
) -> Outcome:
    """Train until the last epoch, until nothing improves any more, or until the loss diverges.

    ``listener`` is told of every epoch, with the fitted ``attributes`` so far, and may stop
    training. With ``verbose``, each epoch prints a line.
    """
    outcome = Outcome()
    try:
        for epoch in range(stopping.max_epochs):
            if listener is not None:
                listener.begin()
            _train_epoch(setup, state, early_stopping, validate, stopping.tol)
            outcome.epochs = epoch + 1
            if verbose:
                _print_epoch(outcome.epochs, early_stopping)
            outcome.diverged = not np.isfinite(early_stopping.loss_curve[-1])
            outcome.converged = not outcome.diverged and _has_converged(
                setup.setting.schedule, state, stopping, early_stopping
            )
            if listener is not None and listener.end(None if outcome.diverged else attributes):
                outcome.converged = not outcome.diverged
            if outcome.diverged or outcome.converged:
                break
    except KeyboardInterrupt:
        outcome.interrupted = True
        warn_user("Training interrupted by user.")
    return outcome


def _train_epoch(
    setup: TrainingSetup,
    state: NetworkState,
    early_stopping: EarlyStopping,
    validate: Validate | None,
    tol: float,
) -> None:
    """Train one epoch and record its losses and score."""
    network, regularization = setup.setting.layers, setup.setting.regularization
    rows, weights = setup.rows, setup.dataset.sample_weight
    n_steps = -(-rows.size // setup.setting.schedule.batch_size)
    total = rows.size if weights is None else float(weights[rows].sum())
    rate = n_steps / total if total > 0.0 else 0.0
    decay = penalty(network, state.params, regularization, rate)
    factor = LOSSES[network.loss].training_factor
    loss = factor * train_one_epoch(setup, state) + decay
    early_stopping.record_loss(loss, tol)
    if validate is not None:
        score, validation_loss = validate(state.outcome) if np.isfinite(loss) else (np.nan, np.nan)
        early_stopping.record_validation(score, validation_loss, state.outcome, tol)


def _print_epoch(epoch: int, early_stopping: EarlyStopping) -> None:
    print(f"Iteration {epoch}, loss = {early_stopping.loss_curve[-1]:.8f}")  # noqa: T201  # asked for
    if early_stopping.uses_held_out:
        print(f"Validation score: {early_stopping.validation_scores[-1]:f}")  # noqa: T201  # as above


def _has_converged(
    schedule: Schedule, state: NetworkState, stopping: StoppingRule, early_stopping: EarlyStopping
) -> bool:
    """Return whether improvement has stopped; an adaptive learning rate is lowered first."""
    if early_stopping.n_without_improvement <= stopping.n_iter_no_change:
        return False
    if schedule.learning_rate_schedule == "adaptive" and state.learning_rate > MIN_LEARNING_RATE:
        state.learning_rate /= 5.0
        early_stopping.n_without_improvement = 0
        return False
    return True


def warn_unless_converged(
    outcome: Outcome, stopping: StoppingRule, early_stopping: EarlyStopping
) -> None:
    """Warn if training stopped before it converged; raise if there is no network to keep."""
    if outcome.diverged and early_stopping.best_params is None:
        raise Diverged(
            "Solver produced non-finite parameter weights. The input data may contain large values "
            f"and need to be preprocessed. Training diverged in epoch {outcome.epochs}. Lower "
            "learning_rate_init, or scale X (and y)."
        )
    if outcome.diverged:
        message = (
            f"Training diverged in epoch {outcome.epochs}; the network of the best epoch "
            "before is kept. Lower learning_rate_init, or scale X (and y)."
        )
    elif outcome.epochs == stopping.max_epochs and not outcome.converged:
        message = (
            f"Stochastic Optimizer: Maximum iterations ({stopping.max_epochs}) reached and the "
            "optimization hasn't converged yet. Raise max_iter, or accept the network as it is."
        )
    else:
        return
    warn_user(message, ConvergenceWarning)
