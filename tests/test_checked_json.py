"""JSON with a checksum: what it says is what was written, or it is refused."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.checked_json import json_text, read_json
from dropdecay.errors import BadInput
from dropdecay.file_limits import Limit
from tests.strangers import EACH

SMALL = Limit(10_000)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=8,
)  # fmt: skip
CONTENTS = st.dictionaries(st.text().filter(lambda key: key != "checksum"), VALUES, max_size=4)


@EACH
@given(CONTENTS)
def test_what_was_written_is_read_back(tmp_path_factory, contents):
    path = tmp_path_factory.mktemp("json") / "f.json"
    path.write_text(json_text(contents))

    assert read_json(path, Limit(10**6), sealed_since=("none", 1)) == contents


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "f.json"
    file.write_text(json_text({"schema": 2, "a": [1.5, "x"], "b": (None, True)}))
    return file


def test_any_change_of_the_contents_is_noticed(path):
    found = json.loads(path.read_text())
    for key, value in (("a", [1.5, "y"]), ("schema", 3), ("more", 1)):
        path.write_text(json.dumps({**found, key: value}))
        with pytest.raises(ValueError, match="has changed since it was written"):
            read_json(path, SMALL)


def test_a_file_of_before_has_no_checksum(path):
    path.write_text('{"schema": 2}')
    assert read_json(path, SMALL) == {"schema": 2}
    assert read_json(path, SMALL, sealed_since=("schema", 3)) == {"schema": 2}
    with pytest.raises(ValueError, match="it has no checksum"):
        read_json(path, SMALL, sealed_since=("schema", 2))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "it must be a JSON object"),
        ('{"a": 1, "a": 2}', "duplicate key"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1e999}', "a number is too large"),
        ('{"a": ' + "9" * 5000 + "}", "digits"),
        ("{", "Expecting"),
    ],
)
def test_what_readers_could_differ_in_is_refused(path, text, why):
    path.write_text(text)
    with pytest.raises(ValueError, match=why):
        read_json(path, SMALL)


def test_a_large_file_is_not_read(path):
    with path.open("r+b") as file:
        file.truncate(10**10)  # takes no disk
    with pytest.raises(BadInput, match=r"f\.json asks for 10 GB, more than the 10 kB"):
        read_json(path, SMALL)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are Unix's")
def test_a_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.json")

    with pytest.raises(ValueError, match="it is not a regular file"):
        read_json(tmp_path / "a.json", Limit(100))
