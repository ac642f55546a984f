import re
from itertools import pairwise

import pytest

from dropdecay.report.line_plots import BOTTOM, LEFT, RIGHT, TOP
from dropdecay.report.sharpening_plot import sharpening_plot

NAN_ENDS = (0.06, None, None)


def gain(by_repeat, intervals, *, baseline=0.5):
    """A gain as ``summary.json`` holds it, of a loss of 0.5 unless told otherwise."""
    mean, lower, upper = intervals[-1] if intervals else (by_repeat[0], None, None)
    return {
        "mean": mean, "lower": lower, "upper": upper, "standard_error": 0.01, "level": 0.95,
        "baseline": baseline, "margin": 0.01 * baseline, "n_repeats": len(by_repeat),
        "n_rows": 100, "by_repeat": by_repeat, "intervals": intervals, "is_exhausted": False,
    }  # fmt: skip


def narrowing(n_repeats, mean=0.05):
    """Intervals that narrow from repeat to repeat."""
    ends = [(mean, mean - 0.2 / k, mean + 0.2 / k) for k in range(2, n_repeats + 1)]
    return gain([mean + 0.01 * (-1) ** k for k in range(n_repeats)], ends)


def places(path):
    """The corners of an outline."""
    return [tuple(map(float, pair)) for pair in re.findall(r"([\d.-]+) ([\d.-]+)", path)]


@pytest.mark.parametrize(
    "found",
    [None, gain([0.05], []), gain([0.0, 0.0], [(0.0, 0.0, 0.0)], baseline=0.0),
     gain([None, None], [(None, None, None)])],
    ids=["no gain", "one repeat", "no scale", "no figures"],
)  # fmt: skip
def test_there_is_no_picture_where_nothing_sharpened(found):
    assert sharpening_plot(found, "log loss") is None


@pytest.mark.parametrize("n_repeats", [3, 10, 20])
def test_line_and_band_begin_at_the_second_repeat_and_every_repeat_has_its_dot(n_repeats):
    plot = sharpening_plot(narrowing(n_repeats), "log loss")
    line, band = places(plot.path), places(plot.band)
    assert (len(plot.dots), len(line), len(band)) == (n_repeats, n_repeats - 1, 2 * n_repeats - 2)
    assert [x for x, _ in line] == [x for x, _, _ in plot.dots[1:]]
    assert all(LEFT < x < RIGHT and TOP <= y <= BOTTOM for x, y, _ in plot.dots)
    assert plot.ticks_x[0][1] == "1"
    # A gain of 0.05 of 0.5 is 10 %, above zero and the 1 % on the way to it.
    high, low = plot.ticks_y[-1], plot.ticks_y[0]
    top, bottom = (float(text.removesuffix(" %")) for _, text in (high, low))
    assert line[0][1] == pytest.approx(
        BOTTOM - (BOTTOM - TOP) * (10 - bottom) / (top - bottom), abs=0.06
    )
    assert line[0][1] < plot.margins[0] < plot.zero < plot.margins[1]


def test_percentages_of_a_score_are_of_its_lead_over_a_constant_prediction():
    plot = sharpening_plot({**narrowing(3), "constant": 0.5}, "roc_auc")
    assert plot.title == "Gain in % of the lead in roc_auc over a constant prediction"
    assert "30 % of the lead in roc_auc over a constant prediction; after 3" in plot.sentence
    plain = sharpening_plot({**narrowing(3), "constant": None}, "log loss")
    assert plain.title == "Gain in % of the log loss without regularization"
    assert plain.sentence == sharpening_plot(narrowing(3), "log loss").sentence


def test_the_labels_of_many_repeats_do_not_overlap():
    ticks = sharpening_plot(narrowing(20), "log loss").ticks_x
    assert all(b[0] - a[0] > 15 for a, b in pairwise(ticks))


def test_the_sentence_says_how_the_interval_narrowed():
    plot = sharpening_plot(narrowing(10), "log loss")
    assert plot.title == "Gain in % of the log loss without regularization"
    assert plot.sentence == (
        "After 2 repeats the 95 % interval of the gain was -10 to 30 % of the log loss without "
        "regularization; after 10 it is 6 to 14 %."
    )
    assert sharpening_plot(narrowing(2), "log loss").sentence == (
        "After 2 repeats the 95 % interval of the gain is -10 to 30 % of the log loss without "
        "regularization."
    )


def test_two_repeats_are_one_column_and_a_dot_each():
    plot = sharpening_plot(narrowing(2), "log loss")
    corners = places(plot.band)
    assert len(corners) == 4
    assert corners[0][0] < corners[1][0]
    assert len(plot.dots) == 2
    assert not plot.is_cut


def test_a_negative_gain_lies_below_the_zero_line_inside_the_picture():
    plot = sharpening_plot(narrowing(5, mean=-0.3), "log loss")
    assert all(y > plot.margins[1] > plot.zero for _, y in places(plot.path))
    assert all(TOP <= y <= BOTTOM for y in (plot.zero, *plot.margins))
    assert "after 5 it is -68 to -52 %." in plot.sentence


def test_a_first_interval_far_wider_than_the_rest_is_cut_off_and_does_not_flatten_it():
    wild = gain(
        [0.05, 0.06, 0.05, 0.06], [(0.05, -9.0, 9.0), (0.05, 0.02, 0.08), (0.05, 0.03, 0.07)]
    )
    plot = sharpening_plot(wild, "log loss")
    assert plot.is_cut
    assert max(y for _, y in places(plot.band)) > BOTTOM
    assert plot.ticks_y[-1][1] == "20 %"


def test_ends_that_are_no_numbers_leave_a_gap_in_the_band_alone():
    known = (0.05, 0.01, 0.09)
    plot = sharpening_plot(gain([0.05] * 6, [known, known, NAN_ENDS, known, known]), "log loss")
    assert (plot.band.count("M"), plot.path.count("M"), len(places(plot.path))) == (2, 1, 5)
    none = sharpening_plot(gain([0.05, None, 0.07], [NAN_ENDS, NAN_ENDS]), "log loss")
    assert (none.band, len(none.dots)) == ("", 2)
    assert (
        none.sentence == "After 3 repeats the gain is 12 % of the log loss without regularization."
    )
    late = sharpening_plot(gain([0.05] * 3, [(None, None, None), known]), "log loss")
    assert (len(places(late.path)), len(places(late.band))) == (1, 4)
