"""The verdict in words: what to do, what to expect, how sure."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dropdecay.axes import NONE, Point
from dropdecay.selection.bounds import Bound
from dropdecay.selection.contest import Obstacle, RepeatedContest
from dropdecay.selection.formatting import (
    amount,
    capitalized,
    decimals_within,
    number,
    percent,
    regularization,
)
from dropdecay.selection.gain import Gain
from dropdecay.selection.judgement import MARGIN, NO_DIFFERENCE, OPEN
from dropdecay.selection.points import neutral_point, regularizing
from dropdecay.statistics.hybrid import rows_needed

MAX_FACTOR = 50
"""More than this many times the rows at hand is no advice."""


@dataclass(frozen=True)
class Answer:
    """What the words are made of.

    Parameters
    ----------
    label : str
    chosen : Point
    epochs, epochs_of_none : int
        Of the chosen point and of the best one without regularization.
    picks : Counter of str
        What each fold was judged by, and how often.
    gain : Gain
    measure : str
        Name of the loss or score.
    by_loss : bool
    n_networks : int
        Trained to sharpen the verdict.
    cuts_anew : bool
        Whether each repeat held out other rows together.
    bound : Bound or None
        What was cut off of the sides of the gain.
    """

    label: str
    chosen: Point
    epochs: int
    epochs_of_none: int
    picks: Counter[str]
    gain: Gain
    measure: str
    by_loss: bool
    n_networks: int
    cuts_anew: bool
    bound: Bound | None = None


def recommendation(answer: Answer) -> str:
    """Say what to do; also where the question is open."""
    if answer.chosen.kind == NONE:
        return f"Use {answer.chosen}."
    if _none_is_better(answer):
        return "Use no regularization."
    if answer.label == NO_DIFFERENCE:
        return f"Use {answer.chosen} or no regularization: they are equally good."
    return f"Use {answer.chosen}."


def _none_is_better(answer: Answer) -> bool:
    """Return whether the surface chose regularization, but none is likelier to be better."""
    untested = answer.gain.is_untested or answer.label == NO_DIFFERENCE
    return answer.chosen.kind != NONE and not untested and answer.gain.chance < 0.5


def grounds(answer: Answer) -> tuple[str, ...]:
    """Say what to expect and how sure that is."""
    gain = answer.gain
    if gain.is_untested:
        return (_why_untested(answer),)
    said = [_effect(answer), _chances(answer)]
    if answer.bound is not None:
        is_gain = answer.by_loss and gain.mean >= 0.0
        said.append(answer.bound.sentence(regularization(answer.chosen), is_gain=is_gain))
    if answer.label not in (NO_DIFFERENCE, OPEN) and answer.epochs != answer.epochs_of_none:
        said.append(
            f"Each at its own best epoch: {answer.epochs} for {regularization(answer.chosen)}, "
            f"{answer.epochs_of_none} for no regularization."
        )
    if set(answer.picks) != {regularization(answer.chosen)}:
        said.append(
            "The gain is that of choosing this way, each fold judging what the others picked: "
            f"{_listed(answer.picks)}."
        )
    if _none_is_better(answer):
        neutral = neutral_point(answer.chosen.active).described(" and ")
        best = "lowest loss" if answer.by_loss else f"highest {answer.measure}"
        said.append(
            f"The fitted network has {regularization(answer.chosen)}, the {best} on the "
            f"surface; fit again with {neutral} alone to go without."
        )
    return (*said, *_what_would_settle(answer))


def _why_untested(answer: Answer) -> str:
    if math.isnan(answer.gain.mean):
        return (
            f"The {answer.measure} of some folds is not defined, so there is nothing to compare. "
            "Choose by loss, or use another scorer."
        )
    if answer.gain.mean == 0.0:
        if set(answer.picks) != {str(neutral_point(regularizing(answer.chosen)))}:
            return (
                f"Wherever it was judged, regularization has the same {answer.measure} as none: "
                f"nothing tells them apart. The folds picked {_listed(answer.picks)}."
            )
        return (
            "Whichever fold was left out, the others picked no regularization, so nothing competed "
            "with it; that does not prove that it is best."
        )
    return "One fold gives no interval; five folds or more would."


def _effect(answer: Answer) -> str:
    """Say by how much the measure changes, with the interval in the same direction."""
    gain = answer.gain
    sign = -1.0 if gain.mean < 0.0 else 1.0
    lower, upper = sorted((sign * gain.lower, sign * gain.upper))
    verb = "lowers" if (gain.mean >= 0.0) == answer.by_loss else "raises"
    decimals = decimals_within(lower, upper)
    has_share = answer.by_loss and gain.baseline > 0.0
    size, joined = amount(sign * gain.mean, decimals), " ("
    if has_share:
        size, joined = f"{percent(sign * gain.mean / gain.baseline)} ({size}", "; "
    own = set(answer.picks) == {regularization(answer.chosen)}
    what = "It" if own and recommendation(answer) == f"Use {answer.chosen}." else "Regularization"
    ends = f"{number(lower, decimals)} to {number(upper, decimals)}"
    interval = f"{percent(gain.level)} interval {ends}"
    return f"{what} {verb} the {answer.measure} by {size}{joined}{interval})."


def _chances(answer: Answer) -> str:
    gain = answer.gain
    if answer.label == NO_DIFFERENCE:
        chance = printed_chance(gain.chance_within_margin)
        said = f"Chance that it makes a difference of less than {_margin(gain)}: {chance}"
    else:
        said = (
            f"Chance that it helps: {printed_chance(gain.chance)}, that it gains more than "
            f"{_margin(gain)}: {printed_chance(gain.chance_of_margin)}"
        )
    if gain.n_repeats == 1:
        return f"{said} (from the folds of the surface alone)."
    cuts = "cuts of the same rows" if answer.cuts_anew else "trainings on the same folds"
    return f"{said} ({gain.n_repeats} {cuts}, {answer.n_networks} more networks)."


def _margin(gain: Gain) -> str:
    """Name the gain that is worth the name; a score has no zero to take a share from."""
    lead = "" if gain.constant is None else " of the lead over a constant prediction"
    return f"{percent(MARGIN)}{lead}"


def printed_chance(chance: float) -> str:
    """Write a chance in whole percent, never as certain."""
    if chance > 0.99:
        return "more than 99 %"
    return "less than 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def _listed(picks: Counter[str]) -> str:
    by_count = sorted(picks.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{words} ({count})" for words, count in by_count)


def _what_would_settle(answer: Answer) -> list[str]:
    """Say how many rows would settle an open question; never more folds where they would not.

    Fewer rows than there are would be no advice: then a gain worth the name is ruled out.
    """
    gain = answer.gain
    if answer.label == NO_DIFFERENCE or gain.chance >= 0.975 or gain.chance <= 0.025:
        return []
    if gain.n_rows is None:
        return []
    needed = rows_needed(gain.mean, gain.standard_error, gain.margin, gain.n_rows, gain.level)
    hardly = "More networks would hardly sharpen this" if gain.is_exhausted else ""
    if needed > MAX_FACTOR * gain.n_rows:
        rows = "no realistic number of rows would settle so small a difference"
    elif needed <= gain.n_rows:
        # Zero lies in the interval, or nothing would be said here: it is the margin that does not.
        rows = f"a gain of more than {_margin(gain)} is as good as ruled out already"
    else:
        rows = f"about {_rounded(needed):,} rows would settle it"
    return [f"{hardly}; {rows}." if hardly else f"{capitalized(rows)}."]


def _rounded(count: float) -> int:
    """Round to two digits: the number is no more certain than that."""
    return int(float(f"{count:.2g}"))


def why_no_more(obstacle: Obstacle, measure: str, repeated: RepeatedContest | None) -> str:
    """Say why a repeat could not be judged, and what the verdict rests on instead."""
    if repeated is None:
        rest = "so the verdict rests on the folds of the surface alone"
    else:
        rest = f"so the verdict rests on the {repeated.gain.n_repeats} repeats before it"
    if obstacle is Obstacle.DIVERGED:
        return f"A network diverged when the contenders were repeated, {rest}."
    return (
        f"The {measure} of some held-out rows is not defined without a block of them, as where a "
        f"class has too few rows, {rest}. Fewer folds or a choice by loss would allow more."
    )


def grounds_without_none(axes: Sequence[str], points: Sequence[Point]) -> str:
    """Say why there is nothing to compare the choice with."""
    if not axes:
        return (
            "Whether regularization helps was not asked: every axis of the surface is tuned, and "
            "none regularizes."
        )
    if any(point.kind == NONE for point in points):
        return (
            "Whether it helps is open: without regularization the training diverged or was not "
            "finished, so there is nothing to compare with."
        )
    return (
        "Whether it helps is open: the surface has no point without regularization; include "
        f"{neutral_point(axes).described(' and ')}."
    )
