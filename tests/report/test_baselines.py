"""Other models as a figure."""

import matplotlib as mpl
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt  # the backend comes first

from dropdecay import BaselineDisplay, MLPRegressor
from dropdecay.errors import BadInput
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
        assert ax.get_xlabel() == "log loss: better than the network by (95 % interval)"


def test_it_draws_on_given_axes_and_refuses_what_has_no_models(found):
    _, ax = plt.subplots()
    assert BaselineDisplay.from_baselines(found, ax=ax).ax_ is ax
    with pytest.raises(BadInput, match="There are no other models to draw"):
        BaselineDisplay.from_estimator(MLPRegressor())
