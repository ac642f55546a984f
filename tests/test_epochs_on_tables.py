"""What docs/benchmarks.md says of adaptive epochs on real tables is what was measured."""

import json
from pathlib import Path

import numpy as np

from benchmarks import epochs_of_two_seeds
from benchmarks.epochs_on_tables import FIGURES, as_table
from benchmarks.verdict_on_tables import TABLES

ROWS = [json.loads(line) for line in FIGURES.read_text().splitlines()]
PAGE = (Path(__file__).parent.parent / "docs" / "benchmarks.md").read_text()


def geometric_mean(name, other):
    return float(np.exp(np.mean([np.log(row[name] / row[other]) for row in ROWS])))


def test_the_page_has_every_table():
    assert sorted(row["table"] for row in ROWS) == sorted(TABLES)
    assert as_table(ROWS) in PAGE


def test_the_page_says_what_the_tables_say_together():
    assert round(geometric_mean("seconds_before", "seconds"), 1) == 2.7
    assert round(geometric_mean("seconds_long", "seconds"), 1) == 6.2
    assert round(100 * (geometric_mean("loss", "loss_before") - 1), 1) == -6.4
    assert sum(row["regret_of_choice"] <= 0.01 for row in ROWS) == 10
    assert "**ten of twelve**" in PAGE
    later, points = (sum(row[name] for row in ROWS) for name in ("falls_later", "points"))
    assert f"4.4 % ({later} of {points})" in PAGE


def test_the_page_says_why_two_choices_are_off():
    # Points are in the order of the axes: six rates, six decays each.
    rates = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    place = {"bank_marketing": (0.4, 3.1), "kc1": (0.2, 1.0)}
    off = {}
    for row in ROWS:
        if row["table"] in place:
            rate, decay = place[row["table"]]
            assert row["best"] == f"dropout {rate:g} with weight decay {decay:g}"
            at = 6 * rates.index(rate) + row["decays"].index(decay)
            assert row["endings"][at] == "flat"
            off[row["table"]] = (row["ends"][at], round(100 * row["regrets"][at], 1))
    assert off == {"bank_marketing": (32, 1.3), "kc1": (82, 0.8)}
    assert "at 32 and 82 epochs, and fell by another\n1.3 and 0.8 % in all" in PAGE
    (mfeat,) = (row for row in ROWS if row["table"] == "mfeat_factors")
    assert mfeat["choice_in_errors"] < 0 < mfeat["regret_of_choice"]
    assert not mfeat["same_choice"]


def test_the_page_says_on_how_many_tables_the_best_decay_is_at_an_end():
    places = [row["decays"].index(row["decay"]) for row in ROWS]
    assert (places.count(5), places.count(1), len(places)) == (0, 3, 12)
    assert "strongest decay of the axis on no table" in PAGE
    assert "on three of the twelve" in PAGE


def test_the_page_says_how_far_two_seeds_are_apart():
    rows = map(json.loads, epochs_of_two_seeds.FIGURES.read_text().splitlines())
    for row in rows:
        errors = " and ".join(f"{each:+.2f}" for each in row["in_errors"])
        losses = " and ".join(f"{100 * each:+.2f}" for each in row["regret"])
        assert f"| {row['table']} | {errors} | {losses} % |" in PAGE
