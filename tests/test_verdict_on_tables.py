"""What docs/statistics.md says of the verdict on real tables is what was measured."""

import json
from itertools import product
from pathlib import Path

from benchmarks.verdict_on_tables import FIGURES, SPLITS, TABLES, as_table

ROWS = [json.loads(line) for line in FIGURES.read_text().splitlines()]
PAGE = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()


def test_the_page_has_every_table_and_split():
    found = {(row["table"], row["split"]) for row in ROWS}
    assert found == set(product(TABLES, SPLITS))
    assert as_table(ROWS) in PAGE


def test_the_page_counts_what_is_decided_and_what_a_judge_contradicts():
    decided = [row for row in ROWS if row["label"] != "open"]
    assert {row["label"] for row in decided} == {"helps", "probably helps"}
    assert (len(decided), len(ROWS)) == (15, 24)
    assert "15 of 24 are decided" in PAGE
    assert all(row["true"][0] > 0.0 for row in decided)
    assert not any(row["true"][2] < 0.0 for row in decided)
    assert not any(row["true"][1] > 0.0 for row in ROWS if row not in decided)
