"""scikit-learn's ``set_output`` and metadata routing with our estimators."""

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.metadata_routing import get_routing_for_object

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

SINGLE = MLPClassifier((8,), max_iter=40, learning_rate_init=0.02, random_state=0)
SURFACE = MLPClassifierCV(
    hidden_layer_sizes=(8,), dropouts=(0.0, 0.2), weight_decays=(0.0,), cv=3, max_iter=20,
    extend=False, random_state=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    X, y = make_classification(90, 4, random_state=0)
    return pd.DataFrame(X, columns=list("abcd")), y


@pytest.mark.parametrize("estimator", [SINGLE, SURFACE], ids=lambda each: type(each).__name__)
def test_set_output_reaches_an_estimator_through_its_pipeline(estimator, rows):
    X, y = rows
    pipeline = make_pipeline(StandardScaler(), clone(estimator)).set_output(transform="pandas")
    pipeline.fit(X, y)
    assert list(pipeline[-1].feature_names_in_) == list("abcd")
    assert isinstance(pipeline.predict(X), np.ndarray)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor, MLPClassifierCV, MLPRegressorCV])
def test_weights_can_be_asked_for(kind):
    with config_context(enable_metadata_routing=True):
        asked = kind().set_fit_request(sample_weight=True)
        assert get_routing_for_object(asked).fit.requests["sample_weight"] is True


@pytest.mark.parametrize("estimator", [SINGLE, SURFACE], ids=lambda each: type(each).__name__)
def test_weights_that_are_routed_have_their_effect(estimator, rows):
    X, y = rows
    weight = np.where(y == 1, 50.0, 0.01)
    with config_context(enable_metadata_routing=True):
        network = clone(estimator).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, network)
        weighted = pipeline.fit(X, y, sample_weight=weight).predict(X)
    plain = make_pipeline(StandardScaler(), clone(estimator)).fit(X, y).predict(X)
    assert weighted.mean() > plain.mean()


def test_groups_are_routed_to_a_surface_and_to_the_folds_around_it(rows, monkeypatch):
    X, y = rows
    groups, seen = np.arange(len(y)) // 5, []
    fit = MLPClassifierCV.fit_with_hooks

    def spied(self, X, y, groups=None, *rest, **more):
        seen.append(groups)
        return fit(self, X, y, groups, *rest, **more)

    monkeypatch.setattr(MLPClassifierCV, "fit_with_hooks", spied)
    with config_context(enable_metadata_routing=True):
        search = clone(SURFACE).set_fit_request(groups=True)
        found = cross_validate(search, X, y, cv=GroupKFold(3), params={"groups": groups})
    assert len(found["test_score"]) == 3
    assert [len(np.unique(each)) for each in seen] == [12, 12, 12]
