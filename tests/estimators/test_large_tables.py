"""A large table: its surface is trained on a pilot first, and the leaders on all rows."""

import warnings

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.sparse import csr_array
from sklearn.model_selection import KFold, StratifiedKFold

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.data import pilot_rows
from dropdecay.errors import BadStore, TableWarning
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.report.eliminated import ON_PILOT, folds_until_out
from dropdecay.report.terminal.summary import print_summary
from dropdecay.selection.points import by_point
from dropdecay.surface.pilot import is_of_pilot
from tests.report.terminal.screens import summary_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.DivergenceWarning"),
]

LARGE, N_ROWS = 400, 600


@pytest.fixture(autouse=True)
def small_tables_count_as_large(monkeypatch):
    monkeypatch.setattr(pilot_rows, "FROM_ROWS", LARGE)
    monkeypatch.setattr(pilot_rows, "SHARE", 1 / 4)


SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.2, 0.4, 0.6), "max_iter": 6, "batch_size": 64,
    "weight_decays": (0, 0.5, 2, 8, 30), "random_state": 0, "encoder": None, "n_repeats": 1,
    "n_jobs": 2, "extend": False,
}  # fmt: skip
"""20 points."""


def table(n_rows=N_ROWS, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)).astype(np.float32)
    return X, (X[:, 0] + X[:, 1] + rng.normal(size=n_rows) > 0).astype(int)


def fitted(X, y, *, kind=MLPClassifierCV, groups=None, sample_weight=None, **how):
    """Fit, and return the search with the runs that it trained and the notices."""
    search, runs, notices = kind(**{**SMALL, **how}), [], []
    search.fit_with_hooks(
        X, y, groups, sample_weight,
        on_fit=lambda fit, done, total: runs.append(fit.run), on_notice=notices.append,
    )  # fmt: skip
    return search, runs, notices


def pilot_of(search, y, X=None, groups=None, weights=None, times=None):
    X = table(len(y))[0] if X is None else X
    return task_from_arrays(search, X, y, groups, weights, times).pilot


def test_every_point_is_trained_on_the_pilot_and_the_leaders_alone_on_all_rows():
    X, y = table()
    search, runs, notices = fitted(X, y)
    results = search.results_
    on_pilot = [run for run in runs if is_of_pilot(run)]
    dropped = int(results["dropped_on_pilot"].sum())
    assert len(on_pilot) == 20 * 3
    assert {run.point for run in on_pilot} == set(search.axes_.points)
    assert len({run.point for run in runs if not is_of_pilot(run)}) == 20 - dropped == 8
    assert notices == [
        f"{dropped} of 20 points were dropped on a pilot of 150 rows, which all folds train on "
        "and none holds out."
    ]
    assert search.notices_ == tuple(notices)


def test_what_the_pilot_says_stands_apart_from_the_figures_of_the_surface():
    search, _, _ = fitted(*table())
    results = by_point(search.results_)
    out = results["dropped_on_pilot"].values
    assert results["pilot_loss"].notnull().all()
    assert np.isnan(results["validation_loss"].values[out]).all()
    assert np.isfinite(results["validation_loss"].values[~out, :3]).any(axis=-1).all()
    assert results["eliminated"].values[out].all()
    assert (folds_until_out(results)[out] == ON_PILOT).all()
    assert (folds_until_out(results)[~out] >= 0).all()
    assert results.attrs["pilot_rows"] == 150
    assert (results["end"].values[out] == 0).all()


def test_what_the_pilot_drops_depends_on_the_pilot_alone():
    X, y = table()
    search, _, _ = fitted(X, y)
    pilot = pilot_of(MLPClassifierCV(**SMALL), y)
    others = np.setdiff1d(np.arange(N_ROWS), pilot.rows)
    turned = X.copy()
    turned[others] = -X[others]
    there, _, _ = fitted(turned, y)
    for name in ("dropped_on_pilot", "pilot_loss"):
        assert np.array_equal(there.results_[name], search.results_[name])
    assert there.best_loss_ != search.best_loss_


