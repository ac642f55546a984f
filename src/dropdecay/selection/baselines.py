"""Other models beside the network: which of them is better than it, and the words for that.

Each is compared with the network's *way of choosing*, not with its best point: on every fold, and
for every row, the network is that which was picked without them (``leave_one_fold_out``). What the
network loses against them is estimated, and how sure that is, as the gain of its regularization is.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

from scipy import stats

from dropdecay.selection.jsonable import Plain, plain_fields
from dropdecay.selection.judgement import HELPS, label_of
from dropdecay.statistics.corrected import PairedDifference
from dropdecay.statistics.hybrid import RepeatedGain, chance_above

if TYPE_CHECKING:
    import pandas as pd

ODDS, THE_MEAN = "always the same odds", "always the mean"
CONSTANTS = (ODDS, THE_MEAN)

ALPHA = 0.025
"""Chance, one-sided, to call any of the models better though none is."""


@dataclass(frozen=True)
class Difference:
    """A difference in the unit of the measure, with its interval; NaN where there is none."""

    mean: float
    standard_error: float
    lower: float
    upper: float

    @classmethod
    def of(cls, found: RepeatedGain | PairedDifference) -> Self:
        """Return it with half the interval over the normal quantile as its standard error.

        So chances and interval agree, whether its quantile is the normal one or Student's.
        """
        error = (found.upper - found.mean) / float(stats.norm.ppf(0.5 + found.level / 2))
        return cls(found.mean, error, found.lower, found.upper)


UNKNOWN = Difference(math.nan, math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Baseline:
    """A model beside the network.

    Parameters
    ----------
    name, about, in_python : str
        ``about`` is one short line, ``in_python`` how the model is made.
    loss, score : float
        Means over all folds that it was judged on; the loss in the units of the network's.
    standard_error, score_standard_error : float
        Over the folds of the surface, as for its points.
    network_loss : float
        The same measure as in ``against_network``, of the network's way of choosing on the same
        rows and cuts.
    margin : float
        The difference that is worth the name.
    against_network : Difference
        What the model loses more than the network's way of choosing, in the measure that chooses;
        above 0: it is worse.
    chance_better : float
        The confidence that it is better, from that interval read normally.
    against_none : Difference or None
        What it loses less than the network without regularization; above 0: it is better. None:
        the surface has none.
    n_repeats : int
        Cuts of the rows; 1: the folds of the surface.
    seconds : float
        Spent on it.
    failed : str or None
        Why there are no figures: they are NaN then.
    """

    name: str
    about: str
    in_python: str
    loss: float
    standard_error: float
    score: float
    score_standard_error: float
    network_loss: float
    margin: float
    against_network: Difference
    chance_better: float
    against_none: Difference | None
    n_repeats: int
    seconds: float
    failed: str | None = None

    @property
    def is_constant(self) -> bool:
        """Whether it says the same of every row."""
        return self.name in CONSTANTS

    @property
    def label(self) -> str:
        """One of ``judgement.LABELS``: what using it in place of the network does."""
        against = self.against_network
        return label_of(-against.mean, against.standard_error, self.margin)


def failed_baseline(name: str, about: str, in_python: str, seconds: float, why: str) -> Baseline:
    """Return a model without figures."""
    nan = math.nan
    return Baseline(
        name, about, in_python, nan, nan, nan, nan, nan, nan, UNKNOWN, nan, None, 0, seconds, why
    )


@dataclass(frozen=True)
class Baselines:
    """Other models on the folds of the surface.

    Parameters
    ----------
    level : float
        Of the intervals.
    folds : str
        How they were judged, in words.
    measure : str
        What ``against_network`` compares: the loss, or where a score chooses minus the score.
    models : tuple of Baseline
    better : str or None
        The best of those that are better than the network, by :func:`better_than_network`.
    sentence : str
    """

    level: float
    folds: str
    measure: str
    models: tuple[Baseline, ...]
    better: str | None
    sentence: str

    def __str__(self) -> str:
        return self.sentence

    def as_dict(self) -> dict[str, Plain]:
        """Return plain JSON values."""
        return plain_fields(self)

    def to_frame(self) -> "pd.DataFrame":
        """Return a table with a row a model, by its name."""
        import pandas as pd

        rows = [_flat(each) for each in self.models]
        return pd.DataFrame(rows, index=pd.Index([each.name for each in self.models], name="model"))


def _flat(model: Baseline) -> dict[str, object]:
    """Return the fields of a model; differences are spread over columns."""
    found: dict[str, object] = {}
    for each in fields(model):
        value = getattr(model, each.name)
        if each.name in ("against_network", "against_none"):
            for part in fields(Difference):
                found[f"{each.name}_{part.name}"] = getattr(value or UNKNOWN, part.name)
        elif each.name != "name":
            found[each.name] = value
    return found


def chance_of(against_network: Difference) -> float:
    """Return the confidence that a model is better than the network; NaN without an interval."""
    if math.isnan(against_network.standard_error):
        return math.nan
    return chance_above(-against_network.mean, against_network.standard_error, 0.0)


def better_than_network(models: Sequence[Baseline]) -> str | None:
    """Return the best of the models that are better than the network; None: no one is.

    Several models get several chances to be lucky. Holm's step-down procedure (1979) keeps the
    chance that any is called better though none is at ``ALPHA``, however they depend on each other:
    the surest of m models must be sure at 1 - ALPHA / m, the next at 1 - ALPHA / (m - 1), and so
    on. A model that makes no difference worth the name is not called better either.
    """
    tried = sorted(
        (each for each in models if not math.isnan(each.chance_better)),
        key=lambda each: -each.chance_better,
    )
    better = []
    for place, each in enumerate(tried):
        if each.chance_better < 1.0 - ALPHA / (len(tried) - place):
            break
        if each.label == HELPS:
            better.append(each)
    if not better:
        return None
    return min(better, key=lambda each: each.against_network.mean).name
