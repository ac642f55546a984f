"""The encoding in which words are cheapest to write is the likeliest."""

import pytest

from dropdecay.table.code_pages import CODE_PAGES, likeliest


def test_an_encoding_that_cannot_decode_is_left_out():
    assert "cp1252" not in likeliest([b"\x81\x40"])


@pytest.mark.parametrize(
    ("word", "better", "worse"),
    [
        ("Größe", "cp1252", "gb18030"),  # a Chinese character within a word
        ("Übung", "cp1252", "mac_roman"),
        ("мужской", "cp1251", "koi8_r"),  # capitals within a word
        ("Да", "koi8_r", "cp1251"),
        ("女", "gb18030", "cp1252"),
        ("98㎡", "gb18030", "cp1253"),
        ("25℃", "gb18030", "cp1253"),
        ("はい", "cp932", "gb18030"),
        ("Łódź", "cp1250", "cp1252"),
        ("25°C", "cp1252", "cp1250"),
        ("47\xa0619,11 €", "cp1252", "cp866"),  # a letter between digits
        ("12\xa0%", "cp1252", "gb18030"),
        ("Αθήνα", "cp1253", "cp1251"),
        ("İzmir", "cp1254", "cp1250"),  # no Czech word begins so
    ],
)
def test_characters_out_of_place_make_an_encoding_unlikely(word, better, worse):
    order = likeliest([word.encode(better)])

    assert order[0] == better
    assert worse not in order or order.index(better) < order.index(worse)


def test_every_encoding_is_known_to_python():
    for page in CODE_PAGES:
        assert b"a".decode(page.name) == "a"
