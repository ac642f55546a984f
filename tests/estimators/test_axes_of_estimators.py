import numpy as np
import pytest
import xarray as xr
from sklearn.datasets import load_diabetes, load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import StandardScaler

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from dropdecay.engine import choose
from dropdecay.engine.choose import ChosenEngine
from dropdecay.errors import BadSetting
from dropdecay.knobs import AXES

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

SHARED = {"hidden_layer_sizes": (8, 6), "batch_size": 16, "random_state": 0}
SURFACE = {
    **SHARED, "dropouts": (0.2,), "weight_decays": (0.3,), "cv": 2, "max_iter": 6, "extend": False,
    "encoder": None,
}  # fmt: skip
ALONE = {**SHARED, "alpha": 0, "tol": 0, "n_iter_no_change": 10_000}

VALUES = {
    "dropout": (0.1, (0.4, 0.1)),
    "weight_decay": (0.1, 3.0),
    "input_dropout": (0.0, 0.2),
    "max_norm": (None, 0.8),
    "l1": (0.0, 0.3),
    "input_noise": (0.0, 0.2),
    "weight_average": (0.0, 0.9),
    "mixup": (0.0, 0.4),
    "cutmix": (0.0, 0.4),
    "dropconnect": (0.0, 0.2),
    "label_smoothing": (0.05, 0.2),
    "learning_rate_init": (0.003, 0.01),
    "activation": ("tanh", "gelu"),
}
OF_MODULES = "dropout_factor"
"""The axis of networks of the user's own alone."""

CLASSIFIER_AXES = tuple(VALUES)
REGRESSOR_AXES = tuple(name for name in VALUES if name != "label_smoothing")
KINDS = [(MLPClassifierCV, name) for name in CLASSIFIER_AXES] + [
    (MLPRegressorCV, name) for name in REGRESSOR_AXES
]


def as_axis(name, values):
    """Return the parameters of a surface that make an axis of these values."""
    parameter = AXES[name].parameter
    return {parameter: values} if parameter else {"axes": {name: values}}


def as_parameter(name, value):
    """Return the parameters of a surface with one value for all points."""
    instead_of = {
        "dropout": {"dropouts": "auto"},
        "weight_decay": {"weight_decays": "auto"},
    }
    return {**instead_of.get(name, {}), name: value}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(X).astype(np.float32), y


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return (20 * X[:160]).astype(np.float32), y[:160]


@pytest.fixture
def data(request):
    return request.getfixturevalue("iris"), request.getfixturevalue("diabetes")


def rows_for(kind, data):
    return data[0] if kind is MLPClassifierCV else data[1]


