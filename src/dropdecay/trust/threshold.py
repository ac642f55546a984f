"""The probability from which on the second of two classes is predicted, chosen on held-out rows.

Chosen and judged on the same rows, a threshold looks better than it is. So its gain is measured on
each fold with a threshold that was chosen on all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.data.targets import Target
from dropdecay.errors import BadSetting, Parameter
from dropdecay.near_names import near_matches, suggestion
from dropdecay.statistics.corrected import PairedDifference, paired_difference

Wanted = str | float | Sequence[float] | None
"""A measure by name, the threshold itself, the costs of a false positive and of a false negative,
or None: a half."""

MEASURES = ("balanced_accuracy", "f1", "matthews_corrcoef", "accuracy")


@dataclass(frozen=True)
class Threshold:
    """A threshold, and what it gains over a half.

    Parameters
    ----------
    name : str
        The class that is predicted from it on.
    value : float
        [0, 1].
    measure : str
        In words.
    before, after : float
        Mean of the measure over folds: at a half, and at the thresholds of the other folds.
    gain : PairedDifference or None
        How much better than at a half; None: fewer than two folds hold both classes.
    by_fold : mapping of int to float
        The threshold of each fold: chosen without it, or the one that was given.
    is_given : bool
        Whether the user gave the number itself.
    is_applied : bool
        Whether predictions are made by it, rather than by a half.
    """

    name: str
    value: float
    measure: str
    before: float
    after: float
    gain: PairedDifference | None
    by_fold: dict[int, float]
    is_given: bool
    is_applied: bool = True

    @property
    def sentence(self) -> str:
        """What it is and what it gains."""
        lead = "Predicts" if self.is_applied else "A threshold would predict"
        found = (
            f"{lead} {self.name} from a probability of {self.value:.3g} on: {self.measure} "
            f"{self.after:.3g} instead of {self.before:.3g}"
        )
        if self.gain is None or np.isnan(self.gain.lower):
            return f"{found}."
        how = "" if self.is_given else ", each fold by the threshold of the others"
        return (
            f"{found} at a half (better by {self.gain.mean:.2g}, 95 % interval "
            f"{self.gain.lower:.2g} to {self.gain.upper:.2g}{how})."
        )


def check_threshold(wanted: object, target: Target) -> Wanted:
    """Return how the threshold is found, checked before anything is trained.

    Raises
    ------
    BadSetting
        If it is none of the allowed values, or there are not two classes.
    """
    if wanted is None:
        return None
    if target.labels is None or len(np.asarray(target.classes)) != 2:
        kind = "labels" if target.labels is None else "classes"
        raise BadSetting(
            Parameter("threshold"), f" needs two classes; y has {len(np.asarray(target.classes))} "
            f"{kind}. Leave it out.",
        )  # fmt: skip
    if isinstance(wanted, str) and wanted in MEASURES:
        return wanted
    if isinstance(wanted, Real) and not isinstance(wanted, bool) and 0.0 < float(wanted) < 1.0:
        return float(wanted)
    costs = wanted if isinstance(wanted, (tuple, list)) else ()
    if len(costs) == 2 and all(
        isinstance(each, Real) and 0.0 < float(each) < np.inf for each in costs
    ):
        return tuple(float(each) for each in costs)
    raise BadSetting(
        Parameter("threshold"), f" must be {', '.join(map(repr, MEASURES))}, a probability between "
        "0 and 1, or a pair of costs above 0, of a false positive and a false negative. Got "
        f"{wanted!r}.",
    )  # fmt: skip


def parse_threshold(text: str, option: str) -> Wanted:
    """Return what was typed: a measure, a number, or the costs 1:5.

    Raises
    ------
    BadSetting
        If it is none of them; the message names the option.
    """
    if text in MEASURES:
        return text
    try:
        numbers = tuple(float(part) for part in text.split(":"))
    except ValueError:
        numbers = ()
    if len(numbers) == 1 and 0.0 < numbers[0] < 1.0:
        return numbers[0]
    if len(numbers) == 2 and all(0.0 < each < np.inf for each in numbers):
        return numbers
    hint = suggestion(near_matches(text, MEASURES))
    raise BadSetting(
        f"{option} must be {', '.join(MEASURES)}, a probability such as 0.3, or the costs of a "
        f"false positive and a false negative, such as 1:5. Got {text!r}.{hint}"
    )


def in_words(wanted: Wanted) -> str:
    """Return what a threshold is judged by, for people."""
    if isinstance(wanted, str):
        return (
            wanted.replace("_", " ")
            .replace("matthews corrcoef", "Matthews correlation")
            .replace("f1", "F1")
        )
    return "cost per row" if isinstance(wanted, tuple) else "balanced accuracy"


def choose_threshold(
    wanted: Wanted, said: Float64, positive: Bool, weight: Float64, fold: Int64, name: str
) -> Threshold:
    """Return the threshold of all rows, and its gain with thresholds chosen without each fold.

    Parameters
    ----------
    wanted : str, float or pair of float
    said : shape (n_rows,)
        Probability of the second class.
    positive : shape (n_rows,)
        Whether it is true.
    weight : shape (n_rows,)
    fold : shape (n_rows,)
    name : str
        The second class.
    """
    is_given = isinstance(wanted, float)
    by_fold, scores, sizes = {}, [], []
    for each in np.unique(fold).tolist():
        here = fold == each
        others = here if here.all() else ~here
        by_fold[each] = (
            wanted if isinstance(wanted, float)
            else best_cut(wanted, said[others], positive[others], weight[others])
        )  # fmt: skip
        if positive[here].any() and not positive[here].all():
            own = [
                measured(wanted, said[here] >= cut, positive[here], weight[here])
                for cut in (np.nextafter(0.5, 1.0), by_fold[each])
            ]
            scores.append(own)
            sizes.append(here.sum() / max(1, (~here).sum()))
    value = wanted if isinstance(wanted, float) else best_cut(wanted, said, positive, weight)
    found = np.array(scores).reshape(-1, 2)
    gain = None
    if len(found) > 1:
        gain = paired_difference(found[:, 1] - found[:, 0], float(np.mean(sizes)))
    before, after = found.mean(axis=0) if len(found) else (np.nan, np.nan)
    sign = -1.0 if isinstance(wanted, tuple) else 1.0
    return Threshold(
        name, value, in_words(wanted), float(sign * before), float(sign * after), gain, by_fold,
        is_given,
    )  # fmt: skip


def best_cut(wanted: Wanted, said: Float64, positive: Bool, weight: Float64) -> float:
    """Return the threshold with the best measure; of equally good ones, the nearest to a half.

    It lies halfway between two probabilities that occur.
    """
    order = np.argsort(-said, kind="stable")
    falling, hits = said[order], np.where(positive, weight, 0.0)[order]
    n_true, n_false = float(hits.sum()), float(weight.sum() - hits.sum())
    ends = np.flatnonzero(np.append(np.diff(falling) < 0.0, True))
    true_positive = np.append(0.0, np.cumsum(hits)[ends])
    false_positive = np.append(0.0, np.cumsum(weight[order] - hits)[ends])
    scores = _measure(wanted, true_positive, false_positive, n_true, n_false)
    above, below = np.append(1.0, falling[ends]), np.append(falling[ends], 0.0)
    cuts = (above + below) / 2
    if falling[0] >= 1.0:  # no threshold is above it
        scores, cuts = scores[1:], cuts[1:]
    best = scores >= scores.max() - 1e-12
    return float(cuts[best][np.argmin(np.abs(cuts[best] - 0.5))])


def measured(wanted: Wanted, predicted: Bool, positive: Bool, weight: Float64) -> float:
    """Return the measure of predictions; larger is better, so that costs are negative."""
    n_true, n_false = float(weight[positive].sum()), float(weight[~positive].sum())
    hit, false = (
        np.array([weight[predicted & where].sum()], np.float64) for where in (positive, ~positive)
    )
    return float(_measure(wanted, hit, false, n_true, n_false)[0])


def _measure(
    wanted: Wanted, hit: Float64, false: Float64, n_true: float, n_false: float
) -> Float64:
    """Return the measure for weights of true and of false positives, (n_cuts,)."""
    right = hit + n_false - false
    if isinstance(wanted, tuple):
        false_positive, false_negative = wanted
        cost = false_positive * false + false_negative * (n_true - hit)
        return np.asarray(-cost / (n_true + n_false))
    if wanted == "accuracy":
        return np.asarray(right / (n_true + n_false))
    if wanted == "f1":
        return np.asarray(2 * hit / np.maximum(hit + false + n_true, np.finfo(float).tiny))
    if wanted == "matthews_corrcoef":
        missed, kept = n_true - hit, n_false - false
        spread = np.sqrt((hit + false) * (missed + kept) * n_true * n_false)
        return np.asarray((hit * kept - false * missed) / np.where(spread > 0.0, spread, np.inf))
    recalls = [part / n for part, n in ((hit, n_true), (n_false - false, n_false)) if n > 0.0]
    return np.asarray(np.mean(recalls, axis=0))
