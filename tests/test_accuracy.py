"""The benchmark of accuracy: what it computes, what it measures again, and what it calls a win."""

import json

import numpy as np
import pandas as pd
import pytest

from benchmarks import accuracy_run
from benchmarks.accuracy import cells_of
from benchmarks.accuracy_contenders import CONTENDERS, fitted
from benchmarks.accuracy_rivals import as_rivals_take_it
from benchmarks.accuracy_run import calibration_error, known_rows, loss_of_constant, measure
from benchmarks.accuracy_summary import (
    by_cell,
    compare,
    frame_of,
    mean_and_error,
    mean_ranks,
    shared,
    verdict,
)
from benchmarks.accuracy_tables import Split, split_of
from dropdecay import MLPClassifierCV, MLPRegressorCV


def cells(**by_contender):
    """Return figures of two splits of each table, in the form of ``by_cell``."""
    n_tables = len(next(iter(by_contender.values()))) // 2
    index = pd.MultiIndex.from_product([range(n_tables), range(2)], names=["table", "split"])
    return pd.DataFrame(by_contender, index=index)


def test_the_calibration_error_is_that_of_guo_et_al_row_by_row():
    rng = np.random.default_rng(0)
    proba, y = rng.dirichlet(np.ones(3), 200), rng.integers(0, 3, 200)

    total = 0.0
    for low in range(15):
        inside = [
            row for row in range(200) if low / 15 <= proba[row].max() < (low + 1) / 15
        ]  # fmt: skip
        if inside:
            sure = np.mean([proba[row].max() for row in inside])
            right = np.mean([proba[row].argmax() == y[row] for row in inside])
            total += len(inside) / 200 * abs(sure - right)
    assert calibration_error(proba, y) == pytest.approx(total)


def test_probabilities_of_one_that_are_right_have_no_calibration_error():
    assert calibration_error(np.eye(2), np.array([0, 1])) == 0.0


def test_splits_are_the_same_each_time_disjoint_and_even_by_class(tmp_path):
    first, again, other = (split_of(tmp_path, "iris", number) for number in (0, 0, 1))

    pd.testing.assert_frame_equal(first.X_test, again.X_test)
    assert not first.X_test.index.equals(other.X_test.index)
    assert not set(first.X.index) & set(first.X_test.index)
    np.testing.assert_array_equal(np.bincount(first.y_test), [10, 10, 10])


def test_rivals_get_missing_categories_as_a_category_and_medians_of_the_training_rows_alone():
    split = Split(
        "made up", True, pd.DataFrame({"c": ["a", None], "x": [1.0, 3.0]}), np.array([0, 1]),
        pd.DataFrame({"c": ["b"], "x": [np.nan]}), np.array([0]),
    )  # fmt: skip

    imputed, kept = (as_rivals_take_it(split, impute=each) for each in (True, False))

    assert list(imputed.X["c"]) == ["a", "(missing)"]
    assert imputed.X_test["x"].item() == 2.0
    assert np.isnan(kept.X_test["x"].item())


@pytest.mark.parametrize("name", ["ours, tuned", "ours, tuned ensemble"])
@pytest.mark.parametrize(("n_rows", "minutes"), [(3000, 2), (3001, 10)])
def test_tuning_has_two_minutes_up_to_3000_rows_and_ten_above(monkeypatch, name, n_rows, minutes):
    table, y = pd.DataFrame({"x": np.arange(n_rows)}), np.arange(n_rows) % 2
    for kind in (MLPClassifierCV, MLPRegressorCV):
        monkeypatch.setattr(kind, "fit", lambda search, X, y: search)

    for is_classes in (True, False):
        split = Split("made up", is_classes, table, y, table, y)
        search = fitted(CONTENDERS[name], split, 7, 0.0)
        assert (search.budget, search.tune, search.random_state) == (60 * minutes, True, 7)
        assert search.n_ensemble == (5 if "ensemble" in name else 1)
        assert fitted(CONTENDERS["ours"], split, 7, 0.0).budget is None


def test_a_line_holds_the_figures_of_the_rows_held_back_and_the_versions(tmp_path):
    row = measure(tmp_path, "iris", 0, "linear", 0.0)

    assert row["rows"] == 120
    assert row["accuracy"] == row["balanced_accuracy"] > 0.8
    assert {"scikit-learn", "numpy"} <= set(row["versions"])
    json.dumps(row)


def test_the_line_that_an_interruption_cut_short_is_passed_over(tmp_path):
    file = tmp_path / "figures.jsonl"
    file.write_text('{"table": "iris"}\n{"table": "wi')

    assert list(known_rows(file)) == [{"table": "iris"}]
    assert accuracy_run.FILE.name == "accuracy.jsonl"


