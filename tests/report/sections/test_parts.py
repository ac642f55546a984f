import pytest

from dropdecay.report.sections.parts import nothing_to_compare, parts_of
from dropdecay.report.sections.run import run_of
from tests.report.everything import BASELINES
from tests.report.worlds import add_axes, bowl, grid, results_at, summary_of


def run_at(axes, loss, **more):
    results = results_at(grid(**axes), loss)
    return run_of(results, {**summary_of(results), **more})


TWO = {"dropout": (0.0, 0.2), "weight_decay": (0.0, 1.0)}


def test_each_axis_alone_and_both_have_a_row_and_the_choice_is_marked():
    run = run_at(TWO, bowl(dropout=0.2, weight_decay=1.0))
    parts = parts_of(run)
    assert [(bar.name, bar.is_chosen) for bar in parts.own] == [
        ("dropout alone", False), ("weight decay alone", False), ("both", True),
    ]  # fmt: skip
    gains = {each["name"]: each["gain"] for each in run.summary["verdict"]["effects"]}
    mean = float(parts.own[2].mean.replace("\u2212", "-"))
    assert mean == pytest.approx(gains["together"]["mean"], abs=5e-3)
    assert parts.own[2].about == "0.2 with 1"
    assert "Better than none on these folds" in parts.sentence
    # Several intervals of 95 %: none is widened for the others, which is said.
    assert parts.note.startswith("Each interval is to be read by itself.")


def test_other_models_stand_below_on_the_same_scale_and_failed_ones_are_left_out():
    models = [*BASELINES["models"]]
    far = {"mean": -57.8, "standard_error": 0.02, "lower": -60.0, "upper": -55.0}
    models[2] = {**models[2], "against_none": far}
    run = run_at(
        TWO, bowl(dropout=0.2, weight_decay=1.0), baselines={**BASELINES, "models": models}
    )
    parts = parts_of(run)
    assert [bar.name for bar in parts.others] == [
        "logistic regression", "gradient boosting", "always the same odds",
    ]  # fmt: skip
    assert parts.others[2].track.off == "left"
    assert parts.others[2].mean.startswith("\u221257.8")
    assert "model,gain" in parts.csv.replace("%2C", ",")


def test_other_models_stand_in_their_order_the_best_one_first():
    models = [*reversed(BASELINES["models"])]
    run = run_at(
        TWO, bowl(dropout=0.2, weight_decay=1.0), baselines={**BASELINES, "models": models}
    )
    means = [float(bar.mean.replace("\u2212", "-")) for bar in parts_of(run).others]
    assert means == sorted(means, reverse=True)
    assert len(means) == 3


def test_a_surface_without_none_says_what_to_include():
    run = run_at({"dropout": (0.2, 0.4), "weight_decay": (1.0,)}, bowl(dropout=0.2))
    assert parts_of(run) is None
    assert "Include dropout 0 and weight decay 0" in nothing_to_compare(run)


def test_a_tuned_axis_has_no_gain_of_its_own(monkeypatch):
    add_axes(monkeypatch)
    run = run_at({"dropout": (0.0, 0.2), "learning_rate_init": (0.001, 0.01)},
                 bowl(dropout=0.2, learning_rate_init=0.01))  # fmt: skip
    assert "The learning rate was tuned, and has no gain of its own." in parts_of(run).note
