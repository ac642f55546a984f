"""How the learning rate of a single network goes over its steps."""

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.errors import BadSetting
from dropdecay.settings import check_choice

LEARNING_RATES = ("constant", "invscaling", "adaptive", "cosine", "one_cycle")
WHOLE_FIT = ("cosine", "one_cycle")
"""Those that must know how many steps there will be."""

WARM_UP, FIRST_PART, LAST_PART = 0.3, 1 / 25, 1 / 25 / 1e4
"""One cycle: the share of steps that rise, and the ends as parts of the top, as in torch."""


def check_learning_rate(kind: str, *, incremental: bool) -> str:
    """Return the kind, or say why it cannot be had."""
    check_choice("learning_rate", kind, LEARNING_RATES)
    if incremental and kind in WHOLE_FIT:
        raise BadSetting(
            f"learning_rate={kind!r} must know when training ends, partial_fit does not. Use fit, "
            "or another learning_rate."
        )
    return kind


def rates_of_epoch(
    kind: str, top: float, now: float, epoch: int, n_steps: int, n_epochs: int
) -> Float64:
    """Return the learning rate of every step of an epoch (counted from 0).

    Parameters
    ----------
    kind : str
        One of ``LEARNING_RATES``. ``"cosine"`` falls from ``top`` to 0 along half a cosine
        (Loshchilov & Hutter 2017, without restarts); ``"one_cycle"`` rises to ``top`` over 30 % of
        the steps and then falls to almost 0 (Smith & Topin 2018; the shape and numbers of
        ``torch.optim.lr_scheduler.OneCycleLR``).
    top : float
        The largest rate.
    now : float
        The rate of the other kinds, which change between epochs.
    """
    if kind not in WHOLE_FIT:
        return np.full(n_steps, now)
    total = n_steps * n_epochs
    step = np.arange(epoch * n_steps, (epoch + 1) * n_steps, dtype=np.float64)
    if kind == "cosine":
        return _between(top, 0.0, step / total)
    turn, last = max(WARM_UP * total - 1, 1e-9), max(total - 1, 1)
    rising = _between(top * FIRST_PART, top, np.minimum(step / turn, 1.0))
    falling = _between(top, top * LAST_PART, np.clip((step - turn) / (last - turn), 0.0, 1.0))
    return np.where(step <= turn, rising, falling)


def _between(start: float, end: float, share: Float64) -> Float64:
    """Go from one rate to another along half a cosine."""
    return end + (start - end) * (1.0 + np.cos(np.pi * share)) / 2.0


def inverse_scaling(top: float, power_t: float, n_seen: int) -> float:
    """Return scikit-learn's falling rate after ``n_seen`` rows."""
    return float(top / (n_seen + 1) ** power_t)
