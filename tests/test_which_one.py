"""Which regularization helps where: the pages show what was measured, in both languages."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.which_one import MOST_EPOCHS, cells, kept
from benchmarks.which_one_page import percent, rows_of_page, told, what_predicts

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("page", ["docs/learn/which-one.md", "docs/zh/learn/which-one.md"])
def test_the_page_shows_the_rows_of_its_cells(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [row for row in rows_of_page(kept()) if f"\n{row}\n" not in text] == []
    assert str(len(kept())) in text


def test_every_cell_was_asked_for_and_measured_once():
    measured = [(each["table"], each["rows"], each["network"]) for each in kept()]
    assert len(set(measured)) == len(measured)
    assert set(measured) <= set(cells())


def test_a_gain_is_a_share_of_the_loss_of_none_and_bold_where_it_is_sure():
    cell = {"none": 0.5}
    np.testing.assert_allclose(percent(cell, [0.1, 0.05, 0.15]), [20, 10, 30])
    assert told(cell, [0.1, 0.05, 0.15]) == "**+20 (+10 to +30)**"
    assert told(cell, [0.1, -0.05, 0.25]) == "+20 (-10 to +50)"


def test_a_gain_that_follows_a_predictor_correlates_fully_with_it():
    made = [
        {**each, "effects": {kind: [each["none"] * each["rows"] / each["weights"], 0, 0]
                             for kind in ("dropout", "weight_decay", "together")}}
        for each in kept()
    ]  # fmt: skip
    (row,) = [row for row in what_predicts(made) if "rows per weight" in row]
    assert row.count("**+1.00 (+1.00 to +1.00)**") == 3


def test_the_page_tells_how_many_cells_were_cut_short():
    short = sum(each["epochs"] == MOST_EPOCHS[each["rows"]] for each in kept())
    text = (ROOT / "docs/learn/which-one.md").read_text(encoding="utf-8")
    assert f"In {short} of {len(kept())} cells" in text


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/learn/confusions.md", "in {} of {} [searches]"),
        ("docs/zh/learn/confusions.md", "{1} 次[搜索](which-one.md)里有 {0} 次"),
    ],
)
def test_the_answers_tell_how_often_no_dropout_was_chosen(page, words):
    without = sum(each["chosen"]["dropout"] == 0 for each in kept())
    assert words.format(without, len(kept())) in (ROOT / page).read_text(encoding="utf-8")
