"""The gain of each axis on its own, of all combined, and whether the separate gains add up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.axes import NONE, TOGETHER, Point, printed_value
from dropdecay.knobs import knob_of
from dropdecay.selection.formatting import capitalized, change, interval, kind_in_words
from dropdecay.selection.points import regularizing
from dropdecay.statistics.corrected import PairedDifference, paired_difference

BEYOND_SUM = "beyond_sum"


@dataclass(frozen=True)
class Effect:
    """A row of the table of effects.

    Parameters
    ----------
    name : str
        An axis on its own; "together" for combinations; or "beyond_sum" for the combined gain of
        two axes minus the sum of their separate gains.
    gain : PairedDifference or None
        Gain over no regularization in the unit of the measure; above 0 is better. None for a tuned
        axis, which has no neutral value.
    sentence : str
    """

    name: str
    gain: PairedDifference | None
    sentence: str


def table_of_effects(
    costs: Mapping[str, Float64],
    chosen: Point,
    overlap: float,
    measure: str,
    *,
    lower_is_better: bool,
) -> tuple[Effect, ...]:
    """Return the gain of each kind of regularization at its best, then the tuned axes.

    Parameters
    ----------
    costs : mapping of kind to array, shape (n_folds, n_seeds)
        Costs of the kinds of points on the surface; each fold evaluates a choice made on the
        others.
    chosen : Point
    overlap : float
        Validation rows divided by training rows of a fold.
    measure : str
        Name of the loss or score.
    lower_is_better : bool

    Returns
    -------
    tuple of Effect
        Without gains if the surface has no unregularized point.
    """
    axes = regularizing(chosen)
    gains = {
        kind: (costs[NONE] - costs[kind]).mean(axis=1)
        for kind in (*axes, TOGETHER)
        if NONE in costs and kind in costs
    }
    effects = []
    for kind, by_fold in gains.items():
        gain = paired_difference(by_fold, overlap)
        what = change(gain, measure, lower_is_better=lower_is_better)
        words = capitalized(kind_in_words(kind, axes))
        effects.append(Effect(kind, gain, f"{words}, at its best: {what}."))
    if len(axes) == 2 and len(gains) == 3:
        one, other = axes
        beyond = paired_difference(gains[TOGETHER] - gains[one] - gains[other], overlap)
        effects.append(Effect(BEYOND_SUM, beyond, _adding_up(beyond)))
    return (*effects, *(_tuned(name, chosen) for name, _ in chosen.values if name not in axes))


def _adding_up(beyond: PairedDifference) -> str:
    if np.isnan(beyond.lower) or beyond.lower <= 0.0 <= beyond.upper:
        relation = "indistinguishable from"
    else:
        relation = "larger than" if beyond.mean > 0.0 else "smaller than"
    return f"The combined gain is {relation} the sum of the separate gains ({interval(beyond)})."


def _tuned(name: str, chosen: Point) -> Effect:
    printed, value = capitalized(knob_of(name).printed), printed_value(chosen[name])
    return Effect(name, None, f"{printed}: tuned; {value} was chosen.")
