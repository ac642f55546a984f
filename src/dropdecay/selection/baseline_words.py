"""What the comparison with other models says, in a few plain sentences."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dropdecay.selection.baselines import ALPHA, THE_MEAN, Baseline, better_than_network
from dropdecay.selection.formatting import (
    capitalized,
    decimals_within,
    listed,
    number,
    percent,
)
from dropdecay.selection.judgement import HELPS, NO_DIFFERENCE, PROBABLY_HELPS


@dataclass(frozen=True)
class Circumstances:
    """What else the sentences need.

    Parameters
    ----------
    measure : str
        Name of the loss, or of the score that chooses.
    by_loss : bool
        Whether it is a loss; the sign of a score is turned in all figures.
    n_rows, n_columns : int
        Training rows of a fold, and columns that the network sees.
    """

    measure: str
    by_loss: bool
    n_rows: int
    n_columns: int


def comparison_in_words(models: Sequence[Baseline], about: Circumstances) -> str:
    """Return the sentences: what is better, whether the network learnt anything, what failed."""
    judged = [each for each in models if each.failed is None]
    name = better_than_network(models)
    better = next((each for each in judged if each.name == name and not each.is_constant), None)
    told = []
    if better is not None:
        told.append(
            f"{capitalized(better.name)} is better here ({_figures(better, about)}): use that."
        )
    constant = next((each for each in judged if each.is_constant), None)
    is_idle = constant is not None and is_no_better_than(constant)
    if constant is not None and is_idle:
        told.append(_of_constant(constant, about, is_last_word=better is None))
    others = [each for each in judged if not each.is_constant]
    if better is None and others and not (is_idle and _all_worse(others)):
        told.append(_of_best(others, about))
    told += [f"{capitalized(each.name)}: {each.failed}." for each in models if each.failed]
    return " ".join(told)


def is_no_better_than(constant: Baseline) -> bool:
    """Return whether the network is not shown to be better than a constant, not even probably."""
    if math.isnan(constant.chance_better):
        return constant.against_network.mean <= 0.0
    return constant.chance_better > 0.1


def _all_worse(others: Sequence[Baseline]) -> bool:
    return all(each.chance_better <= 0.1 for each in others)


def _of_constant(constant: Baseline, about: Circumstances, *, is_last_word: bool) -> str:
    said = "the mean" if constant.name == THE_MEAN else "the same odds"
    if constant.against_network.mean > 0.0:
        return f"The network is not clearly better than always saying {said}."
    words = f"The network is no better than always saying {said}: no dropout or decay mends that"
    if not is_last_word:
        return f"{words}."
    if about.n_columns >= 2 * about.n_rows:
        times = about.n_columns / about.n_rows
        many = "twice" if times < 2.5 else f"{times:.0f} times"
        return f"{words}; there are {many} as many columns as rows."
    if about.n_columns > about.n_rows:
        return f"{words}; there are more columns than rows."
    return f"{words}. More rows, or columns that say more of the target, might."


def _of_best(others: Sequence[Baseline], about: Circumstances) -> str:
    """Return how the best of the other models stands to the network; none is called better."""
    best = min(others, key=lambda each: each.against_network.mean)
    figures, name = _figures(best, about), best.name
    if math.isnan(best.chance_better):
        return f"One fold cannot tell whether {name} or the network is better ({figures})."
    if best.label in (HELPS, PROBABLY_HELPS):
        return f"{capitalized(name)} is probably better here ({figures})."
    if best.label == NO_DIFFERENCE:
        return f"{capitalized(name)} is as good as the network ({figures})."
    if best.chance_better <= ALPHA:
        worse = [each.name for each in others if each.chance_better <= ALPHA]
        losses = _losses(best, about, network_first=True)
        return f"The network is better than {listed(worse)} ({losses})."
    if best.chance_better <= 0.1:
        return f"The network is probably better than {name} ({figures})."
    return f"Whether {name} or the network is better is open ({figures})."


def _figures(model: Baseline, about: Circumstances) -> str:
    told = _losses(model, about)
    return told if math.isnan(model.chance_better) else f"{told}; {_sure(model.chance_better)}"


def _losses(model: Baseline, about: Circumstances, *, network_first: bool = False) -> str:
    """Return both figures of the measure, on the same rows and cuts."""
    sign = 1.0 if about.by_loss else -1.0
    network = model.network_loss
    gain = model.against_network
    decimals = decimals_within(gain.lower, gain.upper)
    both = [number(sign * each, decimals) for each in (network + gain.mean, network)]
    first, second = reversed(both) if network_first else both
    return f"{about.measure} {first} against {second}"


def _sure(chance: float) -> str:
    """Write the chance that a model is better, never as certainty."""
    if chance >= 0.9:
        return "more than 99 % sure" if chance > 0.995 else f"{100 * chance:.0f} % sure"
    return "chance below 1 %" if chance < 0.01 else f"chance {percent(chance)}"
