"""Large regular text is read at once, to the cells that the careful way gives; all else is not."""

import numpy as np
import pytest

from dropdecay.errors import BadTable
from dropdecay.table import regular_text
from dropdecay.table.delimited import read_delimited


@pytest.fixture(autouse=True)
def _small_files_too(monkeypatch):
    monkeypatch.setattr(regular_text, "MIN_SIZE", 0)


@pytest.fixture
def careful(monkeypatch):
    """Read without the short way."""

    def read(data):
        with monkeypatch.context() as patch:
            patch.setattr(regular_text, "MIN_SIZE", 1 << 40)
            return read_delimited(data, "t.csv")

    return read


def ways(monkeypatch):
    """Record whether the short way was taken."""
    taken = []
    read = regular_text.read_regular
    monkeypatch.setattr(
        "dropdecay.table.delimited.read_regular",
        lambda *given: taken.append(read(*given)) or taken[-1],
    )
    return taken


ROWS = "".join(f'{i},"{i},{i % 3}",word {i % 4},\n' for i in range(30))
REGULAR = {
    "quotes around whole fields": f"a,b,c,d\n{ROWS}",
    "semicolons": "a;b\n" + "1;x y\n" * 9,
    "a mark of UTF-8": "\ufeffa,b\n" + "1,Köln\n" * 9,
    "ends of lines as on Windows": "a\tb\r\n" + "1\t\r\n" * 9,
    "comments before the names": "# hello\n#\na,b\n" + "1,2\n" * 9,
    "a line within quotes": 'a,b\n1,"two\nlines"\n2,one\n3,one\n',
    "empty quotes": 'a,b\n1,""\n2,x\n3,""\n',
}
IRREGULAR = {
    "a doubled quote": 'a,b\n1,"say ""no"""\n2,x\n3,x\n',
    "a quote within a word": 'a,b\n1,5" pipe\n2,x\n3,x\n',
    "blanks after the delimiter": "a,b\n1, x\n2, y\n3, z\n",
    "rows of separators": "a,b\n1,x\n,\n2,y\n3,z\n",
    "an empty line": "a,b\n1,x\n\n2,y\n3,z\n",
    "the names once more": "a,b\n1,x\na,b\n2,y\n3,z\n",
    "another encoding": "a,b\n" + "1,Köln\n" * 9,
}


@pytest.mark.parametrize("kind", REGULAR)
def test_regular_text_is_read_at_once(kind, careful, monkeypatch):
    data = REGULAR[kind].encode()

    taken = ways(monkeypatch)
    found = read_delimited(data, "t.csv")

    assert taken[0] is not None
    wanted = careful(data)
    assert list(found.frame) == list(wanted.frame)
    np.testing.assert_array_equal(found.frame.to_numpy(), wanted.frame.to_numpy())
    assert (found.notes, found.encoding) == (wanted.notes, wanted.encoding)


@pytest.mark.parametrize("kind", IRREGULAR)
def test_irregular_text_is_read_with_care(kind, careful, monkeypatch):
    data = IRREGULAR[kind].encode("cp1252" if kind == "another encoding" else "utf-8")

    taken = ways(monkeypatch)
    found = read_delimited(data, "t.csv")

    assert taken == [None]
    wanted = careful(data)
    np.testing.assert_array_equal(found.frame.to_numpy(), wanted.frame.to_numpy())
    assert found.notes == wanted.notes


def test_a_wrong_row_is_refused_with_its_cause():
    with pytest.raises(BadTable, match=r"row 3 \(line 4\) has 1 field"):
        read_delimited(b"a,b\n1,x\n2,y\n3\n4,z\n", "t.csv")


def test_words_after_a_closing_quote_are_refused_as_ever():
    with pytest.raises(BadTable, match="line 3"):
        read_delimited(b'a,b\n1,x\n2,"a,"b\n3,x"\n4,y"\n', "t.csv")


def test_equal_cells_of_a_column_are_one_object():
    found = read_delimited(b"a,b\n" + b"1,word\n" * 50, "t.csv")

    assert len({id(each) for each in found.frame["b"]}) == 1
