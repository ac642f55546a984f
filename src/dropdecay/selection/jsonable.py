"""Values as plain JSON types, for summary.json."""

import math
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dropdecay.axes import Point

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]

JsonObject = dict[str, Any]
"""An object as ``json.loads`` returns it."""


def as_plain(value: object) -> Plain:
    """Turn dataclasses, tuples and NumPy numbers into dicts, lists, numbers and None.

    A point becomes the dict of its values. NaN and infinity become None, since JSON has neither.

    Raises
    ------
    TypeError
        If JSON cannot represent the value.
    """
    if isinstance(value, Point):
        return as_plain(value.as_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return plain_fields(value)
    if isinstance(value, dict):
        return {str(key): as_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(each) for each in value]
    if isinstance(value, np.generic):
        return as_plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"JSON has no value for {value!r}.")


def plain_fields(value: "DataclassInstance") -> dict[str, Plain]:
    """Return the fields of a dataclass by name, as plain JSON values."""
    return {each.name: as_plain(getattr(value, each.name)) for each in fields(value)}
