"""Whether a gain is only a bound, since a side of it was cut off while its loss fell."""

from collections.abc import Collection
from dataclasses import dataclass

import xarray as xr

from dropdecay.axes import NONE
from dropdecay.engine.ending import TRUNCATED
from dropdecay.selection.epochs import endings_of, ends_of
from dropdecay.selection.formatting import capitalized, regularization
from dropdecay.selection.points import points_in


@dataclass(frozen=True)
class Bound:
    """Which sides of a gain would go on falling.

    Parameters
    ----------
    picks : frozenset of str
        Regularized picks that were cut off; points that were given up are never picked.
    without : bool
        Whether no regularization was cut off.
    last : int
        The last epoch.
    """

    picks: frozenset[str]
    without: bool
    last: int

    def sentence(self, chosen: str, *, is_gain: bool) -> str:
        """Say what the gain is a bound of.

        Parameters
        ----------
        chosen : str
            The chosen regularization, as ``picks`` name it.
        is_gain : bool
            Whether it is a lower loss; a score, whose epochs the loss picks, has no bounds.
        """
        if self.picks and self.without:
            return (
                f"Both were still falling at the last epoch, {self.last:,}, so this may change "
                "either way with more epochs."
            )
        side = "no regularization"
        if self.picks:
            side = chosen if self.picks == {chosen} else "what folds picked"
        was = f"was still falling at the last epoch, {self.last:,}"
        what = f"regularization may do {'better' if self.picks else 'worse'} than this"
        if is_gain:
            what = f"the gain is {'a lower' if self.picks else 'an upper'} bound"
        return f"{capitalized(side)} {was}, so {what}."


def bound_of(results: xr.Dataset, picks: Collection[int], none: Collection[int]) -> Bound | None:
    """Return what was cut off of the points that folds picked; None: nothing was.

    Parameters
    ----------
    results : xarray.Dataset
        By point.
    picks, none : indices of points
        Among all of them, and among those without regularization.
    """
    points, endings = points_in(results), endings_of(results)
    cut = {at for at in picks if points[at].kind != NONE and endings[at] == TRUNCATED}
    without = any(endings[at] == TRUNCATED for at in none)
    if not cut and not without:
        return None
    return Bound(
        picks=frozenset(regularization(points[at]) for at in cut),
        without=without,
        last=int(ends_of(results).max()),
    )
