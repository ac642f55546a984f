import re
import sqlite3
from collections import Counter
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from dropdecay.axes import Axes
from dropdecay.engine.cpu import train
from dropdecay.engine.ending import HORIZON
from dropdecay.errors import BadStore, Unfinished
from dropdecay.statistics.smoothing import evaluated_epochs
from dropdecay.surface.plan import Plan
from dropdecay.surface.store import Store
from dropdecay.surface.stored_engine import with_store
from dropdecay.surface.stored_fit import checksum
from tests.surface.small import AXES, PLAN, PROBLEM, results, setting

IDENTITY = {"data": "abc", "random_state": 3, "engine": {"name": "numba"}}


def results_of(engine, n_fits=None):
    """Results of the plan, or of its first fits."""

    def cut_short(problem, runs):
        return islice(engine(problem, runs), n_fits)

    return results(engine=cut_short)


def numbers(results):
    return results.drop_vars("wall_s")


def test_a_surface_that_goes_on_has_the_numbers_of_one_that_was_not_interrupted(tmp_path):
    trained = []

    def counting(problem, runs, **options):
        trained.extend(runs)
        return train(problem, runs, **options)

    with Store(tmp_path / "s", IDENTITY) as store:
        results_of(with_store(train, store), n_fits=5)
        assert len(store) == 5
    with Store(tmp_path / "s", IDENTITY) as store:
        whole = results_of(with_store(counting, store))
        assert len(store) == 16
    assert len(trained) == 16 - 5
    assert numbers(whole).identical(numbers(results_of(train)))


def test_a_fit_comes_back_bit_for_bit_also_one_that_diverged(tmp_path):
    harsh = Plan(Axes.of({"dropout": 0}), setting(optimizer="sgd", learning_rate=1e9), 2, 1, 0)
    for number, plan in enumerate((PLAN, harsh)):
        (fit,) = train(PROBLEM, plan.runs[:1])
        assert fit.diverged == (plan is harsh)
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


def test_recorded_losses_and_outputs_come_back_bit_for_bit(tmp_path):
    plain = PLAN.runs[0]
    recording = replace(plain, record=(1, 3))
    fits = list(train(PROBLEM, [plain, recording]))
    with Store(tmp_path / "s", IDENTITY) as store:
        keep_all(store, fits)
        assert len(store) == 2
    with Store(tmp_path / "s", IDENTITY) as store:
        for fit in fits:
            back = store.find(fit.run)
            np.testing.assert_array_equal(back.validation_loss, fit.validation_loss)
            if fit.run == plain:
                assert back.recorded is None
                continue
            np.testing.assert_array_equal(back.recorded.losses, fit.recorded.losses)
            np.testing.assert_array_equal(back.recorded.outputs, fit.recorded.outputs)
            assert back.recorded.outputs.shape == (2, 50, 3)
            assert back.recorded.outputs.dtype == np.float32
        assert store.find(replace(plain, record=(1,))) is None


def test_a_run_that_records_and_diverged_comes_back_without_losses(tmp_path):
    harsh = Plan(Axes.of({"dropout": 0}), setting(optimizer="sgd", learning_rate=1e9), 2, 1, 0)
    (fit,) = train(PROBLEM, [replace(harsh.runs[0], record=(3,))])
    with Store(tmp_path / "s", IDENTITY) as store:
        store.keep(fit)
        back = store.find(fit.run)
    assert back.diverged
    assert back.recorded is None


def test_decisions_outlive_the_process_that_made_them(tmp_path):
    with Store(tmp_path / "s", IDENTITY) as store:
        assert dict(store.decisions) == {}
        store.decisions["spent"] = True
        store.decisions["spared"] = False
    with Store(tmp_path / "s", IDENTITY) as store:
        assert dict(store.decisions) == {"spared": False, "spent": True}
        assert len(store.decisions) == 2
        assert "other" not in store.decisions
        with pytest.raises(KeyError, match="other"):
            store.decisions["other"]
        store.decisions["spared"] = True
        del store.decisions["spent"]
        assert dict(store.decisions) == {"spared": True}


def test_a_decision_that_cannot_be_written_is_told_in_words(tmp_path):
    with Store(tmp_path / "s", IDENTITY) as store:
        store._connection.execute("PRAGMA query_only = ON")
        with pytest.raises(Unfinished, match="cannot be written"):
            store.decisions["spent"] = True


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"data": "other"}, "the table has changed"),
        ({"random_state": 4}, "random_state was 3, now 4"),
        (
            {"engine": {"name": "torch"}, "random_state": 5},
            "random_state was 3, now 5; engine name was 'numba', now 'torch'. Use the original",
        ),
        ({"new": True}, "new was None, now True"),
    ],
)
def test_other_data_or_settings_are_refused_and_named(tmp_path, change, words):
    Store(tmp_path / "s", IDENTITY).close()
    with pytest.raises(BadStore, match=words):
        Store(tmp_path / "s", {**IDENTITY, **change})
    Store(tmp_path / "s", IDENTITY).close()


