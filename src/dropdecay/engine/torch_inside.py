"""Run a Python function of torch itself while a mode is on, with names inside it exchanged.

Torch hands such a function to the mode as a whole and switches the mode off for what is inside.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any


def from_inside(function: Callable[..., Any], **names: Any) -> Callable[..., Any]:
    """Return the function for whose code the mode stays on, and ``names`` mean something else."""
    inside = {**function.__globals__, "has_torch_function": lambda _: False, **names}
    return FunctionType(function.__code__, inside, argdefs=function.__defaults__)
