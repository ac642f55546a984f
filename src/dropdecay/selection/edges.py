"""Where the best point lies on the border of the surface, and what to try beyond."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64

HIGHEST_RATE = 0.8
HIGHEST_DECAY = 30.0
"""Beyond these nothing is proposed: training collapses."""

RATE_STEP = 0.1
_OPTIONS = {"dropout": "dropouts, --dropout", "weight_decay": "weight_decays, --weight-decay"}


@dataclass(frozen=True)
class Edge:
    """The best point lies at the end of an axis, and the axis could go on.

    Parameters
    ----------
    axis : {"dropout", "weight_decay"}
    side : {"lower", "upper"}
    value : float
        The best point's.
    suggestion : tuple of float
        Values beyond, ascending.
    """

    axis: str
    side: str
    value: float
    suggestion: tuple[float, ...]

    def __str__(self) -> str:
        end = "largest" if self.side == "upper" else "smallest"
        values = " and ".join(f"{value:g}" for value in self.suggestion)
        return (
            f"The best {self.axis.replace('_', ' ')}, {self.value:g}, is at the edge of the surface"
            f" (its {end}): a better one may lie beyond. Try {values} too ({_OPTIONS[self.axis]})."
        )


def find_edges(
    rates: Float64, strengths: Float64, best_rate: float, best_strength: float
) -> tuple[Edge, ...]:
    """Return the ends of axes at which the best point lies.

    An axis of one value has no ends. Below 0 there is nothing to find, and above rate 0.8 or
    weight decay 30 nothing is proposed. Rates go on in steps of 0.1 upwards and by halves
    downwards; weight decays by half-decades: 1, 3, 10, 30.

    Parameters
    ----------
    rates, strengths : shape (n_values,)
        The axes, ascending.
    best_rate, best_strength : float
    """
    beyond = {
        ("dropout", "upper"): rates_above(best_rate),
        ("dropout", "lower"): (0.0, round(best_rate / 2, 3)),
        ("weight_decay", "upper"): half_decades_above(best_strength),
        ("weight_decay", "lower"): half_decades_below(best_strength),
    }
    edges = []
    for axis, values, best in (
        ("dropout", rates, best_rate),
        ("weight_decay", strengths, best_strength),
    ):
        if values.size < 2:
            continue
        if best == values[-1] and beyond[axis, "upper"]:
            edges.append(Edge(axis, "upper", best, beyond[axis, "upper"]))
        if best == values[0] and best > 0.0:
            edges.append(Edge(axis, "lower", best, beyond[axis, "lower"]))
    return tuple(edges)


def rates_above(rate: float) -> tuple[float, ...]:
    """Return the next two rates above, up to 0.8."""
    steps = (round(rate + RATE_STEP, 3), round(rate + 2 * RATE_STEP, 3))
    if rate >= HIGHEST_RATE:
        return ()
    return tuple(step for step in steps if step <= HIGHEST_RATE) or (HIGHEST_RATE,)


def half_decades_above(strength: float) -> tuple[float, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 above a weight decay, 30 at most."""
    if strength <= 0.0:
        return ()
    series = _half_decades(strength)
    above = series[series > strength * (1 + 1e-9)][:2]
    return tuple(float(value) for value in above if value <= HIGHEST_DECAY)


def half_decades_below(strength: float) -> tuple[float, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 below a weight decay, ascending."""
    if strength <= 0.0:
        return ()
    series = _half_decades(strength)
    return tuple(float(value) for value in series[series < strength * (1 - 1e-9)][-2:])


def _half_decades(strength: float) -> Float64:
    decade = math.floor(math.log10(strength))
    # From text, so that 0.3 is 0.3 and not 0.30000000000000004.
    values = [f"{digit}e{decade + i}" for i in (-2, -1, 0, 1, 2) for digit in (1, 3)]
    return np.array(values, np.float64)
