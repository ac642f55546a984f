import numpy as np
import pytest

from dropdecay.errors import BadSetting
from dropdecay.policies.race import points_behind, races, stages
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.plan import Axes, make_plan
from tests.surface.racers import EPOCHS, FOLDS, known_engine

SCHEDULE = Schedule(EPOCHS, 10)


def behind(
    loss_of,
    *,
    noise=0.01,
    n_folds=3,
    criterion="loss",
    score_of=None,
    axes=((0.0, 0.2, 0.5), (0.0, 1.0)),
):
    """Run the first folds of a known world and return which points fall behind."""
    plan = make_plan(Axes.of(*axes), FOLDS, 2, 0, base=Regularization(), schedule=SCHEDULE)
    runs = [run for run in plan.runs if run.fold < n_folds]
    engine = known_engine(loss_of, noise=noise, score_of=score_of)
    fits = {fit.run: fit for fit in engine(None, None, runs, SCHEDULE)}
    lost = points_behind(plan, fits, n_folds, criterion=criterion)
    return {(point.dropout, point.weight_decay) for point in lost}


def test_a_point_clearly_behind_the_leader_falls_out():
    lost = behind(lambda rate, decay, fold: 1.0 + (rate == 0.5) * (decay == 1))
    assert lost == {(0.5, 1.0)}


def test_no_point_falls_out_where_folds_do_not_agree():
    assert not behind(lambda rate, decay, fold: 1.0 + (rate == 0.5) * (fold == 1))


def test_a_difference_all_folds_share_shows_through_noise_that_folds_share():
    lost = behind(lambda rate, decay, fold: 10 * fold + 0.2 * (rate == 0.5) * (decay == 1))
    assert lost == {(0.5, 1.0)}


def test_the_leader_of_each_kind_stays_however_far_behind():
    # All but (0, 1) are far behind; the verdict compares with the best of each kind all the same.
    lost = behind(lambda rate, decay, fold: 5.0 + rate - 5 * (rate == 0) * (decay == 1))
    assert lost == {(0.5, 0.0), (0.5, 1.0)}


def test_the_race_looks_at_the_score_where_the_score_chooses():
    def loss_of(rate, decay, fold):
        return 1.0 + (rate == 0.5) * (decay == 1)

    def score_of(rate, decay, fold):
        return 1.0 - (rate == 0.2) * (decay == 1)

    assert behind(loss_of, score_of=score_of) == {(0.5, 1.0)}
    assert behind(loss_of, score_of=score_of, criterion="score") == {(0.2, 1.0)}


def test_a_diverged_point_is_out_and_the_leader_stays():
    lost = behind(lambda rate, decay, fold: np.nan if (rate, decay) == (0.0, 0.0) else 1.0)
    assert lost == {(0.0, 0.0)}


def test_where_all_diverge_nothing_more_is_trained():
    assert len(behind(lambda rate, decay, fold: np.nan)) == 6


def test_a_point_with_nothing_left_to_train_is_kept():
    assert not behind(lambda rate, decay, fold: 1.0 + (rate == 0.5), n_folds=5)


@pytest.mark.parametrize(("n_folds", "parts"), [(3, [3]), (2, [2]), (5, [3, 1, 1])])
def test_after_three_folds_each_fold_is_a_stage(n_folds, parts):
    assert [len(folds) for folds in stages(n_folds, raced=True)] == parts
    assert [fold for folds in stages(n_folds, raced=True) for fold in folds] == list(range(n_folds))
    assert [len(folds) for folds in stages(n_folds, raced=False)] == [n_folds]


def test_a_race_is_run_where_it_pays_unless_asked_otherwise():
    assert races("auto", 20, 5)
    assert not races("auto", 19, 5)
    assert not races("auto", 48, 4)
    assert races(True, 4, 5)
    assert not races(False, 48, 5)
    with pytest.raises(BadSetting, match="race must be True, False or 'auto'"):
        races("on", 48, 5)
