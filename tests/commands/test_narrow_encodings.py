"""Standard output in ASCII, or in the code page of a Windows console."""

import io
import sys

import pytest

from dropdecay.commands.narrow_encodings import print_whatever_is_printed, require_exact
from dropdecay.errors import BadInput


def standard_output(monkeypatch, encoding, errors="strict"):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors)
    monkeypatch.setattr(sys, "stdout", stream)
    return stream


def written(stream):
    stream.flush()
    return stream.buffer.getvalue()


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
@pytest.mark.parametrize(
    ("encoding", "expected"),
    [("ascii", b"0.77 +/- 0.08 tau n\\xf6 \\u4e2d"),
     ("cp1252", b"0.77 \xb1 0.08 tau n\xf6 \\u4e2d"),
     ("utf-8", "0.77 ± 0.08 τ nö 中".encode())],
)  # fmt: skip
def test_what_an_encoding_lacks_is_printed_in_other_signs(monkeypatch, encoding, errors, expected):
    stream = standard_output(monkeypatch, encoding, errors)
    print_whatever_is_printed()

    print("0.77 ± 0.08 τ nö 中", end="")  # noqa: T201

    assert written(stream) == expected


def test_what_a_user_has_asked_for_stays(monkeypatch):
    stream = standard_output(monkeypatch, "ascii", "replace")
    print_whatever_is_printed()

    print("±", end="")  # noqa: T201

    assert written(stream) == b"?"


def test_data_is_exact_or_refused(monkeypatch):
    standard_output(monkeypatch, "ascii")
    require_exact("no,1.0\n")
    with pytest.raises(BadInput, match=r"hold '\\xf6', which ascii, .* --out"):
        require_exact("nö,1.0\n")
