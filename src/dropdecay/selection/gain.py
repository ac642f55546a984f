"""The gain of choosing over no regularization, with its interval and the chances it implies."""

import math
from dataclasses import dataclass

from dropdecay.statistics.hybrid import chance_above


@dataclass(frozen=True)
class Gain:
    """A gain and how sure it is.

    Parameters
    ----------
    mean, lower, upper : float
        In the unit of the measure; above 0 is in favour of regularization. NaN ends: one fold.
    standard_error : float
        Half the interval over the normal quantile, so that chances and interval agree.
    level : float
    baseline : float
        What percentages are of: the loss without regularization, or how far the score without
        it lies from a constant prediction's (from 0, where that has none).
    margin : float
        The gain that is worth the name.
    n_repeats : int
        Cuts of the rows; 1: the folds of the surface alone.
    n_rows : int or None
        Rows judged; None: figures are by fold.
    by_repeat : tuple of float
        The gain in each repeat.
    intervals : tuple of (float, float, float)
        Mean, lower and upper end after each repeat from the second: how the answer narrowed.
    is_exhausted : bool
        Whether more repeats would hardly narrow the interval.
    constant : float or None
        The score of a constant prediction; None: a loss is judged, or it has none.
    """

    mean: float
    lower: float
    upper: float
    standard_error: float
    level: float
    baseline: float
    margin: float
    n_repeats: int
    n_rows: int | None
    by_repeat: tuple[float, ...]
    intervals: tuple[tuple[float, float, float], ...]
    is_exhausted: bool
    constant: float | None = None

    @property
    def is_untested(self) -> bool:
        """Whether nothing was compared: one fold, or every fold picks no regularization."""
        return math.isnan(self.standard_error) or (self.mean == 0.0 and self.standard_error == 0.0)

    @property
    def chance(self) -> float:
        """The confidence that regularization helps."""
        return chance_above(self.mean, self.standard_error, 0.0)

    @property
    def chance_of_margin(self) -> float:
        """The confidence that the gain is worth the name."""
        return chance_above(self.mean, self.standard_error, self.margin)

    @property
    def chance_within_margin(self) -> float:
        """The confidence that it makes no difference worth the name, either way."""
        either = chance_above(self.mean, self.standard_error, -self.margin)
        return either - self.chance_of_margin
