import numpy as np
import pytest
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut, ShuffleSplit

from dropdecay.data.folds import check_groups, check_weights, make_folds
from dropdecay.errors import BadInput, BadSetting

LABELS = np.repeat(["a", "b"], [40, 10])
ROWS = np.arange(50)


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


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ([40, 10], r"Class 'b' has 10 rows, fewer than .* Merge .* or use cv=10\."),
        ([20, 3, 1], r"Class 'b' has 3 rows, 'c' has 1 row, .* Merge or leave out such classes\."),
        ([20, 1, 1, 1, 1, 1], "'d' has 1 row and 2 more classes are as rare, fewer than the 11"),
    ],
)
def test_rare_classes_are_named_all_at_once_with_what_to_do(counts, said):
    labels = np.repeat(list("abcdef")[: len(counts)], counts)
    with pytest.raises(BadInput, match=said):
        make_folds(labels.size, labels, 11, None, 0)


def test_rare_ratings_may_be_a_regression():
    labels = np.repeat(np.arange(1, 11), [2, *[10] * 9])
    with pytest.raises(BadInput) as caught:
        make_folds(92, labels, 5, None, 0)
    assert str(caught.value) == (
        "Class '1' has 2 rows, fewer than the 5 folds, and every fold needs every class. Merge or "
        "leave out such classes, or use cv=2, or, if the numbers are ratings or amounts, use a "
        "regressor."
    )
    assert caught.value.spelled(lambda one: f"<{one.name} {one.value}>").endswith(
        "or use <cv 2>, or, if the numbers are ratings or amounts, use <task regression>."
    )


@pytest.mark.parametrize("form", [list, tuple, iter, np.array])
def test_folds_may_be_masks(form):
    held_out = [fold == ROWS % 5 for fold in np.arange(5)]
    masks = [(~each, each) for each in held_out]
    folds = make_folds(50, LABELS, form(masks), None, 0)
    assert [validation.tolist() for _, validation in folds] == [
        np.flatnonzero(mask).tolist() for _, mask in masks
    ]
    assert all(part.dtype == np.int64 for fold in folds for part in fold)


@pytest.mark.parametrize(
    ("cv", "said"),
    [
        ([(ROWS, ROWS[:9])], r"Fold 0 trains on rows that it holds out, such as row 0 \(9 in all"),
        ([(ROWS[9:], ROWS[:9]), (ROWS, ROWS[:0])], "Fold 1 has no training rows or no validation"),
        ([(ROWS[9:], ROWS[[1, 2, 1]])], "Fold 0 holds out row 1 more than once"),
        ([(ROWS[:9], ROWS[9:] + 1)], "Fold 0 names row 50, but the 50 rows are 0 to 49"),
        ([(ROWS[:9], ROWS[9:] - 50)], "Fold 0 names row -41, but"),
        ([(ROWS[:9] * 1.0, ROWS[9:])], r"Fold 0 has float64 of shape \(9,\)"),
        ([(ROWS[:9] < 4, ROWS[9:] > 4)], r"masks of as many .* \(50\). Fold 0 has bool"),
        ([(ROWS[:9, None], ROWS[9:, None])], r"int64 of shape \(9, 1\)"),
        ([([[1], [1, 2]], ROWS[9:])], "cv must give row numbers"),
        ([ROWS, ROWS], "its fold 0 is no pair"),
        ([(ROWS[:9], ROWS[9:], ROWS)], "its fold 0 is no pair"),
        ({1, 2}, "its fold 0 is no pair"),
        ([], "cv gives no folds. A generator does so once only"),
        (KFold(60), r"cv \(KFold\) cannot split these rows: Cannot have number of splits"),
        (GroupKFold(3), r"cv \(GroupKFold\) cannot split these rows: The 'groups' parameter"),
    ],
)
def test_folds_that_cannot_be_trained_are_one_clear_line(cv, said):
    with pytest.raises(BadInput, match=said) as caught:
        make_folds(50, LABELS, cv, None, 0)
    assert "\n" not in str(caught.value)


def test_a_generator_gives_its_folds_once():
    cv = (fold for fold in KFold(5).split(ROWS))
    assert len(make_folds(50, None, cv, None, 0)) == 5
    with pytest.raises(BadInput, match="cv gives no folds"):
        make_folds(50, None, cv, None, 0)


@pytest.mark.parametrize(
    ("labels", "groups", "message"),
    [(None, None, "60 folds need at least 60 rows"), (None, np.arange(50) % 3, "3 groups")],
)
def test_too_few_rows_or_groups_are_rejected(labels, groups, message):
    with pytest.raises(BadInput, match=message):
        make_folds(50, labels, 60 if groups is None else 5, groups, 0)


@pytest.mark.parametrize("cv", [1, 2.5, "five", None, True, {0: (ROWS[:9], ROWS[9:])}])
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
