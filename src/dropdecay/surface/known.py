"""What is known about a surface so far, and what a policy proposes to do next."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from dropdecay.axes import Axes, Point
from dropdecay.engine.ending import PAUSED
from dropdecay.engine.protocol import Fit, Run
from dropdecay.surface.plan import Plan


@dataclass(frozen=True)
class Proposal:
    """What a policy proposes: runs to train, and decisions that come with them.

    Parameters
    ----------
    runs : tuple of Run
        Trained together, in any order.
    axes : Axes, optional
        Longer axes that replace the current ones.
    eliminated : frozenset of Point
        Points that are not trained any further.
    judged_folds : int, optional
        Number of folds that the race has judged.
    notices : tuple of str
        Messages for the user, one sentence each.
    part : str
        What the runs are for, as progress calls it.
    pause : int, optional
        Epoch from which on adaptive points wait for another round, unless they have ended.
    futile : frozenset of Point
        Paused points that are not trained on.
    """

    runs: tuple[Run, ...] = ()
    axes: Axes | None = None
    eliminated: frozenset[Point] = frozenset()
    judged_folds: int | None = None
    notices: tuple[str, ...] = ()
    part: str = "surface"
    pause: int | None = None
    futile: frozenset[Point] = frozenset()


@dataclass(frozen=True)
class Known:
    """Everything learnt about a surface so far; it only ever grows.

    Parameters
    ----------
    plan : Plan
        With the current axes.
    fits : dict of Run to Fit
        Of the surface; those of an adaptive point change when it is given further folds.
    recorded : dict of Run to Fit
        Of the runs that record what they make of every row.
    eliminated : frozenset of Point
    futile : frozenset of Point
        Points that were not trained on, since they could not have caught up.
    judged_folds : int
        Number of folds that the race has judged since the axes last changed.
    notices : tuple of str
    """

    plan: Plan
    fits: dict[Run, Fit] = field(default_factory=dict)
    recorded: dict[Run, Fit] = field(default_factory=dict)
    eliminated: frozenset[Point] = frozenset()
    futile: frozenset[Point] = frozenset()
    judged_folds: int = 0
    notices: tuple[str, ...] = ()

    def add(self, fit: Fit) -> None:
        """Add a finished run."""
        (self.recorded if fit.run.record else self.fits)[fit.run] = fit

    def after(self, proposal: Proposal) -> "Known":
        """Return what is known once the decisions of a proposal are made."""
        known = replace(
            self,
            eliminated=self.eliminated | proposal.eliminated,
            futile=self.futile | proposal.futile,
            notices=(*self.notices, *proposal.notices),
        )
        if proposal.judged_folds is not None:
            known = replace(known, judged_folds=proposal.judged_folds)
        if proposal.axes is not None:
            # The race restarts, since the new points have not run it yet.
            known = replace(known, plan=replace(self.plan, axes=proposal.axes), judged_folds=0)
        return known

    def missing(self, folds: range | None = None) -> tuple[Run, ...]:
        """Return the untrained runs of points that are not eliminated."""
        return tuple(
            run for run in self.plan.runs
            if (folds is None or run.fold in folds)
            and run.point not in self.eliminated
            and run not in self.fits
        )  # fmt: skip

    def with_company(self, runs: tuple[Run, ...]) -> tuple[Run, ...]:
        """Return runs with all that end together with them: the trained runs of the same points."""
        if not runs or not runs[0].ends_with_point:
            return runs
        points, asked = {run.point for run in runs}, set(runs)
        others = (run for run in self.fits if run.point in points and run not in asked)
        return (*others, *runs)

    @property
    def paused(self) -> frozenset[Point]:
        """The points that wait to be trained on."""
        waiting = {run.point for run, fit in self.fits.items() if fit.ending == PAUSED}
        return frozenset(waiting) - self.futile - self.eliminated

    @property
    def beaten(self) -> frozenset[Point]:
        """The points that the race eliminated, without those that diverged."""
        return self.eliminated - {run.point for run, fit in self.fits.items() if fit.diverged}


Policy = Callable[[Known], Proposal | None]
"""Asked between rounds, never within one; None: it has nothing to propose."""
