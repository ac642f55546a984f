import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.safe_text import MAX_QUOTED, MAX_REASON, MAX_VISIBLE, quoted, reason_of, visible

NASTY = st.text(st.one_of(st.characters(), st.sampled_from("\n\r\t\x1b\x9b\x07\u202e\u2066\u2028")))


@given(NASTY)
def test_any_text_is_shown_on_one_line_of_bounded_length(text):
    for shown, most in (
        (visible(text), MAX_VISIBLE),
        (visible(text, 20), 20),
        (visible(text, None), 10 * len(text)),
        (quoted(text), MAX_QUOTED),
        (reason_of(ValueError(text)), MAX_REASON),
    ):
        assert shown.isprintable()
        assert len(shown) <= most


@given(st.text(st.characters(exclude_categories=["C", "Z"]), max_size=MAX_VISIBLE))
def test_ordinary_text_is_shown_unchanged(text):
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("größe 大", "größe 大"),
        ("C:\\data\\table.csv", "C:\\data\\table.csv"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202efdp.exe", "abc\\u202efdp.exe"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_invisible_characters_are_shown_as_escapes(text, shown):
    assert visible(text) == shown


def test_long_text_keeps_both_ends():
    shown = visible("/a/long/" + "x" * 1000 + "/table.csv", 40)

    assert len(shown) == 40
    assert shown.startswith("/a/long/")
    assert shown.endswith("x/table.csv")
    assert "..." in shown


def test_text_made_too_long_by_escapes_is_cut_too():
    assert visible("\n" * 30, 30) == "\\n" * 9 + "..." + "n" + "\\n" * 4


def test_quotes_are_chosen_as_in_python():
    assert quoted("it's") == '"it\'s"'
    assert quoted("a\nb") == "'a\\nb'"
    assert quoted(3) == "'3'"
    assert quoted("x" * 100) == "'" + "x" * 55 + "...'"


def test_a_reason_is_part_of_a_sentence():
    assert reason_of(ValueError("first line.\n  second\tline.")) == "first line. second line"
    assert reason_of(KeyError()) == "KeyError"
    assert reason_of(ValueError(" \n")) == "ValueError"
