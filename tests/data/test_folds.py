import numpy as np
import pytest
from sklearn.model_selection import LeaveOneGroupOut, ShuffleSplit

from dropdecay.data.folds import check_groups, check_weights, make_folds
from dropdecay.errors import BadInput, BadSetting

LABELS = np.repeat(["a", "b"], [40, 10])


def test_an_int_gives_stratified_shuffled_folds_that_hold_each_row_out_once():
    folds = make_folds(50, LABELS, 5, None, 0)
    held_out = np.concatenate([validation for _, validation in folds])
    assert sorted(held_out) == list(range(50))
    for training, validation in folds:
        assert (LABELS[validation] == "b").sum() == 2
        assert not np.isin(training, validation).any()


def test_without_classes_rows_are_shuffled():
    (_, first), *_ = make_folds(50, None, 5, None, 0)
    assert first.tolist() != list(range(10))


@pytest.mark.parametrize("labels", [LABELS, None])
def test_a_group_is_never_on_both_sides(labels):
    groups = np.arange(50) % 10
    for training, validation in make_folds(50, labels, 5, groups, 0):
        assert not np.isin(groups[training], groups[validation]).any()


def test_the_same_random_state_gives_the_same_folds():
    one, same, other = (make_folds(50, LABELS, 5, None, seed) for seed in (0, 0, 1))
    assert all((a[1] == b[1]).all() for a, b in zip(one, same, strict=True))
    assert any((a[1] != b[1]).any() for a, b in zip(one, other, strict=True))


def test_any_splitter_and_any_list_of_folds_is_accepted():
    assert len(make_folds(50, LABELS, ShuffleSplit(3, random_state=0), None, 0)) == 3
    assert len(make_folds(50, None, LeaveOneGroupOut(), np.arange(50) % 4, 0)) == 4
    own = [(np.arange(40), np.arange(40, 50)), (np.arange(10, 50), np.arange(10))]
    folds = make_folds(50, LABELS, own, None, 0)
    assert [validation.tolist() for _, validation in folds] == [v.tolist() for _, v in own]


def test_too_few_rows_of_a_class_are_rejected_with_its_name_and_count():
    with pytest.raises(BadInput, match="Class 'b' has 10 rows, fewer than the 11 folds"):
        make_folds(50, LABELS, 11, None, 0)


@pytest.mark.parametrize(
    ("labels", "groups", "message"),
    [(None, None, "60 folds need at least 60 rows"), (None, np.arange(50) % 3, "3 groups")],
)
def test_too_few_rows_or_groups_are_rejected(labels, groups, message):
    with pytest.raises(BadInput, match=message):
        make_folds(50, labels, 60 if groups is None else 5, groups, 0)


@pytest.mark.parametrize("cv", [1, 2.5, "five", None, True])
def test_an_invalid_cv_is_rejected(cv):
    with pytest.raises(BadSetting):
        make_folds(50, None, cv, None, 0)


def test_a_class_name_with_a_line_break_is_shown_on_one_line():
    with pytest.raises(
        BadInput, match=r"Class 'b\\nc' has 1 row, fewer than the 2 folds"
    ) as caught:
        make_folds(5, np.array(["a"] * 4 + ["b\nc"]), 2, None, 0)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (np.arange(10), r"one group per row: 50\. It has shape \(10,\)"),
        (["a", None] * 25, "25 rows have no group"),
        ([np.nan] + ["a"] * 49, "1 row has no group"),
    ],
)
def test_groups_that_do_not_fit_the_rows_are_rejected(groups, message):
    with pytest.raises(BadInput, match=message):
        check_groups(np.array(groups, object), 50)


def test_groups_may_come_as_a_column():
    assert check_groups(np.arange(50).reshape(-1, 1), 50).shape == (50,)


@pytest.mark.parametrize(
    ("part", "rows"), [("validation", slice(0, 20)), ("training", slice(20, 50))]
)
def test_a_fold_in_which_no_row_has_any_weight_is_rejected(part, rows):
    weights = np.ones(50, np.float32)
    weights[rows] = 0.0
    folds = [(np.arange(20, 50), np.arange(20))]
    with pytest.raises(BadInput, match=f"All {part} rows of fold 0 have weight 0"):
        check_weights(folds, weights)
    weights[rows.start] = 1.0
    check_weights(folds, weights)
    check_weights(folds, None)
