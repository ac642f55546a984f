from dataclasses import replace

import numpy as np
import xarray as xr

from dropdecay.engine.cpu import train
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.execute import FoldData, execute
from dropdecay.surface.plan import Axes, make_plan
from dropdecay.surface.results import assemble
from tests.contract.engine import NETWORK, blobs

SCHEDULE = Schedule(epochs=3, batch_size=16)
ORDER = np.random.default_rng(0).permutation(150)
FOLDS = [(np.delete(ORDER, held), ORDER[held]) for held in (slice(0, 50), slice(50, 120))]
PLAN = make_plan(
    Axes.of([0.0, 0.3], [0.0, 1.0]), FOLDS, 2, 0, base=Regularization(), schedule=SCHEDULE
)
DATA = FoldData(NETWORK, blobs())


def results(plan=PLAN, data_of_fold=lambda fold: DATA, n_jobs=1, loss_scale=1.0):
    fits = execute(plan, data_of_fold, SCHEDULE, engine=train, n_jobs=n_jobs)
    return assemble(plan, fits, 3, loss_scale=loss_scale, attributes={"loss_name": "log loss"})


def without_time(dataset):
    return dataset.drop_vars("wall_s")


def test_results_are_labelled_and_complete():
    found = results()
    assert dict(found.sizes) == {
        "dropout": 2, "weight_decay": 2, "fold": 2, "seed": 2, "epoch": 3, "block": 70,
    }  # fmt: skip
    assert found["epoch"].values.tolist() == [1, 2, 3]
    assert not found["validation_loss"].isnull().any()
    assert found["n_validation"].values.tolist() == [50, 70]
    assert found["block_rows"].sum("block").values.tolist() == [50, 70]
    assert found.attrs == {"loss_name": "log loss"}


def test_each_fit_lands_at_its_own_coordinates():
    found = results()
    run = PLAN.runs[5]
    (fit,) = train(NETWORK, blobs(), [run], SCHEDULE)
    at = found.sel(
        dropout=run.regularization.dropout, weight_decay=run.regularization.weight_decay,
        fold=run.fold, seed=run.seed,
    )  # fmt: skip
    np.testing.assert_array_equal(at["validation_loss"], fit.validation_loss)
    np.testing.assert_array_equal(at["training_loss"], fit.training_loss)
    np.testing.assert_array_equal(at["out_of_fold_loss"].dropna("block"), fit.out_of_fold_loss)


def test_threads_and_shards_change_no_bit():
    whole = without_time(results())
    threads = without_time(results(n_jobs=2))
    shards = [without_time(results(replace(PLAN, runs=PLAN.runs[part::3]))) for part in range(3)]
    merged = shards[0]
    for shard in shards[1:]:
        merged = merged.fillna(shard)
    xr.testing.assert_identical(whole, threads)
    for name in ("training_loss", "validation_loss", "out_of_fold_loss"):
        np.testing.assert_array_equal(whole[name], merged[name])


def test_a_fold_may_bring_a_table_of_its_own():
    asked = []

    def data_of_fold(fold):
        asked.append(fold)
        return FoldData(NETWORK, blobs(seed=fold))

    found = results(data_of_fold=data_of_fold)

    assert asked == [0, 1]
    own = results(data_of_fold=lambda fold: FoldData(NETWORK, blobs(seed=1)))
    np.testing.assert_array_equal(
        found["validation_loss"].sel(fold=1), own["validation_loss"].sel(fold=1)
    )
    assert (found["validation_loss"].sel(fold=0) != own["validation_loss"].sel(fold=0)).any()


def test_losses_come_in_the_users_units():
    ours, theirs = results(), results(loss_scale=4.0)
    for name in ("training_loss", "validation_loss", "out_of_fold_loss"):
        np.testing.assert_allclose(theirs[name], 4 * ours[name], rtol=1e-6)
    np.testing.assert_array_equal(theirs["validation_score"], ours["validation_score"])


def test_a_run_that_was_not_trained_stays_unknown():
    found = results(replace(PLAN, runs=PLAN.runs[:1]))
    assert int(found["validation_loss"].notnull().any("epoch").sum()) == 1


def test_a_score_of_the_callers_is_asked_for_every_epoch():
    found = results(data_of_fold=lambda fold: FoldData(NETWORK, blobs(), lambda rows, said: -1.0))
    assert (found["validation_score"] == -1.0).all()


def test_results_survive_the_disk(tmp_path):
    found = results()
    found.to_netcdf(tmp_path / "results.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "results.nc", engine="scipy") as back:
        np.testing.assert_array_equal(back["validation_loss"], found["validation_loss"])
        np.testing.assert_array_equal(back["diverged"].astype(bool), found["diverged"])
