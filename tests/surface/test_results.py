from dataclasses import replace

import numpy as np
import xarray as xr

from dropdecay.axes import Point
from dropdecay.engine.cpu import train
from dropdecay.engine.ending import DIVERGED, HORIZON
from dropdecay.engine.protocol import Problem
from dropdecay.surface.results import assemble
from tests.contract.runs import blobs
from tests.surface.small import PLAN, PROBLEM, ROWS, results


def without_time(dataset):
    return dataset.drop_vars("wall_s")


def test_results_are_labelled_and_complete():
    found = results()
    assert dict(found.sizes) == {"point": 4, "fold": 2, "seed": 2, "epoch": 3, "block": 70}
    assert found["dropout"].values.tolist() == [0.0, 0.0, 0.3, 0.3]
    assert found["weight_decay"].values.tolist() == [0.0, 1.0, 0.0, 1.0]
    assert found["epoch"].values.tolist() == [1, 2, 3]
    assert not found["validation_loss"].isnull().any()
    assert found["n_validation"].values.tolist() == [50, 70]
    assert found["block_rows"].sum("block").values.tolist() == [50, 70]
    assert found.attrs == {"loss_name": "log loss", "epochs": "fixed"}


def test_each_fit_lands_at_its_own_place():
    found = results()
    run = PLAN.runs[5]
    (fit,) = train(PROBLEM, [run])
    at = found.isel(point=PLAN.axes.points.index(run.point), fold=run.fold, seed=run.seed)
    np.testing.assert_array_equal(at["validation_loss"], fit.validation_loss)
    np.testing.assert_array_equal(at["training_loss"], fit.training_loss)
    np.testing.assert_array_equal(at["out_of_fold_loss"].dropna("block"), fit.out_of_fold_loss)


def test_points_that_fill_no_grid_fit_too():
    points = [Point.of(dropout=0.3, weight_decay=1.0), Point.of(dropout=0.0, weight_decay=0.0)]
    fits = list(train(PROBLEM, PLAN.runs))
    found = assemble(points, ROWS, 2, fits, loss_scale=1.0, attributes={})
    whole = results()
    for here, there in ((0, 3), (1, 0)):
        np.testing.assert_array_equal(
            found["validation_loss"][here], whole["validation_loss"][there]
        )


def test_eliminated_points_are_marked():
    lost = Point.of(dropout=0.3, weight_decay=0.0)
    found = assemble(PLAN.axes.points, ROWS, 2, [], loss_scale=1.0, attributes={},
                     eliminated={lost})  # fmt: skip
    assert found["eliminated"].values.tolist() == [False, False, True, False]


def test_one_network_that_diverged_on_its_own_speaks_for_its_point_in_any_order():
    fits = [replace(fit, ending=HORIZON) for fit in train(PROBLEM, PLAN.runs)]
    fits[3] = replace(fits[3], ending=DIVERGED)
    for ordered in (fits, fits[::-1]):
        found = assemble(PLAN.axes.points, ROWS, 2, ordered, loss_scale=1.0, attributes={})
        place = PLAN.axes.points.index(fits[3].run.point)
        assert found["ending"].values.tolist() == [
            DIVERGED if each == place else HORIZON for each in range(4)
        ]


def test_points_of_longer_axes_are_told_from_those_asked_for():
    asked = {point for point in PLAN.axes.points if point["dropout"] == 0.0}
    found, all_of_them = (
        assemble(PLAN.axes.points, ROWS, 2, [], loss_scale=1.0, attributes={}, asked=those)
        for those in (asked, None)
    )
    assert found["asked"].values.tolist() == [True, True, False, False]
    assert all_of_them["asked"].values.all()


def test_threads_and_shards_change_no_bit():
    whole = without_time(results())
    threads = without_time(results(n_jobs=2))
    shards = [without_time(results(runs=PLAN.runs[part::3])) for part in range(3)]
    merged = shards[0]
    for shard in shards[1:]:
        merged = merged.fillna(shard)
    xr.testing.assert_identical(whole, threads)
    for name in ("training_loss", "validation_loss", "out_of_fold_loss"):
        np.testing.assert_array_equal(whole[name], merged[name])


def test_a_fold_may_bring_a_table_of_its_own():
    tables = {fold: blobs(seed=fold) for fold in range(2)}

    found = results(problem=Problem(ROWS, tables.__getitem__))

    own = results(problem=Problem(ROWS, lambda fold: tables[1]))
    np.testing.assert_array_equal(
        found["validation_loss"].sel(fold=1), own["validation_loss"].sel(fold=1)
    )
    assert (found["validation_loss"].sel(fold=0) != own["validation_loss"].sel(fold=0)).any()


def test_losses_come_in_the_users_units():
    ours, theirs = results(), results(loss_scale=4.0)
    for name in ("training_loss", "validation_loss", "out_of_fold_loss"):
        np.testing.assert_allclose(theirs[name], 4 * ours[name], rtol=1e-6)
    np.testing.assert_array_equal(theirs["validation_score"], ours["validation_score"])


def test_blocks_with_the_weights_of_classes_have_variables_of_their_own():
    weight = np.where(np.arange(150) % 3, 1.0, 5.0).astype(np.float32)
    data = replace(PROBLEM.dataset_of(0), sample_weight=weight)
    weighted = Problem(ROWS, lambda fold: data, loss_weight=weight)
    found = results(problem=weighted)
    plain = results(problem=replace(weighted, loss_weight=None))

    xr.testing.assert_identical(
        without_time(found).drop_vars(["out_of_fold_weighted_loss", "block_loss_weight"]),
        without_time(plain),
    )
    # A row a block: the loss of a row is the same by any weights, and what it counts is its own.
    np.testing.assert_array_equal(found["out_of_fold_weighted_loss"], found["out_of_fold_loss"])
    for fold, rows in ROWS.items():
        own = weight[rows.validation[np.argsort(rows.blocks)]]
        np.testing.assert_array_equal(found["block_loss_weight"][fold, : own.size], own)
        blocks = found["out_of_fold_weighted_loss"][:, fold, :, :, : own.size]
        mean = (blocks * own).sum("block") / own.sum()
        np.testing.assert_allclose(mean, found["validation_loss"][:, fold], rtol=1e-6)
    assert found["block_rows"].sum() == 120


def test_a_run_that_was_not_trained_stays_unknown():
    found = results(runs=PLAN.runs[:1])
    assert int(found["validation_loss"].notnull().any("epoch").sum()) == 1


def test_a_score_of_the_callers_is_asked_for_every_epoch():
    found = results(problem=Problem(ROWS, PROBLEM.dataset_of, lambda rows, said: -1.0))
    assert (found["validation_score"] == -1.0).all()


def test_results_survive_the_disk(tmp_path):
    found = results()
    found.to_netcdf(tmp_path / "results.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "results.nc", engine="scipy") as back:
        np.testing.assert_array_equal(back["validation_loss"], found["validation_loss"])
        np.testing.assert_array_equal(back["diverged"].astype(bool), found["diverged"])