def test_a_small_table_is_fitted_as_if_there_were_no_pilots(monkeypatch):
    X, y = table(LARGE - 1)
    small, runs, _ = fitted(X, y)
    monkeypatch.setattr(pilot_rows, "FROM_ROWS", np.inf)
    never, _, _ = fitted(X, y)
    assert not any(map(is_of_pilot, runs))
    assert small.results_.drop_vars("wall_s").identical(never.results_.drop_vars("wall_s"))
    assert np.array_equal(small.predict_proba(X), never.predict_proba(X))


@pytest.mark.parametrize(
    "how",
    [
        {"race": False},
        {"cv": KFold(5)},
        {"cv": StratifiedKFold(5, shuffle=True, random_state=0)},
        {"cv": list(KFold(5).split(np.zeros((N_ROWS, 1))))},
        {"cv": 4},
        {"fixed_epochs": True},
        {"learning_rate": "cosine"},
        {"decay": "l2"},
        {"solver": "sgd"},
        {"dropouts": (0, 0.3)},
    ],
    ids=["no race", "splitter", "shuffling splitter", "folds", "few folds", "fixed epochs",
         "horizon", "penalty", "no memory", "few points"],
)  # fmt: skip
def test_without_a_race_or_a_way_to_carry_decays_there_is_no_pilot(how):
    assert pilot_of(MLPClassifierCV(**{**SMALL, **how}), table()[1]) is None


def test_rows_in_time_have_no_pilot_since_its_rows_would_come_after_those_that_judge():
    assert pilot_of(MLPClassifierCV(**SMALL), table()[1], times=np.arange(N_ROWS)) is None


@pytest.mark.parametrize("how", [{}, {"race": True, "cv": 4}, {"cv": np.int64(6)}])
def test_otherwise_there_is_one(how):
    assert pilot_of(MLPClassifierCV(**{**SMALL, **how}), table()[1]) is not None


def test_a_penalty_of_none_needs_no_carrying():
    how = {"decay": "l2", "weight_decays": (0,), "dropouts": np.linspace(0, 0.8, 20).tolist()}
    assert pilot_of(MLPClassifierCV(**{**SMALL, **how}), table()[1]) is not None


class Killed(Exception):
    """In place of a signal."""


@pytest.mark.parametrize("after", [1, 37, 62, 75])
def test_a_search_that_was_cut_off_ends_with_the_same_numbers(tmp_path, after):
    X, y = table()
    how = {"max_iter": 5, "n_repeats": 3}
    whole, runs, _ = fitted(X, y, **how)
    done = 0

    def kill(fit, n_done, total):
        nonlocal done
        done += 1
        if done == after:
            raise Killed

    store = str(tmp_path / "runs.db")
    with pytest.raises(Killed):
        MLPClassifierCV(**{**SMALL, **how}, store=store).fit_with_hooks(X, y, on_fit=kill)
    resumed, again, notices = fitted(X, y, store=store, **how)
    gone = ["wall_s"]
    assert resumed.results_.drop_vars(gone).identical(whole.results_.drop_vars(gone))
    assert str(resumed.verdict_) == str(whole.verdict_)
    assert notices == list(whole.notices_)
    assert len(again) == len(runs)
    assert np.array_equal(resumed.predict_proba(X), whole.predict_proba(X))


def test_results_do_not_depend_on_threads():
    X, y = table()
    one, two = (fitted(X, y, n_jobs=n_jobs)[0].results_.drop_vars("wall_s") for n_jobs in (1, 2))
    assert one.identical(two)


def test_a_store_without_a_pilot_is_not_continued_with_one(tmp_path):
    X, y = table()
    store = str(tmp_path / "runs.db")
    fitted(X, y, store=store, race=False)
    with pytest.raises(BadStore, match="pilot was None, now '150 rows'"):
        fitted(X, y, store=store)


def test_longer_axes_bring_points_beside_the_leaders_alone():
    X, y = table()
    search, runs, _ = fitted(X, y, weight_decays=(0, 0.5, 0.6, 0.7, 0.8), extend=True)
    new = {run.point for run in runs if run.point["weight_decay"] > 0.8}
    assert new
    longer = search.axes_["weight_decay"].values[5:]
    assert len(new) < len(longer) * len(search.axes_["dropout"].values)
    results = by_point(search.results_)
    beyond = np.isin(results["weight_decay"], longer)
    assert np.isnan(results["pilot_loss"].values[beyond]).all()
    assert not results["dropped_on_pilot"].values[beyond].any()