def assert_same_network(one, other):
    assert one.network_ == other.network_
    for ours, theirs in zip(
        (*one.coefs_, *one.intercepts_), (*other.coefs_, *other.intercepts_), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_every_axis_is_tested_here():
    assert set(VALUES) == set(AXES) - {OF_MODULES}


@pytest.mark.parametrize("only", [0, 1])
@pytest.mark.parametrize("name", CLASSIFIER_AXES)
def test_a_classifier_with_the_best_parameters_is_the_refitted_network(name, only, iris):
    search = MLPClassifierCV(**{**SURFACE, **as_axis(name, [VALUES[name][only]])}).fit(*iris)
    assert search.best_params_[name] == VALUES[name][only]
    alone = MLPClassifier(**ALONE, **search.best_params_, max_iter=search.epochs_).fit(*iris)
    assert_same_network(search, alone)
    np.testing.assert_array_equal(search.predict_proba(iris[0]), alone.predict_proba(iris[0]))


@pytest.mark.parametrize("name", REGRESSOR_AXES)
def test_a_regressor_with_the_best_parameters_is_the_refitted_network(name, diabetes):
    X, y = diabetes
    search = MLPRegressorCV(**{**SURFACE, **as_axis(name, VALUES[name])}).fit(X, y)
    alone = MLPRegressor(**ALONE, **search.best_params_, max_iter=search.epochs_)
    alone.fit(X, (y - search.target_center_) / search.target_scale_)
    assert_same_network(search, alone)


def test_with_all_axes_and_an_encoder_the_best_parameters_still_give_the_network():
    X, y = load_iris(return_X_y=True)
    dropouts, weight_decays = VALUES["dropout"], VALUES["weight_decay"]
    others = {name: VALUES[name][1:] for name in VALUES if name not in ("dropout", "weight_decay")}
    form = {"dropouts": dropouts, "weight_decays": weight_decays, "axes": others}
    search = MLPClassifierCV(**{**SURFACE, **form, "encoder": "auto"}).fit(X, y)
    assert set(search.best_params_) == set(AXES) - {OF_MODULES}
    encoded = search.encoder_.transform(X.astype(np.float32)).astype(np.float32)
    alone = MLPClassifier(**ALONE, **search.best_params_, max_iter=search.epochs_)
    assert_same_network(search, alone.fit(encoded, y))


@pytest.mark.parametrize(("kind", "name"), KINDS)
def test_a_parameter_gives_the_results_of_an_axis_of_one_value(kind, name, data):
    X, y = rows_for(kind, data)
    value = VALUES[name][-1]
    axis = kind(**{**SURFACE, **as_axis(name, [value])}).fit(X, y)
    parameter = kind(**{**SURFACE, **as_parameter(name, value)}).fit(X, y)
    assert parameter.get_params()[name] == value
    assert_same_network(axis, parameter)
    results = axis.results_
    if name not in parameter.results_.dims:
        results = results.squeeze(name, drop=True)
    results = results.drop_vars(set(results.coords) - set(parameter.results_.coords))
    xr.testing.assert_equal(results.drop_vars("wall_s"), parameter.results_.drop_vars("wall_s"))
    without = kind(**{**SURFACE, **as_axis(name, [VALUES[name][0]])}).fit(X, y)
    assert not np.array_equal(without.coefs_[0], axis.coefs_[0])


def test_results_have_one_dimension_per_axis(iris):
    axes = {"max_norm": (None, 2.0), "activation": ("relu", "tanh", "gelu")}
    search = MLPClassifierCV(**{**SURFACE, "weight_decays": (0, 1)}, axes=axes).fit(*iris)
    assert search.axes_.names == ("dropout", "weight_decay", "max_norm", "activation")
    assert dict(search.results_["validation_loss"].sizes) == {
        "dropout": 1, "weight_decay": 2, "max_norm": 2, "activation": 3,
        "fold": 2, "seed": 1, "epoch": 6,
    }  # fmt: skip


def test_cv_results_have_the_form_of_a_grid_search_over_all_axes(iris):
    grid = {
        "dropout": [0.0, 0.3], "weight_decay": [0.1], "activation": ["relu", "tanh"],
        "max_norm": [None, 2.0], "input_dropout": [0.0, 0.1],
    }  # fmt: skip
    theirs = GridSearchCV(MLPClassifier(4, max_iter=1), grid, cv=2).fit(*iris).cv_results_
    axes = {name: grid[name] for name in ("activation", "max_norm", "input_dropout")}
    form = {**SURFACE, "dropouts": grid["dropout"], "weight_decays": grid["weight_decay"]}
    ours = MLPClassifierCV(**form, axes=axes).fit(*iris).cv_results_
    assert set(theirs) <= set(ours)
    assert {name for name in ours if name.startswith("param_")} == {
        f"param_{name}" for name in grid
    }
    assert sorted(map(by_name, ours["params"])) == sorted(map(by_name, theirs["params"]))
    for name in grid:
        column = ours[f"param_{name}"]
        assert isinstance(column, np.ma.MaskedArray)
        assert column.tolist() == [params[name] for params in ours["params"]]
    for name in theirs:
        assert len(ours[name]) == len(theirs[name])


def by_name(params):
    return str(sorted(params.items()))


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (MLPClassifierCV, {"axes": {"max_nrom": (1, 2)}}, "Did you mean 'max_norm'"),
        (MLPClassifierCV, {"axes": {"dropout": (0, 0.1)}}, "'dropout'. Use dropouts instead"),
        (MLPClassifierCV, {"axes": {"weight_decay": (0,)}}, "Use weight_decays instead"),
        (MLPClassifierCV, {"axes": ["max_norm"]}, r"axes must map names to values.*\['max_norm'\]"),
        (MLPClassifierCV, {"axes": {"max_norm": (0, 1)}}, "max_norm must be a finite number"),
        (MLPClassifierCV, {"dropout": 0.1}, "Use either dropout or dropouts, not both"),
        (MLPClassifierCV, {"weight_decay": 1}, "Use either weight_decay or weight_decays"),
        (MLPClassifierCV, {"dropouts": [(0.1, 0.2, 0.3)]}, "has 3 rates, but the network has 2"),
        (MLPClassifierCV, {"weight_decays": "tau:much"}, "weight_decays in epochs of memory must"),
        (MLPClassifierCV, {"weight_decays": "tau 40"}, "must be numbers, 'auto', or epochs of"),
        (MLPClassifierCV, {"weight_decays": "tau:0.01"}, "shorter than a step: there are 5 steps"),
        (MLPClassifierCV, {"weight_decays": "tau:40", "decay": "l2"}, "need decay='decoupled'"),
        (MLPRegressorCV, {"weight_decays": "tau:40", "solver": "sgd"}, "and solver='adam'"),
        (
            MLPRegressorCV, {"axes": {"label_smoothing": (0, 0.1)}},
            "MLPRegressorCV has no axis 'label_smoothing'. Its axes are dropout, .*activation",
        ),
    ],
)  # fmt: skip
def test_a_bad_axis_is_refused_before_anything_is_trained(
    kind, settings, message, data, monkeypatch
):
    engine = ChosenEngine(lambda *_, **__: pytest.fail("trained"))
    monkeypatch.setattr(choose, "choose_engine", lambda *_: engine)
    with pytest.raises(BadSetting, match=message):
        kind(**{**SURFACE, **settings}).fit(*rows_for(kind, data))


