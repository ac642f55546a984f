import numpy as np
import pytest

from dropdecay.report.eliminated import folds_until_out, is_eliminated, on_own_folds
from dropdecay.report.plot_data import surface_numbers, weights_of
from dropdecay.report.stored import read_run
from dropdecay.selection.epochs import choose_epochs
from tests.selection.worlds import around, results_of


def raced_world():
    """Four points, one of which was ended after three of four folds."""
    loss = around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    loss[1, 0] = [0.9, 1.0, 1.1, np.nan]
    world = results_of(loss)
    world["eliminated"] = (("dropout", "weight_decay"), np.array([[False, False], [True, False]]))
    return world


def losses(part):
    return {"loss": surface_numbers(part)[0]}


def test_an_eliminated_point_has_the_mean_of_its_own_folds_and_the_others_are_as_before():
    world = raced_world()
    assert folds_until_out(world).tolist() == [[0, 0], [3, 0]]
    found, before = on_own_folds(world, losses)["loss"], losses(world)["loss"]
    assert np.isnan(before[1, 0])
    assert found[1, 0] == pytest.approx(1.0)
    before[1, 0] = found[1, 0]
    np.testing.assert_array_equal(found, before)


def test_a_run_made_before_there_were_races_has_no_eliminated_point():
    world = raced_world().drop_vars("eliminated")
    assert not is_eliminated(world).any()
    assert not folds_until_out(world).any()


def test_weights_are_those_of_the_epoch_that_is_best_for_the_point(raced_folder):
    results = read_run(raced_folder).results
    weights, out_after = weights_of(results), folds_until_out(results)
    epochs = choose_epochs(results).values
    (i, j), *_ = np.argwhere((epochs > 0) & (epochs < 60))
    norms = results["weight_norm"].isel(dropout=i, weight_decay=j, epoch=epochs[i, j] - 1)
    norms = norms.mean("seed")
    assert weights.norm[i, j] == pytest.approx(float(norms.mean()))
    assert weights.norm_error[i, j] == pytest.approx(float(norms.std(ddof=1)) / np.sqrt(5))
    (i, j), *_ = np.argwhere(out_after > 0)
    part = results.isel(dropout=i, weight_decay=j, fold=slice(out_after[i, j]), seed=0)
    epoch = int(part["validation_loss"].mean("fold").values.argmin())
    shares = part["near_zero_share"].isel(epoch=epoch)
    assert weights.share[i, j] == pytest.approx(float(shares.mean()))
    assert weights.eliminated[i, j]
    assert np.isnan(weights.norm[:, 3]).all()
