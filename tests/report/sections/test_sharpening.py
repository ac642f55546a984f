import pytest

from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.sharpening import sharpening_of
from tests.report.worlds import bowl, grid, repeated, results_at, summary_of


def sharpened(**gain):
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    summary = summary_of(results)
    return sharpening_of(run_of(results, repeated(summary, **gain) if gain else summary))


def test_there_is_no_picture_where_nothing_was_repeated():
    assert sharpened() is None


def test_each_cut_from_the_second_has_an_interval_and_the_last_is_in_the_accent():
    found = sharpened(n_repeats=3)
    bars = [shape.kind for shape in found.picture.shapes if "thick" in shape.kind]
    assert bars == ["bar thick clip", "ch thick clip"]
    assert [label.text for label in found.picture.ticks_x] == ["1", "2", "3"]
    assert "lies on one side of zero" in found.sentence
    zero = [shape for shape in found.picture.shapes if shape.kind == "zero"]
    assert len(zero) == 1


def test_rows_in_time_are_trained_on_again_and_not_cut_anew():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    summary = {**repeated(summary_of(results), n_repeats=3), "optimism": None}
    found = sharpening_of(run_of(results, summary))
    assert found.picture.of_what.startswith("over no regularization, from all trainings so far")
    assert "Training 1, hollow, is the surface itself" in found.note
    assert "from all cuts so far" in sharpened(n_repeats=3).picture.of_what


def test_an_interval_that_holds_zero_says_that_these_rows_cannot_settle_it():
    assert "still holds zero" in sharpened(intervals=[[0.0, -0.2, 0.2], [0.01, -0.1, 0.1]]).sentence


def test_an_interval_within_the_margin_is_within_a_whole_percent_and_nothing_lies_over_it():
    tiny = sharpened(intervals=[[0.0, -1e-4, 1e-4]], baseline=1.0, margin=0.01)
    assert "lies within 1\u00a0% of none" in tiny.sentence
    assert "Below the dark line there is no gain." in tiny.note


def test_a_first_interval_far_wider_than_the_rest_is_cut_off_at_the_frame():
    found = sharpened(intervals=[[0.05, -9.0, 9.0], [0.05, 0.03, 0.07]])
    assert float(found.picture.ticks_y[-1].text) < 1


@pytest.mark.parametrize("ends", [(None, None), (0.01, None)])
def test_ends_that_are_no_numbers_leave_the_dot_alone(ends):
    found = sharpened(intervals=[[0.05, *ends], [0.05, 0.03, 0.07]])
    assert sum("thick" in shape.kind for shape in found.picture.shapes) == 1
    assert len(found.picture.dots) == 3
