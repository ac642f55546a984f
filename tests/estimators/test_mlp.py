import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, make_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from dropdecay import MLPClassifier, MLPRegressor
from dropdecay.errors import BadSetting, FailedWork

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@parametrize_with_checks([MLPClassifier(max_iter=50), MLPRegressor(max_iter=50)])
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def cancer():
    X, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def test_without_dropout_it_is_as_good_as_scikit_learns(cancer):
    ours, theirs = (
        cross_val_score(kind(random_state=0), *cancer, scoring="neg_log_loss")
        for kind in (MLPClassifier, TheirClassifier)
    )
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.03)


def test_a_regressor_is_as_good_as_scikit_learns():
    X, y = load_diabetes(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    ours, theirs = (
        cross_val_score(kind(random_state=0, max_iter=600), X, y)
        for kind in (MLPRegressor, TheirRegressor)
    )
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.05)


def test_one_step_from_the_same_weights_is_scikit_learns_step(cancer):
    """Full-batch gradient descent with alpha: equal initial weights give equal networks."""
    X, y = cancer
    theirs = TheirClassifier(
        7, solver="sgd", momentum=0, alpha=5.0, batch_size=len(X), learning_rate_init=0.1,
        max_iter=1, random_state=0, shuffle=False, activation="tanh",
    ).fit(X, y)  # fmt: skip
    ours = MLPClassifier(
        7, solver="sgd", momentum=0, alpha=5.0, batch_size=len(X), learning_rate_init=0.1,
        max_iter=1, random_state=0, shuffle=False, activation="tanh",
    ).fit(X, y)  # fmt: skip
    start = MLPClassifier(
        7, solver="sgd", momentum=0, alpha=5.0, batch_size=len(X), learning_rate_init=1e-30,
        max_iter=1, random_state=0, shuffle=False, activation="tanh",
    ).fit(X, y)  # fmt: skip
    # Start their network from our initial weights, and let it take one step.
    theirs.set_params(warm_start=True)
    theirs.coefs_ = [w.astype(float) for w in start.coefs_]
    theirs.intercepts_ = [b.astype(float) for b in start.intercepts_]
    theirs.fit(X, y)

    for mine, other in zip(
        [*ours.coefs_, *ours.intercepts_], [*theirs.coefs_, *theirs.intercepts_], strict=True
    ):
        np.testing.assert_allclose(mine, other, atol=2e-6)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)


@pytest.mark.parametrize("knob", [{"dropout": 0.5}, {"input_dropout": 0.3}, {"weight_decay": 3.0},
                                  {"weight_decay": 0.01, "decay": "l2"}])  # fmt: skip
def test_every_regularizer_reduces_the_generalization_gap(knob):
    X, y = make_classification(600, 20, n_informative=4, flip_y=0.2, random_state=0)
    form = {"max_iter": 100, "random_state": 0, "tol": 0, "n_iter_no_change": 100}

    def gap(**regularization):
        network = MLPClassifier(**form, **regularization).fit(X[:300], y[:300])
        return network.score(X[:300], y[:300]) - network.score(X[300:], y[300:])

    assert gap(**knob) < gap() - 0.03


def test_each_layer_may_have_its_own_rate(cancer):
    network = MLPClassifier((9, 5), dropout=(0.1, 0.4), max_iter=3).fit(*cancer)
    assert [w.shape for w in network.coefs_] == [(30, 9), (9, 5), (5, 1)]
    with pytest.raises(BadSetting, match="has 3 rates, but the network has 2 hidden layers"):
        MLPClassifier((9, 5), dropout=(0.1, 0.4, 0.2)).fit(*cancer)


def test_an_int_random_state_is_reproducible(cancer):
    form = {"max_iter": 5, "dropout": 0.3}
    one, same, other = (
        MLPClassifier(random_state=seed, **form).fit(*cancer).predict_proba(cancer[0])
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)


def test_prediction_uses_no_dropout(cancer):
    network = MLPClassifier(dropout=0.9, max_iter=5, random_state=0).fit(*cancer)
    np.testing.assert_array_equal(
        network.predict_proba(cancer[0]), network.predict_proba(cancer[0])
    )


def test_early_stopping_keeps_the_best_epoch(cancer):
    X, y = cancer
    network = MLPClassifier(early_stopping=True, random_state=0, max_iter=200).fit(X, y)
    assert network.n_iter_ < 200
    assert network.best_validation_score_ == max(network.validation_scores_)
    assert len(network.validation_loss_curve_) == len(network.loss_curve_) == network.n_iter_


