"""Patients are found by their rows; cities and jobs, which only tell the target, are not."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.hidden_groups import hidden_groups
from tests.table.worlds_with_flaws import put, with_errors, world

TASKS = ("classification", "regression")


def found(table, target, task):
    return [
        each.column
        for each in hidden_groups(table, np.asarray(target), is_classes=task == "classification")
    ]


def visits(seed, task, *, n_patients=120, n_visits=5, moving=0.3):
    """Return patients who come several times, of whom all but a noise stays as it was."""
    rng = np.random.default_rng(seed)
    people, target = world(seed, task=task, n_rows=n_patients)
    patient = rng.permutation(np.repeat(np.arange(n_patients), n_visits))
    table = people.iloc[patient].reset_index(drop=True)
    for name in table:
        if table[name].dtype == np.float64:
            table[name] += moving * rng.normal(size=len(table))
    return table, np.asarray(target)[patient], patient


@pytest.mark.parametrize("form", ["P{:04d}", "number"])
@pytest.mark.parametrize("share", [0.01, 0.2])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_patients_are_found_under_any_name(seed, task, share, form):
    table, target, patient = visits(seed, task)
    codes = np.random.default_rng(seed).permutation(900)[patient]
    values = codes.astype(float) if form == "number" else pd.Categorical(
        [form.format(each) for each in codes]
    )  # fmt: skip
    table, name = put(table, values, seed)

    assert found(table, with_errors(target, share, seed), task) == [name]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_users_of_changing_features_are_found_by_the_name(seed, task):
    rng = np.random.default_rng(seed)
    table, noise = world(seed, task="regression")
    users = rng.integers(0, 100, 600)
    target = noise + 2 * np.std(noise) * rng.normal(size=100)[users]
    table["user_id"] = users.astype(float)

    assert found(table, target if task == "regression" else target > 0, task) == ["user_id"]


@pytest.mark.parametrize("n_values", [25, 60, 150])
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_a_city_that_tells_the_target_is_no_group(seed, task, n_values):
    rng = np.random.default_rng(seed)
    table, noise = world(seed, task="regression")
    city = rng.integers(0, n_values, 600)
    target = noise + 2 * np.std(noise) * rng.normal(size=n_values)[city]
    table["city"] = pd.Categorical([f"town {each}" for each in city])
    table["people"] = np.exp(rng.normal(size=n_values))[city]

    assert found(table, target if task == "regression" else target > 0, task) == []


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("seed", range(3))
def test_an_age_that_tells_the_target_is_no_group(seed, task):
    rng = np.random.default_rng(seed)
    table, noise = world(seed, task="regression")
    table["age"] = rng.integers(20, 80, 600).astype(float)
    target = noise + np.std(noise) * ((table["age"] - 50) / 8) ** 2
    target = target if task == "regression" else target > target.median()

    assert found(table, target, task) == []


@pytest.mark.parametrize("task", TASKS)
def test_patients_whose_targets_have_nothing_in_common_are_no_matter(task):
    table, target, patient = visits(0, task)
    table["patient"] = patient.astype(float)

    assert found(table, np.random.default_rng(0).permutation(target), task) == []


def test_the_finding_makes_the_answer_worthless_and_names_the_option():
    table, target, patient = visits(1, "classification")
    table["who"] = patient.astype(float)

    (finding,) = hidden_groups(table, target, is_classes=True)

    assert finding.grave
    assert finding.option == "--group who"
    assert "Rows of one 'who' (120 values in 600 rows) share the target" in finding.sentence
