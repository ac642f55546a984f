"""Every kind of search on tables on disk: nested, in time, tuned, and by torch."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifierCV, on_cluster, parquet_files
from dropdecay.data.time_folds import folds_in_time
from dropdecay.engine import mixed_blocks
from dropdecay.estimators import nested, tuning
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


def watched(monkeypatch, module, name):
    """The tasks that are given to a function from now on."""
    tasks, function = [], getattr(module, name)

    def watch(*given, **how):
        tasks.extend(each for each in given if hasattr(each, "folds"))
        return function(*given, **how)

    monkeypatch.setattr(module, name, watch)
    return tasks


@pytest.mark.parametrize("fit", [{}, {"groups": "owner"}])
def test_nested_searches_never_see_the_rows_that_judge_them(tmp_path, monkeypatch, fit):
    tasks = watched(monkeypatch, tuning, "search_surface")
    judged = watched(monkeypatch, nested, "refitted")

    search = fitted(written(tmp_path / "homes"), nested=True, fit=fit, max_iter=30)

    whole, *inner = tasks
    assert len(inner) == len(whole.folds) == 3
    held = [validation for _, validation in whole.folds]
    teaching = np.setdiff1d(np.arange(whole.n_rows), np.concatenate(held))
    for (training, test), task in zip(whole.folds, inner, strict=True):
        assert len(task.folds) == 2
        for own, validation in task.folds:
            used = np.concatenate((own, validation))
            assert sorted(used) == sorted(training)
            assert not np.isin(used, test).any()
            assert np.isin(teaching, own).all()
            if fit:
                assert not set(task.groups[own]) & set(task.groups[validation]) - set(
                    task.groups[teaching]
                )
    assert len(judged) == 3
    # The networks explain a good part of a variance of about 2.2.
    assert search.nested_.loss.mean == pytest.approx(search.best_loss_, rel=0.4)


def test_a_nested_search_is_the_same_from_a_store_and_on_a_part(tmp_path):
    files, store = written(tmp_path / "homes"), tmp_path / "runs.sqlite"
    first = fitted(files, nested=True, search_rows=2000, store=store)

    again = fitted(files, nested=True, search_rows=2000, store=store)

    assert same(again, first)
    assert again.nested_.loss == first.nested_.loss


def in_time(folder):
    """Homes whose price rises with the day; days are text, as in many files."""
    day = np.random.default_rng(1).permutation(N_ROWS)
    days = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(day // 2, "D"))
    table = HOMES.assign(day=days.dt.strftime("%Y-%m-%d"), price=HOMES["price"] + day / 1000)
    return table, written(folder, table)


def test_rows_in_time_are_judged_by_later_ones_as_tables_in_memory_are(tmp_path, monkeypatch):
    _, files = in_time(tmp_path / "homes")
    tasks = watched(monkeypatch, tuning, "search_surface")

    search = fitted(files, fit={"times": "day"})

    assert search.feature_names_in_.tolist() == ["a", "b", "c", "town", "owner"]
    (task,) = tasks
    stored = pd.concat(files.parts())  # as the files have them
    numbers = task.numbers
    expected = folds_in_time(stored["day"], 3, N_ROWS)
    for own, rows in zip(task.folds, expected, strict=True):
        for part, wanted in zip(own, rows, strict=True):
            assert sorted(numbers[part]) == wanted.tolist()
    days = pd.to_datetime(stored["day"]).to_numpy()[numbers]
    assert (np.diff(days[np.argsort(task.moments, kind="stable")]) >= np.timedelta64(0)).all()
    assert task.by_time
    assert task.pilot is None
    assert np.isfinite(search.time_order_.shuffled_loss)
    held = np.concatenate([validation for _, validation in task.folds])
    assert days[held].min() > np.sort(days)[N_ROWS // 2 - 10]


def test_what_teaches_the_encoder_in_time_is_earlier_than_what_judges(tmp_path):
    table, _ = in_time(tmp_path / "homes")
    # What comes in the later half is of another size.
    late = table["day"] > "2022-01-20"
    jumping = table.assign(a=table["a"].where(~late, 1000.0))

    search = fitted(written(tmp_path / "jumping", jumping), fit={"times": "day"}, max_iter=1)

    assert late.mean() > 0.45
    assert search.encoder_[1].scaler_.center_[0] == pytest.approx(0, abs=0.3)


def test_small_files_in_time_are_a_table_like_any_other(tmp_path):
    in_time(tmp_path / "homes")
    files = parquet_files(tmp_path / "homes")
    whole = pd.concat(files.parts(), ignore_index=True)

    search = fitted(files, fit={"times": "day"})

    X = whole.drop(columns=["price", "day"])
    assert same(search, fitted(X, whole["price"], fit={"times": whole["day"]}))


@pytest.mark.parametrize("search_rows", [None, 2000])
def test_tuning_compares_networks_on_the_same_blocks(tmp_path, monkeypatch, search_rows):
    tasks = watched(monkeypatch, tuning, "search_surface")
    files = written(tmp_path / "homes", target="class")

    search = fitted(
        files, "class", MLPClassifierCV, search_rows=search_rows,
        tune={"learning_rate_init": (0.03,), "hidden_layer_sizes": ((12,),)},
    )  # fmt: skip

    assert {step.parameter for step in search.tuning_.steps} == {
        "learning_rate_init", "hidden_layer_sizes",
    }  # fmt: skip
    assert all(task.setting.schedule.shuffle == "blocks" for task in tasks)
    assert search.tuning_.params
    # What it takes is judged on rows that tuning did not see.
    assert search.set_aside_ is not None


def test_alternatives_are_raced_on_the_same_blocks(tmp_path):
    raced, whole = (
        fitted(
            written(tmp_path / "homes", target="class"), "class", MLPClassifierCV, cv=5, race=race,
            budget=1e6, dropouts=0.1, weight_decays=0.0, n_repeats=1, max_iter=15, baselines=False,
            fixed_epochs=True, keep_folds=False, tune={"learning_rate_init": (1e-7, 0.02)},
        ).tuning_.steps[0]
        for race in ("auto", False)
    )  # fmt: skip

    assert (raced.n_folds, whole.n_folds) == ((5, 3, 5), (5, 5, 5))
    # Those that the race leaves in come out as without it.
    assert [raced.losses[i] for i in (0, 2)] == [whole.losses[i] for i in (0, 2)]


def test_the_usual_alternatives_leave_the_encoding_as_it_is(tmp_path):
    search = fitted(written(tmp_path / "homes"), tune=True, max_iter=1)

    tried = {step.parameter for step in search.tuning_.steps}
    assert not {"numeric_encoding", "category_encoding"} & tried
    assert {"learning_rate_init", "activation"} <= {step.parameter for step in search.tuning_.steps}


def test_torch_trains_on_the_same_blocks(tmp_path):
    pytest.importorskip("torch")
    files = written(tmp_path / "homes")
    by_numba = fitted(files, search_rows=2000)

    by_torch = fitted(files, search_rows=2000, engine="torch", device="cpu")

    for name in ("validation_loss", "training_loss"):
        np.testing.assert_allclose(by_torch.results_[name], by_numba.results_[name], rtol=1e-4)
    np.testing.assert_allclose(by_torch.coefs_[0], by_numba.coefs_[0], rtol=1e-3, atol=1e-4)


def test_a_module_of_the_users_own_is_told_what_to_do(tmp_path):
    pytest.importorskip("torch")
    from torch import nn

    from dropdecay.errors import BadSetting
    from dropdecay.torch import ModuleRegressorCV

    search = ModuleRegressorCV(nn.Linear(4, 1), max_epochs=1, init="given")

    with pytest.raises(BadSetting, match="rows in memory"):
        search.fit(written(tmp_path / "homes"), "price")


def test_a_worker_reads_a_block_once_for_all_of_its_networks_as_one_process_does(
    tmp_path, monkeypatch
):
    files, read, n_read = written(tmp_path / "homes"), mixed_blocks.read_rows, []

    def counted(dataset, rows):
        n_read.append(rows.size)
        return read(dataset, rows)

    monkeypatch.setattr(mixed_blocks, "read_rows", counted)
    four = {"dropouts": (0, 0.2), "weight_decays": "tau:none,20", "n_repeats": 1, "max_iter": 3}
    alone = fitted(files, **four)
    n_alone = sum(n_read)
    n_read.clear()

    with ThreadPoolExecutor(1) as executor, on_cluster(executor):
        assert same(fitted(files, **four), alone)

    assert sum(n_read) == n_alone
    n_read.clear()
    fitted(files, **{**four, "dropouts": (0,), "weight_decays": (0,)})
    assert n_alone < 1.1 * sum(n_read)  # of one point as of four
