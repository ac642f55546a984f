"""Parameters are read back as they were, and nothing in their stored form can run."""

import json
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import model_selection
from sklearn.model_selection import KFold

from dropdecay.estimators.base import NotKept
from dropdecay.storage.models import INCONSISTENT
from dropdecay.storage.parameters import SPLITTERS, as_json, from_json

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
PARAMETERS = st.recursive(
    PLAIN,
    lambda part: st.lists(part) | st.lists(part).map(tuple)
    | st.dictionaries(st.text() | st.integers(), part),
    max_leaves=8,
)  # fmt: skip
JSON = st.recursive(
    PLAIN,
    lambda part: st.lists(part)
    | st.dictionaries(
        st.sampled_from(["type", "values", "items", "value", "dtype", "shape", "name",
                         "parameters", "was"]),
        part | st.sampled_from(["tuple", "dict", "float", "array", "splitter", "not kept", "nan",
                                "float64", "KFold", "Popen"]),
    ),
)  # fmt: skip


def back(value):
    return from_json(json.loads(json.dumps(as_json(value), allow_nan=False)))


@given(PARAMETERS)
def test_any_parameter_is_read_back_with_its_types(value):
    assert repr(back(value)) == repr(value)


@pytest.mark.parametrize(
    "value",
    [np.array([[0.5, np.inf], [np.nan, 1]], "f4"), np.arange(3), np.array([True]), np.zeros(0)],
)
def test_arrays_keep_type_and_shape(value):
    np.testing.assert_array_equal(back(value), value, strict=True)


@pytest.mark.parametrize(
    ("value", "plain"), [(np.float64(0.1), 0.1), (np.int64(3), 3), (np.True_, True)]
)
def test_numbers_of_numpy_become_those_of_python(value, plain):
    assert back(value) == plain
    assert type(back(value)) is type(plain)


@pytest.mark.parametrize("name", SPLITTERS)
def test_every_splitter_of_the_list_keeps_its_parameters(name):
    needed = {"LeavePGroupsOut": {"n_groups": 2}, "LeavePOut": {"p": 3},
              "PredefinedSplit": {"test_fold": [0, 1, 1]}}.get(name, {})  # fmt: skip
    splitter = SPLITTERS[name](**needed)

    assert type(back(splitter)) is type(splitter)
    assert repr(back(splitter)) == repr(splitter)


def test_the_list_holds_every_splitter_of_scikit_learn():
    bases = (model_selection.BaseCrossValidator, model_selection.BaseShuffleSplit)
    names = {
        name for name, kind in vars(model_selection).items()
        if isinstance(kind, type) and name in model_selection.__all__
        and name not in ("BaseCrossValidator", "BaseShuffleSplit")
        and (issubclass(kind, bases) or name.startswith("Repeated"))
    }  # fmt: skip
    assert names == set(SPLITTERS)


class OwnFold(KFold):
    """Somebody's splitter, which is code."""


@pytest.mark.parametrize(
    "value",
    [len, OwnFold(3), KFold(3, shuffle=True, random_state=np.random.RandomState(0)), (1, [len]),
     {"a": {1, 2}}, iter([1]), np.array([len])],
)  # fmt: skip
def test_what_could_run_is_described_instead(value):
    found = back(value)

    assert isinstance(found, NotKept)
    assert found.was.isprintable()
    assert back(found) == found


@given(JSON)
def test_a_forged_form_gives_plain_values_or_an_error_that_is_expected(stored):
    with suppress(*INCONSISTENT):
        from_json(stored)
