"""Features of the single networks beyond plain training."""

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import approx_fprime
from sklearn.datasets import load_diabetes, load_digits, make_classification
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from dropdecay import MLPClassifier, MLPRegressor
from dropdecay.engine import densify
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.training import mean_loss_and_gradient, set_up
from dropdecay.errors import BadInput, BadSetting
from dropdecay.parts import LOSSES
from dropdecay.settings import Network, Regularization, Schedule, Setting
from tests.kernels.test_losses import world

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(200, 12, n_informative=6, n_classes=3, random_state=0)
FORM = {"hidden_layer_sizes": 9, "max_iter": 6, "random_state": 0, "batch_size": 32}


def same(one, other):
    return all(
        np.array_equal(a, b)
        for a, b in zip(
            [*one.coefs_, *one.intercepts_], [*other.coefs_, *other.intercepts_], strict=True
        )
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_the_gradient_of_all_rows_is_the_difference_quotient_of_their_loss(loss, activation):
    logits, targets = world(loss, n_rows=20, scale=0.3)
    inputs = np.random.default_rng(0).normal(size=(20, 3))
    network = Network(3, (5,), logits.shape[1], activation, loss)
    params = np.random.default_rng(1).normal(size=3 * 5 + 5 * 4 + 9, scale=0.4)
    weights = np.random.default_rng(2).uniform(size=20)
    setup = set_up(
        Setting(network, Regularization(), Schedule(1, 7)), Dataset(inputs, targets, weights),
        np.arange(20),
    )  # fmt: skip
    # The evaluation loss is a mean over the four outputs, the training loss half their sum.
    factor = {"half_squared_error": 2.0, "logistic_squared_error": 4.0}.get(loss, 1.0)

    measured, gradient = mean_loss_and_gradient(setup, params)
    quotient = approx_fprime(params, lambda p: mean_loss_and_gradient(setup, p)[0], 1e-7)

    assert measured > 0
    np.testing.assert_allclose(gradient, quotient * factor, rtol=1e-4, atol=2e-6)


def test_lbfgs_finds_the_same_minimum_as_scikit_learn():
    """A penalized linear model has one minimum, whatever the start."""
    form = {
        "hidden_layer_sizes": (),
        "solver": "lbfgs",
        "alpha": 3.0,
        "max_iter": 2000,
        "tol": 1e-9,
    }
    ours, theirs = MLPClassifier(**form).fit(X, Y), TheirClassifier(**form).fit(X, Y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=2e-3)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)


@pytest.mark.skipif(
    "loss" not in TheirRegressor().get_params(), reason="theirs has it from scikit-learn 1.7 on"
)
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 200)])
def test_lbfgs_on_counts_finds_the_same_minimum_as_scikit_learn(weights):
    counts = np.random.default_rng(0).poisson(np.exp(0.3 * X[:, 0]))
    form = {"loss": "poisson", "hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 3.0,
            "max_iter": 2000, "tol": 1e-9}  # fmt: skip
    ours = MLPRegressor(**form).fit(X, counts, weights)
    theirs = TheirRegressor(**form).fit(X, counts, weights)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=2e-3)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    assert ours.out_activation_ == theirs.out_activation_ == "exp"


def test_negative_counts_are_refused():
    with pytest.raises(BadInput, match="needs y >= 0; the smallest is -3"):
        MLPRegressor(loss="poisson").fit(X, np.linspace(-3, 1, 200))


@pytest.mark.parametrize(
    "knob",
    [
        {"dropout": 0.1},
        {"input_dropout": 0.1},
        {"weight_decay": 0.1},
        {"max_norm": 1.0},
        {"l1": 0.1},
        {"input_noise": 0.1},
        {"weight_average": 0.9},
        {"mixup": 0.1},
        {"cutmix": 0.1},
        {"dropconnect": 0.1},
    ],
)
def test_lbfgs_refuses_regularization_that_acts_on_steps(knob):
    with pytest.raises(BadSetting, match="minimizes one fixed loss"):
        MLPClassifier(solver="lbfgs", **knob).fit(X, Y)


