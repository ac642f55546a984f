import json
import shutil

import matplotlib as mpl
import numpy as np
import pytest
from typer.testing import CliRunner

mpl.use("Agg")

from matplotlib import pyplot as plt  # the backend comes first

from dropdecay import LearningCurveDisplay, PathDisplay, SurfaceDisplay
from dropdecay.commands.report import write_report
from dropdecay.errors import BadInput
from dropdecay.report.figure_files import picture_files
from dropdecay.report.plot_data import surface_of, weights_of
from dropdecay.report.stored import read_run
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at


@pytest.fixture
def run(run_folder):
    yield read_run(run_folder)
    plt.close("all")


def test_the_surface_shows_every_measured_figure_and_draws_on_given_axes(run):
    _, ax = plt.subplots()
    display = SurfaceDisplay.from_results(run.results, run.summary["choice"], ax=ax, metric="score")
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    best = run.summary["choice"]["best"]["score"]
    shown = [float(text.get_text()) for text in ax.texts]
    assert len(shown) == 9
    assert min(abs(np.array(shown) - best)) < 0.01
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("dropout", "weight decay")


def test_the_surface_shows_what_chose():
    results = results_at(grid(dropout=(0.0, 0.5), weight_decay=(0.0, 1.0)), bowl(dropout=0.0))
    for criterion in ("loss", "score"):
        display = SurfaceDisplay.from_results(results, choose(results, criterion=criterion))
        asked = SurfaceDisplay.from_results(results, choose(results), metric=criterion)
        assert display.ax_.get_title() == asked.ax_.get_title()
    plt.close("all")


def test_learning_curves_are_those_of_the_point_that_was_asked_for(run):
    display = LearningCurveDisplay.from_results(
        run.results, run.summary["choice"], dropout=0.2, weight_decay=0.1
    )
    validation = run.results["validation_loss"][4]
    np.testing.assert_allclose(
        display.ax_.lines[0].get_ydata(), validation.mean(["seed", "fold"]).values
    )
    assert display.ax_.get_title() == "dropout 0.2, weight decay 0.1"
    same = LearningCurveDisplay.from_results(
        run.results, run.summary["choice"], point={"dropout": 0, "weight_decay": 1.0}, dropout=0.2
    )
    assert same.ax_.get_title() == "dropout 0.2, weight decay 1"


def test_a_point_or_a_metric_that_is_not_there_is_refused(run):
    with pytest.raises(BadInput, match=r"no point dropout 0\.7"):
        LearningCurveDisplay.from_results(run.results, run.summary["choice"], dropout=0.7)
    with pytest.raises(BadInput, match=r"no axis 'rate'. It has dropout, weight_decay"):
        LearningCurveDisplay.from_results(run.results, run.summary["choice"], rate=0.7)
    with pytest.raises(BadInput, match="'losses'"):
        SurfaceDisplay.from_results(run.results, run.summary["choice"], metric="losses")
    with pytest.raises(BadInput, match="Fit an MLPClassifierCV"):
        PathDisplay.from_estimator(object())


def test_paths_have_one_line_per_rate(run):
    display = PathDisplay.from_results(run.results, run.summary["choice"])
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["0", "0.2", "0.4"]


def test_weights_are_drawn_along_the_decay_with_eliminated_points_hollow(raced_folder):
    run = read_run(raced_folder)
    weights = weights_of(run.results)
    n_out = (surface_of(run.results, run.summary["choice"]).out_after > 0).sum()
    for metric, values in (("weight_norm", weights.norm), ("near_zero_share", weights.share)):
        display = PathDisplay.from_results(run.results, run.summary["choice"], metric=metric)
        lines = display.ax_.lines
        drawn = [line for line in lines if line.get_linestyle() == "-"]
        np.testing.assert_array_equal([line.get_ydata() for line in drawn], values.reshape(3, 4))
        hollow = [
            line for line in lines if mpl.colors.same_color(line.get_markerfacecolor(), "white")
        ]
        assert sum(line.get_ydata().size for line in hollow) == n_out > 0
        assert display.ax_.get_ylim()[0] == 0
        plt.close(display.figure_)
    with pytest.raises(BadInput, match="'norm'"):
        PathDisplay.from_results(run.results, run.summary["choice"], metric="norm")


def test_a_run_without_weights_gets_all_pictures_but_theirs(run):
    earlier = run.results.drop_vars(["weight_norm", "near_zero_share"])
    pictures = picture_files(earlier, run.summary["choice"])
    assert [name for name in pictures if name.endswith(".png")] == [
        "surface.png", "gap.png", "curves.png", "path.png",
    ]  # fmt: skip
    with pytest.raises(BadInput, match="Fit again"):
        PathDisplay.from_results(earlier, run.summary["choice"], metric="weight_norm")


