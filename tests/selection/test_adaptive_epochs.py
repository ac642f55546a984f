"""Points that ended at their own epochs: every use of curves takes the same smoothed minimum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.selection.choice import choose
from dropdecay.selection.contest import contest_of
from dropdecay.selection.epochs import choose_epochs, figures_at_epochs
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.selection.points import points_in
from dropdecay.selection.underfit import explain_underfitting
from dropdecay.statistics.smoothing import evaluated_epochs, smooth
from tests.selection.worlds import adaptive

EPOCHS = np.array(evaluated_epochs(60))
VALLEY = 1.0 + 0.1 * np.log(EPOCHS / 20) ** 2


def drawn(seed, n_points=3, noise=0.05):
    return VALLEY + noise * np.random.default_rng(seed).normal(size=(n_points, 5, EPOCHS.size))


def test_a_lucky_epoch_is_not_picked_but_the_bottom_of_the_valley():
    curve = VALLEY.copy()
    curve[list(EPOCHS).index(3)] = 0.9
    results = adaptive([[curve] * 5], [60])
    assert choose_epochs(results).item() == EPOCHS[smooth(curve, EPOCHS).argmin()]
    assert 18 <= choose_epochs(results).item() <= 22
    assert choose_epochs(results.assign_attrs(epochs="fixed")).item() == 3


def test_figures_are_those_of_the_epoch_itself():
    losses = drawn(0)
    figures = figures_at_epochs(adaptive(losses, [60, 60, 60]))
    for point, epoch in enumerate(figures.epochs):
        np.testing.assert_array_equal(
            figures.loss[point], losses[point, :, list(EPOCHS).index(epoch)]
        )


def test_what_lies_beyond_the_end_of_a_point_never_wins():
    # The longer a point is trained, the lower its loss: only what was trained counts.
    falling = np.broadcast_to(2.0 - EPOCHS / 60, (3, 5, EPOCHS.size))
    results = adaptive(falling, [32, 11, 24])
    assert choose_epochs(results).values.tolist() == [32, 11, 24]
    assert choose(results).best.epochs == 32
    curves = curves_of(results)
    points, epochs = left_out_picks(curves, curves.finished, "best", "loss")
    assert set(points.tolist()) == {0}
    assert set(curves.epochs[epochs].tolist()) == {32}
    assert estimate_optimism(results).corrected == pytest.approx(2.0 - 32 / 60)


def test_a_point_that_ended_early_competes_with_those_that_went_on():
    losses = np.stack([np.full((5, EPOCHS.size), 0.8), np.full((5, EPOCHS.size), 0.9)])
    choice = choose(adaptive(losses, [20, 60]))
    assert choice.best.loss == pytest.approx(0.8)
    assert choice.n_unfinished == 0


@given(st.integers(0, 200), st.integers(0, 4))
def test_the_losses_of_a_fold_do_not_move_its_own_pick_once_ends_are_known(seed, fold):
    losses = drawn(seed)
    ends = [42, 60, 29]
    contest = contest_of(adaptive(losses, ends), choose(adaptive(losses, ends)))
    other = losses.copy()
    other[:, fold] = np.random.default_rng(seed + 1).uniform(0.5, 2.0, size=other[:, fold].shape)
    moved = contest_of(adaptive(other, ends), choose(adaptive(other, ends)))
    assert moved.picks[fold] == contest.picks[fold]
    assert moved.none[fold] == contest.none[fold]


def test_none_and_the_picks_go_by_the_smoothed_mean_of_the_other_folds():
    losses = drawn(3)
    results = adaptive(losses, [60, 60, 60])
    contest = contest_of(results, choose(results))
    for fold in range(5):
        mean = np.delete(losses, fold, axis=1).mean(axis=1)
        epochs = [smooth(each, EPOCHS).argmin() for each in mean]
        best = int(np.argmin([mean[point, epoch] for point, epoch in enumerate(epochs)]))
        assert contest.picks[fold].point["dropout"] == best / 10
        assert contest.picks[fold].epoch == EPOCHS[epochs[best]]
        assert contest.none[fold].epoch == EPOCHS[epochs[0]]


def test_bias_correction_picks_epochs_from_smoothed_curves():
    losses = drawn(5, n_points=1, noise=0.2)
    results = adaptive(losses, [60])
    corrected = estimate_optimism(results).corrected
    raw = estimate_optimism(results.assign_attrs(epochs="fixed")).corrected
    assert corrected != raw
    assert corrected == pytest.approx(1.0, abs=0.15)


@pytest.mark.parametrize(
    ("ending", "underfits"), [("truncated", True), ("unsettled", False), ("flat", False)]
)
def test_a_point_given_up_while_it_fell_underfits(ending, underfits):
    results = adaptive(np.broadcast_to(2.0 - EPOCHS / 60, (1, 5, EPOCHS.size)), [60])
    results["training_loss"].values[:] = results["validation_loss"].values
    results["ending"] = results["ending"].astype("<U9")
    results["ending"].values[:] = ending
    told = explain_underfitting(results, curves_of(results), choose(results))
    assert (told is not None and "still falling at the last epoch, 60" in told) == underfits


def with_second_given_up(losses):
    results = adaptive(losses, [60] * len(losses))
    endings = ["flat"] * len(losses)
    endings[1] = "futile"
    results["ending"] = ("point", np.array(endings))
    return results


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_a_point_given_up_is_neither_chosen_nor_picked_by_any_fold_nor_as_good(rule):
    losses = np.stack([VALLEY + level + np.zeros((5, 1)) for level in (0.2, 0.1, 0.3)])
    results = with_second_given_up(losses)
    points, choice = points_in(results), choose(results, rule=rule)
    for found in (choice.best, choice.one_standard_error, choice.chosen):
        assert found.point == points[0]
    assert choice.as_good == (points[0],)
    assert choice.n_unfinished == 1
    assert {pick.point for pick in contest_of(results, choice).picks} == {points[0]}
    assert estimate_optimism(results, choice).naive == pytest.approx(1.2, abs=0.01)
