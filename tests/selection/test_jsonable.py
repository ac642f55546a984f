"""Values as plain JSON types."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.selection.jsonable import as_plain


@dataclass(frozen=True)
class Inner:
    share: float
    many: tuple[int, ...]


@dataclass(frozen=True)
class Outer:
    name: str
    inner: Inner
    nothing: None
    flag: bool


def test_nested_dataclasses_become_dicts_and_tuples_lists():
    value = Outer("x", Inner(0.5, (1, 2)), None, True)

    assert as_plain(value) == {
        "name": "x", "inner": {"share": 0.5, "many": [1, 2]}, "nothing": None, "flag": True,
    }  # fmt: skip


def test_numpy_numbers_become_pythons():
    plain = as_plain({"a": np.float64(0.5), "b": [np.int64(3), np.bool_(True)]})

    assert json.dumps(plain) == '{"a": 0.5, "b": [3, true]}'


def test_nan_and_infinity_become_null():
    assert as_plain([np.nan, np.inf, np.float32("nan"), -np.inf]) == [None] * 4


def test_a_point_is_the_dict_of_its_values():
    point = Point.of(dropout=(0.1, 0.3), limit=None, shape="round")

    assert as_plain([point]) == [{"dropout": [0.1, 0.3], "limit": None, "shape": "round"}]


def test_a_value_without_a_json_form_is_refused():
    with pytest.raises(TypeError, match="JSON has no value for"):
        as_plain({"a": {1, 2}})
