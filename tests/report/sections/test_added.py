"""Sections that other parts of the program fill: each is there with its figures, or left out."""

import pytest

from dropdecay.report.numbers import MINUS
from dropdecay.report.sections.columns import dependence_of, importance_of, told_apart
from dropdecay.report.sections.mistakes import confusion_of, odd_rows_of, ranking_of
from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.table import table_of
from dropdecay.report.sections.trust import trust_of
from tests.report.everything import ADDED, CALIBRATION, CLASSES, MISTAKES, VALUES
from tests.report.worlds import bowl, grid, results_at, summary_of


def run_at(task="classification", **more):
    squared = {"loss_name": "mean squared error", "score_name": "r2"}
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2),
                         attrs=squared if task == "regression" else None)  # fmt: skip
    return run_of(results, {**summary_of(results, task=task), **more})


@pytest.mark.parametrize("value", [{}, None])
def test_what_a_run_does_not_have_is_left_out(value):
    run = run_at(**({} if value == {} else dict.fromkeys(ADDED)))
    for section in (trust_of, importance_of, dependence_of, confusion_of, ranking_of, odd_rows_of):
        assert section(run) is None


def test_of_two_classes_calibration_is_that_of_the_last_with_larger_dots_for_more_rows():
    trust = trust_of(run_at(**ADDED))
    assert "benign" in trust.picture.caption
    bins = CALIBRATION["outputs"][-1]["bins"]
    assert len(trust.picture.dots) == len(bins)
    sizes = [dot.size for dot in trust.picture.dots]
    assert sizes.index(max(sizes)) == max(range(len(bins)), key=lambda k: bins[k]["rows"])
    assert trust.sentence.endswith("Sets of 90 % hold 1.1 classes.")


def test_of_many_classes_all_are_drawn_without_bars():
    many = {**CALIBRATION, "outputs": CALIBRATION["outputs"] * 3}
    trust = trust_of(run_at(calibration=many))
    assert len(trust.picture.dots) == 6 * 8
    assert not [shape for shape in trust.picture.shapes if shape.kind == "err"]


def test_values_are_drawn_against_the_truth_one_dot_a_row():
    trust = trust_of(run_at("regression", values=VALUES))
    (cloud,) = [shape for shape in trust.picture.shapes if shape.kind == "cloud"]
    assert cloud.d.count("M") == 300
    assert trust.picture.title_x == "true y"


def test_ten_columns_are_shown_and_all_are_in_the_csv():
    importance = importance_of(run_at(**ADDED))
    assert len(importance.columns) == 10
    assert importance.csv.count("%0A") == 13
    widths = [column.end for column in importance.columns]
    assert widths == sorted(widths, reverse=True)


def test_predictions_follow_numbers_as_lines_and_names_as_dots():
    plots = dependence_of(run_at(**ADDED)).plots
    assert [bool(plot.dots) for plot in plots] == [False, False, True]
    # Each name stands beside its dot: below the plot there is room for few.
    assert [label.text for label in plots[2].ticks_y] == ["left", "right", "both"]
    assert [dot.y for dot in plots[2].dots] == [label.at for label in plots[2].ticks_y]


def test_mistakes_are_darker_the_more_they_are_and_what_is_right_has_no_shade():
    rows = confusion_of(run_at(**ADDED)).rows
    assert rows == ((("205", 0, True), ("7", 3, False)), (("1", 1, False), ("356", 0, True)))


def test_of_many_classes_the_pairs_most_often_confused_are_listed():
    n = 20
    counts = [[5 if i == j else (i == 3 and j == 4) * 9 for j in range(n)] for i in range(n)]
    many = {**MISTAKES, "classes": [f"c{k}" for k in range(n)], "counts": counts}
    found = confusion_of(run_at(mistakes=many))
    assert (found.rows, found.pairs) == ((), (("c3", "c4", "9"),))


def test_the_hardest_class_is_named():
    assert ranking_of(run_at(**ADDED)).sentence.startswith("Area under the ROC curve 0.971")


def test_odd_rows_are_numbered_as_in_the_table():
    odd = odd_rows_of(run_at(**ADDED))
    assert odd.labels[0] == ("1,042", "benign", "malignant", "99\u00a0%")
    assert odd.hardest[0] == ("17", "malignant", "benign", "3.20")
    assert odd.file == "rows.csv"


def test_rows_of_a_regression_are_hard_by_the_root_of_their_loss():
    hardest = [{"row": 3, "loss": 4e10, "true": 500_001.0, "predicted": 300_001.0}]
    run = run_at("regression", odd_rows={**ADDED["odd_rows"], "hardest": hardest})
    assert odd_rows_of(run).hardest == (("3", "500,001", "300,001", "200,000"),)
    assert odd_rows_of(run).lost == "error"  # of a row, the root of its squared error


def test_classes_are_shown_by_their_share_and_many_are_summed():
    balance = table_of(run_at(**ADDED)).balance
    assert [each.name for each in balance] == CLASSES
    assert balance[0].text == "212 (37\u00a0%)"
    many = {**MISTAKES, "classes": [f"c{k}" for k in range(9)],
            "counts": [[k + 1 if i == k else 0 for i in range(9)] for k in range(9)]}  # fmt: skip
    balance = table_of(run_at(mistakes=many)).balance
    assert [each.name for each in balance] == ["c8", "c7", "c6", "c5", "c4", "4 others"]


def test_long_names_are_told_apart_by_what_follows_the_words_they_share():
    long = [f"mean_of_transactions_in_the_previous_{k}_months" for k in (1, 12, 120)]
    assert told_apart([*long, "age"]) == ["…1_months", "…12_months", "…120_months", "age"]
    assert told_apart(["left_arm", "left_leg"]) == ["left_arm", "left_leg"]
    assert told_apart(["average_income_1", "average_income_1", "b"]) == [
        "average_income_1", "average_income_1", "b",
    ]  # fmt: skip
    added = importance_of(run_at(**ADDED)).columns
    assert [each.short for each in added] == told_apart([each.name for each in added])


def test_figures_of_hard_rows_have_as_many_decimals_each():
    hardest = [
        {"row": 9, "loss": 9.4**2, "true": 9.37587, "predicted": -0.0250519},
        {"row": 4, "loss": 3.0, "true": -9.2569, "predicted": -0.001},
    ]
    run = run_at("regression", odd_rows={**ADDED["odd_rows"], "hardest": hardest})
    assert odd_rows_of(run).hardest == (
        ("9", "9.38", f"{MINUS}0.03", "9.40"), ("4", f"{MINUS}9.26", "0.00", "1.73"),
    )  # fmt: skip


def test_a_fold_that_the_first_sentence_names_is_not_named_again():
    odd = {
        **ADDED["odd_rows"],
        "folds": [{"sentence": "Fold 1 is hard."}, {"sentence": "So is 2."}],
    }
    odd["sentence"] = "No label looks wrong. Fold 1 is hard."
    assert odd_rows_of(run_at(odd_rows=odd)).folds == ("So is 2.",)
