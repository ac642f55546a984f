"""When the answer is that the network underfits."""

import numpy as np

from dropdecay.selection.choice import choose
from dropdecay.selection.leave_one_fold_out import curves_of
from dropdecay.selection.underfit import explain_underfitting
from tests.selection.worlds import grid, results_at, results_of

FALLING = np.linspace(0.5, 0.0, 11)
FLAT = np.zeros(11)


def explain(loss, **more):
    results = results_of(np.asarray(loss)[..., None] + np.array([0.01, -0.01, 0.0, 0.0]), **more)
    return explain_underfitting(results, curves_of(results), choose(results))


def training_of(loss, gap):
    return np.repeat(np.asarray(loss)[..., None] - gap, 4, axis=-1)


MIN_IS_BEST, MAX_IS_BEST = [[0.5, 0.6]], [[0.6, 0.5]]


def test_still_falling_at_the_last_epoch_without_a_gap_is_underfitting():
    sentence = explain(MIN_IS_BEST, training=training_of(MIN_IS_BEST, 0.001), curve=FALLING)

    assert sentence.startswith("The network underfits: it is best with the least regularization")
    assert "still falling at the last epoch, 11; first try more epochs" in sentence
    assert sentence.count(".") == 1


def test_a_curve_that_has_flattened_is_not_underfitting():
    falling_a_little = 0.01 * FALLING

    assert explain(
        MIN_IS_BEST, training=training_of(MIN_IS_BEST, 0.001), curve=falling_a_little
    ) is None  # fmt: skip


def test_a_best_before_the_last_epoch_is_not():
    for end in ([0.2], [0.5, 0.5, -0.2, -0.1]):
        curve = np.append(FALLING, end)
        training = training_of(np.array(MIN_IS_BEST) + curve.min(), 0.001)

        assert explain(MIN_IS_BEST, training=training, curve=curve) is None


def test_a_gap_is_overfitting_and_not_underfitting():
    assert explain(MIN_IS_BEST, training=training_of(MIN_IS_BEST, 0.2), curve=FALLING) is None


def test_more_regularization_being_best_is_not_underfitting():
    assert explain(MAX_IS_BEST, training=training_of(MAX_IS_BEST, 0.001), curve=FALLING) is None


def test_a_network_that_barely_beats_a_constant_on_its_own_rows_underfits():
    training = training_of(MIN_IS_BEST, 0.001)

    sentence = explain(
        MIN_IS_BEST, training=training, curve=FLAT, attributes={"baseline_loss": 0.52}
    )

    assert sentence.startswith("The network underfits: even on its training rows its log loss")
    assert "0.499, is barely below the 0.52 of a constant prediction" in sentence


def test_a_network_that_is_worse_than_a_constant_is_not_said_to_be_below_it():
    training = training_of(MIN_IS_BEST, 0.001)

    sentence = explain(
        MIN_IS_BEST, training=training, curve=FLAT, attributes={"baseline_loss": 0.4}
    )

    assert "0.499, is not below the 0.4 of a constant prediction" in sentence


def test_a_network_that_learned_its_rows_does_not():
    training = training_of(MIN_IS_BEST, 0.001)

    assert explain(
        MIN_IS_BEST, training=training, curve=FLAT, attributes={"baseline_loss": 0.7}
    ) is None  # fmt: skip


def test_without_a_baseline_it_is_not_mentioned():
    assert explain(MIN_IS_BEST, training=training_of(MIN_IS_BEST, 0.001), curve=FLAT) is None


def test_least_means_least_of_both():
    loss = [[0.6, 0.7], [0.5, 0.7]]

    assert explain(loss, training=training_of(loss, 0.001), curve=FALLING) is None


def test_one_fold_and_one_epoch_raise_no_error():
    results = results_of([[[0.5]]], curve=np.zeros(1))

    assert explain_underfitting(results, curves_of(results), choose(results)) is None


def test_least_is_the_weakest_value_the_surface_has_and_tuned_axes_are_free():
    points = grid(limit=(8.0, 4.0), dropout=(0.1, 0.2), step_size=(0.001, 0.01))

    def explained(best):
        loss = np.full((8, 4), 0.7) - 0.2 * (np.arange(8) == best)[:, None]
        results = results_at(points, loss, training=loss - 0.001, curve=FALLING)
        return explain_underfitting(results, curves_of(results), choose(results))

    assert [explained(best) is not None for best in range(8)] == [True, True, *[False] * 6]
