"""What docs/statistics.md says of searches after a pilot is what was measured in worlds."""

import json
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks import pilot_search
from benchmarks.pilot_in_worlds import as_tables
from benchmarks.pilot_search import AGAIN, KNOWN, NULL, PILOT, WHOLE, folds_of, searched
from benchmarks.timing import FIGURES
from dropdecay.settings import Schedule

FOUND = json.loads((FIGURES / "pilot_in_worlds.json").read_text())
PAGE = (Path(__file__).parent.parent / "docs" / "statistics.md").read_text()


def test_only_where_its_rows_judge_again_do_folds_hold_out_the_pilot():
    labels = np.arange(pilot_search.N_ROWS) % 2
    for way, is_held_out in ((PILOT, False), (AGAIN, True)):
        folds, drawn = folds_of(way, labels, 0)
        held = np.concatenate([validation for _, validation in folds])
        assert (np.isin(drawn.rows, held) == is_held_out).all()
        assert abs(drawn.rows.size - pilot_search.N_ROWS / 8) <= 1
        assert all(np.isin(drawn.rows, np.concatenate(fold)).all() for fold in folds)
    assert folds_of(WHOLE, labels, 0)[1] is None


def test_a_search_tells_what_was_said_and_what_is_true():
    world = replace(KNOWN[1], n_rows=160, schedule=Schedule(12, 32, learning_rate=4e-3))
    with patch.object(pilot_search, "N_ROWS", 160), patch.object(pilot_search, "N_NEW", 400):
        found = searched(world, 0, PILOT)
        whole = searched(world, 0, WHOLE)
    assert found.n_trained < whole.n_trained
    assert whole.n_trained >= 20
    assert min(found.steps, whole.steps) > 20 * 5 * 4  # an epoch of every point at the least
    assert found.lower <= found.gain <= found.upper
    assert found.corrected_lower < found.corrected < found.corrected_upper
    assert found.naive < found.corrected
    for each in (found, whole):
        assert 0.3 < each.true_loss < 0.8
        assert abs(each.true_gain) < 0.1


def test_the_page_has_every_world_and_way():
    assert {row["world"] for row in FOUND["rows"]} == {each.name for each in (*KNOWN, *NULL)}
    assert as_tables(FOUND) in PAGE


def test_the_page_says_what_the_worlds_say_together():
    for name in ("false helps", "covers E", "covers the loss"):
        value, low, high, count, total = FOUND[name]
        said = f"{100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f}; {count} of {total})"
        assert said in PAGE.replace("\n", " ")
