"""Which points a fold's judge may know of: those that longer axes reach without that fold.

An axis is made longer because the best point lay at its end, and every fold had a say in that. A
pick made without a fold must not choose among points that are there because of it: so the rule is
replayed on the other folds, from the axes that were asked for.
"""

import numpy as np

from dropdecay.arrays import Bool, Float64
from dropdecay.axes import Point
from dropdecay.decay_memory import Pace
from dropdecay.knobs import Value, knob_of
from dropdecay.selection.edges import STRONGER, Edge, find_edges


def next_values(edge: Edge) -> list[Value]:
    """Return how an axis is made longer: one value, and towards the weaker end the neutral one."""
    knob = knob_of(edge.axis)
    assert knob.strength is not None  # an axis without an order has no ends
    if edge.end == STRONGER:
        return [min(edge.suggestion, key=knob.strength)]
    return [max(edge.suggestion, key=knob.strength), *([knob.neutral] if knob.regularizes else [])]


def reached(
    points: tuple[Point, ...],
    asked: Bool,
    finished: Bool,
    mean_cost: Float64,
    pace: Pace | None = None,
) -> Bool:
    """Return which points the axes reach when they are made longer by these costs, (n_points,).

    Parameters
    ----------
    points : tuple of Point
        Of the surface as it became.
    asked : shape (n_points,)
        The points of the axes that were asked for.
    finished : shape (n_points,)
    mean_cost : shape (n_points,)
        Over the folds that may have a say.
    pace : Pace, optional
        With which the axes became longer.
    """
    names = [name for name, _ in points[0].values]
    values = {name: {points[i][name] for i in np.flatnonzero(asked)} for name in names}
    there = {name: {point[name] for point in points} for name in names}
    while True:
        inside = np.array([all(point[name] in values[name] for name in names) for point in points])
        known = inside & finished
        if not known.any():
            return inside
        best = int(np.argmin(np.where(known & ~np.isnan(mean_cost), mean_cost, np.inf)))
        grown = {name: set(each) for name, each in values.items()}
        for edge in find_edges(values, points[best], pace):
            grown[edge.axis] |= {each for each in next_values(edge) if each in there[edge.axis]}
        if grown == values:
            return inside
        values = grown
