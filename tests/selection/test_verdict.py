import json

import numpy as np
import pytest

from dropdecay.selection.choice import choose
from dropdecay.selection.epochs import points_at_epochs
from dropdecay.selection.verdict import (
    HELPS,
    HELPS_NOT,
    UNCLEAR,
    UNDERFITS,
    left_out_losses,
    reach_verdict,
)
from tests.selection.worlds import around, results


def verdict(world, **how):
    return reach_verdict(world, choose(world, **how))


def test_a_gain_in_every_fold_helps_and_says_how_much():
    found = verdict(results(around([[1.0, 0.8], [0.9, 0.7]], spread=0.2)))
    assert found.kind == HELPS
    assert "dropout 0.5 with weight decay 1 lowers the log loss by 30%" in str(found)
    against = {each.against: each.difference.mean for each in found.comparisons}
    assert against == pytest.approx({"none": -0.3, "dropout": -0.2, "decay": -0.1})


def test_effects_say_what_each_brings_and_whether_they_add_up():
    found = verdict(results(around([[1.0, 0.8], [0.9, 0.75]], spread=0.2)))
    brought = {each.name: each.difference.mean for each in found.effects}
    assert brought == pytest.approx(
        {"dropout alone": -0.1, "weight decay alone": -0.2, "both": -0.25,
         "both beyond the sum": 0.05}
    )  # fmt: skip


def test_where_none_is_best_regularization_does_not_help():
    found = verdict(results(around([[0.7, 0.8], [0.9, 1.0]], spread=0.2)))
    assert found.kind == HELPS_NOT
    assert str(found) == "Regularization does not help here: no point is better than none."


def test_a_gain_below_one_percent_is_no_help():
    found = verdict(results(around([[1.0, 0.999], [1.0, 1.0]], spread=0.2)))
    # The gain is the same in every fold, so it is sure; it helps, however little ...
    assert found.kind == HELPS
    noisy = around([[1.0, 0.999], [1.0, 1.0]], spread=0.2)
    noisy[0, 1] += [0.002, -0.002, 0.001, -0.001, 0.0]
    # ... but one that may be none, and is at most 1 %, does not.
    assert verdict(results(noisy)).kind == HELPS_NOT


def test_a_gain_that_folds_do_not_agree_on_is_left_open_with_what_would_tell():
    loss = around([[1.0, 1.0], [1.0, 1.0]], spread=0.1)
    loss[1, 1] += [-0.35, -0.02, -0.3, -0.05, -0.3]
    found = verdict(results(loss))
    assert found.kind == UNCLEAR
    assert "About 10 more folds" in str(found)


def test_a_network_that_still_learns_without_regularization_underfits():
    falling = around([[0.7, 0.8], [0.9, 1.0]], spread=0.1)[..., None, None] + [0.2, 0.1, 0.0]
    found = verdict(results(falling, training=falling))
    assert found.kind == UNDERFITS
    assert "Try more epochs" in str(found)


def test_without_a_point_of_no_regularization_nothing_can_be_said_against_it():
    found = verdict(results(around([[0.7, 0.8], [0.9, 1.0]], spread=0.1), dropout=(0.2, 0.5)))
    assert found.kind == UNCLEAR
    assert "Put 0 on both axes" in str(found)


def test_a_network_no_better_than_a_constant_is_told():
    world = results(around([[1.0, 0.8], [0.9, 0.7]], spread=0.2), baseline_loss=0.7)
    assert "always predicting the same" in str(verdict(world))
    better = results(around([[1.0, 0.8], [0.9, 0.7]], spread=0.2), baseline_loss=1.5)
    assert "always predicting the same" not in str(verdict(better))


def test_a_pick_is_judged_by_the_fold_it_was_not_made_on():
    # Point (0, 1) wins on all folds together by its luck in fold 0 alone.
    loss = np.ones((2, 2, 4))
    loss[0, 1] = [0.0, 1.1, 1.1, 1.1]
    world = results(loss)
    points, choice = points_at_epochs(world), choose(world)
    assert (choice.best.dropout, choice.best.weight_decay) == (0.0, 1.0)
    left_out = left_out_losses(points, points.finished, choice)
    # Without fold 0 another point is picked, so that fold shows none of the luck.
    np.testing.assert_allclose(left_out, [1.0, 1.1, 1.1, 1.1])


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_in_a_world_without_effect_help_is_claimed_in_at_most_five_of_a_hundred(rule):
    rng = np.random.default_rng(0)
    claims = 0
    for _ in range(300):
        shared = rng.normal(0, 0.1, 5)
        own = rng.normal(0, 0.05, (4, 5, 5))
        world = results(
            1 + shared + own, dropout=(0.0, 0.1, 0.3, 0.5), weight_decay=(0.0, 0.1, 1.0, 3.0, 10.0)
        )
        claims += verdict(world, rule=rule).kind == HELPS
    assert claims <= 15


def test_a_verdict_becomes_json():
    found = verdict(results(around([[1.0, 0.8], [0.9, 0.7]], spread=0.2)))
    read = json.loads(json.dumps(found.as_dict()))
    assert read["kind"] == HELPS
    assert len(read["comparisons"]) == 3
    assert found.sentences[0].startswith("Against no regularization: log loss -0.3 ")
