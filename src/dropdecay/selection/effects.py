"""What dropout alone, weight decay alone and both bring, and whether the two add up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.selection.formatting import NAMES, change, interval
from dropdecay.statistics.corrected import PairedDifference, paired_difference

INTERACTION = "both beyond the sum"


@dataclass(frozen=True)
class Effect:
    """A row of the table of effects.

    Parameters
    ----------
    name : {"dropout", "decay", "both", "both beyond the sum"}
        The first three are gains over no regularization; the last is what both bring beyond the sum
        of what each brings alone.
    gain : PairedDifference
        Above 0 is better, in the unit of the measure.
    sentence : str
    """

    name: str
    gain: PairedDifference
    sentence: str


def table_of_effects(
    costs: Mapping[str, Float64], overlap: float, measure: str, *, lower_is_better: bool
) -> tuple[Effect, ...]:
    """Return what each kind of regularization brings, each at its best.

    Parameters
    ----------
    costs : mapping of cell to array, shape (n_folds, n_seeds)
        Of the cells the surface has, each fold judging a choice made on the others.
    overlap : float
        Validation rows divided by training rows of a fold.
    measure : str
        Name of the loss or score.
    lower_is_better : bool

    Returns
    -------
    tuple of Effect
        Empty where the surface has no point without regularization.
    """
    if "none" not in costs:
        return ()
    gains = {
        name: (costs["none"] - costs[name]).mean(axis=1)
        for name in ("dropout", "decay", "both")
        if name in costs
    }
    effects = []
    for name, by_fold in gains.items():
        gain = paired_difference(by_fold, overlap)
        what = change(gain, measure, lower_is_better=lower_is_better)
        words = NAMES[name][0].upper() + NAMES[name][1:]
        effects.append(Effect(name, gain, f"{words}, at its best: {what}."))
    if len(gains) == 3:
        beyond = paired_difference(gains["both"] - gains["dropout"] - gains["decay"], overlap)
        effects.append(Effect(INTERACTION, beyond, _adding_up(beyond)))
    return tuple(effects)


def _adding_up(beyond: PairedDifference) -> str:
    if np.isnan(beyond.lower) or beyond.lower <= 0.0 <= beyond.upper:
        judgement = "are not told apart from"
    else:
        judgement = "bring more than" if beyond.mean > 0.0 else "bring less than"
    return f"Both together {judgement} the sum of what each brings alone ({interval(beyond)})."