def test_a_cell_without_a_figure_is_marked_in_the_picture_by_why_there_is_none(every_way_out):
    run = read_run(every_way_out)
    ax = SurfaceDisplay.from_results(run.results, run.summary["choice"]).ax_
    shown = [text.get_text() for text in ax.texts]
    assert {mark: shown.count(mark) for mark in ("x", "NaN", "^", "-")} == {
        "x": 2, "NaN": 1, "^": 1, "-": 1,
    }  # fmt: skip
    assert len(shown) == 9
    plt.close("all")


def test_any_two_axes_can_be_drawn_at_the_chosen_values_of_the_others(more_axes):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), max_norm=(None, 4.0, 2.0),
                  activation=("relu", "tanh"))  # fmt: skip
    results = results_at(points, bowl(dropout=0.2, weight_decay=1.0, max_norm=4.0))
    choice = choose(results)
    ax = SurfaceDisplay.from_results(results, choice, axes=("max_norm", "activation")).ax_
    assert [label.get_text() for label in ax.get_xticklabels()] == ["none", "4", "2"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["relu", "tanh"]
    assert "at dropout 0.2, weight decay 1 (as chosen)" in ax.get_title()
    shown = [float(text.get_text()) for text in ax.texts]
    losses = surface_of(results, choice).means.loss
    expected = [loss for point, loss in zip(points, losses, strict=True)
                if (point["dropout"], point["weight_decay"]) == (0.2, 1.0)]  # fmt: skip
    np.testing.assert_allclose(sorted(shown), sorted(expected), atol=1e-3)
    path = PathDisplay.from_results(results, choice, axis="max_norm")
    assert (path.ax_.get_xlabel(), len(path.ax_.get_legend().get_texts())) == ("max-norm", 2)
    with pytest.raises(BadInput, match="no axis 'rate'"):
        PathDisplay.from_results(results, choice, axis="rate")
    plt.close("all")


def test_a_path_is_one_line_with_its_band_and_marked_points():
    results = results_at(
        grid(dropout=(0.0, 0.2, 0.4), weight_decay=(1.0,)), bowl(dropout=0.2), diverged=(2,)
    )
    choice = choose(results)
    ax = PathDisplay.from_results(results, choice).ax_
    marked = [line.get_xdata()[0] for line in ax.lines if len(set(line.get_xdata())) == 1
              and line.get_linestyle() in (":", "--")]  # fmt: skip
    assert marked == [1, 1]
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {"best", "one-SE choice"}
    assert len(ax.collections) >= 2  # error bars and the band
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0", "0.2", "0.4"]
    assert ax.get_xlim()[1] > 2
    surface = SurfaceDisplay.from_results(results, choice).ax_
    assert (surface.get_xlabel(), surface.get_ylabel(), len(surface.texts)) == ("dropout", "", 3)
    plt.close("all")


def test_single_points_and_points_that_fill_no_grid_can_be_drawn(tmp_path):
    one = results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    some = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))[:3], bowl(dropout=0.2))
    for results, n_cells in ((one, 1), (some, 3)):
        choice = choose(results)
        assert len(picture_files(results, choice)) == 12
        assert len(SurfaceDisplay.from_results(results, choice).ax_.texts) == n_cells
    plt.close("all")


def test_report_rebuilds_the_same_page_and_the_pictures(run_folder, tmp_path):
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    (copy / "report.html").unlink()
    write_report(copy)
    assert (copy / "report.html").read_text() == (run_folder / "report.html").read_text()
    for name in ("surface", "gap", "curves", "path", "weight_norm", "near_zero_share"):
        assert (copy / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (copy / f"{name}.svg").read_text()


def test_a_folder_without_a_run_and_a_damaged_one_are_one_clear_line(run_folder, tmp_path):
    from dropdecay.commands.app import app

    copy = shutil.copytree(run_folder, tmp_path / "copy")
    for spoil in (
        lambda: (copy / "summary.json").write_text("{"),
        lambda: (copy / "summary.json").write_text(json.dumps({"task": "x"})),
        lambda: (copy / "results.nc").write_bytes(b"CDF"),
        lambda: (copy / "results.nc").unlink(),
    ):
        spoil()
        done = CliRunner().invoke(app, ["report", str(copy)])
        assert done.exit_code == 2
        assert done.stderr.startswith("dropdecay: ")
        assert len(done.stderr.splitlines()) == 1
