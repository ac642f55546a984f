"""How long each point is trained, and its figures then."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.axes import Point
from dropdecay.selection.epochs import choose_epochs, figures_at_epochs
from dropdecay.selection.points import by_point, points_in
from tests.selection.worlds import at, drawn, grid, results_at, results_of

ONE_POINT = np.ones((1, 1, 2))


def test_the_epoch_is_the_minimum_of_the_mean_curve_counted_from_1():
    results = results_of(ONE_POINT)
    # Each fold alone would stop at epoch 1 or 3; their mean is lowest at 2.
    results["validation_loss"][0, 0, 0, 0] = [0.1, 0.3, 0.9]
    results["validation_loss"][0, 0, 1, 0] = [0.9, 0.3, 0.1]

    epochs = choose_epochs(results)

    assert epochs.dims == ("point",)
    assert epochs.dtype == np.int64
    assert epochs.item() == 2


def test_the_mean_runs_over_seeds_too():
    results = results_of(np.ones((1, 1, 1, 2)))
    results["validation_loss"][0, 0, 0, 0] = [0.1, 0.3, 0.9]
    results["validation_loss"][0, 0, 0, 1] = [0.9, 0.3, 0.1]

    assert choose_epochs(results).item() == 2


def test_the_earlier_epoch_wins_a_tie():
    assert choose_epochs(results_of(ONE_POINT, curve=np.array([0.5, 0.0, 0.0, 0.0]))).item() == 2


def test_a_point_with_one_diverged_run_gets_0():
    diverged = np.zeros((1, 2, 2, 1), bool)
    diverged[0, 1, 1, 0] = True

    assert_array_equal(choose_epochs(results_of(np.ones((1, 2, 2)), diverged=diverged)), [2, 0])


def test_a_point_that_lost_its_race_or_ran_into_infinity_gets_0():
    results = results_of(np.ones((1, 3, 2)))
    results["validation_loss"][0, 0, 1] = np.nan
    results["validation_loss"][0, 1, 1] = np.inf

    assert_array_equal(choose_epochs(results), [0, 0, 2])


def test_a_run_marked_as_diverged_counts_although_its_curve_is_finite():
    results = results_of(np.ones((1, 2, 2)))
    results["diverged"][0, 0, 0, 0] = True

    assert_array_equal(choose_epochs(results), [0, 2])


def test_the_order_of_dimensions_in_the_file_does_not_matter():
    results = drawn()

    for turned in (
        results.transpose("block", "epoch", "seed", "fold", "dropout", "weight_decay"),
        by_point(results).transpose("block", "epoch", "seed", "fold", "point"),
    ):
        assert_array_equal(choose_epochs(turned), choose_epochs(results))
        assert_allclose(figures_at_epochs(turned).loss, figures_at_epochs(results).loss)


def test_the_axis_whose_dimension_comes_first_varies_slowest():
    results = drawn()

    turned = results.transpose("weight_decay", "dropout", ...)

    assert points_in(turned)[:3] == tuple(
        Point.of(weight_decay=0.0, dropout=rate) for rate in (0.0, 0.1, 0.2)
    )
    assert_allclose(
        figures_at_epochs(turned).loss.reshape(4, 3, 5).swapaxes(0, 1),
        figures_at_epochs(results).loss.reshape(3, 4, 5),
    )


def test_figures_are_those_of_the_epoch_with_seeds_averaged_and_folds_kept():
    results = drawn(shape=(2, 3, 4, 2))

    figures = figures_at_epochs(results)

    i = figures.index_of(at(0.1, 0.01))
    assert i == 5
    picked = results.isel(dropout=1, weight_decay=2, epoch=1)
    assert_allclose(figures.loss[i], picked["validation_loss"].mean("seed"))
    assert_allclose(figures.training_loss[i], picked["training_loss"].mean("seed"))
    assert_allclose(figures.score[i], picked["validation_score"].mean("seed"))
    assert_allclose(figures.loss_by_seed[i], picked["validation_loss"])
    assert_allclose(figures.gap[i], (picked["validation_loss"] - picked["training_loss"]).mean())
    assert figures.overlap == 20 / 60
    assert figures.index_of(at(0.7, 0.01)) is None
    assert figures.points == points_in(results)


def test_figures_of_a_point_that_did_not_finish_are_nan():
    results = drawn()
    results["validation_loss"][0, 1, 2, 0, 2] = np.nan

    figures = figures_at_epochs(results)

    assert_array_equal(figures.finished, np.arange(12) != 1)
    assert np.isnan(figures.loss[1]).all()
    assert np.isnan(figures.score[1]).all()
    assert np.isfinite(figures.loss[figures.finished]).all()


@given(folds=st.permutations(range(5)), seeds=st.permutations(range(2)))
def test_the_order_of_folds_and_seeds_changes_no_epoch(folds, seeds):
    results = drawn()
    results["validation_loss"] += 0.3 * np.random.default_rng(1).random(
        results["validation_loss"].shape
    )

    assert_array_equal(choose_epochs(results.isel(fold=folds, seed=seeds)), choose_epochs(results))


def test_a_design_that_fills_no_grid_has_figures_by_point():
    points = grid(dropout=(0.0, 0.2), limit=(None, 4.0), step_size=(0.001, 0.01))[1::2]
    rng = np.random.default_rng(0)
    loss = rng.uniform(size=(4, 3, 2))
    diverged = np.zeros((4, 3, 2), bool)
    diverged[2, 0, 1] = True

    figures = figures_at_epochs(results_at(points, loss, diverged=diverged))

    assert figures.points == points
    assert_array_equal(figures.epochs, [2, 2, 0, 2])
    assert_allclose(figures.loss[[0, 1, 3]], loss.mean(axis=2)[[0, 1, 3]])
    assert figures.index_of(Point.of(dropout=0.0, limit=4.0, step_size=0.01)) == 1
