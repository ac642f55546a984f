import numpy as np
from rich.console import Console

from dropdecay.report.text import print_summary, spread_line
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import estimate_optimism
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