@pytest.mark.parametrize("weighted", [False, True])
def test_groups_and_weights_are_kept(weighted):
    X, y = table()
    groups = np.arange(N_ROWS) // 3
    weights = np.where(np.arange(N_ROWS) % 2, 0.0, 2.0) if weighted else None
    search, runs, _ = fitted(X, y, groups=groups, sample_weight=weights)
    pilot = pilot_of(MLPClassifierCV(**SMALL), y, X, groups, weights)
    others = np.setdiff1d(np.arange(N_ROWS), pilot.rows)
    assert any(map(is_of_pilot, runs))
    assert not np.intersect1d(groups[pilot.rows], groups[others]).size
    assert np.isfinite(search.best_loss_)


def test_equal_rows_of_a_table_are_all_on_the_pilot_or_none_is():
    X, y = table()
    twice = pd.DataFrame(np.repeat(X[: N_ROWS // 2], 2, axis=0), columns=list("abcd"))
    how = {"encoder": "auto"}
    with pytest.warns(TableWarning, match="keep equal rows together"):
        pilot = pilot_of(MLPClassifierCV(**{**SMALL, **how}), np.repeat(y[: N_ROWS // 2], 2), twice)
    assert np.array_equal(np.unique(pilot.rows // 2), pilot.rows[::2] // 2)


def test_the_verdict_rests_on_the_rows_that_folds_hold_out():
    X, y = table()
    search, _, _ = fitted(X, y, n_repeats=3)
    assert search.verdict_.gain is None or search.verdict_.gain.n_rows == N_ROWS - 150
    held = search.results_["held_out_by"].values
    pilot = pilot_of(MLPClassifierCV(**SMALL), y)
    assert np.array_equal(np.flatnonzero(held == -1), pilot.rows)
    assert np.isnan(search.results_["out_of_fold_output"].values[:, pilot.rows]).all()


def test_nothing_is_repeated_where_the_folds_decide_unless_many_repeats_are_asked_for():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(N_ROWS, 100)).astype(np.float32)  # most columns mean nothing
    y = (X[:, 0] + X[:, 1] + rng.normal(size=N_ROWS) > 0).astype(int)
    how = {"hidden_layer_sizes": 64, "learning_rate_init": 0.01, "max_iter": 60}
    once, _, _ = fitted(X, y, n_repeats=10, **how)
    assert once.verdict_.kind == "helps"
    assert once.verdict_.gain.n_repeats == 1
    assert "(from the folds of the surface alone)" in str(once.verdict_)
    often, _, _ = fitted(X, y, n_repeats=11, **how)
    assert often.verdict_.kind == "helps"
    assert often.verdict_.gain.n_repeats == 3


def test_a_table_of_any_columns_and_a_score_have_a_pilot_too():
    X, y = table()
    frame = pd.DataFrame(X, columns=list("abcd"))
    frame["kind"] = np.where(X[:, 0] > 1, "high", None)
    frame.loc[::7, "b"] = np.nan
    search, runs, _ = fitted(
        frame, np.where(y, "yes", "no"), encoder="auto", criterion="score", scoring="roc_auc"
    )
    assert any(map(is_of_pilot, runs))
    assert np.isfinite(search.best_score_)
    assert set(search.predict(frame)) <= {"yes", "no"}


def test_sparse_rows_and_many_labels_have_a_pilot_too():
    X, y = table()
    labels = np.c_[y, X[:, 2] > 0].astype(int)
    search, runs, _ = fitted(csr_array(np.abs(X) * (X > 0)), labels, encoder="auto")
    assert any(map(is_of_pilot, runs))
    assert np.isfinite(search.best_loss_)


def test_a_regression_has_a_pilot_too():
    X, _ = table()
    y = 100 + 30 * X[:, 0] + np.random.default_rng(0).normal(size=N_ROWS)
    search, runs, _ = fitted(X, y, kind=MLPRegressorCV)
    assert any(map(is_of_pilot, runs))
    # In the user's units.
    assert np.nanmin(search.results_["pilot_loss"]) > 1.0


def test_nested_validation_has_pilots_of_its_own():
    X, y = table()
    runs = []
    search = MLPClassifierCV(**{**SMALL, "max_iter": 3}, nested=True)
    search.fit_with_hooks(X, y, on_nested_fit=lambda fit, done, total: runs.append(fit.run))
    on_pilot = [run for run in runs if is_of_pilot(run)]
    assert len(on_pilot) == 5 * 20 * 3
    # 480 rows train each outer fold: a quarter of them is 120 for each pilot.
    assert len({run.key.tobytes() for run in on_pilot}) == 5 * 3
    assert len(search.nested_.folds) == 5


def test_outer_folds_of_few_rows_have_none(monkeypatch):
    monkeypatch.setattr(pilot_rows, "FROM_ROWS", N_ROWS)
    runs = []
    search = MLPClassifierCV(**{**SMALL, "max_iter": 2}, nested=True)
    X, y = table()
    search.fit_with_hooks(X, y, on_nested_fit=lambda fit, done, total: runs.append(fit.run))
    assert not any(map(is_of_pilot, runs))


def test_the_forecast_counts_pilot_and_leaders():
    X, y = table()
    told = []
    MLPClassifierCV(**SMALL).fit_with_hooks(X, y, on_forecast=told.append)
    (cost,) = told
    assert (cost.pilot_networks, cost.pilot_rows, cost.networks) == (60, 150, 40)
    assert "for 60 networks on a pilot of 150 rows, then up to 40 on all rows" in str(cost)


def test_the_terminal_and_the_notebook_say_which_points_were_dropped():
    search, _, _ = fitted(*table())
    console = Console(record=True, width=120, quiet=False, file=None)
    with console.capture() as said:
        print_summary(console, search.results_, summary_of(search))
    assert said.get().count("left out") > 1
    assert "left out: behind on a part of the rows" in said.get()
    assert "diverged" not in said.get()
    html = search._repr_html_()
    assert "-: dropped on the pilot" in html
    assert "NaN" not in html


def test_callbacks_hear_of_the_pilot_as_a_part_of_its_own():
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    names = []

    class Listening:
        def setup(self, estimator, context): ...
        def teardown(self, estimator, context): ...
        def on_fit_task_begin(self, estimator, context, **data):
            names.append(context.task_name)

        def on_fit_task_end(self, estimator, context, **data):
            return False

    X, y = table()
    with warnings.catch_warnings(action="ignore"):
        MLPClassifierCV(**SMALL).set_callbacks(Listening()).fit(X, y)
    assert "pilot on 150 rows" in names
    assert "dropout 0, weight decay 0, fold 2, seed 0" in names


def test_a_point_is_dropped_by_the_pilot_or_given_up_never_both():
    X, _ = table()
    y = X[:, 0] + X[:, 1] + np.random.default_rng(2).normal(size=len(X))
    how = {"max_iter": 200, "batch_size": 32, "hidden_layer_sizes": 16, "futility": True}
    search, _, notices = fitted(X, y, kind=MLPRegressorCV, **how)
    assert "were dropped on a pilot" in notices[0]
    results = by_point(search.results_)
    dropped, given_up = results["dropped_on_pilot"].values, results["ending"].values == "futile"
    assert dropped.any()
    assert given_up.any()
    assert not (dropped & given_up).any()
    assert (results["end"].values[dropped] == 0).all()
    assert (folds_until_out(results)[dropped] == ON_PILOT).all()
    assert (folds_until_out(results)[given_up] > 0).all()


def test_the_networks_of_the_folds_are_those_of_all_rows_not_of_the_pilot():
    search, _, _ = fitted(*table())
    results = search.results_
    recorded = results["out_of_fold_output"].sel(recorded_point=results["recorded_chosen"])[0]
    X, folds = table()[0], search.fold_networks_.folds

    assert len(folds) == results.sizes["fold"]
    assert len({len(each.rows) for each in folds}) <= 2
    for number, fold in enumerate(folds):
        here = results["held_out_by"].values == number
        rows = results["row"].values[here]
        assert set(rows) <= set(fold.rows)
        said = fold.outputs(X[rows])
        np.testing.assert_allclose(said, recorded.values[here], rtol=1e-6, atol=1e-9)
