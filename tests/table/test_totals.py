"""Rows that sum up others are told by their words."""

import pandas as pd
import pytest

from dropdecay.table.totals import totals


def told(words):
    return totals(pd.DataFrame({"g": pd.Categorical(words), "v": range(len(words))}))


@pytest.mark.parametrize("word", ["Total", "Summe:", "合计", "sous-total"])
def test_a_row_of_totals_is_named(word):
    (finding,) = told([*"NSENSE", word])

    assert finding.sentence == (
        f"Column 'g' is '{word}' in 1 row, the first of them row 7, which may sum up others."
    )


@pytest.mark.parametrize(
    "words", [["total", "partial"] * 5, ["N", "S", "E"] * 3, ["total", "N", "S", "total"], []]
)
def test_a_category_of_that_word_and_other_words_are_not(words):
    assert told(words) == ()
