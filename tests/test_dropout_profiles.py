"""What docs/statistics.md says of dropout profiles is what was measured."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.dropout_profiles import FIGURES, UNIFORM, compared, of_tables

ROWS = [json.loads(line) for line in FIGURES.read_text().splitlines()]
PAGE = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()


def figures_of(network, profile):
    """Return mean and interval on the folds, and on rows that were not fitted."""
    rows = [row for row in ROWS if row["network"] == network]
    parts = compared(rows, profile).split("; ")
    unseen, folds = (part.split(" ", 3)[3] for part in parts)
    return [each.split(", median")[0] for each in (folds, unseen)]


@pytest.mark.parametrize("network", ["128-128", "64-64-64-64"])
@pytest.mark.parametrize("profile", ["first", "last", "falling", "all"])
def test_the_page_has_every_profile(network, profile):
    folds, unseen = figures_of(network, profile)
    assert f"| {folds} | {unseen} |" in PAGE


def test_the_page_says_on_how_many_tables_and_what_the_narrowing_network_gave():
    tables = {each: [row["table"] for row in ROWS if row["network"] == each]
              for each in ("128-128", "64-64-64-64", "256-64")}  # fmt: skip
    assert sorted(tables["128-128"]) == sorted(tables["64-64-64-64"])
    assert len(tables["128-128"]) == 6
    assert f"({', '.join(tables['256-64'])})" in PAGE.replace("\n", " ")
    assert f"all profiles together {figures_of('256-64', 'all')[1]} on rows" in PAGE


def test_a_mean_over_tables_weighs_splits_of_one_table_together():
    found = of_tables([("a", 1.1), ("a", 1.1), ("b", 1.0)])
    assert np.allclose(found, [np.log(1.1), 0.0])
    assert UNIFORM in ROWS[0]["profiles"]
