"""Losses of many digits: everything shows them in a power of ten, and names it."""

import json
import re

import numpy as np
import pytest

from dropdecay.report.displays import LearningCurveDisplay, PathDisplay, SurfaceDisplay
from dropdecay.report.notebook import surface_html
from dropdecay.report.page import page_html
from dropdecay.report.powers import in_powers, power_of
from dropdecay.selection.choice import choose
from dropdecay.selection.verdict import reach_verdict
from tests.report.worlds import Cells, bowl, grid, results_at, summary_of
from tests.selection.worlds import around, results_of

LOSSES = ("training_loss", "validation_loss", "out_of_fold_loss")
NESTED = {
    "loss": {"mean": 4.0, "standard_error": 0.5, "lower": 3.0, "upper": 5.0},
    "score": {"mean": 0.5, "standard_error": 0.1, "lower": 0.3, "upper": 0.7},
    "folds": [], "settings": {"dropout 0.2": 4},
}  # fmt: skip


@pytest.fixture(scope="module")
def worlds():
    """The same surface with losses of about 4 and of about 4e12."""
    points = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 1.0))
    world = results_at(points, bowl(dropout=0.2, weight_decay=1.0),
                       attrs={"loss_name": "mean squared error"})  # fmt: skip

    def times(factor):
        return world.assign({name: factor * world[name].astype(float) for name in LOSSES})

    return times(8.0), times(8e12)


@pytest.mark.parametrize(
    ("size", "power"), [(0.05, 0), (900.0, 0), (3e6, 6), (2.7e9, 9), (5e-5, -6)]
)
def test_losses_of_many_digits_are_printed_in_powers_of_a_thousand(size, power):
    loss = size * around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    assert power_of(results_of(loss, curve=np.zeros(3))["validation_loss"].values) == power


def test_ordinary_losses_stay_as_they_are(worlds):
    small, _ = worlds
    assert in_powers(small) == (small, 0)


def test_a_page_of_large_losses_is_that_of_small_ones_with_the_power_in_the_name(worlds):
    small, large = (
        page_html(world, summary_of(world, nested={**NESTED, "loss": {
            name: factor * value for name, value in NESTED["loss"].items()
        }}))
        for world, factor in zip(worlds, (1.0, 1e12), strict=True)
    )  # fmt: skip
    assert Cells(large).rows == Cells(small).rows
    # Every figure, whatever the section, and no other digits.
    told = [
        re.sub(r'(href|id)="[^"]*"', "", page.split("<script")[0]).replace("error / 1e12", "error")
        for page in (large, small)
    ]
    grounds = re.compile(r'<p class="(lead|small)">.*?</p>|<li>Against .*?</li>', re.S)
    assert grounds.sub("", told[0]) == grounds.sub("", told[1])
    assert "Nested cross-validation: mean squared error / 1e12 4.0 (95 % interval 3.0 to 5.0)" in (
        large
    )


def test_the_data_of_the_script_are_divided_too(worlds):
    small, large = (
        json.loads(re.search(r'id="data-of-page"[^>]*>(.*?)</script>', page, re.S)[1])
        for page in (page_html(world, summary_of(world)) for world in worlds)
    )
    assert large["views"]["loss"]["name"] == "mean squared error / 1e12"
    for name in ("loss", "gap"):
        assert large["views"][name]["text"] == small["views"][name]["text"]
    assert large["unit"] == small["unit"]
    for each in ("training", "held-out"):
        np.testing.assert_allclose(large["curves"][each], small["curves"][each], atol=1)


def test_pictures_name_the_power_and_show_few_digits(worlds):
    _, large = worlds
    choice = choose(large)
    surface = SurfaceDisplay.from_results(large, choice)
    assert surface.ax_.get_title() == "validation mean squared error / 1e12"
    assert all(len(text.get_text()) < 7 for text in surface.ax_.texts)
    gap = SurfaceDisplay.from_results(large, choice, metric="gap")
    assert gap.ax_.get_title() == "gap (validation - training) / 1e12"
    curves = LearningCurveDisplay.from_results(large, choice)
    assert curves.ax_.get_ylabel() == "mean squared error / 1e12"
    assert PathDisplay.from_results(large, choice).ax_.get_ylabel().endswith(" / 1e12")


def test_a_notebook_shows_few_digits_too(worlds):
    small, large = (
        surface_html(world, choose(world), reach_verdict(world, choose(world))) for world in worlds
    )
    assert "Validation mean squared error / 1e12," in large
    assert re.findall(r">([\d.]+)&nbsp;", large) == re.findall(r">([\d.]+)&nbsp;", small)
