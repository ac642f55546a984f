"""A target with gaps, rare classes, an order or prices in it is spoken of."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.targets_seen import mostly_missing, target_findings

RNG = np.random.default_rng(0)


def found(values, task="classification", n_folds=5):
    return target_findings(pd.Series(values, name="y"), task, n_folds)


def codes(*args, **options):
    return [each.code for each in found(*args, **options)]


@pytest.mark.parametrize("nothing", [None, np.nan])
def test_a_missing_target_is_counted(nothing):
    (finding,) = found(["a", "b"] * 10 + [nothing] * 3)

    assert finding.sentence.startswith("Target 'y' is missing in 3 of 23 rows.")
    assert finding.option == "--drop-missing-target"
    assert finding.grave


def test_a_class_may_be_called_none_or_nil():
    assert found(["None", "nil", "Severe"] * 10) == ()


def test_classes_that_are_spelled_in_several_ways_are_told():
    (finding,) = found(["yes", "Yes", "no", "No"] * 10)

    assert finding.code == "spellings"
    assert finding.sentence == (
        "Target 'y' seems to spell the same in several ways: 'No' (10), 'no' (10); 'Yes' (10), "
        "'yes' (10)."
    )


def test_a_sign_before_a_number_tells_classes_apart():
    assert found(["c-1.0", "c1.0"] * 20) == ()


def test_a_class_with_fewer_rows_than_folds_is_named_with_what_would_do():
    (finding,) = found(["a"] * 20 + ["b"] * 20 + ["c"] * 3)

    assert finding.sentence == "Class 'c' (3) of 'y': fewer rows than 5 folds."
    assert finding.option == "--folds 3"


def test_many_rare_classes_are_counted():
    (finding,) = found([f"k{i}" for i in range(30)] + ["b"] * 20)

    assert "and 27 more of 'y'" in finding.sentence
    assert finding.option == ""


def test_ratings_have_an_order():
    ratings = RNG.choice(np.arange(1, 11), 500, p=np.arange(1, 11) / 55)

    assert codes(ratings) == ["ratings"]
    assert codes(ratings, task="regression") == []


@pytest.mark.parametrize(
    "values", [np.arange(500) % 10, np.arange(500) % 2, np.arange(500) % 3 * 7, [True, False] * 9]
)
def test_digits_and_codes_are_no_ratings(values):
    assert codes(values) == []


def test_prices_as_text_are_no_classes():
    (finding,) = found([f"${each:,}" for each in RNG.integers(1000, 90_000, 200)])

    assert finding.code == "numbers-as-classes"
    assert finding.option == "--task regression"


def test_a_column_missing_in_nearly_all_rows_is_named():
    table = pd.DataFrame({
        "a": np.where(np.arange(100) < 4, 1.0, np.nan),
        "b": np.where(np.arange(100) < 6, 1.0, np.nan),
    })  # fmt: skip

    (finding,) = mostly_missing(table)

    assert finding.sentence == "Column 'a' has no value in 96 of 100 rows."
