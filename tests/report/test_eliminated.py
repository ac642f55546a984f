import numpy as np
import pytest

from dropdecay.report.eliminated import (
    ON_PILOT,
    folds_until_out,
    given_up_after,
    is_eliminated,
    on_own_folds,
)
from dropdecay.report.plot_data import weights_of
from dropdecay.report.stored import read_run
from dropdecay.selection.epochs import choose_epochs, figures_at_epochs
from dropdecay.selection.points import by_point
from tests.selection.worlds import around, results_of


def raced_world():
    """Four points, one of which was ended after three of four folds."""
    loss = around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    loss[1, 0] = [0.9, 1.0, 1.1, np.nan]
    world = results_of(loss)
    world["eliminated"] = (("dropout", "weight_decay"), np.array([[False, False], [True, False]]))
    return world


def losses(part):
    return {"loss": figures_at_epochs(part).loss.mean(axis=1)}


def test_an_eliminated_point_has_the_mean_of_its_own_folds_and_the_others_are_as_before():
    world = raced_world()
    assert folds_until_out(world).tolist() == [0, 0, 3, 0]
    found, before = on_own_folds(world, losses)["loss"], losses(by_point(world))["loss"]
    assert np.isnan(before[2])
    assert found[2] == pytest.approx(1.0)
    before[2] = found[2]
    np.testing.assert_array_equal(found, before)


def test_a_run_from_before_races_existed_has_no_eliminated_point():
    world = raced_world().drop_vars("eliminated")
    assert not is_eliminated(world).any()
    assert not folds_until_out(world).any()


def test_weights_are_those_of_the_epoch_that_is_best_for_the_point(raced_folder):
    results = read_run(raced_folder).results
    weights, out_after = weights_of(results), folds_until_out(results)
    epochs = choose_epochs(results).values
    (at,), *_ = np.argwhere((epochs > 0) & (epochs < 60))
    norms = results["weight_norm"].isel(point=at, epoch=epochs[at] - 1).mean("seed")
    assert weights.norm[at] == pytest.approx(float(norms.mean()))
    assert weights.norm_error[at] == pytest.approx(float(norms.std(ddof=1)) / np.sqrt(5))
    (at,), *_ = np.argwhere(out_after > 0)
    part = results.isel(point=at, fold=slice(out_after[at]), seed=0)
    epoch = int(part["validation_loss"].mean("fold").values.argmin())
    shares = part["near_zero_share"].isel(epoch=epoch)
    assert weights.share[at] == pytest.approx(float(shares.mean()))
    assert np.isnan(weights.norm[3::4]).all()


def test_a_point_given_up_has_its_figures_up_to_there_on_the_folds_it_was_trained_on(cut_folder):
    results = read_run(cut_folder).results
    assert given_up_after(results).tolist() == [0, 0, 0, 0, 7, 9]
    assert folds_until_out(results).tolist() == [0, 0, 0, 0, 5, 3]
    found, before = on_own_folds(results, losses)["loss"], losses(by_point(results))["loss"]
    assert np.isnan(before[4:]).all()
    own = results["validation_loss"].isel(point=5, fold=slice(3), seed=0).mean("fold")
    assert found[5] == pytest.approx(float(own.min()), abs=0.01)
    np.testing.assert_array_equal(found[:4], before[:4])


def test_a_point_that_the_pilot_dropped_was_out_before_the_first_fold():
    world = raced_world()
    world["validation_loss"][1, 1] = np.nan
    world["eliminated"][1, 1] = True
    assert folds_until_out(world).tolist() == [0, 0, 3, ON_PILOT]
    assert np.isnan(on_own_folds(world, losses)["loss"][3])
