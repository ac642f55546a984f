"""From a gain and its interval to one of six labels, asked for in a fixed order."""

import math

from dropdecay.statistics.hybrid import RepeatedGain, chance_above

NO_DIFFERENCE = "makes no difference"
HELPS, HURTS = "helps", "hurts"
PROBABLY_HELPS, PROBABLY_HURTS = "probably helps", "probably hurts"
OPEN = "open"
LABELS = (NO_DIFFERENCE, HELPS, HURTS, PROBABLY_HELPS, PROBABLY_HURTS, OPEN)

MARGIN = 0.01
"""A gain below this share of the loss without regularization is called none; of a score, below this
share of the distance from a constant prediction's to that without regularization."""


def judge(gain: RepeatedGain, baseline: float, constant: float = 0.0) -> str:
    """Return the label of a gain.

    Parameters
    ----------
    gain : RepeatedGain
    baseline : float
        The loss without regularization; of a score, minus the score.
    constant : float
        Of a score, minus that of a constant prediction: a score has no zero of its own.
    """
    return label_of(gain.mean, gain.standard_error, MARGIN * abs(baseline - constant))


def label_of(mean: float, standard_error: float, margin: float) -> str:
    """Return the label.

    Parameters
    ----------
    mean : float
        Gain; above 0 is in favour of regularization.
    standard_error : float
        NaN: there is none, and the question is open.
    margin : float
        The gain that is worth the name.
    """
    if math.isnan(standard_error):
        return OPEN
    above = chance_above(mean, standard_error, 0.0)
    within = chance_above(mean, standard_error, -margin) - chance_above(
        mean, standard_error, margin
    )
    for label, applies in (
        (NO_DIFFERENCE, within >= 0.95),
        (HELPS, above >= 0.975),
        (HURTS, above <= 0.025),
        (PROBABLY_HELPS, above >= 0.9),
        (PROBABLY_HURTS, above <= 0.1),
    ):
        if applies:
            return label
    return OPEN


def is_decided(label: str) -> bool:
    """Return whether more repeats are not needed: it helps, hurts, or makes no difference."""
    return label in (NO_DIFFERENCE, HELPS, HURTS)
