import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.datasets import load_breast_cancer, load_iris

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor
from dropdecay.settings import Network

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

SURFACE = {
    "hidden_layer_sizes": 8, "dropouts": (0.0, 0.2), "weight_decays": (0.0, 0.3), "cv": 3,
    "max_iter": 10, "random_state": 0, "extend": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def test_lbfgs_with_smoothing_finds_the_minimum_of_plain_numpy(iris):
    """A penalized linear network has one minimum, which BFGS finds to full precision."""
    X, y = iris
    share, alpha = 0.2, 1.0
    network = MLPClassifier(
        (), solver="lbfgs", alpha=alpha, label_smoothing=share, max_iter=2000, tol=1e-9,
        random_state=0,
    ).fit(X, y)  # fmt: skip
    labels = (1 - share) * np.eye(3)[y] + share / 3

    def objective(params):
        weights, bias = params[:12].reshape(4, 3), params[12:]
        logits = X @ weights + bias
        error = (softmax(logits, axis=1) - labels) / len(X)
        loss = -(labels * log_softmax(logits, axis=1)).sum() / len(X)
        gradient = np.r_[(X.T @ error + alpha / len(X) * weights).ravel(), error.sum(axis=0)]
        return loss + 0.5 * alpha / len(X) * (weights**2).sum(), gradient

    found = minimize(objective, np.zeros(15), jac=True, method="BFGS", options={"gtol": 1e-8})
    assert network.loss_ == pytest.approx(found.fun, rel=1e-6)
    expected = softmax(X @ found.x[:12].reshape(4, 3) + found.x[12:], axis=1)
    np.testing.assert_allclose(network.predict_proba(X), expected, atol=2e-3)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kinds", [2, 3])
def test_a_network_that_fits_perfectly_predicts_the_smoothed_labels(solver, kinds):
    X, y = np.eye(kinds), np.arange(kinds)
    network = MLPClassifier(
        30, "tanh", solver=solver, label_smoothing=0.3, alpha=0, max_iter=4000, tol=1e-12,
        n_iter_no_change=4000, learning_rate_init=0.01, random_state=0,
    ).fit(X, y)  # fmt: skip
    said = network.predict_proba(X)
    np.testing.assert_allclose(np.diag(said), 0.7 + 0.3 / kinds, atol=0.005)
    labels = 0.7 * np.eye(kinds) + 0.3 / kinds
    assert network.loss_ == pytest.approx(-(labels * np.log(labels)).sum(axis=1).mean(), abs=1e-3)


def test_two_classes_are_smoothed_like_a_multilabel_column():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), rng.integers(0, 2, 60)
    form = {"hidden_layer_sizes": (), "solver": "lbfgs", "label_smoothing": 0.3, "alpha": 1.0}
    one = MLPClassifier(**form, random_state=0, tol=1e-9).fit(X, y)
    two = MLPClassifier(**form, random_state=0, tol=1e-9).fit(X, np.column_stack([y, 1 - y]))
    np.testing.assert_allclose(one.predict_proba(X)[:, ::-1], two.predict_proba(X), atol=1e-4)


def test_training_losses_are_smoothed_and_validation_losses_are_not():
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    frozen = {"learning_rate_init": 1e-12, "max_iter": 1, "early_stopping": True, "alpha": 0.0,
              "random_state": 0}  # fmt: skip
    plain, smooth = (
        MLPClassifier(**frozen, label_smoothing=share).fit(X, y) for share in (0.0, 0.4)
    )
    assert smooth.validation_loss_curve_ == pytest.approx(plain.validation_loss_curve_, rel=1e-9)
    assert smooth.validation_scores_ == plain.validation_scores_
    assert smooth.loss_ != pytest.approx(plain.loss_, rel=1e-3)


def test_a_surface_trains_on_smoothed_labels_and_evaluates_on_plain_ones(iris):
    frozen = {**SURFACE, "learning_rate_init": 1e-12, "max_iter": 2}
    plain, smooth = (
        MLPClassifierCV(**frozen, label_smoothing=share).fit(*iris) for share in (0.0, 0.4)
    )
    for name in ("training_loss", "validation_loss"):
        np.testing.assert_array_equal(plain.results_[name], smooth.results_[name])
    assert smooth.loss_curve_[0] != pytest.approx(plain.loss_curve_[0], rel=1e-3)
    learned = [
        MLPClassifierCV(**{**SURFACE, "max_iter": 60}, label_smoothing=share).fit(*iris)
        for share in (0.0, 0.8)
    ]
    sure = [search.predict_proba(iris[0]).max(axis=1).mean() for search in learned]
    assert sure[1] < sure[0] - 0.1


def test_smoothing_of_0_changes_nothing(iris):
    nothing, zero = (
        MLPClassifier(max_iter=5, random_state=0, **given).fit(*iris)
        for given in ({}, {"label_smoothing": 0})
    )
    np.testing.assert_array_equal(nothing.predict_proba(iris[0]), zero.predict_proba(iris[0]))


@pytest.mark.parametrize("kind", [MLPClassifier, MLPClassifierCV])
@pytest.mark.parametrize("value", [1.0, -0.1, np.nan, "much", None, True])
def test_a_bad_smoothing_is_refused_in_scikit_learns_words(kind, value, iris):
    message = (
        rf"The 'label_smoothing' parameter of {kind.__name__} must be a float in the range "
        r"\[0.0, 1.0\). Got .* instead."
    )
    with pytest.raises(ValueError, match=message):
        kind(label_smoothing=value).fit(*iris)


def test_regressors_have_no_label_smoothing():
    assert "label_smoothing" not in MLPRegressor().get_params()
    with pytest.raises(ValueError, match="loss under label_smoothing must be one of"):
        Network(2, (3,), 1, loss="half_squared_error", label_smoothing=0.1)


def test_a_store_does_not_mix_runs_of_different_smoothing(iris, tmp_path):
    store = tmp_path / "runs.sqlite"
    MLPClassifierCV(**SURFACE, store=store).fit(*iris)
    stored, alone = (
        MLPClassifierCV(**SURFACE, store=path, label_smoothing=0.1).fit(*iris)
        for path in (store, None)
    )
    np.testing.assert_array_equal(
        stored.results_["validation_loss"], alone.results_["validation_loss"]
    )
