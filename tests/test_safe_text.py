import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.safe_text import (
    MAX_QUOTED,
    MAX_REASON,
    MAX_VISIBLE,
    quoted,
    reason_of,
    shell_option,
    shell_path,
    visible,
)
from tests.strangers import EACH

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


SHELL = st.text(st.sampled_from("ab -$(`){};&|<>*?~#!'\"\\\n\x1b\u202e="), min_size=1, max_size=9)


@pytest.mark.skipif(shutil.which("sh") is None, reason="there is no shell here")
@EACH
@given(SHELL)
def test_what_is_copied_into_a_shell_is_the_words_that_were_meant_and_runs_nothing(text):
    shown = f"{shell_option('--drop', text)} {shell_path(text)}"
    script = f"set -- {shown}; for word; do printf '%s\\n' \"$word\"; done"

    words = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)

    assert shown.isprintable()
    is_option = text.startswith("-")
    option = [f"--drop={visible(text)}"] if is_option else ["--drop", visible(text)]
    path = f"./{visible(text)}" if is_option else visible(text)
    assert words.stdout.splitlines() == [*option, path]
    assert words.stderr == ""


def test_a_long_name_stays_one_word_of_a_shell():
    assert shell_option("--drop", "it's" * 1000).count("'") % 2 == 0
    assert shell_path("x" * 1000) == "x" * 1000
