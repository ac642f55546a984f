"""A column that holds the target, with errors too, is named; a strong honest one is not."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_iris, load_wine

from dropdecay.table.leaks import leaks
from dropdecay.table.sample import sample_of
from tests.table.worlds_with_flaws import put, sampled, with_errors, world

TASKS = ("classification", "regression")


def named(table, target, task="classification"):
    return [each.column for each in leaks(sampled(table, target, task))]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_a_copy_of_the_classes_is_named(share, seed):
    table, target = world(seed, n_classes=2 + seed % 3, noise=2.5)
    codes = {f"class {i}": i * 7.0 for i in range(4)}
    table, name = put(table, pd.Series(with_errors(target, share, seed)).map(codes), seed)

    assert named(table, target) == [name]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.1, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_another_form_of_the_target_is_named(share, seed):
    table, target = world(seed, task="regression", noise=2.5)
    table, name = put(table, np.exp(-with_errors(target, share, seed) / 3), seed)

    assert named(table, target, "regression") == [name]


@pytest.mark.parametrize("seed", range(4))
def test_the_quantity_behind_the_classes_is_named(seed):
    table, signal = world(seed, task="regression", noise=2.5)
    rng = np.random.default_rng(seed)
    measured = signal + 0.05 * signal.std() * rng.normal(size=len(signal))
    table, name = put(table, measured, seed)

    assert named(table, signal > np.median(signal)) == [name]


@pytest.mark.parametrize("seed", range(4))
def test_two_perfect_copies_are_both_named(seed):
    table, target = world(seed, noise=2.5)
    table["one"] = pd.Categorical(target)
    table["two"] = (target == "class 1") * 1.0

    assert named(table, target) == ["one", "two"]


@pytest.mark.parametrize("share", [0.05, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_two_copies_with_errors_do_not_excuse_each_other(share, seed):
    table, target = world(seed, noise=2.5)
    table["one"] = pd.Categorical(with_errors(target, share, seed))
    table["two"] = pd.Categorical(with_errors(target, share, seed + 50))

    assert named(table, target) == ["one", "two"]


def test_what_is_missing_where_the_target_is_no_is_named():
    table, target = world(0, noise=2.5)
    rng = np.random.default_rng(0)
    table["days until death"] = np.where(target == "class 1", rng.normal(size=len(target)), np.nan)

    assert named(table, target) == ["days until death"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5, 2.0, 10.0])
@pytest.mark.parametrize("seed", range(5))
def test_an_honest_table_has_no_leak(seed, noise, task):
    assert named(*world(seed, task=task, noise=noise), task) == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(5))
def test_one_column_that_leads_the_others_is_no_leak(seed, task):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(500, 4)), columns=list("abcd"))
    signal = 2 * table["a"] + table["b"] + rng.normal(size=500)

    assert named(table, signal if task == "regression" else signal > 0, task) == []


@pytest.mark.parametrize("n_rows", [160, 200, 300, 500])
@pytest.mark.parametrize("noise", [0.3, 0.6, 1.0])
def test_the_only_column_that_matters_is_no_leak_in_few_rows_either(n_rows, noise):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        table = pd.DataFrame(rng.normal(size=(n_rows, 6)), columns=list("abcdef"))
        target = np.where(table["c"] + noise * rng.normal(size=n_rows) > 0, "yes", "no")

        assert named(table, target) == []


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_a_copy_that_is_measured_is_named_from_400_rows_on(share):
    rng = np.random.default_rng(1)
    table, target = world(1, noise=2.5)
    codes = with_errors((target == "class 1") * 4.0, share, 1)
    table, name = put(table, codes + 0.3 * rng.normal(size=len(table)), 1)

    assert named(table, target) == [name]


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer, load_wine])
def test_columns_that_are_strong_by_nature_are_no_leaks(load):
    table, target = load(return_X_y=True, as_frame=True)

    assert named(table, target) == []


def test_a_leak_says_how_strong_it_is_and_how_to_leave_it_out():
    table, target = world(1, noise=2.5)
    table["copy"] = pd.Categorical(target)

    (finding,) = leaks(sampled(table, target))

    assert finding.grave
    assert finding.option == "--drop copy"
    assert "column 'copy' alone reaches a balanced accuracy of 1.00, all others" in finding.sentence


def test_few_rows_or_columns_tell_no_leak():
    table, target = world(1, n_rows=30, noise=2.5)
    table["copy"] = pd.Categorical(target)

    assert named(table, target) == []
    assert named(table[["copy", "c1"]], target) == []


def in_periods(seed=0):
    """Return a table of forty months, each of one class, with the month; and folds in time."""
    table, target = world(seed, n_rows=1200, noise=2.5)
    month = np.repeat(np.arange(40), 30)
    target = np.where(np.random.default_rng(seed).random(40) < 0.5, "up", "down")[month]
    table["month"] = month.astype(float)
    rows = np.arange(len(table))
    blocks = np.array_split(rows[600:], 5)
    return table, target, [(rows[block[0] - 600 : block[0]], block) for block in blocks]


def test_leaks_are_those_on_the_folds_of_the_user():
    table, target, in_time = in_periods()
    given = sample_of(table, target, is_classes=True, together=None, folds=in_time)
    ours = sample_of(table, target, is_classes=True, together=None)

    # No month comes again: later ones are told by none of those before.
    assert [each.column for each in leaks(ours)] == ["month"]
    assert leaks(given) == ()
    np.testing.assert_array_equal(np.flatnonzero(given.judged), np.arange(600, 1200))


def test_a_copy_is_named_on_the_folds_of_the_user_too():
    table, target, in_time = in_periods()
    table, name = put(table, pd.Categorical(with_errors(target, 0.02, 0)), 0)
    sample = sample_of(table, target, is_classes=True, together=None, folds=in_time)

    assert [each.column for each in leaks(sample)] == [name]


def test_too_many_folds_of_the_user_hold_out_too_little_to_judge():
    table, target, _ = in_periods()
    rows = np.arange(len(table))
    single = [(np.delete(rows, each), np.array([each])) for each in range(20)]

    sample = sample_of(table, target, is_classes=True, together=None, folds=single)

    assert sample.judged.all()