def test_another_kind_of_machine_is_refused_with_what_differs_however_long_the_rest(tmp_path):
    one, other = (
        {**IDENTITY, "engine": {"name": "numba", "blas": "b" * 99, "processor": processor}}
        for processor in ("x86_64 haswell", "x86_64 znver4")
    )
    Store(tmp_path / "s", one).close()
    with pytest.raises(BadStore) as refused:
        Store(tmp_path / "s", other)
    assert str(refused.value) == (
        f"The store {tmp_path / 's'} was started on another kind of machine or with another "
        "engine: engine processor was 'x86_64 haswell', now 'x86_64 znver4'. The numbers would not "
        "be those of one fit. Continue it where it was started, or start a new store."
    )


def test_a_second_user_of_a_store_is_refused_until_the_first_closes_it(tmp_path):
    first = Store(tmp_path / "s", IDENTITY)
    with pytest.raises(BadStore, match="Another process is using"):
        Store(tmp_path / "s", IDENTITY)
    first.close()
    Store(tmp_path / "s", IDENTITY).close()


def test_a_full_disk_loses_no_run_that_was_kept(tmp_path):
    runs = PLAN.runs[:6]
    fits = list(train(PROBLEM, runs))
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
        (lambda path: path.write_bytes(b"no database at all" * 100), "damaged or not a store"),
        (lambda path: change(path, "PRAGMA user_version = 99"), "Install a later dropdecay"),
        (lambda path: change(path, "PRAGMA user_version = 1"), "written by an earlier dropdecay"),
        (lambda path: change(path, "PRAGMA user_version = 4"), "written by an earlier dropdecay"),
        (lambda path: change(path, "DROP TABLE runs"), "is not a store"),
        (lambda path: change(path, "DROP TABLE decisions"), "is not a store"),
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


def test_a_surface_with_more_values_or_axes_goes_on_from_a_smaller_one(tmp_path):
    more = {"dropout": [0.0, 0.2, 0.3], "weight_decay": [0.0, 1.0], "input_dropout": [0.0, 0.1]}
    larger = Plan(Axes.of(more), setting(), 2, 2, 0)
    with Store(tmp_path / "s", IDENTITY) as store:
        list(with_store(train, store)(PROBLEM, PLAN.runs))
        known = [run for run in larger.runs if store.find(run) is not None]
    assert len(known) == len(PLAN.runs)
    assert {run.point["input_dropout"] for run in known} == {0.0}


def test_runs_of_other_settings_stand_beside_each_other(tmp_path):
    other = Plan(AXES, setting(batch_size=32), 2, 2, 0)
    with Store(tmp_path / "s", IDENTITY) as store:
        store.keep(*train(PROBLEM, PLAN.runs[:1]))
        assert store.find(other.runs[0]) is None
        store.keep(*train(PROBLEM, other.runs[:1]))
        assert len(store) == 2


def test_a_run_that_fails_its_checksum_is_refused(tmp_path):
    (fit,) = train(PROBLEM, PLAN.runs[:1])
    with Store(tmp_path / "s", IDENTITY) as store:
        store.keep(fit)
    change(tmp_path / "s", "UPDATE runs SET diverged = 1")
    with (
        Store(tmp_path / "s", IDENTITY) as store,
        pytest.raises(BadStore, match="fails its checksum"),
    ):
        store.find(fit.run)


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


@pytest.mark.parametrize(
    ("error", "words"),
    [("disk I/O error", "disk reports an error .*Check the disk"),
     ("database is locked", "Another process is using"),
     ("attempt to write a readonly database", "Choose a writable place"),
     ("file is not a database", "damaged or not a store")],
)  # fmt: skip
def test_a_disk_that_fails_is_not_blamed_on_the_store(tmp_path, error, words):
    with Store(tmp_path / "s", IDENTITY) as store:
        said = store._why(sqlite3.OperationalError(error))
    assert re.search(words, said)


ADAPTIVE = replace(PLAN, setting=setting(epochs=60), adaptive=True)


def ends_of(fits):
    return {fit.run: (fit.end, fit.ending) for fit in fits}


def equal_so_far(one, other):
    """Whether two fits are equal as far as both go."""
    n_epochs = min(one.epochs.size, other.epochs.size)
    return n_epochs and all(
        np.array_equal(getattr(one, name)[:n_epochs], getattr(other, name)[:n_epochs])
        for name in ("epochs", "validation_loss", "out_of_fold_loss")
    )


