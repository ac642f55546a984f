"""Who competes for which rows, and what a repeat says of every row."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.axes import Point
from dropdecay.selection.choice import choose
from dropdecay.selection.contest import (
    Contest,
    Obstacle,
    Pick,
    RepeatedContest,
    RowLosses,
    contest_of,
    losses_of_repeat,
)
from dropdecay.statistics.hybrid import repeated_gain
from tests.selection.worlds import at, grid, results_at, results_of


def contest(results, **how):
    return contest_of(results, choose(results, **how))


def test_each_fold_gets_the_point_and_epoch_that_the_others_pick():
    # Point 1 is lucky on fold 2 and worse elsewhere: the others pick none for fold 2.
    found = contest(results_of([[[0.5, 0.5, 0.5], [0.6, 0.6, 0.0]]]))

    assert found.none == (Pick(at(0.0, 0.0), 2),) * 3
    assert [pick.point for pick in found.picks] == [at(0.0, 0.001), at(0.0, 0.001), at(0.0, 0.0)]
    assert_array_equal(found.repeat, [0, 0, 0])
    assert not found.same_everywhere


def test_epochs_are_counted_from_1_and_none_has_its_own():
    results = results_of(np.full((1, 2, 3), 0.5), curve=np.zeros(3))
    results["validation_loss"][0, 0, :, 0] = [0.5, 0.5, 0.4]
    results["validation_loss"][0, 1, :, 0] = [0.1, 0.5, 0.5]

    found = contest(results)

    assert {pick.epoch for pick in found.none} == {3}
    assert {pick.epoch for pick in found.picks} == {1}
    assert found.epochs_of([0, 2]) == {at(0.0, 0.0): (3,), at(0.0, 0.001): (1,)}


def test_where_every_fold_picks_none_there_is_nothing_to_judge():
    found = contest(results_of([[[0.5, 0.5, 0.5], [0.6, 0.6, 0.6]]]))
    assert found.same_everywhere


def test_epochs_of_folds_that_differ_are_gathered_by_point_in_ascending_order():
    a, b = at(0.0, 0.0), at(0.1, 0.0)
    found = Contest((Pick(a, 9), Pick(a, 3)), (Pick(b, 4), Pick(a, 3)), np.zeros(2, int))
    assert found.epochs_of([0, 1]) == {a: (3, 9), b: (4,)}
    assert found.epochs_of([1]) == {a: (3,)}


@pytest.mark.parametrize(
    ("results", "how"),
    [
        (results_of(np.ones((1, 2, 3)), dropout=[0.1]), {}),  # no point without regularization
        (results_of([[[0.5], [0.3]]]), {}),  # one fold
    ],
)
def test_there_is_no_contest_where_nothing_can_be_compared(results, how):
    assert contest(results, **how) is None


def test_where_a_score_chooses_picks_are_made_by_score_and_their_epochs_by_loss():
    results = results_of(
        np.full((1, 2, 3), 0.5), score=[[[0.5, 0.5, 0.5], [0.4, 0.4, 0.9]]], curve=np.zeros(3)
    )
    results["validation_loss"][0, 1, :, 0] = [0.5, 0.4, 0.5]  # no fold scores higher then

    found = contest(results, criterion="score")

    # Point 1 is lucky on fold 2: the others pick none for it.
    assert found.picks == (Pick(at(0.0, 0.001), 2), Pick(at(0.0, 0.001), 2), Pick(at(0.0, 0.0), 1))
    assert found.none == (Pick(at(0.0, 0.0), 1),) * 3


def test_none_has_tuned_axes_at_its_own_best():
    points = grid(dropout=(0.0, 0.2), step_size=(0.001, 0.01))
    found = contest(results_at(points, np.array([[0.6], [0.9], [0.8], [0.5]]) + np.zeros((4, 3))))
    assert {pick.point for pick in found.none} == {points[0]}
    assert {pick.point for pick in found.picks} == {points[3]}


NONE, STRONG, MILD = (Point.of(dropout=rate) for rate in (0.0, 0.5, 0.2))
# Two folds: rows 0 to 2 are in fold 0 of the first cut, rows 3 to 5 in fold 1; row 6 in none.
FIRST = np.array([0, 0, 0, 1, 1, 1, -1])
TWO = Contest((Pick(NONE, 7), Pick(NONE, 5)), (Pick(STRONG, 3), Pick(MILD, 2)), np.zeros(2, int))


def losses(rows_of):
    """Return losses that tell the point, its epoch, the fold and the row."""

    def loss_of(pick, fold, here):
        rows = rows_of[fold][here]
        return 1000 * pick.point["dropout"] + 10 * pick.epoch + fold + 0.001 * rows

    return loss_of


def test_a_row_is_judged_by_the_pick_made_without_its_own_first_fold():
    validation = {2: np.array([0, 3, 4]), 3: np.array([1, 2, 5])}

    none, picks = losses_of_repeat(TWO, FIRST, validation, losses(validation), own_folds=False)

    assert_allclose(none[:6], [72.000, 73.001, 73.002, 52.003, 52.004, 53.005])
    assert_allclose(picks[:6], [532.000, 533.001, 533.002, 222.003, 222.004, 223.005])
    assert np.isnan([none[6], picks[6]]).all()


def test_on_the_folds_of_the_surface_each_fold_judges_by_its_own_pick():
    validation = {2: np.array([0, 1, 2]), 3: np.array([3, 4, 5])}

    none, picks = losses_of_repeat(TWO, FIRST, validation, losses(validation), own_folds=True)

    assert_allclose(none[:6], [72.000, 72.001, 72.002, 53.003, 53.004, 53.005])
    assert_allclose(picks[:6], [532.000, 532.001, 532.002, 223.003, 223.004, 223.005])


def test_a_row_that_a_repeat_holds_out_twice_counts_with_its_mean():
    validation = {0: np.array([0, 1]), 1: np.array([1, 3])}

    none, _ = losses_of_repeat(TWO, FIRST, validation, losses(validation), own_folds=True)

    assert_allclose(none[[0, 1, 3]], [70.0, (70.001 + 51.001) / 2, 51.003])
    assert np.isnan(none[[2, 4, 5, 6]]).all()


@pytest.mark.parametrize("obstacle", Obstacle)
@pytest.mark.parametrize("point", [NONE, MILD])
def test_an_obstacle_to_one_contender_leaves_nothing_to_say(obstacle, point):
    validation = {0: np.arange(3), 1: np.arange(3, 6)}

    def loss_of(pick, fold, here):
        return obstacle if pick.point == point and fold == 1 else np.zeros(here.sum())

    assert losses_of_repeat(TWO, FIRST, validation, loss_of, own_folds=True) is obstacle


def test_where_none_is_the_pick_itself_it_is_asked_once():
    asked = []

    def loss_of(pick, fold, here):
        asked.append(pick)
        return np.ones(here.sum())

    same = Contest(TWO.none, (TWO.none[0], TWO.picks[1]), TWO.repeat)
    validation = {0: np.arange(3), 1: np.arange(3, 6)}
    none, picks = losses_of_repeat(same, FIRST, validation, loss_of, own_folds=True)
    assert asked == [TWO.none[0], TWO.none[1], TWO.picks[1]]
    assert_array_equal(none, picks)


def test_rows_that_were_never_judged_are_counted():
    none = np.array([[1.0, np.nan, 2.0, 3.0], [1.0, np.nan, np.nan, 3.0]])
    found = RepeatedContest(
        TWO, RowLosses(none, none), repeated_gain(np.zeros((2, 2))), (), 2.0, 8, cuts_anew=True
    )
    assert found.n_rows_left_out == 2
