"""Longer axes: extend an axis while the best point lies at its end."""

from collections.abc import Callable

from dropdecay.axes import Axes, printed_value
from dropdecay.errors import BadSetting
from dropdecay.knobs import Value, knob_of
from dropdecay.selection.choice import Choice
from dropdecay.selection.edges import Edge
from dropdecay.selection.reach import next_values
from dropdecay.settings import Setting
from dropdecay.surface.known import Known, Policy, Proposal


def longer_axes(choice_of: Callable[[Known], Choice]) -> Policy:
    """Return the policy; ``choice_of`` chooses among the points known so far, all trained.

    One value is added at the stronger end; at the weaker end one value and the neutral one, beyond
    which there is nothing. Values at which a point could not be trained are omitted.
    """

    def policy(known: Known) -> Proposal | None:
        edges = choice_of(known).edges
        axes = known.plan.axes
        for edge in edges:
            axes = axes.joined_by(edge.axis, _next_values(edge, axes, known.plan.setting))
        if axes == known.plan.axes:
            return None
        return Proposal(axes=axes, notices=(_notice(known.plan.axes, axes, edges),))

    return policy


def _next_values(edge: Edge, axes: Axes, setting: Setting) -> list[Value]:
    return [
        value for value in next_values(edge) if _can_be_trained(edge.axis, value, axes, setting)
    ]


def _can_be_trained(name: str, value: Value, axes: Axes, setting: Setting) -> bool:
    """Return whether a value is allowed in combination with all values of the other axes."""
    try:
        for point in axes.joined_by(name, [value]).points:
            point.applied_to(setting)
    except BadSetting:
        return False
    return True


def _notice(axes: Axes, longer: Axes, edges: tuple[Edge, ...]) -> str:
    added = []
    for edge in edges:
        new = [each for each in longer[edge.axis].values if each not in axes[edge.axis].values]
        if new:
            values = " and ".join(map(printed_value, new))
            name = knob_of(edge.axis).printed
            at = printed_value(edge.value)
            added.append(f"the best {name}, {at}, was at the edge: {values} added")
    told = "; ".join(added)
    return f"{told[0].upper()}{told[1:]} ({longer.n_points - axes.n_points} more points)."
