import numpy as np

from dropdecay.report.lines import optimism_line, plain_loss_line, spread_line, with_error
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import Optimism
from tests.selection.worlds import around, results_of


def test_the_spread_over_folds_and_over_seeds_is_reported_separately():
    # Folds at 0, 1 and 2; within each the two seeds differ by 0.2: a variance of 0.02.
    loss = np.full((2, 2, 3, 2), 5.0)
    loss[0, 0] = np.array([0.0, 1.0, 2.0])[:, None] + [-0.1, 0.1]
    said = spread_line(choose(results_of(loss)).best, "log loss")
    fold, seed = np.sqrt(1.0 - 0.02 / 2), np.sqrt(0.02)
    assert f"by {fold:.2f} (SD) from fold to fold, by {seed:.2f} from seed to seed" in said


def test_with_one_seed_its_variance_cannot_be_separated_from_that_of_folds():
    world = results_of(around([[0.5, 0.8], [0.9, 0.7]], 0.02))
    assert "cannot be separated with one seed." in spread_line(choose(world).best, "log loss")


def test_what_to_expect_names_the_selection_bias_or_that_there_is_none():
    assert "selection bias of the best point: 0.10" in optimism_line(
        Optimism(0.5, 0.6, 0.4, 0.8), "log loss"
    )
    assert "best point: negligible" in optimism_line(Optimism(0.6, 0.59, 0.4, 0.8), "log loss")


def test_the_plain_loss_of_two_points_is_told_with_its_own_error():
    # The best point is the first; the second is as good and has the smaller gap.
    loss = np.array([[[0.5, 0.6, 0.5, 0.6], [0.6, 0.5, 0.6, 0.52]]])
    results = results_of(loss, training=loss - np.array([0.2, 0.1])[:, None],
                         attributes={"plain_loss_name": "log loss", "plain_blocks": 1})  # fmt: skip
    assert plain_loss_line(choose(results), "log loss / 1e3", 1e-3).startswith(
        "Log loss / 1e3 without class weights: 0.000550 ± 0.000029 (best), 0.000555 ± 0.0000"
    )


def test_a_figure_of_many_digits_is_written_with_an_exponent():
    assert with_error(-123456789.0, 45678.0) == "-1.235e+08 ± 45678"
    assert with_error(0.8123, 0.012) == "0.812 ± 0.012"
