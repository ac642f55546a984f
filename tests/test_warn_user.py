"""A warning names the line of the user's own code, however many frames lie between."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor
from dropdecay.warn_user import warn_user

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
Y = (X[:, 0] > 0).astype(int)
SMALL = {"dropouts": (0,), "weight_decays": (0,), "cv": 2, "max_iter": 2, "n_repeats": 1}
TABLE = pd.DataFrame({"paid": [f"{each:.0f} €" for each in 900 * np.abs(X[:, 0])], "x": X[:, 1]})

CALLS = {
    "fit, not converged": lambda: MLPClassifier(4, max_iter=2).fit(X, Y),
    "fit, by lbfgs": lambda: MLPClassifier(4, max_iter=2, solver="lbfgs").fit(X, Y),
    "fit, a large batch": lambda: MLPClassifier(4, max_iter=2, batch_size=999).fit(X, Y),
    "fit, scales": lambda: MLPRegressor(hidden_layer_sizes=4, max_iter=2).fit(
        X * [1, 1e6], X[:, 0]
    ),
    "fit, a column as y": lambda: MLPClassifierCV(4, **SMALL).fit(X, Y[:, None]),
    "fit, how a column is read": lambda: MLPClassifierCV(4, **SMALL).fit(TABLE, Y),
    "fit, a leak": lambda: MLPClassifierCV(4, **SMALL).fit(pd.DataFrame(X).assign(told=3.0 * Y), Y),
    "fit, equal rows": lambda: MLPClassifierCV(4, **SMALL).fit(
        pd.DataFrame(np.r_[X[:30], X[:30]]), np.r_[Y[:30], Y[:30]]
    ),
    "in a pipeline": lambda: make_pipeline(StandardScaler(), MLPClassifier(4, max_iter=2)).fit(
        X, Y
    ),
    "cross-validated": lambda: cross_val_score(MLPClassifier(4, max_iter=2), X, Y),
    "cross-validated by joblib": lambda: cross_val_predict(MLPClassifier(4, max_iter=2), X, Y),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("call", CALLS.values(), ids=[*CALLS])
def test_a_warning_names_the_line_of_the_user(call):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        call()

    assert told
    assert {each.filename for each in told} == {__file__}


def test_a_prediction_that_warns_names_the_line_too():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.DataFrame({"kind": ["a", "b"] * 30, "x": X[:, 0]})
        search = MLPClassifierCV(4, **SMALL).fit(frame, Y)
    with pytest.warns(UserWarning, match="kind") as told:
        search.predict(frame.assign(kind="c"))

    assert [each.filename for each in told] == [__file__]


def test_a_warning_that_nobody_called_for_is_still_told(monkeypatch):
    monkeypatch.setattr("dropdecay.warn_user.OURS", ("",))

    with pytest.warns(UserWarning, match="told"):
        warn_user("told")
