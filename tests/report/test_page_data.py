import numpy as np
import pytest

from dropdecay.decay_memory import Pace
from dropdecay.report.page_data import page_data
from dropdecay.report.plot_data import surface_of
from dropdecay.report.stored import read_run
from tests.report.worlds import bowl, grid, results_at, summary_of, write_folder


def data_of(results, summary):
    return page_data(results, surface_of(results, summary["choice"]), summary)


def test_numbers_of_the_page_are_those_of_the_results(run_folder):
    run = read_run(run_folder)
    data = data_of(run.results, run.summary)
    at = data["points"].index([1, 2])
    assert [axis["values"] for axis in data["axes"]] == [["0", "0.2", "0.4"], ["0", "0.1", "1"]]
    curve = run.results["validation_loss"][at].mean(["fold", "seed"])
    np.testing.assert_allclose(data["curves"]["validation"]["mean"][at], curve, rtol=1e-4)
    shown = data["metrics"]["loss"]["text"][at]
    assert float(shown) == pytest.approx(curve.values.min(), abs=10.0 ** -len(shown.split(".")[1]))


def test_a_large_surface_gives_thinner_curves_that_keep_their_ends(run_folder, monkeypatch):
    run = read_run(run_folder)
    monkeypatch.setattr("dropdecay.report.page_data.MAX_CURVE_NUMBERS", 9 * 6 * 4)
    assert data_of(run.results, run.summary)["at"] == [1, 3, 5, 7, 8]


def test_all_points_are_there_whichever_axes_are_shown(more_axes):
    points = grid(max_norm=(None, 4.0), dropout=(0.0, (0.1, 0.3)), activation=("tanh", "gelu"),
                  weight_decay=(1.0,))  # fmt: skip
    results = results_at(points, bowl(max_norm=4.0, activation="gelu"))
    data = data_of(results, summary_of(results))
    printed = [
        tuple(axis["values"][value] for axis, value in zip(data["axes"], place, strict=True))
        for place in data["points"]
    ]
    assert printed[0] == ("none", "0", "tanh", "1")
    assert printed[-1] == ("4", "0.1/0.3", "gelu", "1")
    assert len(set(printed)) == len(data["metrics"]["loss"]["text"]) == len(points)
    assert [axis["varied"] for axis in data["axes"]] == [True, True, True, False]
    assert data["throughout"] == "weight decay 1 throughout"
    assert len(data["shown"]) == 2


def test_the_script_has_the_memory_of_every_decay_after_a_file_too(tmp_path):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 0.1, 1.0))
    results = results_at(points, bowl(weight_decay=1.0), attrs=Pace(0.001, 25).attributes())
    run = read_run(write_folder(tmp_path / "out", results, summary_of(results)))
    axes = data_of(run.results, run.summary)["axes"]
    assert [axis["taus"] for axis in axes] == [["", ""], ["", "tau 400", "tau 40"]]