def test_lbfgs_on_several_outputs_without_hidden_layers_is_ridge_regression():
    """scikit-learn's ends 0.39 away: it minimizes a mean of outputs with the gradient of a sum."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(60, 8)) * np.logspace(-1, 1, 8)
    values = rows @ rng.normal(size=(8, 5)) + rng.normal(size=(60, 5))
    ridge = Ridge(alpha=2.0, tol=1e-12).fit(rows, values)
    network = MLPRegressor(
        hidden_layer_sizes=(), solver="lbfgs", alpha=2.0, max_iter=10000, tol=1e-10, random_state=0
    ).fit(rows, values)
    np.testing.assert_allclose(network.coefs_[0], ridge.coef_.T, atol=2e-3)
    np.testing.assert_allclose(network.intercepts_[0], ridge.intercept_, atol=2e-3)
    missed = ((ridge.predict(rows) - values) ** 2).mean()
    expected = 0.5 * missed + 0.5 * 2.0 / 60 * (ridge.coef_**2).sum()
    assert network.loss_ == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_repeated_partial_fit_equals_fit_even_after_pickling(solver, tmp_path):
    form = {**FORM, "solver": solver, "dropout": 0.3, "weight_decay": 0.1}
    whole = MLPClassifier(**form).fit(X, Y)
    piecewise = MLPClassifier(**form)
    for epoch in range(6):
        piecewise.partial_fit(X, Y, classes=np.unique(Y))
        if epoch == 3:
            joblib.dump(piecewise, tmp_path / "network")
            piecewise = joblib.load(tmp_path / "network")
    assert same(whole, piecewise)
    assert whole.t_ == piecewise.t_ == 6 * 200
    np.testing.assert_allclose(whole.loss_curve_, piecewise.loss_curve_)


def test_a_warm_start_continues_from_the_previous_fit():
    network = MLPClassifier(**FORM, warm_start=True).fit(X, Y)
    first = list(network.loss_curve_)
    network.fit(X, Y)
    assert len(network.loss_curve_) == 12
    assert network.n_iter_ == 6
    assert network.loss_curve_[6] < first[0]
    assert network.t_ == 12 * 200
    with pytest.raises(BadInput, match="Set warm_start=False to train from scratch"):
        network.set_params(hidden_layer_sizes=5).fit(X, Y)


@pytest.mark.parametrize("container", [sp.csr_array, sp.csc_array, sp.csr_matrix])
def test_sparse_rows_give_the_same_results_as_dense_ones(container, monkeypatch):
    digits, classes = load_digits(return_X_y=True)
    digits, classes = digits[:300], classes[:300]
    form = {**FORM, "dropout": 0.2, "input_dropout": 0.1, "early_stopping": True}
    weights = np.linspace(0.5, 2, 300)
    dense = MLPClassifier(**form).fit(digits, classes, weights)
    # Two batches per part, so that an epoch and a prediction have several parts.
    monkeypatch.setattr(densify, "PART_BYTES", 64 * 64 * 8)
    sparse = MLPClassifier(**form).fit(container(digits), classes, weights)
    for one, other in zip(dense.coefs_, sparse.coefs_, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(
        dense.predict_proba(digits), sparse.predict_proba(container(digits))
    )
    np.testing.assert_allclose(dense.loss_curve_, sparse.loss_curve_)
    by_lbfgs = [
        MLPClassifier(9, solver="lbfgs", max_iter=20, random_state=0).fit(rows, classes).loss_
        for rows in (digits, container(digits))
    ]
    assert by_lbfgs[0] == pytest.approx(by_lbfgs[1])


def test_the_network_has_the_dtype_of_the_rows():
    for dtype, kept in ((np.float32, np.float32), (np.float64, np.float64), (int, np.float64)):
        network = MLPClassifier(**FORM).fit((10 * X).astype(dtype), Y)
        assert {each.dtype for each in network.coefs_} == {np.dtype(kept)}
        assert network.predict_proba(X.astype(np.float32)).dtype == kept


def test_class_weight_acts_like_sample_weight():
    by_class = MLPClassifier(**FORM, class_weight={0: 5.0, 1: 1.0, 2: 0.5}).fit(X, Y)
    by_row = MLPClassifier(**FORM).fit(X, Y, np.array([5.0, 1.0, 0.5])[Y])
    assert same(by_class, by_row)
    rare = np.flatnonzero(Y == 0)[:8]
    kept = np.r_[rare, np.flatnonzero(Y > 0)]
    recall = {
        weight: (MLPClassifier(max_iter=100, random_state=0, class_weight=weight)
                 .fit(X[kept], Y[kept]).predict(X[Y == 0]) == 0).mean()
        for weight in (None, "balanced")
    }  # fmt: skip
    assert recall["balanced"] > recall[None] + 0.1
    with pytest.raises(BadSetting, match="Pass a dict"):
        MLPClassifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])


def test_max_norm_limits_every_hidden_unit_but_no_output():
    form = {**FORM, "max_iter": 40, "learning_rate_init": 0.05}
    free = MLPClassifier(**form).fit(X, Y)
    held = MLPClassifier(**form, max_norm=0.7).fit(X, Y)
    assert np.linalg.norm(free.coefs_[0], axis=0).max() > 0.8
    assert np.linalg.norm(held.coefs_[0], axis=0).max() <= 0.7 + 1e-6
    assert np.linalg.norm(held.coefs_[1], axis=0).max() > 0.8


def test_a_clipped_gradient_moves_the_parameters_by_at_most_its_norm():
    form = {**FORM, "solver": "sgd", "momentum": 0.0, "alpha": 0.0, "max_iter": 1,
            "batch_size": 200, "learning_rate_init": 1.0}  # fmt: skip
    start = MLPClassifier(**{**form, "learning_rate_init": 1e-300}).fit(X, Y)

    def moved(**clip):
        network = MLPClassifier(**form, **clip).fit(X, Y)
        return np.concatenate([
            (b - a).ravel() for a, b in zip([*start.coefs_, *start.intercepts_],
                                            [*network.coefs_, *network.intercepts_], strict=True)
        ])  # fmt: skip

    free, clipped, loose = moved(), moved(max_grad_norm=0.01), moved(max_grad_norm=1e3)
    np.testing.assert_allclose(np.linalg.norm(clipped), 0.01, rtol=1e-6)
    np.testing.assert_allclose(clipped / 0.01, free / np.linalg.norm(free), rtol=1e-6)
    np.testing.assert_array_equal(loose, free)


@pytest.mark.parametrize("stopping", [False, True])
def test_validation_loss_has_the_scale_of_the_training_loss(stopping):
    rows, values = load_diabetes(return_X_y=True)
    network = MLPRegressor(max_iter=30, random_state=0, early_stopping=stopping).fit(
        rows, values / 100
    )
    if not stopping:
        assert network.validation_loss_curve_ is None
        return
    assert len(network.validation_loss_curve_) == network.n_iter_
    assert network.validation_loss_curve_[0] == pytest.approx(network.loss_curve_[0], rel=0.5)


def test_monte_carlo_dropout_is_seeded_and_has_the_expected_standard_deviation():
    """In a linear network the variance is that of a sum of units dropped independently."""
    values = X[:, 0] + X[:, 1]
    network = MLPRegressor(
        hidden_layer_sizes=9, activation="identity", dropout=0.3, max_iter=30, random_state=0
    ).fit(X, values)
    mean, spread = network.predict(X, mc_dropout=4000, return_std=True, random_state=1)
    again = network.predict(X, mc_dropout=4000, random_state=1)
    other = network.predict(X, mc_dropout=4000, random_state=2)

    np.testing.assert_array_equal(mean, again)
    assert not np.array_equal(mean, other)
    hidden = X @ network.coefs_[0] + network.intercepts_[0]
    expected = np.sqrt(0.3 / 0.7 * (hidden**2 @ network.coefs_[1] ** 2)[:, 0])
    np.testing.assert_allclose(spread, expected, rtol=0.06)
    np.testing.assert_allclose(mean, network.predict(X), atol=5 * expected.max() / np.sqrt(4000))


def test_monte_carlo_dropout_at_rate_0_has_no_spread():
    values = X[:, 0] + X[:, 1]
    network = MLPRegressor(hidden_layer_sizes=9, max_iter=30).fit(X, values)
    mean, spread = network.predict(X, mc_dropout=3, return_std=True)
    np.testing.assert_allclose(mean, network.predict(X), rtol=1e-9)
    np.testing.assert_allclose(spread, 0, atol=1e-12)
    binary = MLPClassifier(9, max_iter=5, dropout=0.3).fit(X, Y > 0)
    mean, spread = binary.predict_proba(X, mc_dropout=4, return_std=True)
    assert mean.shape == spread.shape == (200, 2)
    with pytest.raises(BadSetting, match="mc_dropout must be a whole number, 2 or larger"):
        network.predict(X, return_std=True)


def flat(network):
    return np.concatenate([part.ravel() for part in (*network.coefs_, *network.intercepts_)])


def test_the_average_of_the_weights_is_the_network_that_is_kept():
    form = {"hidden_layer_sizes": 8, "max_iter": 3, "random_state": 0}
    plain, averaged = (MLPClassifier(**form, weight_average=each).fit(X, Y) for each in (0, 0.9))
    assert (flat(averaged) == averaged._optimizer.average).all()
    assert (flat(plain) == averaged._optimizer.params).all()
    assert not np.array_equal(flat(plain), flat(averaged))
    assert plain.loss_curve_ == averaged.loss_curve_


def test_partial_fit_goes_on_from_the_last_weights_and_not_from_their_average():
    form = {"hidden_layer_sizes": 8, "shuffle": False, "random_state": 0}
    plain, averaged = (MLPClassifier(**form, weight_average=each) for each in (0, 0.9))
    kept = []
    for _ in range(3):
        for network in (plain, averaged):
            network.partial_fit(X, Y, classes=np.unique(Y))
        kept.append((averaged.coefs_[0], averaged.coefs_[0].copy()))
    assert (flat(plain) == averaged._optimizer.params).all()
    for now, then in kept:
        np.testing.assert_array_equal(now, then)


def test_partial_fit_begins_an_average_anew_where_the_user_changed_the_network():
    network = MLPClassifier(8, random_state=0, weight_average=0.9)
    network.partial_fit(X, Y, classes=np.unique(Y))
    network.coefs_ = [0 * each for each in network.coefs_]
    network.partial_fit(X, Y)
    assert np.abs(network._optimizer.params[: network.coefs_[0].size]).max() < 0.01
    assert (flat(network) == network._optimizer.average).all()


def test_an_average_may_be_switched_on_and_off_between_calls():
    network = MLPClassifier(8, random_state=0).partial_fit(X, Y, classes=np.unique(Y))
    network.set_params(weight_average=0.9).partial_fit(X, Y)
    assert (flat(network) == network._optimizer.average).all()
    network.set_params(weight_average=0).partial_fit(X, Y)
    assert network._optimizer.average.size == 0
    assert (flat(network) == network._optimizer.params).all()
