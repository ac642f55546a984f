"""The four estimators inside scikit-learn's pipelines, searches and other meta-estimators."""

import joblib
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import StackingClassifier, VotingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer, roc_auc_score
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

SURFACE = {
    "dropouts": (0.0, 0.2), "weight_decays": (0.0, 0.1), "cv": 3, "hidden_layer_sizes": 8,
    "max_iter": 30, "extend": False, "random_state": 0, "learning_rate_init": 0.02,
}  # fmt: skip
CLASSIFIERS = [
    MLPClassifier(8, max_iter=60, learning_rate_init=0.01, dropout=0.1, random_state=0),
    MLPClassifierCV(**SURFACE),
]
REGRESSORS = [
    MLPRegressor(hidden_layer_sizes=8, max_iter=60, learning_rate_init=0.01, random_state=0),
    MLPRegressorCV(**SURFACE),
]


def name(estimator):
    return type(estimator).__name__


@pytest.fixture(scope="module")
def classes():
    return make_classification(160, 6, n_informative=4, random_state=0)


@pytest.fixture(scope="module")
def values():
    X, y = make_regression(160, 6, noise=1.0, random_state=0)
    return X, y / y.std()


def mixed_frame(library, n_rows=160):
    """A table with a numeric and a text column, and classes that depend on both."""
    rng = np.random.default_rng(0)
    size, colour = rng.normal(size=n_rows), rng.choice(["red", "green"], n_rows)
    frame = library({"size": size, "colour": colour})
    return frame, ((size > 0) ^ (colour == "red")).astype(int)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name)
def test_estimators_work_after_a_column_transformer_that_outputs_frames(estimator, library):
    frame, y = mixed_frame(library)
    columns = ColumnTransformer(
        [("numbers", StandardScaler(), ["size"]),
         ("words", OneHotEncoder(sparse_output=False), ["colour"])]
    )  # fmt: skip
    kind = "pandas" if library is pd.DataFrame else "polars"
    pipeline = make_pipeline(columns, clone(estimator).set_params(max_iter=150))
    pipeline.set_output(transform=kind).fit(frame, y)
    assert pipeline.score(frame, y) > 0.8
    assert list(pipeline[-1].feature_names_in_) == [
        "numbers__size", "words__colour_green", "words__colour_red",
    ]  # fmt: skip


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
@pytest.mark.parametrize("estimator", [CLASSIFIERS[0], REGRESSORS[0]], ids=name)
def test_a_frame_gives_the_results_of_its_array_and_its_columns_are_checked(
    estimator, library, classes
):
    X, y = classes
    names = [f"x{i}" for i in range(X.shape[1])]
    frame = library(dict(zip(names, X.T, strict=True)))
    by_frame, by_array = (clone(estimator).fit(rows, y) for rows in (frame, X))
    np.testing.assert_array_equal(by_frame.predict(frame), by_array.predict(X))
    assert list(by_frame.feature_names_in_) == names
    with pytest.raises(ValueError, match="feature names should match"):
        by_frame.predict(frame[names[::-1]])


def test_a_pipeline_of_one_step_is_an_encoder_and_other_models_are_judged_on_its_columns(classes):
    X, y = classes
    changed = {"max_iter": 3, "dropouts": 0.1, "weight_decays": 0.1, "n_repeats": 1}
    piped, plain = (
        MLPClassifierCV(**{**SURFACE, **changed}, encoder=encoder).fit(X, y)
        for encoder in (make_pipeline(StandardScaler()), StandardScaler())
    )
    losses = [[each.loss for each in search.baselines_.models] for search in (piped, plain)]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 3


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name)
def test_probabilities_can_be_calibrated(estimator, method, classes):
    X, y = classes
    calibrated = CalibratedClassifierCV(clone(estimator), method=method, cv=2).fit(X, y)
    assert roc_auc_score(y, calibrated.predict_proba(X)[:, 1]) > 0.85


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *REGRESSORS], ids=name)
def test_a_pickle_and_a_refitted_clone_predict_the_same(estimator, classes, values, tmp_path):
    X, y = classes if is_classifier(estimator) else values
    fitted = clone(estimator).fit(X, y)
    joblib.dump(fitted, tmp_path / "fitted.joblib")
    again = joblib.load(tmp_path / "fitted.joblib")
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(clone(fitted).fit(X, y).predict(X), fitted.predict(X))


