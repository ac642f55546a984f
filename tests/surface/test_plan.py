import pickle
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Axes
from dropdecay.errors import BadSetting
from dropdecay.settings import Regularization
from dropdecay.surface.plan import Plan, refit_run
from tests.surface.small import setting

AXES = Axes.of({"dropout": [0.5, 0.0], "weight_decay": [1.0, 0.0, 0.1]})


def plan(axes=AXES, n_seeds=2, random_state=0, n_folds=2, **how):
    return Plan(axes, setting(**how), n_folds, n_seeds, random_state)


def test_every_point_fold_and_seed_is_one_run():
    runs = plan().runs
    places = {(run.point, run.fold, run.seed) for run in runs}
    assert len(runs) == len(places) == AXES.n_points * 2 * 2


def test_a_run_has_the_setting_of_its_point():
    for run in plan().runs:
        assert run.setting.regularization.dropout == run.point["dropout"]
        assert run.setting.regularization.weight_decay == run.point["weight_decay"]
        assert run.epochs == 3


def test_points_share_their_random_numbers_and_folds_and_seeds_do_not():
    keys = {}
    for run in plan().runs:
        keys.setdefault((run.fold, run.seed), set()).add(tuple(run.key))
    assert all(len(shared) == 1 for shared in keys.values())
    assert len(set.union(*keys.values())) == 4


def test_a_run_stays_the_same_when_the_plan_around_it_grows():
    more = {"dropout": [0.0, 0.2, 0.5], "weight_decay": [0.0, 0.1, 1.0, 3.0]}
    longer = plan(axes=Axes.of(more), n_seeds=3)
    kept = {(run.point, run.fold, run.seed): run for run in longer.runs}
    for run in plan().runs:
        other = kept[run.point, run.fold, run.seed]
        np.testing.assert_array_equal(run.key, other.key)
        assert run == other


def test_a_run_is_small_enough_to_be_sent_anywhere():
    assert max(len(pickle.dumps(run)) for run in plan().runs) < 2000


def test_all_points_share_what_the_setting_says():
    base = Regularization(input_dropout=0.1, decay="l2")
    shared = {
        (run.setting.regularization.input_dropout, run.setting.regularization.decay)
        for run in plan(regularization=base).runs
    }
    assert shared == {(0.1, "l2")}


def test_one_fold_is_refused():
    with pytest.raises(BadSetting, match="at least 2 folds"):
        plan(n_folds=1)


def test_a_decay_too_strong_for_the_learning_rate_is_refused_before_training():
    with pytest.raises(BadSetting, match="would remove a whole weight"):
        plan(learning_rate=1.0)


def test_the_refit_has_a_key_of_its_own_and_its_own_length():
    point = AXES.points[1]
    run = refit_run(setting(), point, 7, 0)
    assert run.epochs == 7
    assert run.setting == point.applied_to(setting())
    assert tuple(run.key) not in {tuple(other.key) for other in plan().runs}
    assert replace(run, fold=0) != run
