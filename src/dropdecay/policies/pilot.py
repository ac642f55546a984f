"""Which points are trained on all rows of a large table: those that lead on its pilot.

The pilot says of most points that they are not worth it, and of the others not which is best: that
is for all rows to say. So the neighbours of the leader stay too, and so do the leaders of each
kind, which the verdict compares.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from dropdecay.axes import Axes, Point
from dropdecay.engine.protocol import Fit, Rows
from dropdecay.knobs import Value
from dropdecay.policies.contenders import FIRST_LOOK
from dropdecay.policies.race import costs_by_fold, leaders_of_kinds, overlap_in
from dropdecay.selection.judgement import is_decided
from dropdecay.statistics.corrected import behind_leader
from dropdecay.surface.known import Known, Policy, Proposal

MOST = 8
"""Points that are trained on all rows, unless those that stay in any case are more: two ninths of
the default surface. Points that lead are dear: on adult 12 of 36 took 63 % of the steps."""


def points_to_drop(
    axes: Axes, fits: Mapping[Point, Sequence[Fit]], rows: Mapping[int, Rows], criterion: str
) -> frozenset[Point]:
    """Return the points that are not worth training on all rows.

    The leader of each kind (none, each axis alone, combinations) stays, and so do the neighbours of
    the leader of all, one step along one axis. With more rows weaker values are best, but for
    decays with a memory, whose unit allows for that: along other axes that regularize two weaker
    steps stay, and no stronger one. Of the remaining points those stay that the corrected paired
    test does not put behind the leader, the lowest first, up to ``MOST`` points in all.

    Parameters
    ----------
    axes : Axes
    fits : mapping of Point to sequence of Fit
        What each point became on the pilot, by fold; others are not asked about.
    rows : mapping of int to Rows
        Of the folds of the pilot.
    criterion : {"loss", "score"}
    """
    points = [point for point in axes.points if point in fits]
    costs = np.array([costs_by_fold([[fit] for fit in fits[point]], criterion) for point in points])
    mean = np.where(np.isnan(costs).any(axis=1), np.inf, costs.mean(axis=1))
    if np.isinf(mean).all():
        return frozenset()  # a score that is undefined, say: the pilot tells nothing
    leads_its_kind = leaders_of_kinds(points, mean)
    kept = {point for point, leads in zip(points, leads_its_kind, strict=True) if leads}
    kept |= {each for each in _neighbours(points[int(mean.argmin())], axes) if each in fits}
    behind = behind_leader(costs, overlap_in(rows))
    for index in np.argsort(mean, kind="stable").tolist():
        if len(kept) < MOST and not behind[index]:
            kept.add(points[index])
    return frozenset(points) - kept


def _neighbours(point: Point, axes: Axes) -> Iterator[Point]:
    """Yield the points beside one along one axis; names have no order."""
    for axis in axes:
        if axis.knob.strength is None:
            continue
        at = axis.values.index(point[axis.name])
        only_weaker = axis.knob.regularizes and not axis.knob.has_memory
        n_weaker, n_stronger = (2, 0) if only_weaker else (1, 1)
        for value in axis.values[max(at - n_weaker, 0) : at + n_stronger + 1]:
            if value != point[axis.name]:
                yield _moved(point, axis.name, value)


def _moved(point: Point, name: str, value: Value) -> Point:
    return Point(tuple((each, value if each == name else old) for each, old in point.values))


def unless_decided(policy: Policy, label_of: Callable[[Known], str]) -> Policy:
    """Return a policy that repeats nothing where the folds of the surface decide by themselves.

    Their interval is wider than that of repeats, so that what it decides need not be asked again;
    on a large table two repeats and the surface itself take about as long.

    Parameters
    ----------
    policy : Policy
    label_of : callable
        Known -> the label that the folds of the finished surface give.
    """
    return lambda known: None if is_decided(label_of(known)) else policy(known)


def repeats_outweigh(known: Known, n_repeats: int) -> bool:
    """Return whether another repeat would make repeats longer than the surface on all rows.

    After a pilot that surface is small, and with many rows three repeats mostly decide. What is
    compared are epochs, which do not depend on what the repeats say.
    """
    repeated = sum(run.epochs for run in known.recorded)
    on_surface = sum(fit.end for fit in known.fits.values())
    return n_repeats >= FIRST_LOOK and repeated * (n_repeats + 1) > on_surface * n_repeats


def beside_the_trained(policy: Policy) -> Policy:
    """Return a policy whose longer axes bring only points beside those that the pilot left.

    A point between or beyond values that were there stays if one of the points at the nearest of
    these values was trained on all rows, or if there was none of its kind.
    """

    def narrowed(known: Known) -> Proposal | None:
        proposal = policy(known)
        if proposal is None or proposal.axes is None:
            return proposal
        before, after = known.plan.axes, proposal.axes
        untrained = known.eliminated - {run.point for run in known.fits}
        kinds = {point.kind for point in before.points}
        new = frozenset(after.points) - frozenset(before.points)
        out = frozenset(
            each for each in new
            if each.kind in kinds and untrained.issuperset(_nearest(each, before, after))
        )  # fmt: skip
        return replace(proposal, eliminated=proposal.eliminated | out)

    return narrowed


def _nearest(point: Point, before: Axes, after: Axes) -> tuple[Point, ...]:
    """Return the points at the nearest values that were there before, on either side."""
    values: list[tuple[Value, ...]] = []
    for axis in before:
        longer, there = after[axis.name].values, set(axis.values)
        at = longer.index(point[axis.name])
        below = [each for each in longer[: at + 1] if each in there][-1:]
        above = [each for each in longer[at:] if each in there][:1]
        values.append(tuple(dict.fromkeys((*below, *above))))
    return tuple(Point(tuple(zip(before.names, row, strict=True))) for row in product(*values))