def test_contenders_for_unequal_classes_are_measured_there_alone():
    asked = list(cells_of(["iris", "kc1"], 1, ["linear", "ours, class weights"]))

    assert asked == [("iris", 0, "linear"), ("kc1", 0, "linear"), ("kc1", 0, "ours, class weights")]


@pytest.mark.parametrize(
    ("name", "table"), [("ours, temperature", "iris"), ("ours, part searched", "adult")]
)
def test_contenders_are_left_out_where_they_say_nothing(name, table):
    assert next(cells_of(["diabetes", "iris", "adult"], 1, [name]))[0] == table
    assert not list(cells_of(["diabetes"], 1, [name]))


@pytest.mark.parametrize("name", ["ours", "ours, none", "ours, threshold"])
def test_ours_have_only_parameters_that_exist(name):
    assert CONTENDERS[name].is_known


def test_ranks_are_of_means_over_splits_and_the_lowest_log_loss_is_first():
    figures = cells(ours=[0.1, 0.3, 0.5, 0.5], boosting=[0.15, 0.15, 0.6, 0.6])

    assert mean_ranks(figures, "log_loss").to_dict() == {"ours": 1.5, "boosting": 1.5}
    assert mean_ranks(figures.iloc[2:], "log_loss").to_dict() == {"ours": 1.0, "boosting": 2.0}
    assert mean_ranks(figures.iloc[2:], "accuracy").to_dict() == {"ours": 2.0, "boosting": 1.0}


def test_contenders_with_few_splits_are_in_no_common_mean_and_take_none_away():
    figures = cells(
        ours=[0.1, 0.1, 0.1, 0.1],
        linear=[0.2, 0.2, 0.2, np.nan],
        TabM=[0.1, np.nan, np.nan, np.nan],
    )

    common = shared(figures)

    assert list(common) == ["ours", "linear"]
    assert len(common) == 3


def test_a_difference_counts_on_a_table_beyond_two_corrected_errors():
    gains = np.array([0.9, 1.1])
    error = np.sqrt(gains.var(ddof=1) * (1 / 2 + 0.25))
    assert error == pytest.approx(0.1225, abs=1e-4)

    assert verdict(gains) == 1
    assert verdict(-gains) == -1
    assert verdict(gains - 1.0 + 1.9 * error) == 0
    assert verdict(gains - 1.0 + 2.1 * error) == 1
    assert verdict(gains[:1]) == 0


def test_losses_count_as_shares_of_the_constant_s_and_better_is_positive():
    lines = [
        {"table": table, "split": split, "contender": name, "log_loss": loss, "constant": constant,
         "versions": {}}
        for table, constant in (("iris", 1.0), ("wine", 0.5)) for split in range(2)
        for name, loss in (("ours", 0.09), ("linear", 0.1))
    ]  # fmt: skip
    figures = by_cell(frame_of(lines), "log_loss_share")

    found = compare(figures, "log_loss_share", "linear")

    assert found.mean == pytest.approx((0.01 + 0.02) / 2)
    half = 12.706 * 0.005  # of Student's t with one degree of freedom
    assert found.lower == pytest.approx(0.015 - half, abs=1e-4)
    assert found.upper == pytest.approx(0.015 + half, abs=1e-4)
    assert (found.wins, found.ties, found.losses, found.n_tables) == (2, 0, 0, 2)
    other = compare(figures, "balanced_accuracy", "linear")
    assert other.mean == pytest.approx(-0.015)
    assert (other.wins, other.ties, other.losses) == (0, 0, 2)


def test_the_loss_of_the_constant_is_that_of_the_shares_of_the_training_rows():
    none = pd.DataFrame()
    classes = Split("", True, none, np.array([0, 0, 0, 1]), none, np.array([0, 1]))
    values = Split("", False, none, np.array([1.0, 3.0]), none, np.array([2.0, 6.0]))

    assert loss_of_constant(classes) == pytest.approx(-np.log(0.75) / 2 - np.log(0.25) / 2)
    assert loss_of_constant(values) == pytest.approx(np.sqrt((0 + 16) / 2))


def test_errors_are_over_the_splits_of_each_table_and_none_with_a_single_split():
    figures = cells(ours=[0.1, 0.3, 0.5, 0.5])

    mean, error = mean_and_error(figures)

    assert mean["ours"] == pytest.approx(0.35)
    assert error["ours"] == pytest.approx(np.sqrt(0.02 / 2) / 2)
    assert np.isnan(mean_and_error(figures.iloc[:3])[1]["ours"])
