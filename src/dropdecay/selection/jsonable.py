"""Values as plain JSON types: what stands in summary.json."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def as_plain(value: Any) -> Any:
    """Turn dataclasses, tuples and NumPy numbers into dicts, lists, numbers and None.

    What is not a finite number becomes None: JSON knows neither NaN nor infinity.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: as_plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {str(key): as_plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
