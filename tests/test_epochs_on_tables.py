"""What docs/benchmarks.md says of adaptive epochs on real tables is what was measured."""

import json
from pathlib import Path

import numpy as np

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
