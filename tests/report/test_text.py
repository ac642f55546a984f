from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from dropdecay.report.text import (
    optimism_line,
    points_table,
    power_of,
    print_summary,
    spread_line,
    surface_table,
)
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import Optimism, estimate_optimism
from dropdecay.selection.verdict import reach_verdict
from tests.selection.worlds import around, results_of


def summary(world, capsys):
    """Print the summary of a world, 100 columns wide."""
    choice = choose(world)
    print_summary(Console(width=100), world, choice, estimate_optimism(world, choice),
                  reach_verdict(world, choice), {"seed": 0})  # fmt: skip
    return capsys.readouterr().out


def test_an_eliminated_point_is_shown_with_its_mean_so_far_and_after_how_many_folds(capsys):
    loss = around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    loss[1, 0] = [0.9, 1.0, 1.1, np.nan]
    world = results_of(loss)
    world["eliminated"] = (("dropout", "weight_decay"), np.array([[False, False], [True, False]]))
    said = summary(world, capsys)
    assert "1.000x" in said
    assert "3 folds" in said
    assert "x eliminated after the folds named: clearly behind the leader (1 point)" in said
    assert "diverged" not in said


def test_a_diverged_point_is_told_apart_from_an_eliminated_one(capsys):
    diverged = np.zeros((2, 2, 4, 1), bool)
    diverged[1, 0, 2] = True
    world = results_of(around([[1.0, 0.8], [0.9, 0.7]], 0.02), diverged=diverged)
    said = summary(world, capsys)
    assert "diverged" in said
    assert "eliminated" not in said


def test_the_spread_over_folds_and_over_seeds_is_told_apart():
    # Folds at 0, 1 and 2; within each the two seeds differ by 0.2: a variance of 0.02.
    loss = np.full((2, 2, 3, 2), 5.0)
    loss[0, 0] = np.array([0.0, 1.0, 2.0])[:, None] + [-0.1, 0.1]
    said = spread_line(choose(results_of(loss)).best, "log loss")
    fold, seed = np.sqrt(1.0 - 0.02 / 2), np.sqrt(0.02)
    assert f"by {fold:.2f} (SD) from fold to fold, by {seed:.2f} from seed to seed" in said


def test_one_seed_cannot_be_told_apart_from_folds():
    world = results_of(around([[0.5, 0.8], [0.9, 0.7]], 0.02))
    assert "seeds included: there is one." in spread_line(choose(world).best, "log loss")


@pytest.mark.parametrize(
    ("size", "power"), [(0.05, 0), (900.0, 0), (3e6, 6), (2.7e9, 9), (5e-5, -6)]
)
def test_losses_of_many_digits_are_printed_in_powers_of_a_thousand(size, power):
    loss = size * around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    assert power_of(results_of(loss, curve=np.zeros(3))) == power


def test_large_losses_and_their_errors_fit_on_a_line():
    world = results_of(1e9 * around([[3.0, 2.0], [2.5, 2.2]], 0.02), curve=np.zeros(3))
    printed = Console(width=100, record=True, file=StringIO())
    printed.print(surface_table(world, choose(world), width=100))
    assert "2.000 ± " in printed.export_text()


def test_the_points_that_matter_fit_into_eighty_columns_with_small_errors():
    world = results_of(around([[0.0609, 0.0608], [0.0767, 0.0665]], 0.0061))
    choice, said = choose(world), StringIO()
    Console(width=80, file=said).print(
        points_table(choice, {**world.attrs, "score_name": "balanced accuracy"}, 1.0)
    )
    assert "…" not in said.getvalue()
    assert "one-SE" in said.getvalue()


def test_what_to_expect_says_so_where_nothing_was_flattered():
    assert "flatters itself by 0.10" in optimism_line(Optimism(0.5, 0.6, 0.4, 0.8), "log loss")
    assert "flatters nothing" in optimism_line(Optimism(0.6, 0.59, 0.4, 0.8), "log loss")


@pytest.mark.parametrize("best_epoch", [1, 2, 3])
def test_a_point_that_still_improves_at_the_last_epoch_is_told(capsys, best_epoch):
    curve = np.full(3, 0.5)
    curve[best_epoch - 1] = 0.0
    world = results_of(around([[1.0, 0.8], [0.9, 0.7]], 0.02), curve=curve)
    assert ("Try --epochs 6" in summary(world, capsys)) == (best_epoch == 3)
