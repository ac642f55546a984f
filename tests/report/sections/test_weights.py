import numpy as np
import pytest

from dropdecay.report.plot_data import weights_of
from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.weights import norm_text, weights_section_of
from dropdecay.report.stored import read_run
from tests.report.worlds import bowl, grid, results_at, summary_of


@pytest.fixture(scope="module")
def run(raced_folder):
    stored = read_run(raced_folder)
    return run_of(stored.results, stored.summary)


def test_the_chosen_rate_is_drawn_last_in_the_accent_and_a_gap_is_left_where_all_diverged(run):
    panel, share = weights_section_of(run).panels
    lines = [shape for shape in panel.shapes if shape.kind in ("ch", "no")]
    assert [line.kind for line in lines] == ["no", "no", "ch"]
    assert share.ticks_y[-1].text.endswith("\u00a0%")
    assert all(line.d.count("L") == 2 for line in lines)  # of four decays the last diverged


def test_the_fold_says_the_norm_at_the_choice_and_without(run):
    weights = weights_of(run.results)
    chosen = norm_text(float(weights.norm[run.surface.chosen]))
    assert weights_section_of(run).short.startswith(f"norm {chosen} at the chosen setting, ")


def test_norms_have_three_digits():
    assert [norm_text(v) for v in (6.3, 14.123, 1234.5)] == ["6.30", "14.1", "1,234"]


def test_a_run_without_weights_and_a_single_setting_have_no_such_part():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(), weights=False)
    assert weights_section_of(run_of(results, summary_of(results))) is None
    results = results_at(grid(dropout=(0.2,)), bowl())
    assert weights_section_of(run_of(results, summary_of(results))) is None


def test_nothing_measured_at_all_still_gives_a_plot(raced_folder):
    stored = read_run(raced_folder)
    gone = stored.results.assign(weight_norm=stored.results["weight_norm"] * np.nan)
    assert weights_section_of(run_of(gone, stored.summary)).panels[0].ticks_y
