"""All that is found in a table, the gravest first, and in a few seconds."""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from dropdecay.table.decide import decide
from dropdecay.table.look import look
from tests.table.copies import with_copies
from tests.table.test_row_order import drifting
from tests.table.worlds_with_flaws import with_errors, world


def looked_at(table, target, task="classification", **options):
    typed = decide(table).reading.typed(table)
    return look(typed, pd.Series(target, name="y"), task, 5, **options)


@pytest.mark.parametrize("task", ["classification", "regression"])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_said_of_an_honest_table(seed, task):
    assert looked_at(*world(seed, task=task), task) == ()


def test_every_flaw_is_found_the_gravest_first():
    table, target = world(0, noise=2.5)
    table["again"] = target
    table["case"] = np.random.default_rng(1).permutation(600)
    table["town"] = np.random.default_rng(2).choice(["Ulm", "ULM", "Bonn"], 600)
    target = target.astype(object)
    target[:5] = None

    findings = looked_at(table, target)

    assert [each.code for each in findings] == [
        "missing-target", "leak", "row-names", "spellings",
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["{1}{0:05d}", "{0:05d}-{1}"])
@pytest.mark.parametrize("share", [0.0, 0.1])
def test_names_of_rows_that_tell_the_class_are_a_leak(share, form):
    table, target = world(0, noise=2.5)
    letters = np.where(with_errors(target, share, 0) == "class 1", "K", "M")
    numbers = np.random.default_rng(1).permutation(90_000)[:600]
    table["case"] = [form.format(*each) for each in zip(numbers, letters, strict=True)]

    findings = looked_at(table, target)

    assert [(each.code, each.column) for each in findings] == [("leak", "case")]
    assert findings[0].grave


def test_copies_that_we_part_are_grave_only_under_folds_of_the_user():
    table, shown = with_copies(world(0)[0], 0.1)
    target = world(0)[1][shown]

    (ours,), (theirs,) = looked_at(table, target), looked_at(table, target, cuts=False)

    assert (ours.code, ours.grave) == ("equal-rows", False)
    assert (theirs.code, theirs.grave) == ("equal-rows", True)


def test_a_date_that_explains_the_order_of_the_rows_is_named_alone():
    table, target = drifting(0, "regression")
    ordered = looked_at(table, target, "regression")
    table["when"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(600), "D")).astype(str)

    findings = looked_at(table, target, "regression")

    assert [each.code for each in ordered] == ["row-order"]
    assert [each.code for each in findings] == ["date-order-matters"]


def test_of_a_sparse_table_it_is_said_what_is_not_looked_at():
    (finding,) = look(csr_array(np.eye(20)), pd.Series([0, 1] * 10, name="y"), "classification", 5)

    assert finding.code == "sparse"


def test_small_and_odd_tables_can_be_looked_at():
    for n_rows in (2, 3, 10):
        table = pd.DataFrame(
            {"a": np.arange(n_rows) / 3, "b": ["x", "y"] * (n_rows // 2) + ["x"] * (n_rows % 2)}
        )
        for task in ("classification", "regression"):
            looked_at(table, np.arange(n_rows) % 2, task)
    gaps = pd.DataFrame({"a": [np.nan] * 50 + [1.0] * 50, "d": pd.date_range("2020", periods=100)})
    looked_at(gaps, np.arange(100) % 2)
    looked_at(gaps, [None] * 99 + ["a"])
    extreme = pd.DataFrame({"a": np.resize([1e300, -1e300, 1e-300, 5.0], 100), "b": range(100)})
    looked_at(extreme, np.arange(100) % 7 / 3, "regression")


def test_a_hundred_thousand_rows_of_a_hundred_columns_take_seconds():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(100_000, 80)), columns=[f"c{i}" for i in range(80)])
    for i in range(20):
        table[f"w{i}"] = pd.Categorical(rng.choice(list("abcdefgh"), 100_000))
    target = pd.Series(table["c0"] + rng.normal(size=100_000) > 0, name="y")
    began = time.process_time()

    look(table, target, "classification", 5)

    assert time.process_time() - began < 6


def test_a_date_whose_order_matters_is_no_leak_besides():
    rng = np.random.default_rng(0)
    table = world(0, task="regression")[0]
    table["when"] = (pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(600), "h")).astype(str)
    mixed = rng.permutation(600)

    findings = looked_at(
        table.iloc[mixed].reset_index(drop=True), rng.normal(size=600).cumsum()[mixed], "regression"
    )

    assert [(each.code, each.column) for each in findings] == [("date-order-matters", "when")]
