import re

import pytest

from dropdecay.report.compare_page import compare_html
from dropdecay.report.stored import StoredRun, read_run
from tests.report.conftest import EVIL
from tests.report.test_page import Elements
from tests.report.worlds import bowl, grid, results_at, summary_of


def stored(**more):
    results = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)), bowl(dropout=0.2))
    return StoredRun(results, {**summary_of(results), **more})


def expecting(corrected):
    ends = {"lower": corrected - 0.01, "upper": corrected + 0.01}
    return stored(optimism={"corrected": corrected, **ends})


def test_each_run_has_a_row_under_the_same_facts_and_the_best_is_in_the_accent():
    text = compare_html({"worse": expecting(0.5), "better": expecting(0.3)}, {})
    assert "Run better is to be expected lowest, and its interval lies below all others." in text
    rows = re.findall(r'<div class="run( best)?" role="row">\n<div role="cell"><b>(\w+)', text)
    assert rows == [("", "worse"), (" best", "better")]
    for title in ("What to expect on new rows, log loss", "How sure", "What beats it"):
        assert text.count(f">{title}<") == 1
    assert 'class="tr a"' in text


def test_runs_whose_intervals_overlap_are_not_told_apart():
    text = compare_html({"a": expecting(0.300), "b": expecting(0.305)}, {})
    assert "Run a is to be expected lowest, but the intervals overlap" in text


def test_a_plain_loss_of_an_earlier_version_does_not_stand_among_weighted_ones():
    new = expecting(0.3)
    old = stored(optimism={"corrected": 0.01, "lower": 0.009, "upper": 0.011})
    for run in (new, old):
        run.summary["choice"]["chosen"]["plain_loss"] = 0.01
    new.summary["optimism"]["plain"] = old.summary["optimism"]
    text = compare_html({"new": new, "old": old}, {})
    assert "0.010" not in text
    assert f"{old.summary['choice']['chosen']['loss']:.3f}" in text


@pytest.mark.parametrize("more", [{"table_sha256": "other"}, {"loss": "mean squared error"}])
def test_runs_that_cannot_be_compared_have_no_best_and_a_note(more):
    text = compare_html({"a": stored(), "b": stored(**more)}, {})
    assert "Before you compare" in text
    assert 'class="run best"' not in text


def test_settings_that_differ_are_listed_and_others_are_not():
    settings = {**stored().summary["settings"], "activation": "tanh"}
    text = compare_html({"a": stored(), "b": stored(settings=settings)}, {})
    table = text[text.index("Settings that differ") :]
    assert re.search(r"activation</th><td[^>]*>relu</td><td[^>]*>tanh", table)
    assert ">seeds<" not in table


def test_names_are_escaped_and_nothing_is_loaded(run_folder):
    run = read_run(run_folder)
    found = Elements(compare_html({EVIL: run, f"{EVIL}2": run}, {}))
    assert "img" not in found.names
    assert found.names.count("script") == 1
    assert all(address.startswith("data:text/csv") for address in found.addresses)