def test_a_state_comes_back_bit_for_bit_and_goes_when_it_is_forgotten(tmp_path):
    (fit,) = train(PROBLEM, ADAPTIVE.runs[:1], keep_states=True)
    with Store(tmp_path / "s", IDENTITY) as store:
        store.keep(fit)
        back = store.find(fit.run)
        for name in ("params", "first", "second", "key"):
            np.testing.assert_array_equal(getattr(back.state, name), getattr(fit.state, name))
            assert getattr(back.state, name).dtype == getattr(fit.state, name).dtype
        for name in ("learning_rate", "steps", "epoch", "rows_seen"):
            assert getattr(back.state, name) == getattr(fit.state, name)
        np.testing.assert_array_equal(back.epochs, fit.epochs)
        size = (tmp_path / "s-wal").stat().st_size
        store.forget_states()
        assert store.find(fit.run).state is None
        assert size > 0
    with Store(tmp_path / "s", IDENTITY) as store:
        np.testing.assert_array_equal(store.find(fit.run).validation_loss, fit.validation_loss)


def test_an_adaptive_point_goes_on_from_what_the_store_has(tmp_path, monkeypatch):
    monkeypatch.setattr("dropdecay.engine.bundle.CHECKPOINT_SECONDS", 0.0)
    runs = [run for run in ADAPTIVE.runs if run.point == ADAPTIVE.axes.points[3]]
    whole = list(train(PROBLEM, runs))
    n_kept = 0

    class Killed(Exception):
        pass

    class Killing(Store):
        def keep(self, *fits):
            nonlocal n_kept
            super().keep(*fits)
            n_kept += 1
            if n_kept == 2:
                raise Killed

    with pytest.raises(Killed), Killing(tmp_path / "s", IDENTITY) as store:
        list(with_store(train, store)(PROBLEM, runs))
    with Store(tmp_path / "s", IDENTITY) as store:
        assert len(store) == len(runs)  # all at the same checkpoint
        resumed = list(with_store(train, store)(PROBLEM, runs, n_jobs=2))
        again = list(with_store(refusing, store)(PROBLEM, runs))
    for fits in (resumed, again):
        assert ends_of(fits) == ends_of(whole)
        by_run = {fit.run: fit for fit in fits}
        assert all(equal_so_far(by_run[fit.run], fit) for fit in whole)


def test_runs_with_a_horizon_are_stored_one_by_one_and_not_asked_for_again(tmp_path):
    cosine = setting(epochs=20, learning_rate_schedule="cosine")
    runs = replace(PLAN, setting=cosine, adaptive=True).runs
    whole = {fit.run: fit for fit in train(PROBLEM, runs)}
    asked = []

    def counting(problem, runs, **options):
        asked.extend(runs)
        return train(problem, runs, **options)

    with Store(tmp_path / "s", IDENTITY) as store:
        list(islice(with_store(train, store)(PROBLEM, runs), 5))
        assert len(store) == 5
    with Store(tmp_path / "s", IDENTITY) as store:
        resumed = list(with_store(counting, store)(PROBLEM, runs, n_jobs=2))
    assert len(asked) == len(runs) - 5
    assert ends_of(resumed) == ends_of(whole.values())
    assert {ending for _, ending in ends_of(resumed).values()} == {HORIZON}
    assert all(equal_so_far(fit, whole[fit.run]) for fit in resumed)
    assert {fit.epochs.size for fit in resumed} == {len(evaluated_epochs(20))}


class Counting(Store):
    """A store that counts how often the blobs of a run are read."""

    def __init__(self, path, identity):
        super().__init__(path, identity)
        self.read = Counter()

    def find(self, run):
        found = super().find(run)
        if found is not None:
            self.read[run] += 1
        return found


@pytest.mark.parametrize("adaptive", [True, False])
def test_a_call_reads_the_blobs_of_a_run_once_at_most(tmp_path, monkeypatch, adaptive):
    monkeypatch.setattr("dropdecay.engine.bundle.CHECKPOINT_SECONDS", 0.0)
    runs = ADAPTIVE.runs if adaptive else PLAN.runs
    with Store(tmp_path / "s", IDENTITY) as store:
        first = {fit.run: fit for fit in with_store(train, store)(PROBLEM, runs[:7])}
    with Counting(tmp_path / "s", IDENTITY) as store:
        list(with_store(train, store)(PROBLEM, runs, earlier=first, n_jobs=2, keep_states=True))
        assert store.read == Counter(runs[:7])


def test_the_length_of_a_run_is_known_without_reading_it(tmp_path):
    (fit,) = train(PROBLEM, ADAPTIVE.runs[:1])
    with Counting(tmp_path / "s", IDENTITY) as store:
        assert store.length_of(fit.run) == 0
        store.keep(fit)
        assert store.length_of(fit.run) == fit.epochs.size > 10
        assert store.read == Counter()


