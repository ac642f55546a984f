"""Knobs that the package does not have: nothing in this room may know an axis by its name."""

import math

import pytest

from dropdecay.knobs import AXES, Knob


def knob(name, **more):
    return Knob(name, name.replace("_", " "), "schedule", name, float, "", "", "", **more)


KNOBS = (
    knob("noise", strength=float, stronger=lambda value: (2 * value, 4 * value)),
    # Off is None, and the smaller the number, the more it binds.
    knob(
        "limit",
        neutral=None,
        strength=lambda value: -math.inf if value is None else -value,
        stronger=lambda value: (value / 2, value / 4),
        weaker=lambda value: (2 * value, None),
    ),
    knob(
        "step_size",
        regularizes=False,
        strength=float,
        stronger=lambda value: (3 * value,),
        weaker=lambda value: (value / 3,),
    ),
    knob("shape", regularizes=False),
)


@pytest.fixture(autouse=True, scope="module")
def more_axes():
    """Add two knobs that regularize, a tuned number and a tuned name to the table of axes."""
    with pytest.MonkeyPatch.context() as patch:
        for each in KNOBS:
            patch.setitem(AXES, each.name, each)
        yield
