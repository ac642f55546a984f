"""What is built of a skops file is what skops itself builds of it."""

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, RobustScaler, StandardScaler

from dropdecay.storage.skops_nodes import PROTOCOL, Builder
from dropdecay.storage.skops_types import TRUSTED, encoder_bytes, encoder_from_bytes
from dropdecay.table.encode import make_encoder
from tests.table.kinds import every_kind, typed


def same(one, other):
    """Whether two objects are of one type and hold the same, all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        if one.dtype == object:
            return all(map(same, one.ravel(), other.ravel()))
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if hasattr(one, "__dict__") and not isinstance(one, type):
        return same(vars(one), vars(other))
    return one == other or one != one


def some_encoders():
    rows = np.random.default_rng(0).normal(size=(20, 3))
    names = np.array([["a", "x"], ["b", None], [None, "y"]] * 4, dtype=object)
    yield "of every kind of column", make_encoder().fit(typed(every_kind()))
    yield "scaler", StandardScaler().fit(rows)
    yield "pipeline", make_pipeline(RobustScaler(), MinMaxScaler((0, 2))).fit(rows)
    yield "names", OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(names)


@pytest.mark.parametrize(("name", "encoder"), [*some_encoders()], ids=lambda each: str(each)[:24])
def test_an_encoder_is_built_as_skops_builds_it(name, encoder):
    data = encoder_bytes(encoder)
    by_skops = skops.io.loads(data, trusted=TRUSTED)

    ours = encoder_from_bytes(data, "encoder.skops")

    assert same(ours, by_skops)


def test_an_object_that_is_named_twice_is_built_once():
    shared = {
        "__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": [],
        "__id__": 7,
    }  # fmt: skip
    pair = {**shared, "__id__": 8, "content": [shared, shared]}

    first, second = Builder(None).build(pair)

    assert first is second


def test_a_file_in_another_version_of_the_format_is_left_to_skops(monkeypatch):
    scaler = StandardScaler().fit([[1.0], [2.0]])
    data, seen = encoder_bytes(scaler), []
    monkeypatch.setattr(skops.io, "loads", lambda given, trusted: seen.append(given) or scaler)
    other = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                content = json.dumps({**json.loads(content), "protocol": PROTOCOL - 1})
            new.writestr(name, content)

    encoder_from_bytes(other.getvalue(), "encoder.skops")

    assert seen == [other.getvalue()]
