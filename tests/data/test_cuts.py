"""Further cuts hold out every row once more, together with other rows where that is possible."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneGroupOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
)

from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.folds import make_folds

N_ROWS = 60
CLASSES = np.arange(N_ROWS) % 4 == 0
GROUPS = np.arange(N_ROWS) // 3


def cuts_of(cv, labels=None, groups=None, random_state=0):
    folds = make_folds(N_ROWS, labels, cv, groups, random_state)
    return Cuts(folds, random_state, recut_of(cv, N_ROWS, labels, groups, folds))


def held_out(cuts, number):
    """Return which fold of a cut holds each row out."""
    place = np.full(N_ROWS, -1)
    for fold in range(cuts.n_folds):
        rows = cuts[number * cuts.n_folds + fold]
        assert (place[rows.validation] == -1).all()
        place[rows.validation] = fold
        assert not np.intersect1d(rows.training, rows.validation).size
        assert rows.training.size + rows.validation.size == N_ROWS
    assert (place >= 0).all()
    return place


def together(place):
    """Return which pairs of rows are held out together, whatever the folds are called."""
    return place[:, None] == place


CAN_BE_CUT_ANEW = {
    "number": (5, None, None),
    "number, stratified": (5, CLASSES, None),
    "number, grouped": (5, None, GROUPS),
    "number, both": (5, CLASSES, GROUPS),
    "numpy number": (np.int64(3), None, None),
    "KFold": (KFold(5, shuffle=True, random_state=3), None, None),
    "KFold without a state": (KFold(5, shuffle=True), None, None),
    "StratifiedKFold": (StratifiedKFold(5, shuffle=True, random_state=3), CLASSES, None),
    "GroupKFold": (GroupKFold(5, shuffle=True, random_state=3), None, GROUPS),
}


@pytest.mark.parametrize("what", CAN_BE_CUT_ANEW)
def test_every_further_cut_holds_every_row_out_once_with_other_rows(what):
    cuts = cuts_of(*CAN_BE_CUT_ANEW[what])
    assert cuts.cuts_anew
    first, second, third = (together(held_out(cuts, number)) for number in range(3))
    assert (first != second).any()
    assert (first != third).any()
    assert (second != third).any()


@pytest.mark.parametrize("what", ["number, stratified", "number, both", "StratifiedKFold"])
def test_further_cuts_are_stratified_as_the_first(what):
    cuts = cuts_of(*CAN_BE_CUT_ANEW[what])
    for number in range(4):
        place = held_out(cuts, number)
        rare = np.bincount(place[CLASSES], minlength=cuts.n_folds)
        assert rare.max() - rare.min() <= (4 if "both" in what else 0)


@pytest.mark.parametrize("what", ["number, grouped", "number, both", "GroupKFold"])
def test_groups_stay_together_in_further_cuts(what):
    cuts = cuts_of(*CAN_BE_CUT_ANEW[what])
    for number in range(4):
        place = held_out(cuts, number)
        assert all(len(set(place[group == GROUPS])) == 1 for group in np.unique(GROUPS))


@given(st.integers(0, 2**31 - 1))
def test_the_same_random_state_cuts_alike_whatever_was_asked_before(random_state):
    straight, hopping = (cuts_of(5, CLASSES, None, random_state) for _ in range(2))
    for fold in (22, 7, 22, 12):
        hopping[fold]
    for fold in (*range(5), 7, 12, 22):
        one, other = straight[fold], hopping[fold]
        for name in ("training", "measured", "validation", "blocks"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


def test_another_random_state_cuts_otherwise():
    one, other = (held_out(cuts_of(5, random_state=state), 1) for state in (0, 1))
    assert (together(one) != together(other)).any()


def test_the_splitter_that_was_given_is_left_as_it_was():
    cv = KFold(5, shuffle=True, random_state=3)
    held_out(cuts_of(cv), 2)
    assert cv.random_state == 3


PAIRS = [(np.arange(30, 60), np.arange(30)), (np.arange(30), np.arange(30, 60))]
CANNOT = {
    "pairs": (PAIRS, None, None),
    "PredefinedSplit": (PredefinedSplit(np.arange(N_ROWS) % 3), None, None),
    "LeaveOneGroupOut": (LeaveOneGroupOut(), None, np.arange(N_ROWS) // 20),
    "KFold without shuffling": (KFold(5), None, None),
    "ShuffleSplit": (ShuffleSplit(4, test_size=0.3, random_state=0), None, None),
    "RepeatedKFold": (RepeatedKFold(n_splits=5, n_repeats=2, random_state=0), None, None),
    "folds in the order of time": (TimeSeriesSplit(4), None, None),
}


@pytest.mark.parametrize("what", CANNOT)
def test_folds_that_are_given_come_again(what):
    cuts = cuts_of(*CANNOT[what])
    assert not cuts.cuts_anew
    for fold in range(cuts.n_folds):
        for number in (1, 2):
            again = cuts[number * cuts.n_folds + fold]
            np.testing.assert_array_equal(again.training, cuts[fold].training)
            np.testing.assert_array_equal(again.validation, cuts[fold].validation)


@pytest.mark.parametrize(
    ("cv", "n_given"),
    [
        (5, 1),
        (RepeatedKFold(n_splits=5, n_repeats=3, random_state=0), 3),
        # Some rows are held out twice and some never: that makes no whole cross-validations.
        (ShuffleSplit(4, test_size=0.3, random_state=0), 1),
        (TimeSeriesSplit(4), 1),
    ],
)
def test_it_is_known_how_often_the_surface_holds_out_its_rows(cv, n_given):
    assert cuts_of(cv).n_given == n_given


def test_the_folds_of_the_surface_come_first_and_alone_when_iterated():
    cuts = cuts_of(5)
    assert list(cuts) == [0, 1, 2, 3, 4]
    assert len(cuts) == cuts.n_folds == 5
    np.testing.assert_array_equal(cuts.training(8), cuts[8].training)
