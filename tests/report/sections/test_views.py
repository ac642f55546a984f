import numpy as np

from dropdecay.report.numbers import figure
from dropdecay.report.sections.figures import decimals_of
from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.views import differences
from dropdecay.statistics.folds import standard_error
from tests.report.worlds import bowl, grid, results_at, summary_of


def test_a_stopped_setting_is_compared_with_the_chosen_one_on_the_folds_they_share():
    results = results_at(grid(dropout=(0.0, 0.2, 0.9)), bowl(dropout=0.2), eliminated={2: 3})
    run = run_of(results, summary_of(results))
    said = differences(run)
    assert said[1] == ""  # the chosen one itself
    curve = results["validation_loss"].isel(seed=0).values
    own = int(curve[2, :3].mean(axis=0).argmin())
    chosen = int(run.figures.epochs[1]) - 1
    away = curve[2, :3, own] - curve[1, :3, chosen]
    error = float(standard_error(away))
    size = figure(away.mean(), decimals_of([error]))
    assert said[2].startswith(f"On the 3 folds they share its log loss is {size} ±")
    assert said[2].endswith("higher than that of the chosen setting.")


def test_a_finished_setting_is_compared_on_all_folds():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    run = run_of(results, summary_of(results))
    away = run.figures.loss[0] - run.figures.loss[1]
    assert differences(run)[0].startswith("On the same folds")
    assert (
        figure(float(np.abs(away.mean())), decimals_of([float(standard_error(away))]))
        in (differences(run)[0])
    )