@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *REGRESSORS], ids=name)
def test_cross_validation_and_permutation_importance_work(estimator, classes, values):
    X, y = classes if is_classifier(estimator) else values
    assert is_classifier(estimator) != is_regressor(estimator)
    assert cross_val_score(estimator, X, y, cv=2).mean() > 0.6
    assert cross_val_predict(estimator, X, y, cv=2).shape == (160,)
    importance = permutation_importance(
        clone(estimator).fit(X, y), X, y, n_repeats=2, random_state=0
    )
    assert importance.importances_mean.max() > 0.02


def test_meta_estimators_work(classes, values):
    X, y = classes
    stack = StackingClassifier(
        [("network", CLASSIFIERS[0]), ("line", LogisticRegression())], cv=2
    ).fit(X, y)
    assert stack.score(X, y) > 0.8
    both = MultiOutputClassifier(CLASSIFIERS[0]).fit(X, np.column_stack([y, 1 - y]))
    assert both.predict(X).shape == (160, 2)
    X, y = values
    assert VotingRegressor([(str(i), each) for i, each in enumerate(REGRESSORS)]).fit(
        X, y
    ).score(X, y) > 0.7  # fmt: skip
    scaled = TransformedTargetRegressor(REGRESSORS[0], transformer=StandardScaler())
    assert scaled.fit(X, 100 * y).score(X, 100 * y) > 0.7


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_sample_weights_are_routed_through_a_grid_search(kind, classes, values):
    X, y = classes if kind is MLPClassifier else values
    weights = np.where(np.arange(160) < 80, 2.0, 0.1)
    network = kind(hidden_layer_sizes=8, max_iter=5, random_state=0)
    with config_context(enable_metadata_routing=True):
        asked = clone(network).set_fit_request(sample_weight=True)
        asked.set_score_request(sample_weight=True)
        search = GridSearchCV(asked, {"dropout": [0.0]}, cv=2)
        routed = search.fit(X, y, sample_weight=weights).best_estimator_
    np.testing.assert_array_equal(
        routed.coefs_[0], clone(network).fit(X, y, sample_weight=weights).coefs_[0]
    )
    assert (routed.coefs_[0] != clone(network).fit(X, y).coefs_[0]).any()


def test_monte_carlo_dropout_works_through_a_pipeline(classes):
    X, y = classes
    pipeline = make_pipeline(StandardScaler(), CLASSIFIERS[0]).fit(X, y)
    mean, spread = pipeline.predict_proba(X, mc_dropout=20, return_std=True, random_state=1)
    assert mean.shape == spread.shape == (160, 2)
    assert spread.max() > 0.0


@pytest.mark.parametrize("estimator", CLASSIFIERS, ids=name)
def test_log_probabilities_are_the_logs_of_the_probabilities(estimator, classes):
    fitted = clone(estimator).fit(*classes)
    np.testing.assert_array_equal(
        fitted.predict_log_proba(classes[0]), np.log(fitted.predict_proba(classes[0]))
    )


@pytest.mark.parametrize("activation", ["gelu", "silu"])
@pytest.mark.parametrize("estimator", [*CLASSIFIERS, *REGRESSORS], ids=name)
def test_the_newer_activations_learn(estimator, activation, classes, values):
    X, y = classes if is_classifier(estimator) else values
    network = clone(estimator).set_params(activation=activation, max_iter=80).fit(X, y)
    assert network.score(X, y) > 0.8


def test_a_surface_scores_by_its_scorer_as_a_grid_search_does(classes, values):
    for kind, (X, y), scoring in (
        (MLPClassifierCV, classes, "neg_log_loss"),
        (MLPRegressorCV, values, "neg_mean_absolute_error"),
    ):
        search = kind(**SURFACE, scoring=scoring).fit(X, y)
        weights = np.linspace(0.1, 2, len(y))
        scorer = get_scorer(scoring)
        assert search.score(X, y) == pytest.approx(scorer(search, X, y))
        assert search.score(X, y, weights) == pytest.approx(
            scorer(search, X, y, sample_weight=weights)
        )
        assert search.score(X, y) != pytest.approx(kind(**SURFACE).fit(X, y).score(X, y))
