import numpy as np
import pytest

from dropdecay.data.fold_rows import MIN_MEASURED, fold_rows
from dropdecay.errors import BadSetting
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.plan import Axes, make_plan, refit_run

AXES = Axes.of([0.5, 0.0], [1.0, 0.0, 0.1])
FOLDS = [(np.arange(10, 30), np.arange(10)), (np.arange(20), np.arange(20, 30))]


def plan(axes=AXES, n_seeds=2, random_state=0, base=None, schedule=None):
    return make_plan(
        axes, FOLDS, n_seeds, random_state,
        base=base or Regularization(), schedule=schedule or Schedule(1, 8),
    )  # fmt: skip


def test_every_point_fold_and_seed_is_one_run():
    runs = plan().runs
    places = {(run.regularization, run.fold, run.seed) for run in runs}
    assert len(runs) == len(places) == AXES.n_points * 2 * 2


def test_axes_ascend():
    assert Axes((0.0, 0.5), (0.0, 0.1, 1.0)) == AXES


def test_points_share_their_random_numbers_and_folds_and_seeds_do_not():
    keys = {}
    for run in plan().runs:
        keys.setdefault((run.fold, run.seed), set()).add(tuple(run.key))
    assert all(len(shared) == 1 for shared in keys.values())
    assert len(set.union(*keys.values())) == 4


def test_a_run_stays_the_same_when_the_plan_around_it_grows():
    longer = plan(axes=Axes.of([0.0, 0.2, 0.5], [0.0, 0.1, 1.0, 3.0]), n_seeds=3)
    kept = {(run.regularization, run.fold, run.seed): run for run in longer.runs}
    for run in plan().runs:
        other = kept[run.regularization, run.fold, run.seed]
        np.testing.assert_array_equal(run.key, other.key)
        np.testing.assert_array_equal(run.rows.blocks, other.rows.blocks)


def test_all_points_share_what_the_base_says():
    base = Regularization(input_dropout=0.1, decay="l2")
    assert {(run.regularization.input_dropout, run.regularization.decay)
            for run in plan(base=base).runs} == {(0.1, "l2")}  # fmt: skip


def test_one_fold_is_refused():
    with pytest.raises(BadSetting, match="at least 2 folds"):
        make_plan(AXES, FOLDS[:1], 1, 0, base=Regularization(), schedule=Schedule(1, 8))


def test_a_decay_too_strong_for_the_learning_rate_is_refused_before_training():
    with pytest.raises(BadSetting, match="would remove all of a weight"):
        plan(schedule=Schedule(1, 8, learning_rate=1.0))


@pytest.mark.parametrize(("n_training", "n_validation"), [(40, 10), (5000, 300), (5000, 3000)])
def test_the_training_loss_is_measured_on_enough_training_rows(n_training, n_validation):
    rows = fold_rows(np.arange(n_training), np.arange(n_training, n_training + n_validation), 0, 1)
    assert rows.measured.size == min(n_training, max(n_validation, MIN_MEASURED))
    assert np.unique(rows.measured).size == rows.measured.size
    assert np.isin(rows.measured, rows.training).all()


@pytest.mark.parametrize("n_validation", [1, 7, 100, 101, 250])
def test_blocks_of_validation_rows_are_as_equal_as_can_be(n_validation):
    rows = fold_rows(np.arange(300), np.arange(n_validation), 0, 1)
    sizes = np.bincount(rows.blocks)
    assert sizes.size == min(100, n_validation)
    assert sizes.max() - sizes.min() <= 1


def test_the_refit_trains_on_all_rows_with_a_key_of_its_own():
    run = refit_run(Regularization(), 30, 0)
    np.testing.assert_array_equal(run.rows.training, np.arange(30))
    assert run.rows.validation.size == 0
    assert tuple(run.key) not in {tuple(other.key) for other in plan().runs}
