"""Published findings: pages say what was measured; what is measured is kept, and resumed."""

import json
import re
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import pictures
from benchmarks.reproduce import adaptive_l2, mnist
from benchmarks.reproduce import cases as kept_cases
from benchmarks.reproduce.early_late import rate_in
from benchmarks.reproduce.timescale import strength

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "reproduce"
FINDINGS = (
    "early_late", "keep_rate", "l2_or_decoupled", "max_norm", "timescale", "training_size",
)  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
def test_a_page_shows_the_rows_of_its_figures(name, monkeypatch):
    finding = import_module(f"benchmarks.reproduce.{name}")
    monkeypatch.setattr(finding, "save", lambda *args, **more: None)
    text = (PAGES / f"{name.replace('_', '-')}.md").read_text(encoding="utf-8")
    rows = list(finding.show(kept_cases.kept(name)))
    assert [row for row in rows if f"\n{row}\n" not in text] == []


def test_the_page_of_the_exact_penalty_shows_its_rows(monkeypatch):
    monkeypatch.setattr(adaptive_l2, "save", lambda *args, **more: None)
    text = (PAGES / "adaptive-l2.md").read_text(encoding="utf-8")
    assert [row for row in adaptive_l2.show() if f"\n{row}\n" not in text] == []


@pytest.mark.parametrize("name", FINDINGS)
def test_a_page_names_its_command_and_shows_every_picture_that_it_draws(name, monkeypatch):
    finding = import_module(f"benchmarks.reproduce.{name}")
    drawn = []
    monkeypatch.setattr(finding, "save", lambda picture, *args, **more: drawn.append(picture))
    list(finding.show(kept_cases.kept(name)))
    text = (PAGES / f"{name.replace('_', '-')}.md").read_text(encoding="utf-8")
    assert f"`python -m benchmarks.reproduce.{name} MNIST.parquet`" in text
    for picture in drawn:
        assert f"]({Path(picture).name}-light.svg#only-light)" in text


@pytest.mark.parametrize("name", FINDINGS)
def test_every_case_of_a_finding_was_measured_once(name):
    asked = list(import_module(f"benchmarks.reproduce.{name}").cases())
    measured = [{key: each[key] for key in asked[0]} for each in kept_cases.kept(name)]
    assert sorted(map(json.dumps, measured)) == sorted(map(json.dumps, asked))


def test_the_overview_names_every_finding():
    text = (PAGES / "index.md").read_text(encoding="utf-8")
    there = {each.name for each in PAGES.glob("*.md")} - {"index.md"}
    assert set(re.findall(r"\]\(([\w-]+\.md)\)", text)) == there


@pytest.fixture
def images(tmp_path):
    """A file as that of MNIST, with noise for images."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(0, 256, (70_000, 784), np.uint8))
    table.columns = [f"p{i}" for i in range(784)]
    table["target"] = rng.integers(0, 10, 70_000)
    table.to_parquet(tmp_path / "images.parquet")
    mnist._all_images.cache_clear()
    yield tmp_path / "images.parquet"
    mnist._all_images.cache_clear()


def test_training_sets_share_no_image_with_each_other_or_with_those_to_choose_by(images):
    X, y = mnist._all_images(images)
    one, other = (mnist.training_set(images, number, 1000)[0] for number in (0, 1))
    np.testing.assert_array_equal(np.vstack([one, other]), X[:2000])
    np.testing.assert_array_equal(mnist.images_to_choose_by(images)[0], X[55_000:60_000])
    np.testing.assert_array_equal(mnist.test_images(images)[1], y[60_000:])
    with pytest.raises(AssertionError):
        mnist.training_set(images, 55, 1000)


def test_a_pixel_is_the_mean_of_four(images):
    pixels = pd.read_parquet(images).iloc[3, :784].to_numpy(float).reshape(28, 28)
    expected = [pixels[:2, :2].mean() / 255, pixels[:2, 2:4].mean() / 255]
    np.testing.assert_allclose(mnist._all_images(images)[0][3, :2], expected, rtol=1e-6)


def test_what_is_measured_is_kept_and_not_measured_again(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(kept_cases, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["finding", "images.parquet"])
    worked = []

    def work(file, case):
        worked.append(case["set"])
        if case["set"] == 2 and len(worked) == 3:
            raise KeyboardInterrupt
        return {"loss": case["set"] + 0.5}

    asked = [{"way": "none", "set": number} for number in range(4)]
    with pytest.raises(KeyboardInterrupt):
        kept_cases.run("finding", asked, work, lambda found: [])
    kept_cases.run("finding", asked, work, lambda found: [f"{len(found)} of 4"])
    assert worked == [0, 1, 2, 2, 3]
    assert capsys.readouterr().out == "4 of 4\n"
    found = kept_cases.kept("finding")
    np.testing.assert_array_equal(
        kept_cases.values(found, "loss", way="none"), [0.5, 1.5, 2.5, 3.5]
    )


def test_dropout_is_on_when_the_way_says():
    on = {
        way: [epoch for epoch in range(6) if rate_in(way, epoch, 6, 0.5)]
        for way in ("none", "always", "early", "late")
    }
    assert on == {"none": [], "always": [0, 1, 2, 3, 4, 5], "early": [0], "late": [1, 2, 3, 4, 5]}


def test_a_strength_forgets_over_its_timescale():
    steps = 8 * 2000 // 50
    kept = (1 - 0.001 * strength(2000, 8)) ** steps
    assert kept == pytest.approx(np.exp(-1), rel=0.01)


def test_a_picture_is_drawn_for_light_and_dark_without_a_background(tmp_path, monkeypatch):
    monkeypatch.setattr(pictures, "FOLDER", tmp_path)
    pictures.save("one", lambda ax, colours: ax.plot([1, 2], color=colours[0]))
    light, dark = ((tmp_path / f"one-{each}.svg").read_text() for each in ("light", "dark"))
    assert "#1f6f8b" in light
    assert "#6fc3df" in dark
    assert "#ffffff" not in light + dark
