import numpy as np
import pytest

from dropdecay.report.sections.run import FAR, NEAR, WITHIN, run_of, steps_from_best
from tests.report.worlds import bowl, grid, results_at, summary_of


def test_steps_count_paired_standard_errors_from_the_best():
    folds = np.array([0.0, 1.0, 2.0, 3.0])
    wobble = np.array([-0.1, 0.1, -0.1, 0.1])
    error = wobble.std(ddof=1) / 2
    costs = np.stack(
        [folds, *(folds + k * error + wobble for k in (0.9, 1.9, 2.1)), folds * np.nan]
    )
    # The luck of the folds, many times as large, is shared and does not count.
    assert steps_from_best(costs, None).tolist() == [WITHIN, WITHIN, NEAR, FAR, 0]


def test_the_region_of_the_surface_is_that_of_the_choice():
    results = results_at(grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1)), bowl(dropout=0.2))
    run = run_of(results, summary_of(results))
    steps = steps_from_best(run.figures.loss, run.figures.folds_per_repeat)
    np.testing.assert_array_equal(steps == WITHIN, run.surface.as_good)


def test_a_squared_error_is_shown_as_its_root_with_the_slope_of_the_root_for_its_error():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2),
                         attrs={"loss_name": "mean squared error", "score_name": "r2"})  # fmt: skip
    loss = run_of(results, summary_of(results, task="regression")).loss
    assert (loss.name, loss.value(4.0), loss.error(4.0, 0.4)) == ("RMSE", 2.0, 0.1)
    # From a squared error of 4 down by 3 the root falls from 2 to 1.
    assert loss.gain(3.0, 4.0) == 1.0


def test_a_tiny_loss_is_divided_by_a_power_of_ten_and_a_share_is_in_percent():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    for name in ("training_loss", "validation_loss"):
        results[name] = 1e-6 * results[name]
    run = run_of(results, summary_of(results))
    assert run.loss.name == "log loss / 1e-9"
    assert run.loss.value(5e-7) == pytest.approx(500.0)
    assert run.score.value(0.98) == 98.0
