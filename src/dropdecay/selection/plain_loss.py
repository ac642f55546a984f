"""The loss without class weights, beside the weighted one that chooses.

Class weights are a means of training: they make a network attend to rare classes. Rows met later
are not weighted, so what the choice means for them is told by the plain loss.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Int64
from dropdecay.selection.contest import RepeatedContest
from dropdecay.selection.formatting import amount, decimals_within, number, percent
from dropdecay.selection.plain_curves import PLAIN_NAME, plain_by_epoch
from dropdecay.statistics.corrected import paired_difference


@dataclass(frozen=True)
class PlainLoss:
    """The plain loss of the contenders.

    Parameters
    ----------
    name : str
    none, chosen : float
        Without regularization, and of choosing as the verdict judges it.
    lower, upper : float
        Interval of the difference, none minus chosen. NaN: one fold.
    level : float
    """

    name: str
    none: float
    chosen: float
    lower: float
    upper: float
    level: float

    @property
    def sentence(self) -> str:
        """Both losses, and how sure it is that they differ."""
        sign = -1.0 if self.chosen > self.none else 1.0
        lower, upper = sorted((sign * self.lower, sign * self.upper))
        decimals = decimals_within(lower, upper)
        chosen, none, lowest, highest = (
            number(each, decimals) for each in (self.chosen, self.none, lower, upper)
        )
        return (
            f"Without class weights: {self.name} {chosen} with regularization, {none} without; "
            f"{'lower' if sign > 0.0 else 'higher'} by "
            f"{amount(abs(self.none - self.chosen), decimals)} ({percent(self.level)} interval "
            f"{lowest} to {highest})."
        )


def plain_from_repeats(results: xr.Dataset, repeated: RepeatedContest) -> PlainLoss | None:
    """Return what repeats say of the plain loss; None where no class weights weigh the loss."""
    if repeated.plain is None:
        return None
    gain, none = repeated.plain
    name = str(results.attrs[PLAIN_NAME])
    return PlainLoss(name, none, none - gain.mean, gain.lower, gain.upper, gain.level)


def plain_from_folds(
    results: xr.Dataset,
    none: tuple[Int64, Int64],
    picks: tuple[Int64, Int64],
    overlap: float,
) -> PlainLoss | None:
    """Return what the folds of the surface say of the plain loss, each judging its own picks.

    Parameters
    ----------
    results : xarray.Dataset
    none, picks : (points, epochs), each of shape (n_folds,)
        As ``left_out_picks`` returns them.
    overlap : float
        Validation rows divided by training rows.
    """
    plain = plain_by_epoch(results)
    if plain is None:
        return None
    folds = np.arange(plain.shape[1])
    of_none, of_picks = (
        plain[points, folds, :, epochs].mean(axis=1) for points, epochs in (none, picks)
    )
    gain = paired_difference(of_none - of_picks, overlap)
    none_mean = float(of_none.mean())
    name = str(results.attrs[PLAIN_NAME])
    return PlainLoss(name, none_mean, none_mean - gain.mean, gain.lower, gain.upper, gain.level)
