"""Axes at whose end the best point lies, and values to try beyond it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dropdecay.axes import Point, printed_value
from dropdecay.decay_memory import Pace
from dropdecay.knobs import Knob, Value, knob_of

WEAKER, STRONGER = "weaker", "stronger"
COMPARED_BEFORE = "compared_before"
"""Attribute of results: axes, separated by commas, whose values were compared before the surface,
so that they have no ends."""


@dataclass(frozen=True)
class Edge:
    """An end of an axis at which the best point lies and beyond which there are more values.

    Parameters
    ----------
    axis : str
    end : {"weaker", "stronger"}
        By the effect of the values, not by their size: the strongest max-norm is the smallest.
    value : value of the axis
        The value of the best point.
    suggestion : tuple of values
        Values beyond the end, ascending by size.
    """

    axis: str
    end: str
    value: Value
    suggestion: tuple[Value, ...]

    def __str__(self) -> str:
        return self.told(knob_of(self.axis).how_to_give)

    def told(self, how_to_give: str) -> str:
        """Return the sentence, which ends with how values of this axis are given."""
        knob = knob_of(self.axis)
        assert knob.strength is not None  # an axis without an order has no ends
        is_largest = (self.end == STRONGER) == _grows_with_size(knob.strength)
        which = "largest" if is_largest else "smallest"
        besides = " besides none" if knob.has_memory and self.end == WEAKER else ""
        values = " and ".join(map(printed_value, self.suggestion))
        return (
            f"The best {knob.printed}, {printed_value(self.value)}, is at the edge of the surface "
            f"(its {which} value{besides}); a better one may lie beyond. "
            f"Also try {values} ({how_to_give})."
        )


def find_edges(
    values: Mapping[str, Iterable[Value]], best: Point, pace: Pace | None = None
) -> tuple[Edge, ...]:
    """Return the ends of axes at which the best point lies.

    An axis of one value, or of names, has no ends, and nothing is weaker than a neutral value. The
    table of axes says which values lie beyond the others, if any. Of decays with a memory the
    weakest is an end even beside none, which forgets nothing and is far from all of them.

    Parameters
    ----------
    values : mapping of axis to values
        All values that were tried, in any order.
    best : Point
    pace : Pace, optional
        Of the surface; None: its decays have no memory.
    """
    edges = []
    for name, each in values.items():
        knob, value, tried = knob_of(name), best[name], set(each)
        if (
            knob.strength is None
            or len(tried) < 2
            or (end := _end(knob, value, tried, pace)) is None
        ):
            continue
        beyond = [each for each in _beyond(knob, value, end, pace) if each not in tried]
        if beyond:
            edges.append(Edge(name, end, value, _ascending(beyond, knob.strength)))
    return tuple(edges)


def _end(knob: Knob, value: Value, tried: Iterable[Value], pace: Pace | None) -> str | None:
    """Return the end of an axis at which a value lies; None: it lies inside."""
    assert knob.strength is not None  # an axis without an order has no ends
    strengths = {each: knob.strength(each) for each in tried}
    here = knob.strength(value)
    if here == max(strengths.values()):
        return STRONGER
    if knob.has_memory and pace is not None:
        strengths.pop(knob.neutral, None)
    return WEAKER if not knob.is_neutral(value) and here == min(strengths.values()) else None


def _beyond(knob: Knob, value: Value, end: str, pace: Pace | None) -> tuple[Value, ...]:
    """Return the values beyond one, the nearest first."""
    if knob.has_memory and pace is not None and isinstance(value, float):
        return pace.stronger(value) if end == STRONGER else pace.weaker(value)
    return knob.stronger(value) if end == STRONGER else knob.weaker(value)


def _ascending(values: Iterable[Value], strength: Callable[[Value], float]) -> tuple[Value, ...]:
    """Order values by size, and None, which has no size, by its strength."""
    return tuple(sorted(values, key=strength, reverse=not _grows_with_size(strength)))


def _grows_with_size(strength: Callable[[Value], float]) -> bool:
    """Whether larger numbers act more strongly."""
    return strength(0.1) < strength(0.2)
