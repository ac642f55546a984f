"""Tables in files on workers: the numbers of one process, and rows read where they lie."""

import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifierCV, on_cluster, parquet_files
from dropdecay.cluster import packed, shared_files
from dropdecay.errors import DropdecayWarning

SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0, 0.2), "weight_decays": (0, 1), "cv": 3, "max_iter": 3,
    "random_state": 0, "n_repeats": 2, "extend": False, "n_jobs": 2, "search_rows": 20_000,
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    for number in range(3):
        table = pd.DataFrame(rng.normal(size=(10_000, 3)), columns=["a", "b", "c"])
        table["class"] = np.where(table["a"] * table["b"] > 0, "yes", "no")
        table["weight"] = rng.uniform(1, 2, 10_000)
        table.to_parquet(folder / f"{number}.parquet", index=False)
    return parquet_files(folder, encoder_rows=500)


def fitted(files, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return MLPClassifierCV(**SMALL, **how).fit(files, "class", sample_weight="weight")


@pytest.fixture(scope="module")
def alone(files):
    return fitted(files)


def check_same(one, other):
    for name in ("validation_loss", "out_of_fold_loss"):
        np.testing.assert_array_equal(one.results_[name], other.results_[name])
    for mine, theirs in zip(one.coefs_, other.coefs_, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert one.epochs_ == other.epochs_


def test_processes_give_the_numbers_of_one_and_leave_nothing(files, alone, tmp_path):
    check_same(fitted(files, cluster="processes", store=tmp_path / "runs.sqlite"), alone)
    assert {each.name for each in tmp_path.iterdir()} == {"runs.sqlite"}


def test_workers_of_this_machine_map_the_rows_where_they_lie(files, alone, monkeypatch):
    opened = []
    open_there = shared_files.opened_at
    monkeypatch.setattr(
        shared_files, "opened_at",
        lambda place: opened.append(Path(place[0]).name) or open_there(place),
    )  # fmt: skip
    with ThreadPoolExecutor(2) as executor, on_cluster(executor):
        check_same(fitted(files), alone)
    assert set(opened) >= {"X.float32", "y.float32", "numbers.int64"}


def test_dask_gives_the_numbers_of_one_process_and_is_sent_no_rows(files, alone, monkeypatch):
    pytest.importorskip("distributed")
    from dropdecay.cluster import dask
    from tests.cluster.test_dask import scheduler, worker

    sizes = []

    def weighed(value, maps):
        found = packed.pack(value, maps)
        sizes.append((type(value).__name__, packed.n_bytes(found)))
        return found

    monkeypatch.setattr(dask, "pack", weighed)
    with scheduler() as address, worker(address), worker(address):
        check_same(fitted(files, cluster=address), alone)
    of_data = [size for kind, size in sizes if kind == "Dataset"]
    assert len(of_data) >= 2  # a part, then all
    assert max(of_data) < 300_000  # weights; the rows would be three times as many
