"""An encoder is read back unchanged; a forged one neither runs code nor imports anything."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from dropdecay.errors import BadModel
from dropdecay.file_limits import Limit
from dropdecay.storage.skops_nodes import Builder
from dropdecay.storage.skops_types import encoder_bytes, encoder_from_bytes
from dropdecay.table.encode import make_encoder
from tests.table.kinds import every_kind, typed

SMALL = encoder_bytes(make_encoder().fit(typed(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]}))))


def refused(data: bytes) -> str:
    """Return the one-line error with which an encoder is rejected."""
    with pytest.raises(BadModel) as caught:
        encoder_from_bytes(data, "encoder.skops")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_encoder_of_every_kind_of_column_is_read_back_unchanged():
    table = typed(every_kind())
    encoder = make_encoder().fit(table)
    expected = encoder.transform(table)

    again = encoder_from_bytes(encoder_bytes(encoder), "encoder.skops")

    assert np.array_equal(again.transform(table), expected)
    assert np.array_equal(again.transform(table.iloc[:1]), expected[:1])
    assert again[0].kinds_ == encoder[0].kinds_
    assert np.array_equal(again[1].get_feature_names_out(), encoder[1].get_feature_names_out())


@pytest.mark.parametrize("name", list(typed(every_kind())))
def test_an_encoder_of_one_column_is_read_back_unchanged(name):
    table = typed(every_kind(60)[[name]])
    encoder = make_encoder().fit(table)

    again = encoder_from_bytes(encoder_bytes(encoder), "encoder.skops")

    assert np.array_equal(again.transform(table), encoder.transform(table))


def test_a_plain_scaler_is_read_back():
    rows = np.arange(12.0).reshape(4, 3)
    scaler = StandardScaler().fit(rows)

    again = encoder_from_bytes(encoder_bytes(scaler), "encoder.skops")

    assert np.array_equal(again.transform(rows), scaler.transform(rows))


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def archive(schema: object, **files: bytes) -> bytes:
    """Return the bytes of a skops file with any content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as into:
        for name, data in files.items():
            into.writestr(name.replace("_", "."), data)
        into.writestr("schema.json", schema if isinstance(schema, bytes) else json.dumps(schema))
    return buffer.getvalue()


def node(loader: str, name: str, **more: object) -> dict:
    module, _, kind = name.rpartition(".")
    return {"__loader__": loader, "__module__": module, "__class__": kind, "__id__": 1, **more}


def text(value: object) -> dict:
    return node("JsonNode", "builtins.str", content=json.dumps(value), is_json=True, __id__=2)


def rooted(content: dict) -> dict:
    return {**content, "protocol": 2, "_skops_version": "0.16.0"}


def test_a_pickle_inside_an_array_does_not_run(tmp_path):
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb(tmp_path / "ran")], dtype=object), allow_pickle=True)
    schema = rooted(node("NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy"))

    data = archive(schema, **{"1_npy": buffer.getvalue()})

    assert "encoder.skops is damaged" in refused(data)
    assert not (tmp_path / "ran").exists()


def test_an_array_larger_than_its_file_is_rejected():
    header = io.BytesIO()
    whole = {"descr": "<f8", "fortran_order": False, "shape": (2**40,)}
    np.lib.format.write_array_header_1_0(header, whole)
    schema = rooted(node("NdArrayNode", "numpy.ndarray", type="numpy", file="1.npy"))

    data = archive(schema, **{"1_npy": header.getvalue()})

    assert "encoder.skops is damaged (ValueError)" in refused(data)


STRANGE = {
    "function": node("FunctionNode", "os.mkdir"),
    "numpy function": node("FunctionNode", "numpy.load"),
    "ufunc": node("FunctionNode", "numpy.exp"),
    "type": node("TypeNode", "subprocess.Popen"),
    "object": node("ObjectNode", "subprocess.Popen", content=None),
    "other estimator": node(
        "ObjectNode", "sklearn.preprocessing._function_transformer.FunctionTransformer"
    ),
    "method": node("MethodNode", "builtins.str", content={"func": "format", "obj": text("a")}),
    "operator": node("OperatorFuncNode", "operator.methodcaller", attrs=text(["mkdir"])),
    "partial": node("PartialNode", "functools.partial", content={}),
    "reduce": node("ConstructorFromReduceNode", "os.mkdir", content=text(["ran"])),
    "dict of another class": node("DictNode", "os._Environ", content={}, key_types=text([])),
    "list of another class": node("ListNode", "os.mkdir", content=[]),
    "generator": node("RandomGeneratorNode", "numpy.random.Generator", content={}),
    "tree": node("TreeNode", "sklearn.tree._tree.Tree", content={}),
    "later loader": node("NewNode", "builtins.str"),
}


