from dataclasses import replace

import numpy as np
import pytest

from dropdecay.report.layout import paths_along
from dropdecay.report.line_plots import BOTTOM, TOP
from dropdecay.report.plot_data import surface_of, weights_of
from dropdecay.report.stored import read_run
from dropdecay.report.weight_plots import norm_text, weight_plots, weight_sentence
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at


@pytest.fixture(scope="module")
def found(raced_folder):
    run = read_run(raced_folder)
    surface = surface_of(run.results, run.summary["choice"])
    return surface, paths_along(surface), weights_of(run.results)


def test_heights_follow_the_figures_and_the_axis_begins_at_zero(found):
    surface, paths, weights = found
    norm, share = weight_plots(surface, paths, weights)
    for plot, values in ((norm, weights.norm), (share, 100 * weights.share)):
        (low, zero), (high, top) = plot.ticks_y[0], plot.ticks_y[-1]
        assert (low, zero.split()[0], high) == (BOTTOM, "0", TOP)
        for line in plot.lines:
            for mark in line.marks:
                expected = BOTTOM - (BOTTOM - TOP) * values[mark.point] / float(top.split()[0])
                assert mark.y == pytest.approx(expected, abs=0.06)
                assert TOP <= mark.up <= mark.y <= mark.down <= BOTTOM


def test_the_chosen_rate_is_drawn_last_and_eliminated_points_are_marked_and_labelled(found):
    surface, paths, weights = found
    plot, _ = weight_plots(surface, paths, weights)
    assert [(line.label, line.chosen) for line in plot.lines] == [
        ("0", False), ("0.9", False), ("0.2", True),
    ]  # fmt: skip
    marks = [mark for line in plot.lines for mark in line.marks]
    out = np.flatnonzero(surface.out_after)
    assert sorted(mark.point for mark in marks if mark.out) == out.tolist() != []
    assert all(mark.text.endswith("(eliminated)") == mark.out for mark in marks)


def test_a_point_that_diverged_has_no_mark_and_leaves_a_gap_in_its_line(found):
    surface, paths, weights = found
    norm = weights.norm.copy()
    norm[1] = np.nan
    plot, _ = weight_plots(surface, paths, replace(weights, norm=norm))
    line = next(line for line in plot.lines if line.label == "0")
    assert [mark.place for mark in line.marks] == [0, 2]
    assert line.path.count("M") == 2
    assert plot.texts[1][0] == plot.texts[3][0] == ""


def test_nothing_measured_at_all_still_gives_a_plot(found):
    surface, paths, weights = found
    nothing = np.full(weights.norm.shape, np.nan)
    gone = replace(weights, norm=nothing, norm_error=nothing)
    assert [line.path for line in weight_plots(surface, paths, gone)[0].lines] == ["", "", ""]
    assert weight_sentence(surface, paths, gone) == ""


def test_labels_of_a_long_axis_leave_each_other_room():
    results = results_at(
        grid(dropout=(0.0, 0.2), weight_decay=tuple(0.00012 * k for k in range(16))), bowl()
    )
    surface = surface_of(results, choose(results))
    plot, _ = weight_plots(surface, paths_along(surface), weights_of(results))
    places = [at for at, _ in plot.ticks_x]
    assert 3 < len(places) < 16
    assert min(np.diff(places)) > 7 * max(len(text) for _, text in plot.ticks_x)


def test_the_sentence_compares_the_chosen_point_with_the_same_without_the_axis(found):
    surface, _, weights = found

    def said(chosen):
        at = replace(surface, chosen=chosen)
        return weight_sentence(at, paths_along(at), weights)

    assert f"the norm is {norm_text(weights.norm[5])}, and" in said(5)
    none = f"{norm_text(weights.norm[4])} and {100 * weights.share[4]:.2g} %."
    assert f"without weight decay, all else equal: {none}" in said(5)
    assert "without" not in said(4)
    assert said(-1) == ""


def test_the_weights_are_drawn_along_the_second_axis_whichever_it_is(more_axes):
    points = grid(activation=("relu", "tanh"), max_norm=(None, 4.0, 2.0))
    results = results_at(points, bowl(max_norm=4.0, activation="tanh"))
    surface, weights = surface_of(results, choose(results)), weights_of(results)
    paths = paths_along(surface)
    plot, _ = weight_plots(surface, paths, weights)
    assert {plot.along, plot.by} == {"activation", "max-norm"}
    lines = {line.label: [mark.point for mark in line.marks] for line in plot.lines}
    if plot.along == "max-norm":
        assert lines == {"relu": [0, 1, 2], "tanh": [3, 4, 5]}
        assert "without max-norm, all else equal" in weight_sentence(surface, paths, weights)
    else:
        assert lines == {"none": [0, 3], "4": [1, 4], "2": [2, 5]}
        assert "without" not in weight_sentence(surface, paths, weights)


def test_a_norm_has_three_digits_and_no_power_of_ten():
    said = [norm_text(norm) for norm in (7.9, 0.0123, 99.94, 99.96, 12345.6)]
    assert said == ["7.90", "0.0123", "99.9", "100", "12,346"]
