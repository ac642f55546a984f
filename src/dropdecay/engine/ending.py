"""When the training of a point ends: by its own smoothed mean curve, over all its networks.

A fixed number of epochs is unfair to regularized networks, which learn more slowly: it cuts them
off. So a point is trained until its curve is flat or past its minimum. No other point has a say in
that, nor has any network but through the mean of all.
"""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.decay_memory import Pace, steps_per_epoch
from dropdecay.engine.protocol import Run
from dropdecay.settings import Setting
from dropdecay.statistics.smoothing import DENSE, evaluated_epochs, smooth

FLAT, PAST, DIVERGED = "flat", "past its minimum", "diverged"

TRUNCATED, UNSETTLED = "truncated", "unsettled"
"""A point whose most epochs were reached while it fell, or before anything could be said: its end
is its lowest, though it hardly fell, and its weight decay or its first steps had not acted yet."""

CUT_OFF = (TRUNCATED, UNSETTLED)

HORIZON = "end of its schedule"
"""A learning rate that falls along a known number of epochs is followed to their end, by each
network alone."""

PAUSED, FUTILE = "paused", "futile"
"""A point that was asked to wait has not ended; one that waited and could not have caught up with
the others is not trained on."""

LOOK_BACK = 2.0
"""A curve is flat if the lowest value so far is hardly lower than that at half of the epochs."""

TOLERANCE = 0.01
"""Hardly: by at most this share."""

RISE, RISE_FROM, RISE_ERRORS = 0.02, 1.5, 2.0
"""It is past its minimum if it stands higher by this share, this many times as many epochs later,
and by this many standard errors over folds."""

HOLD, LONGEST_HOLD = 2.0, 128
"""Weight decay acts within its memory: no curve counts as flat before twice as many epochs, unless
that is longer than ``LONGEST_HOLD``. Ten of twelve curves that fell again after a rise had a strong
decay that had not acted yet."""

LEAST_STEPS, FEWEST, MOST_LEAST = 800, 20, 32
"""No curve counts as flat before this many steps, but not more or fewer epochs than these."""

AUTO_STEPS, MIN_AUTO, MAX_AUTO = 4000, 20, 100
"""What networks need as a rule: enough epochs for so many steps, within these limits."""

MOST_AUTO = 10
"""By default a point is given up after this many times the epochs that networks need as a rule."""


def usual_epochs(n_rows: int, batch_size: int) -> int:
    """Return how many epochs a network needs as a rule: enough for 4000 steps, in [20, 100]."""
    epochs = math.ceil(AUTO_STEPS / steps_per_epoch(n_rows, batch_size))
    return min(max(epochs, MIN_AUTO), MAX_AUTO)


def ending_alone(run: Run, *, diverged: bool) -> str:
    """Return why a run ended that was followed to its horizon; empty for any other."""
    if not run.adaptive or run.ends_with_point:
        return ""
    return DIVERGED if diverged else HORIZON


@dataclass(frozen=True)
class Ending:
    """The rule for one point.

    Parameters
    ----------
    most : int
        Epochs after which it ends in any case.
    hold : int
        Epochs before which its curve cannot count as flat.
    """

    most: int
    hold: int

    @classmethod
    def of(cls, setting: Setting, most: int, n_training: int) -> "Ending":
        """Return the rule for a setting, given the training rows of the smallest fold."""
        steps = steps_per_epoch(n_training, setting.schedule.batch_size)
        least = min(max(math.ceil(LEAST_STEPS / steps), FEWEST), MOST_LEAST)
        regularization = setting.regularization
        decay = regularization.weight_decay if regularization.decay == "decoupled" else 0.0
        held = HOLD * Pace(setting.schedule.learning_rate, steps).memory_of(decay)
        return cls(most, max(least, math.ceil(held)) if held <= LONGEST_HOLD else least)

    def checkpoints(self) -> tuple[int, ...]:
        """Return the epochs at which the rule is asked."""
        epochs = evaluated_epochs(self.most)
        return tuple(each for each in epochs if each >= min(DENSE, self.most))

    def why(self, losses: Float64, epochs: Int64) -> str:
        """Return why a point ends at the last of these epochs; empty where it goes on.

        Parameters
        ----------
        losses : shape (n_folds, n_epochs)
            Validation losses of all its folds so far, averaged over seeds; NaN where one diverged.
        epochs : shape (n_epochs,)
        """
        if np.isnan(losses).any():
            return DIVERGED
        smoothed = smooth(losses.mean(axis=0), epochs)
        lowest, last = int(smoothed.argmin()), int(epochs[-1])
        before = float(smoothed[epochs <= last / LOOK_BACK].min(initial=np.inf))
        fell = before - smoothed[lowest] > TOLERANCE * abs(before)
        if last >= self.most:
            if fell:
                return TRUNCATED
            return UNSETTLED if last < self.hold and lowest == epochs.size - 1 else FLAT
        if last >= self.hold and not fell:
            return FLAT
        if last >= RISE_FROM * epochs[lowest] and smoothed[-1] >= (1.0 + RISE) * smoothed[lowest]:
            by_fold = smooth(losses, epochs)
            rise = by_fold[:, -1] - by_fold[:, lowest]
            if rise.size == 1:
                return PAST  # on a tenth of a large table, which is a single fold
            if rise.mean() > RISE_ERRORS * rise.std(ddof=1) / math.sqrt(len(rise)):
                return PAST
        return ""
