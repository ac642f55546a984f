from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.tuned import tuned_of
from tests.report.worlds import bowl, grid, results_at, summary_of

STEP = {
    "parameter": "mixup", "values": ["0", "0.2", "1"], "losses": [0.5, 0.48, None],
    "n_folds": [5, 5, 3], "taken": "0.2", "gain": 0.02, "standard_error": 0.004,
    "flattery": 0.0, "after_surface": True,
}  # fmt: skip


def tuned_at(*steps):
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    tuning = {"sentence": "", "params": {}, "flattery": 0.0, "is_complete": True,
              "steps": list(steps)}  # fmt: skip
    return tuned_of(run_of(results, {**summary_of(results), "tuning": tuning}))


def test_a_row_says_what_was_tried_what_it_brought_and_what_stayed():
    found = tuned_at(STEP)
    (row,) = found.rows
    told = [each.replace("\u00a0", " ") for each in
            (row.name, row.when, row.before, row.tried, row.taken, row.gain)]  # fmt: skip
    assert told == ["mixup", "in the cocktail", "0", "0.2, 1 (behind after 3 folds)", "0.2",
                    "0.020 ± 0.004"]  # fmt: skip
    assert found.short.replace("\u00a0", " ") == "1 comparison, 1 with a change"


def test_a_value_that_diverged_is_told_and_a_gain_over_one_is_no_number():
    gone = {**STEP, "parameter": "learning_rate_init", "values": ["0.1", "0.01"],
            "losses": [None, 0.5], "n_folds": [0, 5], "gain": None, "standard_error": None,
            "after_surface": False}  # fmt: skip
    back = {**gone, "values": ["0.01", "0.1"], "n_folds": [5, 0], "taken": "0.01"}
    first, second = tuned_at(gone, back).rows
    assert (first.name, first.when, first.gain) == ("learning rate", "before the surface", "")
    assert second.tried == "0.1 (diverged)"


def test_without_comparisons_there_is_no_such_part():
    assert tuned_at() is None
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    assert tuned_of(run_of(results, summary_of(results))) is None