@pytest.mark.parametrize("learning_rate", ["cosine", "one_cycle"])
def test_the_refit_follows_the_schedule_of_the_folds_up_to_the_chosen_epoch(learning_rate, iris):
    X, y = iris
    noisy = np.where(np.random.default_rng(0).random(len(y)) < 0.5, 0, y)
    form = {"learning_rate": learning_rate, "learning_rate_init": 0.05}
    without = {"dropouts": (0,), "weight_decays": (0,), "max_iter": 40}
    search = MLPClassifierCV(**{**SURFACE, **form, **without}).fit(X, noisy)
    assert 1 < search.epochs_ < 40
    alone, shorter = (
        MLPClassifier(**ALONE, **form, **search.best_params_, max_iter=max_iter).fit(X, noisy)
        for max_iter in (40, search.epochs_)
    )
    assert search.loss_curve_ == alone.loss_curve_[: search.epochs_]
    assert search.loss_curve_ != shorter.loss_curve_


@pytest.mark.parametrize("kind", [MLPClassifierCV, MLPRegressorCV])
def test_max_norm_holds_for_every_hidden_unit_of_the_refit(kind, data):
    search = kind(**SURFACE, max_norm=0.5).fit(*rows_for(kind, data))
    for weights in search.coefs_[:-1]:
        assert (np.linalg.norm(weights, axis=0) <= 0.5 * (1 + 1e-6)).all()


@pytest.mark.parametrize("kind", [MLPClassifierCV, MLPRegressorCV])
def test_max_grad_norm_bounds_the_step_of_the_refit(kind, data):
    form = {**SURFACE, "weight_decays": (0,), "solver": "sgd", "momentum": 0.0, "max_iter": 1,
            "batch_size": 1000}  # fmt: skip

    def flat(**settings):
        search = kind(**{**form, **settings}).fit(*rows_for(kind, data))
        return np.concatenate([part.ravel() for part in (*search.coefs_, *search.intercepts_)])

    start = flat(learning_rate_init=1e-30)
    clipped, free = (
        np.linalg.norm(flat(learning_rate_init=1.0, max_grad_norm=limit) - start)
        for limit in (0.01, None)
    )
    assert clipped == pytest.approx(0.01, rel=1e-4)
    assert free > 0.02