def test_reaching_max_iter_is_a_warning(cancer):
    with pytest.warns(ConvergenceWarning, match=r"Maximum iterations \(2\) reached"):
        MLPClassifier(max_iter=2).fit(*cancer)


def test_text_classes_are_predicted():
    X, y = load_digits(return_X_y=True)
    names = np.array([f"digit {i}" for i in range(10)])[y]
    network = MLPClassifier(64, max_iter=60, random_state=0).fit(X / 16, names)
    assert network.predict_proba(X).shape == (len(X), 10)
    np.testing.assert_allclose(network.predict_proba(X).sum(axis=1), 1, rtol=1e-5)
    assert network.score(X / 16, names) > 0.95


def test_multilabel_and_multioutput_targets_are_learned():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4))
    labels = (X[:, :2] > 0).astype(int)
    classifier = MLPClassifier(32, max_iter=200, random_state=0).fit(X, labels)
    assert (classifier.predict(X) == labels).mean() > 0.95
    assert classifier.predict_proba(X).shape == (300, 2)
    regressor = MLPRegressor(hidden_layer_sizes=64, max_iter=800, random_state=0).fit(
        X, X[:, :3] ** 2
    )
    assert regressor.predict(X).shape == (300, 3)
    assert regressor.score(X, X[:, :3] ** 2) > 0.9


def test_squared_error_with_a_sigmoid_output_is_supported():
    X, y = make_classification(300, random_state=0)
    network = MLPClassifier(
        50, "tanh", loss="squared_error", batch_size=1, dropout=0.5, solver="sgd", momentum=0,
        learning_rate_init=0.05, max_iter=20, random_state=0,
    ).fit(X, y)  # fmt: skip
    assert network.score(X, y) > 0.85
    with pytest.raises(BadSetting, match="needs two classes"):
        MLPClassifier(loss="squared_error").fit(X, np.arange(300) % 3)


def test_it_works_in_a_pipeline_and_a_grid_search(cancer):
    X, y = cancer
    search = GridSearchCV(
        make_pipeline(StandardScaler(), MLPClassifier(32, max_iter=30, random_state=0)),
        {"mlpclassifier__dropout": [0.0, 0.5]}, cv=3,
    ).fit(X, y)  # fmt: skip
    assert search.best_score_ > 0.9
    assert clone(MLPClassifier(dropout=(0.1, 0.2))).dropout == (0.1, 0.2)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": 1.0}, r"dropout must lie in \[0, 1\)"),
        ({"weight_decay": -1}, "weight_decay must be a finite number, 0 or larger"),
        ({"decay": "adamw"}, "decay must be one of 'decoupled', 'l2'"),
        ({"activation": "swish"}, "activation must be one of"),
        ({"solver": "rmsprop"}, "solver must be one of 'adam', 'sgd', 'lbfgs'"),
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes must be a whole number"),
        ({"batch_size": 0}, "batch_size must be a whole number"),
        ({"max_iter": 0}, "max_iter must be a whole number"),
        ({"loss": "hinge"}, "loss must be one of"),
        ({"learning_rate_init": 0.0}, "learning_rate_init must be a finite number larger than 0"),
    ],
)
def test_a_bad_parameter_is_named_with_what_is_allowed(cancer, settings, message):
    with pytest.raises(ValueError, match=message):
        MLPClassifier(**settings).fit(*cancer)


def test_divergence_is_an_error_that_says_what_to_do():
    X = np.random.default_rng(0).normal(size=(50, 3)) * 1e30
    with pytest.raises(FailedWork, match="Lower learning_rate_init, or scale X"):
        MLPRegressor(solver="sgd", learning_rate_init=10.0).fit(X, X[:, 0])


def test_a_single_class_is_always_predicted(cancer):
    X, _ = cancer
    network = MLPClassifier(max_iter=2).fit(X, np.full(len(X), "only"))
    assert set(network.predict(X)) == {"only"}


def test_predicting_before_fitting_is_an_error(cancer):
    X, _ = cancer
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)


def test_verbose_prints_a_line_per_epoch(cancer, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        MLPClassifier(max_iter=3, verbose=True).fit(*cancer)
    assert capsys.readouterr().out.count("Iteration ") == 3
