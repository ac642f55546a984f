"""Other models in the terminal and as a figure."""

import io

import matplotlib as mpl
import pytest
from rich.console import Console

mpl.use("Agg")

from matplotlib import pyplot as plt  # the backend comes first

from dropdecay import BaselineDisplay, MLPRegressor
from dropdecay.errors import BadInput
from dropdecay.report.baseline_lines import print_baselines
from dropdecay.selection.baselines import Baselines, failed_baseline
from tests.selection.test_baselines import BOOSTING, LINEAR, ODDS, model


@pytest.fixture
def found():
    models = (
        model(ODDS, 0.3, 0.0001), model(LINEAR, 0.02, 0.2), model(BOOSTING, -0.04, 0.994),
        failed_baseline("my [red]model[/]", "", "", 0.1, "left out"),
    )  # fmt: skip
    yield Baselines(0.95, "on the folds", "log loss", models, BOOSTING, "Boosting is better.")
    plt.close("all")


def printed(found):
    out = io.StringIO()
    print_baselines(Console(file=out, width=80), found, "log loss", "accuracy")
    return out.getvalue()


def test_the_terminal_has_a_line_a_model_and_the_sentence(found):
    lines = printed(found).splitlines()
    (boosting,) = [line for line in lines if BOOSTING in line]
    assert "0.360 ± 0.010" in boosting
    assert "chance above 99 %" in boosting
    assert "chance below 1 %" in next(line for line in lines if ODDS in line)
    assert "chance 20 %" in next(line for line in lines if LINEAR in line)
    assert lines[-1] == "Boosting is better."
    assert max(map(len, lines)) <= 80
    assert printed(None) == ""


def test_the_figure_shows_leads_over_the_network_with_their_intervals(found):
    for given in (found, found.as_dict()):
        display = BaselineDisplay.from_baselines(given)
        ax = display.ax_
        assert display.figure_ is ax.figure
        names = [label.get_text() for label in ax.get_yticklabels()]
        assert names == [ODDS, LINEAR, BOOSTING]
        (points,) = ax.containers
        assert points[0].get_xdata() == pytest.approx([-0.3, -0.02, 0.04])
        (segments,) = points[2]
        ends = [segment[:, 0] for segment in segments.get_segments()]
        against = found.models[2].against_network
        assert ends[2] == pytest.approx([-against.upper, -against.lower])
        assert ax.get_xlabel() == "log loss better than the network's by, with 95 % interval"


def test_it_draws_on_given_axes_and_refuses_what_has_no_models(found):
    _, ax = plt.subplots()
    assert BaselineDisplay.from_baselines(found, ax=ax).ax_ is ax
    with pytest.raises(BadInput, match="There are no other models to draw"):
        BaselineDisplay.from_estimator(MLPRegressor())
