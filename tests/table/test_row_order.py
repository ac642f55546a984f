"""Sorted rows do no harm; rows that resemble their neighbours do, in the order of rows or dates."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.row_order import row_order
from tests.table.worlds_with_flaws import world

TASKS = ("classification", "regression")


def found(table, target, task):
    findings = row_order(table, np.asarray(target), None, is_classes=task == "classification")
    return [each.code for each in findings]


def drifting(seed, task, n_rows=600, share=0.7):
    """Return a target that walks at random besides what the features tell."""
    rng = np.random.default_rng(seed)
    table, signal = world(seed, task="regression", n_rows=n_rows, noise=0.3)
    walk = np.zeros(n_rows)
    for row in range(1, n_rows):
        walk[row] = 0.95 * walk[row - 1] + rng.normal()
    target = (1 - share) * signal / signal.std() + share * walk / walk.std()
    return table, target if task == "regression" else np.where(target > 0, "up", "down")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(5))
def test_an_honest_order_says_nothing(seed, task):
    assert found(*world(seed, task=task), task) == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(5))
def test_sorted_rows_do_no_harm(seed, task):
    table, target = world(seed, task=task, n_classes=3)
    order = np.argsort(target)[:: 1 if seed % 2 else -1]

    findings = row_order(table.iloc[order], target[order], None,
                         is_classes=task == "classification")  # fmt: skip

    assert [each.code for each in findings] == ["sorted"]
    assert not findings[0].grave


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(5))
def test_a_target_that_drifts_over_the_rows_is_found(seed, task):
    assert found(*drifting(seed, task), task) == ["row-order"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_target_that_drifts_over_a_date_is_found_in_any_order_of_rows(seed, task):
    table, target = drifting(seed, task)
    rng = np.random.default_rng(seed)
    table["when"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(600), "D")
    order = rng.permutation(600)
    plain = table.iloc[order].drop(columns="when")

    findings = row_order(table.iloc[order], target[order], None,
                         is_classes=task == "classification")  # fmt: skip

    assert [each.option for each in findings] == ["--time when"]
    assert found(plain, target[order], task) == []


@pytest.mark.parametrize("task", TASKS)
def test_of_many_rows_some_blocks_are_looked_at(task):
    assert found(*drifting(0, task, n_rows=8000), task) == ["row-order"]
    assert found(*world(0, task=task, n_rows=8000), task) == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_features_that_drift_do_no_harm_where_they_tell_the_target(seed, task):
    rng = np.random.default_rng(seed)
    season = np.sin(np.arange(900) / 60) + 0.05 * rng.normal(size=900)
    table, _ = world(seed, n_rows=900)
    table["warmth"] = season
    target = 2 * season + rng.normal(size=900)
    assert found(table, target if task == "regression" else target > 0, task) == []


@pytest.mark.parametrize("task", TASKS)
def test_folds_that_leave_a_single_row_to_learn_from_are_no_error(task):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"seldom": [1.0] + [np.nan] * 59})
    target = rng.normal(size=60)
    together = np.array([0] + [1] * 59)  # equal rows, which one fold holds

    found = row_order(table, target if task == "regression" else target > 0, together,
                      is_classes=task == "classification")  # fmt: skip

    assert found == ()
