"""Repeats are cuts only where rows are cut anew, which rows in time are not."""

import json

import pytest

from dropdecay.report.repeats import repeats_in_words
from dropdecay.report.terminal.summary import _how_settled


def summary(optimism):
    gain = {"n_repeats": 10, "is_exhausted": False}
    return json.loads(json.dumps({"optimism": optimism, "verdict": {"gain": gain, "kind": "open"}}))


@pytest.mark.parametrize(
    ("optimism", "words"),
    [
        ({"bias": 0.1}, "10 cuts of the same rows"),
        (None, "10 trainings on the same blocks of time"),
    ],
)
def test_repeats_are_named_after_what_they_are(optimism, words):
    assert repeats_in_words(summary(optimism), 10) == words
    assert _how_settled(summary(optimism)).startswith(f"{words} ")
