"""The stop of the repeats, played again over what every look would have seen.

With other inflations of the variance between rows, other rules of when more repeats no longer
matter, and gains moved by a constant: so power and the choice of ``c`` need no further training.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.special import ndtr

from benchmarks.repetition import N_REPEATS, Repetition
from dropdecay.policies.contenders import FIRST_LOOK
from dropdecay.selection.judgement import (
    HELPS,
    HURTS,
    MARGIN,
    NO_DIFFERENCE,
    OPEN,
    PROBABLY_HELPS,
    PROBABLY_HURTS,
)
from dropdecay.selection.verdict import UNDERFITS
from dropdecay.statistics.hybrid import LEVEL, C, chance_above

Z = float(stats.norm.ppf(0.5 + LEVEL / 2))
REPEATS = np.arange(2, N_REPEATS + 1)
T = stats.t.ppf(0.5 + LEVEL / 2, REPEATS - 1)

BY_VARIANCE, BY_WIDTH, NEVER = "by the variance", "by the width", "never"
"""When more repeats no longer matter: the variance of a mean over repeats is below a quarter of
that between rows; their part of the squared half width is; or never before the tenth, so that only
an answer ends them (the tool)."""


EACH_PART, WELCH = "each part by itself", "Welch and Satterthwaite"
"""How the interval counts that the variance between repeats is known from few of them: its own
part is widened by Student's t (the tool); or the whole by t on Satterthwaite's degrees of
freedom."""


@dataclass(frozen=True)
class Way:
    """A way to the verdict: the tool's own, or one that is tried beside it."""

    c: float = C
    exhausted: str = NEVER
    interval: str = EACH_PART


TOOL = Way()


@dataclass(frozen=True)
class Looks:
    """What every look saw, for all repetitions of a world that trained repeats.

    Parameters
    ----------
    mean, rows, repeats : shape (n_repetitions, 9)
        After 2 .. 10 repeats; ``rows`` before its inflation.
    baseline, again, each_repeat : shape (n_repetitions,)
        Loss of none; networks of the first repeat, and of each further one.
    n_untested : int
        Repetitions in which every fold picked none: they can never say that anything helps.
    """

    mean: np.ndarray
    rows: np.ndarray
    repeats: np.ndarray
    baseline: np.ndarray
    again: np.ndarray
    each_repeat: np.ndarray
    n_untested: int


@dataclass(frozen=True)
class Stopped:
    """Where the repeats ended, by repetition."""

    label: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    n_repeats: np.ndarray
    further_networks: np.ndarray


def looks_of(found: Sequence[Repetition]) -> Looks:
    """Gather the looks of a world."""
    tested = [each for each in found if each.looks]
    seen = np.array([each.looks for each in tested]).reshape(len(tested), len(REPEATS), 3)
    again = np.array([each.again_networks for each in tested], float)
    further = np.array([each.further_networks for each in tested], float)
    done = np.array([each.n_repeats for each in tested])
    return Looks(
        *np.moveaxis(seen, 2, 0),
        baseline=np.array([each.baseline for each in tested]),
        again=again,
        each_repeat=(further - again) / np.maximum(done - 1, 1),
        n_untested=len(found) - len(tested),
    )


def without_luck(looks: Looks) -> Looks:
    """Return what looks would see were nothing left to the luck of networks and cuts.

    That is what no trick with cuts, seeds or initial weights can beat: only the rows are left. Each
    look has the mean of the last.
    """
    last = np.repeat(looks.mean[:, -1:], looks.mean.shape[1], axis=1)
    rows = np.repeat(looks.rows[:, -1:], looks.rows.shape[1], axis=1)
    return replace(looks, mean=last, rows=rows, repeats=np.zeros_like(looks.repeats))


