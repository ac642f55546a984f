import re

import numpy as np
import pytest

from dropdecay.decay_memory import Pace
from dropdecay.report.stored import read_run
from tests.report.terminal.screens import screen
from tests.report.worlds import bowl, grid, results_at, summary_of

PACE = Pace(0.001, 25).attributes()


def shown(points, loss, width=80, rule="best", criterion="loss", summary=None, **world):
    results = results_at(points, loss, **world)
    found = summary_of(results, rule=rule, criterion=criterion, **(summary or {}))
    return screen(results, found, width)


def flat(text):
    return " ".join(text.split())


TWO = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_longer_than_the_terminal_and_nothing_but_text_is_piped(width):
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1), width, attrs=PACE)
    assert all(len(line) <= width for line in said.splitlines())
    assert all(line == line.rstrip() for line in said.splitlines())
    assert "\x1b" not in said
    assert "\xa0" not in said


def test_the_answer_comes_first_then_the_surface_then_what_each_part_brings():
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1))
    parts = [
        "Use dropout 0.2 with weight decay 0.1", "What to expect", "How sure", "What beats it",
        "Saved", "Log loss on held-out rows, mean of 4 folds ± standard error",
        "★ best, refitted on all rows", "Log loss lower by, against no regularization",
        "both, 0.2 with 0.1",
    ]  # fmt: skip
    places = [said.index(part) for part in parts]
    assert places == sorted(places)


def test_a_warning_stands_above_the_answer():
    leak = {"code": "leak", "column": "paid", "sentence": "Leak suspected: column 'paid'.",
            "option": "--drop paid", "grave": True}  # fmt: skip
    table = {"table": {"columns": [], "findings": [leak]}}
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1), summary=table)
    assert said.lstrip().startswith("! The answer below is probably worthless. Leak suspected")
    assert "If that column is sound: use dropout 0.2 with weight decay 0.1" in said


def test_what_is_worth_acting_on_is_noted(every_way_out):
    run = read_run(every_way_out)
    said = flat(screen(run.results, run.summary))
    assert "networks diverged; their settings are left out. A smaller --lr may help." in said


@pytest.mark.parametrize("best_epoch", [11, 12])
def test_a_point_that_still_improves_at_the_last_epoch_is_noted(best_epoch):
    results = results_at(TWO, bowl(dropout=0.2, weight_decay=0.1))
    level = np.abs(np.arange(1, 13) - best_epoch) / 10
    results["validation_loss"] = results["validation_loss"] * 0 + level + 1
    said = flat(screen(results, summary_of(results)))
    assert ("Try --epochs 24" in said) == (best_epoch == 12)


def test_memory_is_told_beside_the_table_or_else_of_the_saved_network():
    beside = shown(TWO, bowl(dropout=0.2, weight_decay=1.0), attrs=PACE)
    assert re.search(r"decay +τ", beside)
    assert re.search(r"\n +0 +∞ ", beside)
    assert re.search(r"\n +1 +40 ", beside)
    assert "forgets over" not in beside
    rates = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), learning_rate_init=(0.001, 0.01))
    said = shown(rates, lambda point: 0.5 if point == rates[-1] else 0.8, attrs=PACE)
    assert "weight decay 1 (forgets over 4 epochs), learning rate 0.01." in flat(said)


def test_names_from_strangers_are_shown_clean():
    evil = {"verdict": {**summary_of(results_at(TWO, bowl()))["verdict"],
                        "recommendation": "Use \x1b[2J it."}}  # fmt: skip
    said = shown(TWO, bowl(dropout=0.2), summary=evil)
    assert "\x1b" not in said
    assert "Use \\x1b[2J it" in said
