import json
import shutil

import matplotlib as mpl
import numpy as np
import pytest
from typer.testing import CliRunner

mpl.use("Agg")

from matplotlib import pyplot as plt  # the backend comes first

from dropdecay import LearningCurveDisplay, PathDisplay, SurfaceDisplay
from dropdecay.commands.app import app
from dropdecay.errors import BadInput
from dropdecay.report.displays import picture_files
from dropdecay.report.plot_data import weights_of
from dropdecay.report.stored import read_run


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


def test_learning_curves_are_those_of_the_point_that_was_asked_for(run):
    display = LearningCurveDisplay.from_results(
        run.results, run.summary["choice"], dropout=0.2, weight_decay=0.1
    )
    validation = run.results["validation_loss"].sel(dropout=0.2, weight_decay=0.1)
    np.testing.assert_allclose(
        display.ax_.lines[0].get_ydata(), validation.mean(["seed", "fold"]).values
    )


def test_a_point_or_a_metric_that_is_not_there_is_refused(run):
    with pytest.raises(BadInput, match=r"no point dropout 0\.7"):
        LearningCurveDisplay.from_results(run.results, run.summary["choice"], dropout=0.7)
    with pytest.raises(BadInput, match="'losses'"):
        SurfaceDisplay.from_results(run.results, run.summary["choice"], metric="losses")
    with pytest.raises(BadInput, match="Fit an MLPClassifierCV"):
        PathDisplay.from_estimator(object())


def test_paths_have_a_line_a_rate(run):
    display = PathDisplay.from_results(run.results, run.summary["choice"])
    assert [text.get_text() for text in display.ax_.get_legend().get_texts()] == ["0", "0.2", "0.4"]


def test_weights_are_drawn_along_the_decay_with_eliminated_points_hollow(raced_folder):
    run = read_run(raced_folder)
    weights = weights_of(run.results)
    for metric, values in (("weight_norm", weights.norm), ("near_zero_share", weights.share)):
        display = PathDisplay.from_results(run.results, run.summary["choice"], metric=metric)
        lines = display.ax_.lines
        drawn = [line for line in lines if line.get_linestyle() == "-"]
        np.testing.assert_array_equal([line.get_ydata() for line in drawn], values)
        hollow = [
            line for line in lines if mpl.colors.same_color(line.get_markerfacecolor(), "white")
        ]
        assert sum(line.get_ydata().size for line in hollow) == weights.eliminated.sum() > 0
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


def test_a_diverged_cell_is_named_in_the_picture_and_an_eliminated_one_is_not(raced_folder):
    run = read_run(raced_folder)
    ax = SurfaceDisplay.from_results(run.results, run.summary["choice"]).ax_
    assert [text.get_text() for text in ax.texts].count("NaN") == 3
    assert len(ax.texts) == 12 - weights_of(run.results).eliminated.sum()
    plt.close("all")


def test_report_makes_page_and_pictures_again_and_the_page_is_the_same(run_folder, tmp_path):
    copy = shutil.copytree(run_folder, tmp_path / "copy")
    (copy / "report.html").unlink()
    done = CliRunner().invoke(app, ["report", str(copy)])
    assert done.exit_code == 0, done.output
    assert (copy / "report.html").read_text() == (run_folder / "report.html").read_text()
    for name in ("surface", "gap", "curves", "path", "weight_norm", "near_zero_share"):
        assert (copy / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        assert "<svg" in (copy / f"{name}.svg").read_text()


def test_a_folder_without_a_run_and_a_damaged_one_are_one_clear_line(run_folder, tmp_path):
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