def half_widths(looks: Looks, way: Way = TOOL) -> np.ndarray:
    """Return half the interval after each look, (n_repetitions, 9)."""
    rows = (1 + way.c) * looks.rows
    if way.interval == EACH_PART:
        return np.asarray(np.sqrt(Z**2 * rows + T**2 * looks.repeats))
    variance = rows + looks.repeats
    freedom = (REPEATS - 1) * (variance / np.maximum(looks.repeats, 1e-300)) ** 2
    return np.asarray(stats.t.ppf(0.5 + LEVEL / 2, freedom) * np.sqrt(variance))


def stop(looks: Looks, way: Way = TOOL, shift: float = 0.0) -> Stopped:
    """Play the stop again, all gains moved by ``shift``."""
    mean, half = looks.mean + shift, half_widths(looks, way)
    labels = labels_of(mean, half / Z, MARGIN * looks.baseline[:, None])
    rows = (1 + way.c) * looks.rows / 4
    over = {
        BY_VARIANCE: looks.repeats < rows,
        BY_WIDTH: T**2 * looks.repeats < Z**2 * rows,
        NEVER: np.zeros(mean.shape, bool),
    }[way.exhausted]
    over = over | np.isin(labels, [HELPS, HURTS, NO_DIFFERENCE])
    over[:, REPEATS < FIRST_LOOK] = False
    over[:, -1] = True
    at = over.argmax(axis=1)
    here = np.arange(len(at)), at
    n_repeats = REPEATS[at]
    return Stopped(
        labels[here],
        (mean - half)[here],
        (mean + half)[here],
        n_repeats,
        looks.again + (n_repeats - 1) * looks.each_repeat,
    )


def labels_of(mean: np.ndarray, standard_error: np.ndarray, margin: np.ndarray) -> np.ndarray:
    """Return the labels of ``judgement.label_of`` for many gains at once."""
    with np.errstate(divide="ignore", invalid="ignore"):
        above = ndtr(mean / standard_error)
        within = ndtr((mean + margin) / standard_error) - ndtr((mean - margin) / standard_error)
    return np.select(
        [within >= 0.95, above >= 0.975, above <= 0.025, above >= 0.9, above <= 0.1],
        [NO_DIFFERENCE, HELPS, HURTS, PROBABLY_HELPS, PROBABLY_HURTS],
        OPEN,
    )


def as_the_tool_says(each: Repetition) -> Repetition:
    """Return a repetition with the answer that the tool gives now to the networks it trained then.

    All ten repeats were trained, so the stop, the interval and ``c`` may change without training.
    """
    if not each.looks:
        return each
    looks = looks_of([each])
    stopped = stop(looks)
    at = int(stopped.n_repeats[0]) - REPEATS[0]
    mean, half = float(looks.mean[0, at]), float(half_widths(looks)[0, at])
    further = float(stopped.further_networks[0])
    return replace(
        each,
        label=each.label if each.label == UNDERFITS else str(stopped.label[0]),
        gain=mean,
        lower=mean - half,
        upper=mean + half,
        chance=chance_above(mean, half / Z, 0.0),
        n_repeats=int(stopped.n_repeats[0]),
        further_networks=round(further),
        further_epochs=round(each.further_epochs * further / max(each.further_networks, 1)),
    )


def power(looks: Looks, shift: float, way: Way = TOOL) -> float:
    """Return how often it would say "helps" were all gains larger by ``shift``."""
    label = stop(looks, way, shift).label
    return float((label == HELPS).sum() / (label.size + looks.n_untested))


def detectable(looks: Looks, expected: float, way: Way = TOOL, wanted: float = 0.8) -> float:
    """Return the smallest expected gain that is called "helps" as often as wanted; inf: none is."""
    high = 0.5 * float(looks.baseline.mean()) if looks.baseline.size else 0.0
    if power(looks, high - expected, way) < wanted:
        return float("inf")
    low = 0.0
    for _ in range(20):
        middle = (low + high) / 2
        if power(looks, middle - expected, way) >= wanted:
            high = middle
        else:
            low = middle
    return high
