import json

import matplotlib
import pytest
from matplotlib import pyplot as plt

from dropdecay import DependenceDisplay, ImportanceDisplay, MLPClassifier
from dropdecay.errors import BadInput
from dropdecay.explain.importance import Importance
from dropdecay.report.explained_displays import pictures_of_folds
from dropdecay.report.figure_files import as_files
from tests.explain.fitted import fitted_with_rows, table

matplotlib.use("Agg")
FRAME, VALUES = table()


@pytest.fixture(scope="module")
def search():
    return fitted_with_rows(FRAME, VALUES, max_iter=30)[0]


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_importance_has_a_bar_and_an_interval_a_column(search):
    display = ImportanceDisplay.from_estimator(search)
    columns = search.importance_.columns
    assert [each.get_text() for each in display.ax_.get_yticklabels()] == [
        each.column for each in columns
    ]
    widths = [bar.get_width() for bar in display.ax_.patches]
    assert widths == [each.rise for each in columns]
    ends = [tuple(line.get_xdata()) for line in display.ax_.lines[: len(columns)]]
    assert ends == [(each.lower, each.upper) for each in columns]
    assert "rise of the mean squared error" in display.ax_.get_xlabel()
    _, ax = plt.subplots()
    assert ImportanceDisplay(search.importance_).plot(ax).ax_ is ax


def test_dependence_has_a_picture_a_column(search):
    display = DependenceDisplay.from_estimator(search)
    titles = [ax.get_title() for ax in display.axes_]
    assert titles == list(dict.fromkeys(each.column for each in search.partial_dependence_))
    size = next(each for each in search.partial_dependence_ if each.column == "size")
    line = display.axes_[titles.index("size")].lines[0]
    assert tuple(line.get_ydata()) == size.mean
    assert tuple(line.get_xdata()) == size.values


def test_a_stored_run_has_the_same_pictures(search):
    stored = {
        "importance": json.loads(json.dumps(search.importance_.as_dict())),
        "partial_dependence": [
            json.loads(json.dumps(each.as_dict())) for each in search.partial_dependence_
        ],
    }
    assert Importance.from_dict(stored["importance"]) == search.importance_
    pictures = pictures_of_folds(stored)
    assert sorted(pictures) == [
        "dependence.png", "dependence.svg", "importance.png", "importance.svg",
    ]  # fmt: skip
    assert pictures_of_folds({}) == {}
    assert pictures_of_folds({"importance": None, "partial_dependence": None}) == {}
    drawn = as_files({"importance": ImportanceDisplay.from_estimator(search).figure_})
    assert drawn["importance.png"] == pictures["importance.png"]


def test_without_networks_of_folds_there_is_nothing_to_draw():
    for display in (ImportanceDisplay, DependenceDisplay):
        with pytest.raises(BadInput, match=r"keep_folds=True\."):
            display.from_estimator(MLPClassifier())
