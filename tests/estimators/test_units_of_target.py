"""A search finds the same whatever the unit of its target, or says that it cannot."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay import MLPRegressor, MLPRegressorCV
from dropdecay.errors import BadInput, ScaleWarning

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

FORM = {"hidden_layer_sizes": 8, "max_iter": 8, "random_state": 0}
SURFACE = {"dropouts": (0.0, 0.2), "weight_decays": (0.0, 1.0), "cv": 3, "n_repeats": 2,
           "extend": False, "n_jobs": 1, "baselines": False}  # fmt: skip


@pytest.fixture(scope="module")
def world():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    return X, X[:, 0] + 0.3 * rng.normal(size=60)


@pytest.fixture(scope="module")
def usual(world):
    X, y = world
    return MLPRegressorCV(**FORM, **SURFACE).fit(X, y)


# A power of two changes no digit.
@pytest.mark.parametrize("power", [230, -230])
def test_another_unit_changes_the_unit_of_what_is_found_and_nothing_else(world, usual, power):
    X, y = world
    unit = 2.0**power

    found = MLPRegressorCV(**FORM, **SURFACE).fit(X, unit * y)

    assert_array_equal(found.predict(X), unit * usual.predict(X))
    assert found.best_params_ == usual.best_params_
    assert found.verdict_.kind == usual.verdict_.kind
    for name in ("validation_loss", "out_of_fold_loss", "contender_loss"):
        before, now = usual.results_[name].values, found.results_[name].values
        assert_allclose(now, unit**2 * before.astype(np.float64), rtol=3e-7)


@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1e100, 1e300])
def test_units_in_which_errors_cannot_be_compared_are_refused_before_training(world, unit):
    X, y = world

    with pytest.raises(BadInput, match="squared errors are beyond what numbers can hold"):
        MLPRegressorCV(**FORM, **SURFACE).fit(X, unit * y)


def test_a_single_network_warns_of_a_target_that_its_steps_drown(world):
    X, y = world

    with pytest.warns(ScaleWarning, match=r"y varies by only .e-300"):
        MLPRegressor(**FORM).fit(X, 1e-300 * y)
