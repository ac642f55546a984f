import sqlite3

import numpy as np
import pytest

from dropdecay.engine.cpu import train
from dropdecay.errors import BadStore, Unfinished
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.execute import FoldData, execute
from dropdecay.surface.plan import Axes, make_plan
from dropdecay.surface.results import assemble
from dropdecay.surface.store import Store, with_store
from tests.contract.engine import NETWORK, blobs

SCHEDULE = Schedule(epochs=3, batch_size=16)
IDENTITY = {"data": "abc", "epochs": 3, "hidden": [8, 8]}
ORDER = np.random.default_rng(0).permutation(150)
FOLDS = [(np.delete(ORDER, held), ORDER[held]) for held in (slice(0, 50), slice(50, 120))]
PLAN = make_plan(Axes.of((0, 0.3), (0, 0.1)), FOLDS, 2, 0, base=Regularization(), schedule=SCHEDULE)


def results_of(engine, n_fits=None):
    """Results of the plan, or of its first fits."""
    fits = []
    for fit in execute(PLAN, lambda _: FoldData(NETWORK, DATA), SCHEDULE, engine=engine, n_jobs=1):
        fits.append(fit)
        if len(fits) == n_fits:
            break
    return assemble(PLAN, fits, 3, loss_scale=1.0, attributes={})


DATA = blobs()


def numbers(results):
    return results.drop_vars("wall_s")


def test_a_surface_that_goes_on_has_the_numbers_of_one_that_was_not_interrupted(tmp_path):
    trained = []

    def counting(network, dataset, runs, schedule, **options):
        trained.extend(runs)
        return train(network, dataset, runs, schedule, **options)

    with Store(tmp_path / "s", IDENTITY) as store:
        results_of(with_store(train, store), n_fits=5)
        assert len(store) == 5
    with Store(tmp_path / "s", IDENTITY) as store:
        whole = results_of(with_store(counting, store))
        assert len(store) == 16
    assert len(trained) == 16 - 5
    assert numbers(whole).identical(numbers(results_of(train)))


def test_a_fit_comes_back_bit_for_bit_also_one_that_diverged(tmp_path):
    harsh = Schedule(epochs=3, batch_size=16, optimizer="sgd", learning_rate=1e9)
    for number, schedule in enumerate((SCHEDULE, harsh)):
        (fit,) = train(NETWORK, DATA, PLAN.runs[:1], schedule)
        assert fit.diverged == (schedule is harsh)
        with Store(tmp_path / str(number), IDENTITY) as store:
            assert store.find(fit.run) is None
            store.keep(fit)
        with Store(tmp_path / str(number), IDENTITY) as store:
            back = store.find(fit.run)
        for name in ("training_loss", "validation_loss", "validation_score",
                     "validation_accuracy", "descent_loss",
                     "weight_norm", "near_zero_share", "out_of_fold_loss"):  # fmt: skip
            np.testing.assert_array_equal(getattr(back, name), getattr(fit, name))
        assert (back.diverged, back.wall_s) == (fit.diverged, fit.wall_s)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": "other"}, "the table is another one"),
        ({"epochs": 4}, "epochs was 3, now 4"),
        (
            {"hidden": [8, 9], "epochs": 5},
            r"epochs was 3, now 5; hidden was \[8, 8\], now \[8, 9\]",
        ),
        ({"new": True}, "new was None, now True"),
    ],
)
def test_other_data_or_settings_are_refused_and_named(tmp_path, change, words):
    Store(tmp_path / "s", IDENTITY).close()
    with pytest.raises(BadStore, match=words):
        Store(tmp_path / "s", {**IDENTITY, **change})
    Store(tmp_path / "s", IDENTITY).close()


def test_a_second_user_of_a_store_is_told_so_until_the_first_lets_go(tmp_path):
    first = Store(tmp_path / "s", IDENTITY)
    with pytest.raises(BadStore, match="Another process is working"):
        Store(tmp_path / "s", IDENTITY)
    first.close()
    Store(tmp_path / "s", IDENTITY).close()


def test_a_full_disk_loses_no_run_that_was_kept(tmp_path):
    runs = PLAN.runs[:6]
    fits = list(train(NETWORK, DATA, runs, SCHEDULE))
    with Store(tmp_path / "s", IDENTITY) as store:
        store.keep(fits[0])
        store._connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(Unfinished, match=r"disk is full"):
            keep_all(store, fits[1:])
        kept = len(store)
    with Store(tmp_path / "s", IDENTITY) as store:
        assert len(store) == kept >= 1
        assert store.find(fits[0].run) is not None


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "damaged"),
        (lambda path: path.write_bytes(b"no database at all" * 100), "damaged or no store"),
        (lambda path: change(path, "PRAGMA user_version = 99"), "Install a later dropdecay"),
        (lambda path: change(path, "PRAGMA user_version = 1"), "begun by an earlier dropdecay"),
        (lambda path: change(path, "DROP TABLE runs"), "another kind of file"),
    ],
)
def test_a_store_that_is_damaged_or_of_another_time_is_one_clear_line(tmp_path, spoil, words):
    path = tmp_path / "s"
    with Store(path, IDENTITY) as store:
        results_of(with_store(train, store), n_fits=4)
    spoil(path)
    before = path.read_bytes()
    with pytest.raises(BadStore, match=words):
        Store(path, IDENTITY)
    assert path.read_bytes() == before


def keep_all(store, fits):
    for fit in fits:
        store.keep(fit)


def change(path, statement):
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(BadStore, match="no folder"):
        Store(tmp_path / "nowhere" / "s", IDENTITY)
    with pytest.raises(BadStore, match="cannot be written"):
        Store(tmp_path, IDENTITY)
