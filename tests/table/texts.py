"""Text read as a file of that text would be."""

import pytest

from dropdecay.errors import BadTable
from dropdecay.table.delimited import read_delimited


def read(text, **how):
    """Return the names, the rows and the notes of a text or bytes."""
    data = text.encode() if isinstance(text, str) else text
    found = read_delimited(data, "t.csv", **how)
    return list(found.frame.columns), found.frame.to_numpy().tolist(), list(found.notes)


def names(text, **how):
    return read(text, **how)[0]


def rows(text, **how):
    return read(text, **how)[1]


def notes(text, **how):
    return read(text, **how)[2]


def refusal(text, **how):
    """Return the one-line error."""
    with pytest.raises(BadTable) as caught:
        read(text, **how)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)