def inside(where: str, strange: dict) -> dict:
    """Put the strange node into a place where skops would load it."""
    if where == "root":
        return strange
    if where == "list":
        return node("ListNode", "builtins.list", content=[text(1), strange])
    if where == "key types":
        return node("DictNode", "builtins.dict", content={}, key_types=strange)
    if where == "dict":
        types = node("ListNode", "builtins.list", content=[], __id__=3)
        return node("DictNode", "builtins.dict", content={"__loader__": strange}, key_types=types)
    if where == "array":
        return node("NdArrayNode", "numpy.ndarray", type="json", content=[strange], shape=text([1]))
    if where == "shape":
        return node("NdArrayNode", "numpy.ndarray", type="json", content=[], shape=strange)
    if where == "dtype":
        return node("DTypeNode", "numpy.dtype", content=strange)
    return node("ObjectNode", "dropdecay.table.encode.Matrix", content=strange)


@pytest.mark.parametrize(
    "where", ["root", "list", "key types", "dict", "array", "shape", "dtype", "object"]
)
@pytest.mark.parametrize("kind", STRANGE)
def test_what_is_not_in_the_list_is_never_loaded(monkeypatch, where, kind):
    def never(*args, **kwargs):
        raise AssertionError("something was built")

    monkeypatch.setattr(skops.io, "loads", never)
    monkeypatch.setattr(Builder, "build", never)
    strange = {**STRANGE[kind], "__id__": 9}

    data = archive(rooted(inside(where, strange)))

    line = refused(data)
    assert f"{strange['__module__']}.{strange['__class__']}" in line
    assert "which no dropdecay model contains. The file may be malicious. Do not use it." in line


def test_a_valid_skops_file_of_another_type_is_rejected():
    data = skops.io.dumps(FunctionTransformer(np.exp))

    assert "FunctionTransformer" in refused(data)


def test_a_module_of_a_forged_type_is_not_imported(tmp_path, monkeypatch):
    (tmp_path / "trap.py").write_text(f"import os; os.mkdir({str(tmp_path / 'ran')!r})")
    monkeypatch.syspath_prepend(tmp_path)

    data = archive(rooted(node("ObjectNode", "trap.Trap", content=None)))

    assert "trap.Trap" in refused(data)
    assert not (tmp_path / "ran").exists()


def test_a_pipeline_with_a_cache_is_rejected(tmp_path):
    cached = Pipeline([("scale", StandardScaler())], memory=str(tmp_path / "cache"))

    data = skops.io.dumps(cached)

    assert "encoder.skops is damaged" in refused(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        archive(b"not JSON"),
        archive(b"[" * 100_000),
        archive({}),
        archive([1]),
        archive({"__loader__": "JsonNode"}),
        archive(rooted(node("ListNode", "builtins.list"))),
        archive(rooted(node("ListNode", "builtins.list", content=[1]))),
        archive(b'{"__loader__": "JsonNode", "__loader__": "JsonNode"}'),
        archive({**rooted(text(1)), "protocol": 99}),
        archive(rooted(node("NdArrayNode", "numpy.ndarray", type="numpy", file="../x.npy"))),
    ],
)
def test_a_damaged_encoder_is_rejected(data):
    assert "encoder.skops is damaged" in refused(data)


def test_an_encoder_that_unpacks_to_too_many_bytes_is_rejected(monkeypatch):
    monkeypatch.setattr("dropdecay.storage.skops_types.ENCODER", Limit(1000))

    assert "more than the 1 kB that such a file may take" in refused(SMALL)


def test_a_few_kilobytes_do_not_unpack_to_a_gigabyte():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("schema.json", b"[" + b"[]," * (2**26) + b"[]]")

    assert "asks for 201 MB, more than the 33.6 MB" in refused(buffer.getvalue())


@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_flipped_bit_is_rejected_or_harmless(where, bit):
    data = bytearray(SMALL)
    data[int(where * len(data))] ^= 1 << bit

    try:
        found = encoder_from_bytes(bytes(data), "encoder.skops")
    except BadModel as error:
        found = str(error)

    assert isinstance(found, Pipeline) or "\n" not in found
