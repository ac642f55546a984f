"""Copies of rows are counted and kept in one fold; rows that are equal by chance are not."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.equal_rows import equal_row_findings, equal_rows
from tests.table.copies import measured, with_copies


def classes_of(n_rows, seed=1):
    return np.random.default_rng(seed).integers(0, 2, n_rows)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 1.0])
@pytest.mark.parametrize("seed", range(5))
def test_copies_are_kept_together(share, seed):
    table, shown = with_copies(measured(seed=seed), share, seed)

    found = equal_rows(table, 5, classes_of(400)[shown])

    assert found.kept
    assert found.n_equal == len(shown) - len(np.unique(shown))
    same = found.groups[:, None] == found.groups
    np.testing.assert_array_equal(same, shown[:, None] == shown)


@pytest.mark.parametrize("seed", range(5))
def test_copies_among_words_are_kept_together(seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({f"c{i}": pd.Categorical(rng.choice(list("abc"), 500)) for i in range(15)})

    assert equal_rows(with_copies(table, 0.05, seed)[0], 5, None).kept


def test_a_table_without_equal_rows_has_no_groups():
    found = equal_rows(measured(), 5, None)

    assert found.groups is None
    assert not found.n_equal
    assert equal_row_findings(found, np.zeros(400), is_classes=True) == ()


def words(n_rows, n_columns, n_values, rng, skew=1.0):
    chances = np.arange(1, n_values + 1) ** -skew
    return pd.DataFrame({
        f"c{i}": pd.Categorical(rng.choice(n_values, n_rows, p=chances / chances.sum()))
        for i in range(n_columns)
    })  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("skew", [0.0, 1.0, 6.0])
@pytest.mark.parametrize(("n_columns", "n_values"), [(1, 30), (2, 15), (3, 2), (5, 4), (8, 2)])
def test_rows_of_few_columns_of_few_values_are_equal_by_chance(n_columns, n_values, skew, seed):
    rng = np.random.default_rng(seed)

    found = equal_rows(words(1000, n_columns, n_values, rng, skew), 5, None)

    assert found.n_equal
    assert found.groups is None
    assert "by chance" in found.sentence


@pytest.mark.parametrize("seed", range(5))
def test_columns_that_depend_on_each_other_are_equal_by_chance_too(seed):
    rng = np.random.default_rng(seed)
    visits, age = rng.poisson(4, 800).clip(0, 12), rng.integers(20, 60, 800)
    table = pd.DataFrame({"visits": visits, "paid": 250 * visits, "age": age, "decade": age // 10})

    assert not equal_rows(table.astype(float), 5, None).kept


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_follow_one_hidden_quantity_are_equal_by_chance(seed):
    rng = np.random.default_rng(seed)
    hidden = rng.normal(size=(1000, 1))
    table = pd.DataFrame(1.0 * (hidden + 0.5 * rng.normal(size=(1000, 20)) > 0))

    assert not equal_rows(table.rename(columns=str), 5, None).kept


@pytest.mark.parametrize("seed", range(5))
def test_rows_of_a_kind_that_is_common_are_equal_by_chance(seed):
    rng = np.random.default_rng(seed)
    first = rng.random(700) < 0.5
    recent, visits = rng.integers(1, 13, 700), np.where(first, 1, rng.poisson(6, 700) + 2)
    since = np.where(first, recent, recent + rng.integers(1, 60, 700))
    table = pd.DataFrame({"recent": recent, "visits": visits, "paid": 250 * visits, "since": since})
    came_again = rng.random(700) < 0.2 + 0.5 * (recent < 5)

    assert not equal_rows(table.astype(float), 5, came_again).kept


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_very_many_equal_hide_no_chance(seed):
    rng = np.random.default_rng(seed)
    first = rng.random(700) < 0.6
    recent, visits = rng.integers(1, 7, 700), np.where(first, 1, rng.poisson(6, 700) + 2)
    since = np.where(first, recent, recent + rng.integers(1, 40, 700))
    table = pd.DataFrame({"recent": recent, "visits": visits, "since": since}).astype(float)

    assert not equal_rows(table, 5, None).kept


@pytest.mark.parametrize("seed", range(5))
def test_equal_rows_whose_classes_have_nothing_in_common_are_no_copies(seed):
    table, shown = with_copies(measured(1000, seed), 0.2, seed)

    assert not equal_rows(table, 5, classes_of(len(table), seed)).kept
    assert equal_rows(table, 5, classes_of(1000, seed)[shown]).kept


@pytest.mark.parametrize("seed", range(5))
def test_copies_are_found_beside_a_row_that_is_common_by_nature(seed):
    rng = np.random.default_rng(seed)
    table, _ = with_copies(measured(seed=seed), 0.1, seed)
    common = table.iloc[[int(rng.integers(len(table)))] * 25]

    assert equal_rows(pd.concat([table, common], ignore_index=True), 5, None).kept


def test_zero_is_one_value_and_so_is_missing():
    table = pd.DataFrame({"a": [0.0, -0.0, 1.5, np.nan, np.nan], "b": [1.25, 1.25, 2.5, 3.5, 3.5]})

    assert equal_rows(table, 2, None).n_equal == 2


def test_a_class_of_too_few_different_rows_is_not_kept_together():
    table, _ = with_copies(measured(), 0.1)
    rare = table.iloc[[0] * 10]
    labels = np.repeat([0, 1], [len(table), 10])

    found = equal_rows(pd.concat([table, rare], ignore_index=True), 5, labels)

    assert found.groups is None
    assert "a class has fewer different rows than the 5 folds" in found.sentence


def test_equal_rows_join_the_groups_of_the_user():
    table, shown = with_copies(measured(), 0.05)
    patients = np.arange(len(table)) // 3

    groups = equal_rows(table, 5, None, patients).groups

    for row in range(len(table)):
        assert len(set(groups[patients == patients[row]])) == 1
        assert len(set(groups[shown == shown[row]])) == 1


def test_groups_stay_as_they_are_where_equal_rows_would_join_nearly_all():
    table, _ = with_copies(measured(), 1.0)
    shops = np.arange(len(table)) % 10

    found = equal_rows(table, 5, None, shops)

    assert found.groups is shops
    assert "nearly all groups share equal rows" in found.sentence


def test_the_least_log_loss_is_that_of_the_shares_among_equal_rows():
    table = measured(10).iloc[[0, 0, 0, 0, *range(1, 10)]].reset_index(drop=True)
    target = np.array(["no"] * 3 + ["yes"] + ["no"] * 9)

    found = equal_rows(table, 2, None)
    _, finding = equal_row_findings(found, target, is_classes=True)

    floor = -(3 * np.log(0.75) + np.log(0.25)) / 13
    assert finding.code == "contradictions"
    assert "4 rows of 13 share" in finding.sentence
    assert f"below {floor:.3g}" in finding.sentence


def test_the_least_squared_error_is_the_spread_among_equal_rows():
    table = measured(10).iloc[[0, 0, *range(1, 10)]].reset_index(drop=True)
    target = np.array([1.0, 3.0, *[5.0] * 9])

    _, finding = equal_row_findings(equal_rows(table, 2, None), target, is_classes=False)

    assert f"squared error on these rows is below {2 / 11:.3g}" in finding.sentence


def test_copies_with_the_same_target_do_not_contradict():
    table, shown = with_copies(measured(), 0.2)

    findings = equal_row_findings(equal_rows(table, 5, None), shown, is_classes=False)

    assert [each.code for each in findings] == ["equal-rows"]


def test_copies_that_the_users_own_folds_may_part_make_the_answer_worthless():
    table, shown = with_copies(measured(), 0.2)
    found = equal_rows(table, 5, None)

    ours, theirs = (
        equal_row_findings(found, shown, is_classes=False, cuts=cuts)[0] for cuts in (True, False)
    )

    assert not ours.grave
    assert "Folds keep equal rows together" in ours.sentence
    assert theirs.grave
    assert "your folds may part them" in theirs.sentence
