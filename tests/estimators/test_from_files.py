"""Tables in files that do not fit into memory: the same networks, from whatever the rows lie in."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifierCV, on_cluster, parquet_files
from dropdecay.data import encoded_files, pilot_rows, row_maps
from dropdecay.errors import BadInput, BadSetting, BadTable, LeakWarning, Unfinished
from dropdecay.estimators import fit_surface, from_files
from tests.estimators.on_disk import (
    HOMES,
    N_ROWS,
    fitted,
    same,
    small_pieces,  # noqa: F401  # a fixture of every test here
    written,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.TableWarning"),
]


def seen_by(monkeypatch):
    """The tasks that are searched from now on."""
    tasks = []
    search = fit_surface.search_surface

    def watched(task, *rest):
        tasks.append(task)
        return search(task, *rest)

    monkeypatch.setattr("dropdecay.estimators.tuning.search_surface", watched)
    return tasks


def test_a_folder_is_fitted_by_the_name_of_its_target_and_predicts_tables(tmp_path):
    search = fitted(written(tmp_path / "homes"), max_iter=40, fit={"groups": "owner"})

    new = HOMES.drop(columns=["class"])
    assert search.score(new, HOMES["price"]) > 0.4
    assert search.feature_names_in_.tolist() == ["a", "b", "c", "town"]
    # Columns with other roles may still be there; they are ignored.
    np.testing.assert_array_equal(search.predict(new), search.predict(new[["a", "b", "c", "town"]]))


@pytest.mark.parametrize("fit", [{}, {"groups": "owner"}])
def test_classes_are_those_of_all_files_and_all_have_their_share_in_each_fold(
    tmp_path, monkeypatch, fit
):
    tasks = seen_by(monkeypatch)
    files = written(tmp_path / "homes", target="class")

    search = fitted(files, "class", MLPClassifierCV, fit, class_weight="balanced", max_iter=40)

    assert search.classes_.tolist() == ["high", "low", "mid"]
    assert search.score(HOMES.drop(columns=["class", "price"]), HOMES["class"]) > 0.5
    shares = HOMES["class"].value_counts(normalize=True).sort_index()
    for _, held in tasks[0].folds:
        own = pd.Series(tasks[0].target.labels[held]).value_counts(normalize=True).sort_index()
        np.testing.assert_allclose(own, shares, atol=0.005 if not fit else 0.06)


@pytest.mark.parametrize("fit", [{}, {"groups": "owner"}])
def test_teaching_rows_are_in_every_training_part_and_in_no_validation_part(
    tmp_path, monkeypatch, fit
):
    tasks = seen_by(monkeypatch)

    search = fitted(written(tmp_path / "homes"), fit=fit)

    task = tasks[0]
    held = np.concatenate([rows for _, rows in task.folds])
    assert np.unique(held).size == held.size
    teaching = np.setdiff1d(np.arange(task.n_rows), held)
    assert teaching.size == pytest.approx(300, abs=0 if not fit else 40)
    assert all(np.isin(teaching, training).all() for training, _ in task.folds)
    # The encoder knows these rows alone: their medians, not those of all rows.
    scaler = search.encoder_[1].scaler_
    X = task.rows[teaching]
    assert np.median(X[:, 1]) == pytest.approx(0, abs=1e-6 if not fit else 0.05)
    assert scaler.center_[1] != pytest.approx(HOMES["b"].median(), abs=1e-6)
    if fit:
        assert not set(task.groups[teaching]) & set(task.groups[held])


def test_a_category_that_teaches_nothing_is_unknown_and_does_no_harm(tmp_path):
    table = HOMES.assign(town=HOMES["town"].where(HOMES.index != 20, "nowhere"))
    files = written(tmp_path / "homes", table, encoder_rows=30)

    search = fitted(files)

    assert "nowhere" not in search.encoder_[1].one_hot_.categories_[0]


def test_results_are_the_same_from_a_map_and_from_memory_on_any_number_of_threads(
    tmp_path, monkeypatch
):
    files = written(tmp_path / "homes")
    how = {"search_rows": 2000, "fit": {"sample_weight": "owner"}}
    mapped = fitted(files, **how)
    open_maps = row_maps.open_row_maps

    def in_memory(*where):
        maps = open_maps(*where)
        names = ("X", "y", "sample_weight", "numbers")
        return replace(maps, **{name: np.array(getattr(maps, name)) for name in names})

    monkeypatch.setattr(encoded_files, "open_row_maps", in_memory)

    assert same(fitted(files, n_jobs=2, **how), mapped)


def test_how_rows_are_split_into_files_and_in_which_order_these_are_named_has_no_influence(
    tmp_path,
):
    many, few = (written(tmp_path / str(n_files), n_files=n_files) for n_files in (7, 2))
    paths = [file.path for file in many.files]

    first = fitted(many)

    assert same(fitted(few), first)
    assert same(fitted(parquet_files(paths[::-1], encoder_rows=300)), first)
    assert not same(fitted(many, random_state=1), first)


def test_files_that_fit_into_memory_are_a_table_like_any_other(tmp_path):
    files = written(tmp_path / "homes", encoder_rows=None)
    table = next(files.parts(size=N_ROWS))

    search = fitted(files, fit={"groups": "owner"})

    X = table.drop(columns=["price", "owner"])
    assert same(search, fitted(X, table["price"], fit={"groups": table["owner"]}))


def test_a_large_table_lies_on_disk_without_being_asked_to(tmp_path, monkeypatch):
    files = written(tmp_path / "homes", encoder_rows=None)
    assert not from_files.stays_on_disk(files)

    monkeypatch.setattr(from_files, "FROM_ROWS", N_ROWS)

    assert from_files.stays_on_disk(files)


def test_the_rows_are_never_cut_anew_so_that_repeats_are_networks_on_the_same_folds(
    tmp_path, monkeypatch
):
    tasks = seen_by(monkeypatch)

    fitted(written(tmp_path / "homes"))

    assert not fit_surface.cuts_of(tasks[0]).cuts_anew


def test_the_pilot_is_among_the_teaching_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(pilot_rows, "FROM_ROWS", 400)
    tasks = seen_by(monkeypatch)
    surface = {"dropouts": (0, 0.2, 0.4, 0.6), "weight_decays": (0, 0.5, 2, 8, 30), "cv": 5}

    search = fitted(written(tmp_path / "homes"), **surface, max_iter=2)

    (task,) = tasks
    held = np.concatenate([rows for _, rows in task.folds])
    assert task.pilot.rows.size == 300
    assert not np.isin(task.pilot.rows, held).any()
    assert any("dropped on a pilot of 300 rows" in each for each in search.notices_)


def test_outputs_are_kept_by_the_numbers_that_rows_have_in_the_files(tmp_path):
    files = written(tmp_path / "homes")
    (table,) = files.parts(size=N_ROWS)

    results = fitted(files, max_iter=40, search_rows=2000).results_

    assert results["row"].attrs["sample_of"] == N_ROWS
    said = results["out_of_fold_output"].isel(recorded_point=0, output=0).dropna("row")
    true = table["price"].loc[said["row"].values]
    assert np.corrcoef(said, true)[0, 1] > 0.5
    assert len(np.unique(said["row"])) == said.sizes["row"]


def test_a_store_goes_on_with_the_same_files_and_refuses_others(tmp_path):
    files = written(tmp_path / "homes")
    store = tmp_path / "runs.sqlite"
    first = fitted(files, store=store)

    assert same(fitted(files, store=store), first)
    assert not list(tmp_path.glob("encoded-*"))
    other = written(tmp_path / "other", HOMES.assign(a=HOMES["a"] + 1))
    with pytest.raises(ValueError, match="the table has changed"):
        fitted(other, store=store)


@pytest.mark.parametrize("error", [KeyboardInterrupt, Unfinished, RuntimeError])
@pytest.mark.parametrize("stored", [True, False])
def test_the_numbers_on_disk_are_removed_unless_a_run_that_can_be_resumed_needs_them(
    tmp_path, monkeypatch, error, stored
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(
        "dropdecay.estimators.tuning.search_surface",
        lambda *task: (_ for _ in ()).throw(error("stop")),
    )
    how = {"store": tmp_path / "runs.sqlite"} if stored else {}

    with pytest.raises(error):
        fitted(written(tmp_path / "homes"), **how)

    kept = [path.name for path in tmp_path.iterdir() if path.name not in ("homes", "runs.sqlite")]
    assert len(kept) == (stored and error is not RuntimeError), kept


def test_what_a_resumed_run_finds_is_used_again_and_half_of_it_is_not(tmp_path, monkeypatch):
    files = written(tmp_path / "homes")
    store = tmp_path / "runs.sqlite"
    expected = fitted(files)

    def stopped(*task):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("dropdecay.estimators.tuning.search_surface", stopped)
        with pytest.raises(KeyboardInterrupt):
            fitted(files, store=store)
    (kept,) = tmp_path.glob("encoded-*")
    assert len([*kept.iterdir()]) == 6

    with monkeypatch.context() as patched:
        patched.setattr(encoded_files, "write_row_maps", stopped)
        assert same(fitted(files, store=store), expected)
    kept.mkdir()
    (kept / "X.float32").write_bytes(b"half")
    assert same(fitted(files, store=store), expected)


@pytest.mark.parametrize("search_rows", [None, 2000])
def test_workers_give_the_same_networks(tmp_path, search_rows):
    files = written(tmp_path / "homes")
    alone = fitted(files, search_rows=search_rows)
    # Threads, so that blocks are small for them, too; they read files as processes do.
    with ThreadPoolExecutor(2) as executor, on_cluster(executor):
        assert same(fitted(files, search_rows=search_rows), alone)


REFUSED = {
    "target by values": (lambda files: fitted(files, HOMES["price"]), BadInput,
                         "y is the name of a column. Got Series"),
    "target missing": (lambda files: fitted(files, "prize"), BadTable,
                       "no column 'prize'. Did you mean 'price'"),
    "two roles": (lambda files: fitted(files, fit={"groups": "price"}), BadInput,
                  "names of different columns"),
    "nested": (lambda files: fitted(files, nested=True, cv=2), BadSetting,
               "nested=True needs 3 folds or more"),
    "times by values": (lambda files: fitted(files, fit={"times": HOMES["a"]}), BadInput,
                        "times is the name of a column. Got Series"),
    "times and groups": (lambda files: fitted(files, fit={"times": "a", "groups": "owner"}),
                         BadSetting, "cannot be combined"),
    "times and a part": (lambda files: fitted(files, fit={"times": "b"}, search_rows=1000),
                         BadSetting, "Give one of the two"),
    "times, nested": (lambda files: fitted(files, fit={"times": "b"}, nested=True), BadSetting,
                      "rows in time rule out"),
    "one time": (lambda files: fitted(files, fit={"times": "town"}), BadTable,
                 "neither dates nor numbers"),
    "too many teach in time": (
        lambda files: fitted(replace(files, encoder_rows=1400), fit={"times": "b"}), BadSetting,
        "all 3 blocks of time train on",
    ),
    "tuned encoding": (lambda files: fitted(files, tune={"numeric_encoding": ("quantile",)}),
                       BadSetting, "cannot change numeric_encoding where rows lie on disk"),
    "embedded categories": (lambda files: fitted(files, category_encoding="embedding"),
                            BadSetting, "category_encoding by embeddings is for tables in memory"),
    "tuned embeddings": (lambda files: fitted(files, tune={"category_encoding": ("embedding",)}),
                         BadSetting, "category_encoding by embeddings is for tables in memory"),
    "splitter": (lambda files: fitted(files, cv=[]), BadSetting, "cv must be a number of folds"),
    "unknown cluster": (
        lambda files: fitted(files, cluster="farm"), BadSetting, "cluster='farm' is not known",
    ),
    "too many teach": (lambda files: fitted(replace(files, encoder_rows=1501)), BadSetting,
                       "encoder_rows=1501 must be 2 to 1,500"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_before_anything_is_trained(tmp_path, monkeypatch, name):
    def never(*what, **how):
        raise AssertionError("rows were encoded")

    monkeypatch.setattr(encoded_files, "write_row_maps", never)
    work, kind, message = REFUSED[name]

    with pytest.raises(kind) as caught:
        work(written(tmp_path / "homes"))

    assert message in str(caught.value)


def test_a_cell_that_cannot_be_read_is_named_with_its_file(tmp_path):
    table = HOMES.assign(c=HOMES["c"].round(3).astype(str))
    table.loc[HOMES["price"].idxmax(), "c"] = "a lot"
    files = written(tmp_path / "homes", table)

    with pytest.raises(BadTable, match=r"In the 500 rows from 4\.parquet, row 101 on: Column 'c'"):
        fitted(files)


def test_leaks_are_looked_for_among_the_teaching_rows(tmp_path):
    table = HOMES.assign(a=HOMES["price"] * 2)

    with pytest.warns(LeakWarning, match="'a'"):
        fitted(written(tmp_path / "homes", table))
    with warnings.catch_warnings(action="error", category=LeakWarning):
        fitted(written(tmp_path / "honest"))
