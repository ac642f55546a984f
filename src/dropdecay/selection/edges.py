"""Axes at whose end the best point lies, and values to try beyond it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dropdecay.axes import Point, printed_value
from dropdecay.knobs import Value, knob_of

WEAKER, STRONGER = "weaker", "stronger"


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
        knob = knob_of(self.axis)
        assert knob.strength is not None  # an axis without an order has no ends
        is_largest = (self.end == STRONGER) == _grows_with_size(knob.strength)
        values = " and ".join(map(printed_value, self.suggestion))
        return (
            f"The best {knob.printed}, {printed_value(self.value)}, is at the edge of the surface "
            f"(its {'largest' if is_largest else 'smallest'} value); a better one may lie beyond. "
            f"Also try {values} ({knob.how_to_give})."
        )


def find_edges(values: Mapping[str, Iterable[Value]], best: Point) -> tuple[Edge, ...]:
    """Return the ends of axes at which the best point lies.

    An axis of one value, or of names, has no ends, and nothing is weaker than a neutral value. The
    table of axes says which values lie beyond the others, if any.

    Parameters
    ----------
    values : mapping of axis to values
        All values that were tried, in any order.
    best : Point
    """
    edges = []
    for name, tried in values.items():
        knob, value = knob_of(name), best[name]
        if knob.strength is None or len(set(tried)) < 2:
            continue
        strengths = [knob.strength(each) for each in tried]
        here = knob.strength(value)
        beyond: tuple[Value, ...]
        if here == max(strengths):
            end, beyond = STRONGER, knob.stronger(value)
        elif here == min(strengths) and not knob.is_neutral(value):
            end, beyond = WEAKER, knob.weaker(value)
        else:
            continue
        if beyond:
            edges.append(Edge(name, end, value, _ascending(beyond, knob.strength)))
    return tuple(edges)


def _ascending(values: Iterable[Value], strength: Callable[[Value], float]) -> tuple[Value, ...]:
    """Order values by size, and None, which has no size, by its strength."""
    return tuple(sorted(values, key=strength, reverse=not _grows_with_size(strength)))


def _grows_with_size(strength: Callable[[Value], float]) -> bool:
    """Whether larger numbers act more strongly."""
    return strength(0.1) < strength(0.2)
