import numpy as np
import pytest

from dropdecay.report.layout import paths_along
from dropdecay.report.line_plots import BOTTOM, TOP, figure_plot
from dropdecay.report.plot_data import surface_of
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at


def plotted(points, loss, **more):
    results = results_at(points, loss, **more)
    surface = surface_of(results, choose(results))
    return surface, figure_plot(surface, paths_along(surface), "log loss")


def test_a_path_has_a_band_error_bars_and_a_line_through_its_best_point():
    surface, plot = plotted(grid(dropout=(0.0, 0.2, 0.4, 0.6)), bowl(dropout=0.4))
    (line,) = plot.lines
    assert (plot.along, plot.by, len(line.marks)) == ("dropout", "", 4)
    assert plot.verticals == ((line.marks[2].x, "★◆"),)
    assert line.band.count("M") == 1
    low, high = (float(label) for _, label in (plot.ticks_y[0], plot.ticks_y[-1]))
    for mark in line.marks:
        share = (surface.means.loss[mark.point] - low) / (high - low)
        assert mark.y == pytest.approx(BOTTOM - (BOTTOM - TOP) * share, abs=0.06)
        assert TOP <= mark.up < mark.y < mark.down <= BOTTOM
    assert low > 0.3  # the axis of a loss begins near the losses


def test_a_point_that_diverged_interrupts_line_and_band():
    _, plot = plotted(grid(dropout=(0.0, 0.2, 0.4, 0.6)), bowl(dropout=0.6), diverged=(1,))
    (line,) = plot.lines
    assert [mark.place for mark in line.marks] == [0, 2, 3]
    assert (line.path.count("M"), line.band.count("M")) == (2, 2)


def test_the_one_standard_error_choice_has_its_own_line():
    points = grid(dropout=(0.0, 0.2, 0.4))
    results = results_at(points, lambda point: 0.5)
    wobble = 1e-3 * np.array([1.0, -1.0, 1.0, -1.0])[:, None, None]
    for index in range(3):  # as good as each other; the gap is smallest at the last point
        results["validation_loss"][index] = (
            results["validation_loss"][0].values + (1e-9 + wobble) * index
        )
        results["training_loss"][index] = results["validation_loss"][0].values - 0.3 + 0.1 * index
    surface = surface_of(results, choose(results))
    plot = figure_plot(surface, paths_along(surface), "log loss")
    assert [label for _, label in plot.verticals] == ["★", "◆"]
    assert np.diff([at for at, _ in plot.verticals]) > 0
