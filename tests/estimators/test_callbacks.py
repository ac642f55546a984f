import pickle
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor
from dropdecay.errors import Diverged
from tests.estimators.recorder import Recorder

callback = pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
ProgressBar, ScoringMonitor = callback.ProgressBar, callback.ScoringMonitor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

SURFACE = {
    "hidden_layer_sizes": 8, "dropouts": (0.0, 0.2), "weight_decays": (0.0, 0.3), "cv": 3,
    "max_iter": 5, "random_state": 0, "extend": False, "n_repeats": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_every_epoch_is_a_task_below_the_fit(iris):
    recorder = Recorder()
    network = MLPClassifier(max_iter=2, random_state=0).set_callbacks(recorder).fit(*iris)
    assert recorder.events == [
        ("begin", "fit", 0),
        ("begin", "epoch", 0), ("end", "epoch", 0), ("begin", "epoch", 1), ("end", "epoch", 1),
        ("end", "fit", 0),
    ]  # fmt: skip
    assert not recorder.is_set_up
    assert network.n_iter_ == 2


@pytest.mark.parametrize("form", [{}, {"solver": "lbfgs"}, {"early_stopping": True}])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_callback_receives_the_network_as_if_training_ended_there(kind, form, iris):
    X, y = iris
    form = {"random_state": 0, **form}
    recorder = Recorder()
    kind(max_iter=6, **form).set_callbacks(recorder).fit(X, y)
    for n_epochs in (1, 4):
        fitted = recorder.ended[n_epochs - 1][3]
        shorter = kind(max_iter=n_epochs, **form).fit(X, y)
        np.testing.assert_array_equal(fitted.predict(X), shorter.predict(X))
        assert (fitted.n_iter_, fitted.loss_) == (shorter.n_iter_, shorter.loss_)
        assert fitted.get_params() != shorter.get_params()
        if "solver" not in form:
            assert fitted.loss_curve_ == shorter.loss_curve_
            assert fitted.validation_loss_curve_ == shorter.validation_loss_curve_
            assert fitted.t_ == shorter.t_


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_can_stop_training_without_a_warning(solver, iris):
    recorder = Recorder(stop_after=3)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        network = MLPClassifier(solver=solver, random_state=0).set_callbacks(recorder).fit(*iris)
    assert network.n_iter_ == len(recorder.ended) == 3
    np.testing.assert_array_equal(
        network.predict_proba(iris[0]), recorder.ended[-1][3].predict_proba(iris[0])
    )


def test_callbacks_do_not_change_the_network(iris):
    alone, watched = (
        MLPClassifier(max_iter=5, dropout=0.3, random_state=0).set_callbacks(*callbacks).fit(*iris)
        for callbacks in ([], [Recorder()])
    )
    np.testing.assert_array_equal(alone.predict_proba(iris[0]), watched.predict_proba(iris[0]))


@pytest.mark.parametrize("form", [np.asarray, csr_array])
def test_held_out_rows_are_not_shown_as_training_rows(form, iris):
    X, y = iris
    recorder, weights = Recorder(), np.linspace(0.5, 1.5, 150)
    MLPClassifier(max_iter=1, early_stopping=True, random_state=0).set_callbacks(recorder).fit(
        form(X), y, weights
    )
    ((rows, classes, metadata, _),) = recorder.ended
    assert rows.shape == (135, 4)
    assert classes.shape == metadata["sample_weight"].shape == (135,)
    given = {(*row, kind, weight) for row, kind, weight in zip(X, y, weights, strict=True)}
    rows = rows.toarray() if form is csr_array else rows
    shown = zip(rows, classes, metadata["sample_weight"], strict=True)
    assert all((*row, kind, weight) in given for row, kind, weight in shown)


def test_a_diverged_network_is_not_passed_to_callbacks():
    recorder, X = Recorder(), 1e30 * np.random.default_rng(0).normal(size=(50, 3))
    with pytest.raises(Diverged):
        MLPRegressor(solver="sgd", learning_rate_init=10.0).set_callbacks(recorder).fit(X, X[:, 0])
    assert recorder.ended[-1][3] is None
    assert not recorder.is_set_up


def test_scikit_learns_monitor_scores_every_epoch(iris):
    X, y = iris
    monitor = ScoringMonitor(scoring="neg_log_loss")
    network = MLPClassifier(max_iter=4, alpha=0, random_state=0).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data
    scores = {row["task_id"]: row["neg_log_loss"] for row in log if row["task_name"] == "epoch"}
    (of_fit,) = (row["neg_log_loss"] for row in log if row["task_name"] == "fit")
    assert len(set(scores.values())) == 4
    assert scores[3] == of_fit
    said = network.predict_proba(X)[np.arange(150), y]
    assert of_fit == pytest.approx(np.log(said).mean(), rel=1e-6)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_scikit_learns_progress_bar_shows_a_fit(solver, iris, capsys):
    MLPClassifier(solver=solver, max_iter=3).set_callbacks(ProgressBar()).fit(*iris)
    shown = capsys.readouterr().out
    assert "MLPClassifier - fit" in shown
    assert "100%" in shown


def test_progress_is_shown_through_pipelines_and_grid_searches(iris, capsys):
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(8, max_iter=2))
    search = GridSearchCV(pipeline, {"mlpclassifier__dropout": [0.0, 0.2]}, cv=2)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(*iris)
    shown = capsys.readouterr().out
    assert "GridSearchCV - fit" in shown
    assert "MLPClassifier - fit" in shown


