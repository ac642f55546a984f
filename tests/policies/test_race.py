import numpy as np
import pytest

from dropdecay.axes import Axes
from dropdecay.errors import BadSetting
from dropdecay.policies.race import points_behind, race, races, stages
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan
from tests.surface.racers import PROBLEM, ROWS, known_engine, setting

OVERLAP = 0.25


def known(loss_of, *, noise=0.01, n_folds=3, score_of=None):
    """Run the first folds of a known world."""
    axes = Axes.of({"dropout": (0.0, 0.2, 0.5), "weight_decay": (0.0, 1.0)})
    found = Known(Plan(axes, setting(), len(ROWS), 2, 0))
    engine = known_engine(loss_of, noise=noise, score_of=score_of)
    for fit in engine(PROBLEM, found.missing(range(n_folds))):
        found.add(fit)
    return found


def behind(loss_of, *, criterion="loss", n_folds=3, **how):
    """Return which points fall behind on the first folds of a known world."""
    lost = points_behind(known(loss_of, n_folds=n_folds, **how), n_folds, OVERLAP, criterion)
    return {(point["dropout"], point["weight_decay"]) for point in lost}


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
    assert [len(folds) for folds in stages(n_folds)] == parts
    assert [fold for folds in stages(n_folds) for fold in folds] == list(range(n_folds))


def rounds_of(loss_of, **how):
    """Follow the race to its end; return the folds of each round, and what is known then."""
    found, folds, policy = known(loss_of, n_folds=0, **how), [], race(ROWS, "loss")
    engine = known_engine(loss_of, noise=0.01)
    while (proposal := policy(found)) is not None:
        found = found.after(proposal)
        folds.append({run.fold for run in proposal.runs})
        for fit in engine(PROBLEM, proposal.runs):
            found.add(fit)
    return folds, found


def test_a_race_trains_three_folds_of_all_and_then_fold_by_fold_of_those_left():
    folds, found = rounds_of(lambda rate, decay, fold: 1.0 + (rate == 0.5) * (decay == 1))
    assert folds == [{0, 1, 2}, {3}, {4}]
    assert {str(point) for point in found.eliminated} == {"dropout 0.5 with weight decay 1"}
    assert len(found.fits) == 2 * (6 * 5 - 2)


def test_what_is_known_already_is_not_asked_for_again():
    found = known(lambda rate, decay, fold: 1.0, n_folds=5)
    policy = race(ROWS, "loss")
    asked = []
    while (proposal := policy(found)) is not None:
        found = found.after(proposal)
        asked.append(proposal.runs)
    assert asked == [(), ()]


def test_a_race_asks_the_same_whenever_it_is_asked():
    found = known(lambda rate, decay, fold: 1.0 + rate)
    assert race(ROWS, "loss")(found) == race(ROWS, "loss")(found)


def test_a_race_is_run_where_it_pays_unless_asked_otherwise():
    assert races("auto", 20, 5)
    assert not races("auto", 19, 5)
    assert not races("auto", 48, 4)
    assert races(True, 4, 5)
    assert not races(False, 48, 5)
    with pytest.raises(BadSetting, match="race must be True, False or 'auto'"):
        races("on", 48, 5)
