"""No regularization against the picks: who judges which rows, and what each row says.

"Loss" here is what a row says against a network: its loss, or minus its contribution to the score
that chooses.

The picks are made fold by fold on the other folds (``leave_one_fold_out``). However the rows are
cut afterwards, a row is judged by the pick that was made without its own fold of the first cut.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import xarray as xr

from dropdecay.arrays import AnyArray, Bool, Float64, Floating, Int64
from dropdecay.axes import NONE, Point
from dropdecay.selection.choice import Choice
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.statistics.hybrid import RepeatedGain, repeated_gain


@dataclass(frozen=True)
class Pick:
    """A point and the epoch, counted from 1, at which it is judged."""

    point: Point
    epoch: int


@dataclass(frozen=True)
class Contest:
    """What competes on each fold of the surface.

    Parameters
    ----------
    none, picks : tuple of Pick
        One a fold: the best of the points without regularization, and the best of all, both
        chosen, with their epochs, on the other folds.
    repeat : shape (n_folds,)
        Which whole cross-validation a fold of the surface belongs to.
    """

    none: tuple[Pick, ...]
    picks: tuple[Pick, ...]
    repeat: Int64

    def epochs_of(self, folds: Sequence[int]) -> dict[Point, tuple[int, ...]]:
        """Return the points that judge rows of these folds, and the epochs at which they do."""
        epochs: dict[Point, set[int]] = {}
        for fold in folds:
            for pick in (self.none[fold], self.picks[fold]):
                epochs.setdefault(pick.point, set()).add(pick.epoch)
        return {point: tuple(sorted(each)) for point, each in epochs.items()}

    @property
    def same_everywhere(self) -> bool:
        """Whether every fold picks no regularization itself, so that there is nothing to judge."""
        return self.none == self.picks


def contest_of(results: xr.Dataset, choice: Choice) -> Contest | None:
    """Return the contest of a surface; None where there is nothing to compare.

    There is none without a finished point that lacks regularization, or with a single fold.
    """
    curves = curves_of(results)
    without = curves.members(NONE)
    if not without.any() or curves.repeat.size < 2:
        return None

    def picked(members: Bool) -> tuple[Pick, ...]:
        points, epochs = left_out_picks(curves, members, choice.rule, choice.criterion)
        return tuple(
            Pick(curves.points[point], int(epoch))
            for point, epoch in zip(points, curves.epochs[epochs], strict=True)
        )

    return Contest(picked(without), picked(curves.finished), curves.repeat)


class Obstacle(Enum):
    """Why a repeat cannot be judged."""

    DIVERGED = auto()  # one of its networks did
    UNDEFINED = auto()  # the score of some rows is: they lack a class, say


LossOf = Callable[[Pick, int, Bool], Float64 | Obstacle]
"""(pick, fold of any cut, which of its validation rows) -> the losses of these rows."""


@dataclass(frozen=True)
class RowLosses:
    """Losses by repeat and row, (n_repeats, n_rows), NaN for a row that was never judged."""

    none: Float64
    picks: Float64


@dataclass(frozen=True)
class Counting:
    """How rows count in a difference between two ways of predicting them.

    Parameters
    ----------
    weights : shape (n_rows,) or None
        None: all count alike.
    units : shape (n_rows,) or None
        Which rows vary together; None: each row by itself.
    few_units : bool
        Whether there are so few of them that Student's t is needed.
    blocks : shape (n_rows,) or None
        Which rows are left out of a score together; None: it is a loss that is judged.
    """

    weights: Floating | None = None
    units: AnyArray | None = None
    few_units: bool = False
    blocks: AnyArray | None = None

    def gain(self, more: Float64, less: Float64) -> tuple[RepeatedGain, float]:
        """Return by how much ``less`` loses less than ``more``, and the loss of ``more``.

        Parameters
        ----------
        more, less : shape (n_repeats, n_rows)
            Rows that are NaN in any repeat were not judged.
        """
        judged = np.flatnonzero(~np.isnan(more).any(axis=0))
        weights, units = (
            None if each is None else each[judged] for each in (self.weights, self.units)
        )
        more, less = more[:, judged], less[:, judged]
        baseline = float(np.average(more.mean(axis=0), weights=weights))
        return repeated_gain(more - less, weights, units, few_groups=self.few_units), baseline


@dataclass(frozen=True)
class RepeatedContest:
    """What the repeats of a contest say.

    Parameters
    ----------
    contest : Contest
    losses : RowLosses
        In the user's units; where a score chooses, minus what each row contributes to it.
    gain : RepeatedGain
        Of the picks over none.
    intervals : tuple of (float, float, float)
        Mean, lower and upper end of the gain after each repeat from the second.
    baseline : float
        Mean loss of none, or minus its score.
    n_networks : int
        Trained for it, beyond the surface.
    cuts_anew : bool
        Whether each repeat held out other rows together; else folds came again, and only the
        networks are new.
    plain : (RepeatedGain, float) or None
        Gain and baseline without class weights, where these weigh the loss that chooses.
    counting : Counting
        How rows counted in the gain.
    """

    contest: Contest
    losses: RowLosses
    gain: RepeatedGain
    intervals: tuple[tuple[float, float, float], ...]
    baseline: float
    n_networks: int
    cuts_anew: bool
    plain: tuple[RepeatedGain, float] | None = None
    counting: Counting = Counting()

    @property
    def n_rows_left_out(self) -> int:
        """Rows that no fold holds out."""
        return int(np.isnan(self.losses.none).any(axis=0).sum())


def losses_of_repeat(
    contest: Contest,
    fold_of_row: Int64,
    validation: Mapping[int, Int64],
    loss_of: LossOf,
    own_folds: bool,
) -> tuple[Float64, Float64] | Obstacle:
    """Return what no regularization and the picks lose on every row, in one repeat.

    Parameters
    ----------
    contest : Contest
    fold_of_row : shape (n_rows,)
        The fold of the first cut that holds a row out; -1: none does.
    validation : mapping of int to array of int
        Validation rows of the folds of this repeat.
    loss_of : callable
    own_folds : bool
        Whether the folds of this repeat are those of the surface, each judged by its own pick.

    Returns
    -------
    none, picks : shape (n_rows,)
        The mean where a row is held out several times.
    """
    n_rows, n_folds = fold_of_row.size, len(contest.picks)
    sums, counts = np.zeros((2, n_rows)), np.zeros(n_rows)
    for fold, rows in validation.items():
        judges = np.full(rows.size, fold % n_folds) if own_folds else fold_of_row[rows]
        counts[rows] += 1
        for first in np.unique(judges):
            here = judges == first
            none, pick = contest.none[first], contest.picks[first]
            of_none = loss_of(none, fold, here)
            of_pick = of_none if pick == none else loss_of(pick, fold, here)
            if isinstance(of_none, Obstacle):
                return of_none
            if isinstance(of_pick, Obstacle):
                return of_pick
            sums[0, rows[here]] += of_none
            sums[1, rows[here]] += of_pick
    with np.errstate(invalid="ignore"):
        means = sums / np.where(counts > 0, counts, np.nan)
    return means[0], means[1]
