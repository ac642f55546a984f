"""Optimizing one network by minibatch descent: epochs of steps, and when they end."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dropdecay.arrays import Int64
from dropdecay.engine.protocol import Attributes, TrainingListener
from dropdecay.engine.state import NetworkState, train_one_epoch
from dropdecay.errors import Diverged
from dropdecay.parts import LOSSES
from dropdecay.schedules import inverse_scaling, rates_of_epoch
from dropdecay.solvers.early_stopping import EarlyStopping, penalty

SMALLEST_RATE = 1e-6
"""The adaptive learning rate is not lowered from here on: training ends, as scikit-learn's does."""

Validate = Callable[[NetworkState], tuple[float, float]]
"""A network in training -> score and loss of the held-out rows."""


@dataclass(frozen=True)
class TrainingConfig:
    """How a network is led through its epochs.

    Parameters
    ----------
    epochs : int
        At most.
    learning_rate : str
        One of ``learning_rates.LEARNING_RATES``.
    top : float
        The learning rate it begins with, or rises to.
    power_t, tol, n_iter_no_change : float
        As scikit-learn's.
    seen : int
        Rows that were trained on before, each counted as often as it was.
    verbose : bool
        Whether to print a line an epoch.
    """

    epochs: int
    learning_rate: str
    top: float
    power_t: float
    tol: float
    n_iter_no_change: float
    seen: int
    verbose: bool


@dataclass
class Outcome:
    """How a course ended: after how many epochs, and why."""

    epochs: int = 0
    converged: bool = False
    diverged: bool = False
    interrupted: bool = False


def descend(
    training: NetworkState,
    rows: Int64,
    course: TrainingConfig,
    patience: EarlyStopping,
    validate: Validate | None,
    watch: TrainingListener | None = None,
    fitted: Attributes | None = None,
) -> Outcome:
    """Train until the course is over, nothing improves any more, or the loss is no number.

    ``watch`` hears of every epoch, with what is ``fitted`` so far, and may end training.
    """
    outcome = Outcome()
    try:
        for epoch in range(course.epochs):
            if watch is not None:
                watch.begin()
            _take_epoch(training, rows, course, patience, validate, epoch)
            outcome.epochs = epoch + 1
            outcome.diverged = not np.isfinite(patience.loss_curve[-1])
            outcome.converged = not outcome.diverged and _has_converged(training, course, patience)
            if watch is not None and watch.end(None if outcome.diverged else fitted):
                outcome.converged = not outcome.diverged
            if outcome.diverged or outcome.converged:
                break
    except KeyboardInterrupt:
        outcome.interrupted = True
        warnings.warn("NetworkState interrupted by user.", stacklevel=6)
    return outcome


def _take_epoch(
    training: NetworkState,
    rows: Int64,
    course: TrainingConfig,
    patience: EarlyStopping,
    validate: Validate | None,
    epoch: int,
) -> None:
    """Train one epoch and note its figures."""
    progress, network = training.progress, training.network
    n_steps = -(-rows.size // training.schedule.batch_size)
    rates = rates_of_epoch(
        course.learning_rate, course.top, progress.learning_rate, epoch, n_steps, course.epochs
    )
    weights = training.dataset.weights
    total = rows.size if weights is None else float(weights[rows].sum())
    params = training.buffers.params
    rate = n_steps / total if total > 0.0 else 0.0
    carried = penalty(network, params, training.regularization, rate)
    factor = LOSSES[network.loss].training_factor
    loss = factor * train_one_epoch(training, rows, rates) + carried
    patience.note_loss(loss, course.tol)
    if course.verbose:
        print(f"Iteration {epoch + 1}, loss = {loss:.8f}")  # noqa: T201  # verbose asks for it
    if validate is not None:
        score, validation_loss = validate(training) if np.isfinite(loss) else (np.nan, np.nan)
        patience.note_validation(score, validation_loss, params, course.tol)
        if course.verbose:
            print(f"Validation score: {score:f}")  # noqa: T201  # as above
    if course.learning_rate == "invscaling":
        seen = course.seen + (epoch + 1) * rows.size
        progress.learning_rate = inverse_scaling(course.top, course.power_t, seen)


def _has_converged(training: NetworkState, course: TrainingConfig, patience: EarlyStopping) -> bool:
    """Return whether patience has run out; the adaptive learning rate is lowered first."""
    if patience.waited <= course.n_iter_no_change:
        return False
    progress = training.progress
    if course.learning_rate == "adaptive" and progress.learning_rate > SMALLEST_RATE:
        progress.learning_rate /= 5.0
        patience.waited = 0
        return False
    return True


def warn_of_the_end(outcome: Outcome, course: TrainingConfig, patience: EarlyStopping) -> None:
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
    elif outcome.epochs == course.epochs and not outcome.converged:
        said = (
            f"Stochastic Optimizer: Maximum iterations ({course.epochs}) reached and the "
            "optimization hasn't converged yet. Raise max_iter, or take the network as it is."
        )
    else:
        return
    warnings.warn(said, ConvergenceWarning, stacklevel=6)