def test_a_surface_reports_every_run_and_the_refit(iris):
    recorder = Recorder()
    MLPClassifierCV(**SURFACE).set_callbacks(recorder).fit(*iris)
    began = [name for what, name, _ in recorder.events if what == "begin"]
    ended = [name for what, name, _ in recorder.events if what == "end"]
    assert sorted(began) == sorted(ended)
    assert began[:2] == ["fit", "surface"]
    assert ended[-3:] == ["recording outputs", "refit", "fit"]
    recording = began.index("recording outputs")
    runs, again = began[2:recording], began[recording + 1 : -1]
    assert len(set(runs)) == len(runs) == 2 * 2 * 3
    assert set(again) < set(runs)
    assert "dropout 0.2, weight decay 0.3, fold 2, seed 0" in runs
    assert not recorder.is_set_up


def test_extended_axes_are_a_separate_task(iris, capsys):
    recorder = Recorder()
    form = {**SURFACE, "extend": True, "dropouts": (0.0,), "weight_decays": (0.1, 0.3),
            "max_iter": 30}  # fmt: skip
    search = MLPClassifierCV(**form).set_callbacks(recorder, ProgressBar()).fit(*iris)
    surfaces = [
        task for what, name, task in recorder.events if (what, name) == ("begin", "surface")
    ]
    assert len(surfaces) == 1 + len(search.notices_) > 1
    n_runs = sum(what == "end" and name.startswith("dropout") for what, name, _ in recorder.events)
    n_again = search.results_["out_of_fold_output"].attrs["networks"]
    assert n_runs == search.results_["validation_loss"].isel(epoch=0).size + n_again
    assert "MLPClassifierCV - surface" in capsys.readouterr().out


def test_callbacks_work_with_regressors_sparse_rows_and_pickles(iris):
    X, y = iris
    recorder = Recorder()
    network = MLPRegressor(max_iter=2).set_callbacks(recorder).fit(csr_array(X), y.astype(float))
    assert len(recorder.ended) == 2
    again = pickle.loads(pickle.dumps(network))
    np.testing.assert_array_equal(again.predict(X), network.predict(X))
    assert clone(network).fit(X, y).n_iter_ == 2
    assert len(recorder.ended) == 4


def test_partial_fit_reports_nothing(iris):
    X, y = iris
    recorder = Recorder()
    MLPClassifier().set_callbacks(recorder).partial_fit(X, y, classes=[0, 1, 2])
    assert recorder.events == []


def test_objects_that_are_not_callbacks_are_refused():
    for estimator in (MLPClassifier(), MLPClassifierCV()):
        with pytest.raises(TypeError, match="FitCallback protocol"):
            estimator.set_callbacks(print)


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("form", [{}, {"solver": "lbfgs"}])
def test_a_warning_points_at_the_line_that_called_fit(form, iris):
    with pytest.warns(ConvergenceWarning) as caught:
        MLPClassifier(max_iter=2, **form).fit(*iris)
    assert caught[0].filename == __file__
