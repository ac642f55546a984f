"""Points that could not catch up are not trained on, by their own extrapolation; an option.

Points wait at 32 epochs and then whenever these have doubled. One whose curve, if it fell in every
octave that is left as much as in the last one, would still end more than a standard error above the
leader is given up. Its loss is an upper bound then. This compares points, which the end of a point
does not: that is why it is an option. On 216 points of 18 tables it saved 22 % of the epochs and
gave up one that would have ended as good as the best.

All points that have not ended are judged anew whenever more is known: if a leader diverges, those
that were behind it alone go on. So what is given up in the end depends on the fits alone.
"""

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dropdecay.arrays import Float64, Int64
from dropdecay.axes import NONE, Point
from dropdecay.engine.protocol import Fit
from dropdecay.errors import BadSetting, Parameter
from dropdecay.settings import HORIZON_SCHEDULES
from dropdecay.statistics.smoothing import smooth
from dropdecay.surface.known import Known, Policy, Proposal

FIRST_PAUSE = 32


def gives_up(futility: bool, *, fixed_epochs: bool, schedule: str, criterion: str) -> bool:
    """Return whether points are given up, if what else was asked for leaves room for that.

    Raises
    ------
    BadSetting
        If ``futility`` is not a bool, every point has to be trained to a known end, or the loss,
        by which points are given up, does not choose.
    """
    if not isinstance(futility, (bool, np.bool_)):
        raise BadSetting(Parameter("futility"), f" must be True or False. Got {futility!r}.")
    if not futility:
        return False
    asked = Parameter("futility", True)
    if fixed_epochs:
        raise BadSetting(
            asked, " gives points up before their end, which ", Parameter("fixed_epochs", True),
            " leaves no room for. Leave one of them out.",
        )  # fmt: skip
    if schedule in HORIZON_SCHEDULES:
        raise BadSetting(
            asked, " gives points up before their end, but ", Parameter("learning_rate", schedule),
            " is followed to its end at every point. Leave one of them out.",
        )  # fmt: skip
    if criterion != "loss":
        raise BadSetting(
            asked, " gives points up whose loss could not catch up, but ",
            Parameter("criterion", criterion), " chooses by the score. Leave one of them out.",
        )  # fmt: skip
    return True


def pausing(policy: Policy) -> Policy:
    """Return a policy whose new points wait at the first pause.

    Points that are given further folds have been compared, and go on to their end.
    """

    def paused(known: Known) -> Proposal | None:
        proposal = policy(known)
        if proposal is None:
            return None
        begun = {run.point for run in known.fits}
        new = tuple(run for run in proposal.runs if run.point not in begun)
        return replace(proposal, runs=new, pause=FIRST_PAUSE) if new else proposal

    return paused


def futility(known: Known) -> Proposal | None:
    """Propose to train on those paused points that could catch up, and to give up the others.

    Those that are the furthest behind go first, so that nothing is paused where it has been.
    """
    waiting = known.paused
    if not waiting:
        return None
    futile = points_that_cannot_catch_up(known)
    ends = {run.point: fit.end for run, fit in known.fits.items() if run.point in waiting - futile}
    if not ends and futile == known.futile:
        return None
    reached = min(ends.values(), default=0)
    runs = tuple(run for run in known.fits if ends.get(run.point) == reached)
    return Proposal(runs, pause=2 * reached, futile=futile)


def points_that_cannot_catch_up(known: Known) -> frozenset[Point]:
    """Return the paused points that would stay behind the leader by their own extrapolation.

    No regularization is never given up, nor the leader of each axis alone and of combinations: the
    verdict compares these, and an upper bound would not do. A point is compared with those that
    have at least as many folds, on its own folds.
    """
    curves = {
        point: curve for point, curve in _curves(known).items() if not np.isnan(curve.losses).any()
    }
    paused = [point for point in known.paused if point in curves and point.kind != NONE]
    at_lowest = {
        n_folds: {
            point: curve.losses_at_lowest(n_folds)
            for point, curve in curves.items() if curve.n_folds >= n_folds
        }
        for n_folds in {curves[point].n_folds for point in paused}
    }  # fmt: skip
    most = known.plan.setting.schedule.epochs
    return frozenset(
        point for point in paused
        if _stays_behind(point, curves[point], at_lowest[curves[point].n_folds], most)
    )  # fmt: skip


class _Curve:
    """The losses of a point by fold so far, (n_folds, n_epochs), seeds averaged."""

    def __init__(self, fits: Mapping[tuple[int, int], Fit]) -> None:
        folds = sorted({fold for fold, _ in fits})
        self.epochs: Int64 = next(iter(fits.values())).counting_epochs
        n_epochs = self.epochs.size
        self.losses: Float64 = np.array([
            np.mean([
                fits[key].validation_loss[:n_epochs] for key in sorted(fits) if key[0] == fold
            ], axis=0)
            for fold in folds
        ])  # fmt: skip

    @property
    def n_folds(self) -> int:
        return len(self.losses)

    def smoothed(self, n_folds: int) -> Float64:
        """Return the smoothed mean curve of the first folds."""
        return smooth(self.losses[:n_folds].mean(axis=0), self.epochs)

    def losses_at_lowest(self, n_folds: int) -> Float64:
        """Return the loss of the first folds where their smoothed mean is lowest."""
        return np.asarray(self.losses[:n_folds, self.smoothed(n_folds).argmin()])

    def fall_in_last_octave(self) -> float:
        """Return by how much the lowest smoothed mean fell since half of the epochs."""
        curve = self.smoothed(self.n_folds)
        before = curve[self.epochs <= self.epochs[-1] / 2].min()
        return max(float(before - curve.min()), 0.0)


def _curves(known: Known) -> dict[Point, _Curve]:
    fits: dict[Point, dict[tuple[int, int], Fit]] = {}
    for run, fit in known.fits.items():
        if run.point not in known.eliminated:
            fits.setdefault(run.point, {})[run.fold, run.seed] = fit
    return {point: _Curve(own) for point, own in fits.items()}


def _stays_behind(
    point: Point, curve: _Curve, at_lowest: Mapping[Point, Float64], most: int
) -> bool:
    """Return whether a point would stay behind the leader, and does not lead its kind."""
    means = {each: float(losses.mean()) for each, losses in at_lowest.items()}
    if means[point] <= min(mean for each, mean in means.items() if each.kind == point.kind):
        return False
    leader = min(means, key=means.__getitem__)
    octaves = math.log2(most / int(curve.epochs[-1]))
    expected = means[point] - octaves * curve.fall_in_last_octave()
    difference = at_lowest[point] - at_lowest[leader]
    error = difference.std(ddof=1) / math.sqrt(curve.n_folds)
    return bool(expected - means[leader] > error)
