"""Learning-rate schedules: the rate of every step of an epoch."""

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.settings import HORIZON_SCHEDULES, Schedule

WARM_UP, FIRST_PART, LAST_PART = 0.3, 1 / 25, 1 / 25 / 1e4
"""One cycle, as in torch: share of rising steps, and first and last rate relative to the peak."""


def rates_of_epoch(schedule: Schedule, now: float, epoch: int, n_steps: int) -> Float64:
    """Return the learning rate of every step of an epoch.

    ``"cosine"`` falls from ``schedule.learning_rate`` to 0 along half a cosine (Loshchilov & Hutter
    2017, without restarts). ``"one_cycle"`` rises to it over 30 % of the steps and then falls to
    almost 0 (Smith & Topin 2018; with the shape and defaults of torch's ``OneCycleLR``). Both span
    ``schedule.epochs`` and stay at their final rate after that. The others change only between
    epochs.

    Parameters
    ----------
    schedule : Schedule
    now : float
        The rate at the start of the epoch, for schedules that change between epochs.
    epoch : int
        Number of epochs before this one.
    n_steps : int
        Steps per epoch.
    """
    if schedule.learning_rate_schedule not in HORIZON_SCHEDULES:
        return np.full(n_steps, now)
    top, total = schedule.learning_rate, n_steps * schedule.epochs
    step = np.arange(epoch * n_steps, (epoch + 1) * n_steps, dtype=np.float64)
    if schedule.learning_rate_schedule == "cosine":
        return _between(top, 0.0, np.minimum(step / total, 1.0))
    turn, last = max(WARM_UP * total - 1, 1e-9), max(total - 1, 1)
    rising = _between(top * FIRST_PART, top, np.minimum(step / turn, 1.0))
    falling = _between(top, top * LAST_PART, np.clip((step - turn) / (last - turn), 0.0, 1.0))
    return np.where(step <= turn, rising, falling)


def _between(start: float, end: float, share: Float64) -> Float64:
    """Interpolate between two rates along half a cosine."""
    return end + (start - end) * (1.0 + np.cos(np.pi * share)) / 2.0


def rate_after_epoch(schedule: Schedule, now: float, rows_seen: int) -> float:
    """Return the rate after an epoch that ended at rate ``now``.

    ``"invscaling"`` is scikit-learn's: the initial rate over ``(rows_seen + 1) ** power_t``.
    """
    if schedule.learning_rate_schedule == "invscaling":
        return float(schedule.learning_rate / (rows_seen + 1) ** schedule.power_t)
    return now
