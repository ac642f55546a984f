"""One label for every gain, asked for in a fixed order."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dropdecay.selection.judgement import (
    HELPS,
    HURTS,
    LABELS,
    NO_DIFFERENCE,
    OPEN,
    PROBABLY_HELPS,
    PROBABLY_HURTS,
    is_decided,
    judge,
    label_of,
)
from dropdecay.statistics.hybrid import chance_above, repeated_gain

GAINS = st.floats(-10.0, 10.0)
ERRORS = st.floats(1e-6, 10.0)
MARGINS = st.floats(0.0, 5.0)


@pytest.mark.parametrize(
    ("mean", "label"),
    [(2.0, HELPS), (1.9, PROBABLY_HELPS), (1.3, PROBABLY_HELPS), (1.2, OPEN), (0.0, OPEN),
     (-1.2, OPEN), (-1.3, PROBABLY_HURTS), (-1.9, PROBABLY_HURTS), (-2.0, HURTS)],
)  # fmt: skip
def test_labels_follow_the_chance_that_it_helps(mean, label):
    assert label_of(mean, 1.0, 0.0) == label


def test_that_it_makes_no_difference_is_asked_first():
    # Surely above 0, and as surely below the margin.
    assert label_of(0.5, 0.1, 1.0) == NO_DIFFERENCE
    assert label_of(-0.5, 0.1, 1.0) == NO_DIFFERENCE
    assert label_of(0.5, 0.1, 0.5) == HELPS


def test_without_an_interval_the_question_is_open():
    assert label_of(0.2, math.nan, 0.01) == label_of(-0.2, math.nan, 0.01) == OPEN


def test_without_spread_the_answer_is_certain():
    assert label_of(0.2, 0.0, 0.01) == HELPS
    assert label_of(-0.2, 0.0, 0.01) == HURTS
    assert label_of(0.0, 0.0, 0.01) == NO_DIFFERENCE


@given(GAINS, ERRORS, MARGINS)
def test_exactly_one_label_applies_and_it_follows_its_chances(mean, error, margin):
    above = chance_above(mean, error, 0.0)
    within = chance_above(mean, error, -margin) - chance_above(mean, error, margin)
    applies = {
        NO_DIFFERENCE: within >= 0.95,
        HELPS: within < 0.95 and above >= 0.975,
        HURTS: within < 0.95 and above <= 0.025,
        PROBABLY_HELPS: within < 0.95 and 0.9 <= above < 0.975,
        PROBABLY_HURTS: within < 0.95 and 0.025 < above <= 0.1,
        OPEN: within < 0.95 and 0.1 < above < 0.9,
    }
    assert tuple(applies) == LABELS
    assert [label for label, holds in applies.items() if holds] == [label_of(mean, error, margin)]


@given(st.floats(-2.0, 2.0), st.floats(0.01, 2.0), st.integers(0, 1000))
def test_the_interval_leaves_out_0_where_the_chance_is_beyond_its_ends(shift, spread, seed):
    rng = np.random.default_rng(seed)
    gain = repeated_gain(shift + spread * rng.normal(size=(4, 30)))
    assume(min(abs(gain.lower), abs(gain.upper)) > 1e-12)
    chance = chance_above(gain.mean, gain.standard_error, 0.0)
    assert (gain.lower > 0.0) == (chance >= 0.975)
    assert (gain.upper < 0.0) == (chance <= 0.025)


def test_a_gain_is_judged_by_a_hundredth_of_the_loss_without_regularization():
    rows = np.tile(np.linspace(0.4, 0.6, 30), (3, 1))
    assert judge(repeated_gain(rows), baseline=10.0) == HELPS
    assert judge(repeated_gain(rows), baseline=-1000.0) == NO_DIFFERENCE


def test_more_repeats_are_asked_for_only_where_the_answer_is_not_sure():
    assert [label for label in LABELS if is_decided(label)] == [NO_DIFFERENCE, HELPS, HURTS]
