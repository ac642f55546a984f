from dataclasses import replace

import numpy as np
import pytest

from dropdecay.report.plot_data import surface_of, weights_of
from dropdecay.report.stored import read_run
from dropdecay.report.weight_plots import BOTTOM, TOP, norm_text, weight_plots, weight_sentence


@pytest.fixture(scope="module")
def found(raced_folder):
    run = read_run(raced_folder)
    return surface_of(run.results, run.summary["choice"]), weights_of(run.results)


def test_heights_follow_the_figures_and_the_axis_begins_at_zero(found):
    surface, weights = found
    norm, share = weight_plots(surface, weights)
    for plot, values in ((norm, weights.norm), (share, 100 * weights.share)):
        (low, zero), (high, top) = plot.ticks_y[0], plot.ticks_y[-1]
        assert (low, zero.split()[0], high) == (BOTTOM, "0", TOP)
        for line in plot.lines:
            for mark in line.marks:
                expected = BOTTOM - (BOTTOM - TOP) * values[mark.i, mark.j] / float(top.split()[0])
                assert mark.y == pytest.approx(expected, abs=0.06)
                assert TOP <= mark.up <= mark.y <= mark.down <= BOTTOM


def test_the_chosen_rate_is_drawn_last_and_eliminated_points_are_marked_and_said(found):
    surface, weights = found
    plot, _ = weight_plots(surface, weights)
    assert [line.chosen for line in plot.lines] == [False, False, True]
    marks = [mark for line in plot.lines for mark in line.marks]
    assert {(mark.i, mark.j) for mark in marks if mark.eliminated} == {
        (i, j) for i, j in np.argwhere(weights.eliminated)
    }
    assert all(mark.text.endswith("(eliminated)") == mark.eliminated for mark in marks)


def test_a_point_that_diverged_has_no_mark_and_leaves_a_gap_in_its_line(found):
    surface, weights = found
    norm = weights.norm.copy()
    norm[0, 1] = np.nan
    plot, _ = weight_plots(surface, replace(weights, norm=norm))
    line = next(line for line in plot.lines if line.rate == "0")
    assert [mark.j for mark in line.marks] == [0, 2]
    assert line.path.count("M") == 2
    assert plot.texts[1][0] == plot.texts[3][0] == ""


def test_nothing_measured_at_all_still_gives_a_plot(found):
    surface, weights = found
    nothing = np.full(weights.norm.shape, np.nan)
    gone = replace(weights, norm=nothing, norm_error=nothing)
    assert [line.path for line in weight_plots(surface, gone)[0].lines] == ["", "", ""]
    assert weight_sentence(surface, gone) == ""


def test_labels_of_a_long_axis_leave_each_other_room(found):
    surface, weights = found
    wide = {name: np.tile(getattr(weights, name), 4) for name in
            ("norm", "norm_error", "share", "share_error", "eliminated")}  # fmt: skip
    strengths = tuple(0.00012 * k for k in range(16))
    plot, _ = weight_plots(replace(surface, weight_decay=strengths), replace(weights, **wide))
    places = [at for at, _ in plot.ticks_x]
    assert 3 < len(places) < 16
    assert min(np.diff(places)) > 7 * max(len(text) for _, text in plot.ticks_x)


def test_the_sentence_compares_the_chosen_point_with_no_decay_at_its_dropout(found):
    surface, weights = found
    at = replace(surface, chosen=(1, 1))
    said = weight_sentence(at, weights)
    assert f"the norm is {norm_text(weights.norm[1, 1])}, and" in said
    none = f"{norm_text(weights.norm[1, 0])} and {100 * weights.share[1, 0]:.2g} %."
    assert f"same dropout: {none}" in said
    assert "without" not in weight_sentence(replace(surface, chosen=(1, 0)), weights)
    assert weight_sentence(replace(surface, chosen=(-1, -1)), weights) == ""


def test_a_norm_has_three_digits_and_no_power_of_ten():
    said = [norm_text(norm) for norm in (7.9, 0.0123, 99.94, 99.96, 12345.6)]
    assert said == ["7.90", "0.0123", "99.9", "100", "12,346"]