def refusing(problem, runs, *, earlier=None, **options):
    """The engine, which must find every run trained far enough."""
    assert all(earlier.get(run) is not None for run in runs)
    before = {run: earlier[run].wall_s for run in runs}
    for fit in train(problem, runs, earlier=earlier, **options):
        assert fit.wall_s == before[fit.run]
        yield fit


def test_a_point_that_ends_earlier_with_more_folds_keeps_what_it_was_trained_for(tmp_path):
    runs = [run for run in ADAPTIVE.runs if run.point == ADAPTIVE.axes.points[0]]
    with Store(tmp_path / "s", IDENTITY) as store:
        engine = with_store(train, store)
        first = {fit.run: fit for fit in engine(PROBLEM, runs[:2], keep_states=True)}
        list(engine(PROBLEM, runs, earlier=first, keep_states=True))
        for run in runs[:2]:
            assert store.find(run).epochs.size >= first[run].epochs.size


# Damaged and forged


@pytest.fixture
def whole(tmp_path):
    """Return the path of a store that holds every run, a decision and its identity."""
    with Store(tmp_path / "s", IDENTITY) as store:
        keep_all(store, train(PROBLEM, PLAN.runs))
        store.decisions["spared"] = False
    return tmp_path / "s"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE runs SET curves = zeroblob(length(curves))",
        "UPDATE runs SET diverged = 1",
        "UPDATE runs SET wall_s = 0.0",
        "UPDATE runs SET run = (SELECT max(run) || 'x' FROM runs) WHERE run = (SELECT min(run) "
        "FROM runs)",
    ],
)
def test_a_run_that_was_changed_is_refused_or_trained_again(whole, statement):
    change(whole, statement)
    renamed = "SET run" in statement

    with Store(whole, IDENTITY) as store:
        if renamed:
            assert [store.find(run) for run in PLAN.runs].count(None) == 1
            return
        with pytest.raises(BadStore, match="a run fails its checksum"):
            store.find(PLAN.runs[0])


def test_a_decision_or_an_identity_that_was_changed_is_refused(whole):
    change(whole, "UPDATE decisions SET value = 1")
    with Store(whole, IDENTITY) as store, pytest.raises(BadStore, match="fails its checksum"):
        store.decisions["spared"]
    change(whole, "UPDATE identity SET value = '4' WHERE name = 'random_state'")
    with pytest.raises(BadStore, match="fails its checksum"):
        Store(whole, {**IDENTITY, "random_state": 4})


@pytest.mark.parametrize("column", ["epochs", "curves", "out_of_fold"])
def test_a_forged_run_of_another_form_is_refused(whole, column):
    """The checksum is right: who forges a run can compute it."""
    connection = sqlite3.connect(whole)
    rows = connection.execute("SELECT * FROM runs").fetchall()
    names = [each[1] for each in connection.execute("PRAGMA table_info(runs)")]
    for row in rows:
        values = [b"\1" * 9 if name == column else each
                  for name, each in zip(names, row, strict=True)][:-1]  # fmt: skip
        connection.execute(
            f"UPDATE runs SET {column} = ?, checksum = ? WHERE run = ?",
            (b"\1" * 9, checksum(values), row[0]),
        )
    connection.commit()
    connection.close()

    with Store(whole, IDENTITY) as store, pytest.raises(BadStore, match="form of a run"):
        store.find(PLAN.runs[0])


def test_a_state_of_another_size_never_reaches_a_kernel():
    (fit,) = train(PROBLEM, PLAN.runs[:1], keep_states=True)
    short = replace(fit.state, params=fit.state.params[:-4].copy())
    longer = replace(fit.run, epochs=5)

    with pytest.raises(BadStore, match="not of its size"):
        list(train(PROBLEM, [longer], earlier={longer: replace(fit, state=short)}))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END",
        "CREATE VIEW v AS SELECT * FROM runs",
        "ALTER TABLE runs ADD COLUMN more TEXT",
        "DROP TABLE decisions",
    ],
)
def test_a_store_with_other_tables_or_triggers_is_none(whole, statement):
    change(whole, statement)

    with pytest.raises(BadStore, match="is not a store"):
        Store(whole, IDENTITY)


@pytest.mark.parametrize("ending", ["", "-wal", "-shm", "-journal"])
def test_a_store_is_no_link_and_has_none_beside_it(tmp_path, ending):
    victim = tmp_path / "victim"
    Store(victim, IDENTITY).close()
    before = victim.read_bytes()
    (tmp_path / f"s{ending}").symlink_to(victim)

    with pytest.raises(BadStore, match="is a link or no regular file"):
        Store(tmp_path / "s", IDENTITY)
    assert victim.read_bytes() == before
