import json

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from dropdecay import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    load_model,
    save_model,
)
from dropdecay.errors import BadInput, BadModel

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
]

X, Y = load_iris(return_X_y=True)
FRAME = pd.DataFrame(X, columns=["a", "b", "c", "d"]).assign(
    kind=np.where(X[:, 0] > 5.8, "long", "short"), seen=pd.Timestamp("2024-01-01")
)
SURFACE = {"dropouts": (0.0, 0.2), "weight_decays": (0.0, 0.1), "cv": 2, "max_iter": 4}
NAMES = np.array(["one", "two", "three"], dtype=object)[Y]

CASES = {
    "text classes": (lambda: MLPClassifier((8, 4), dropout=(0.1, 0.2), max_iter=4), X, NAMES),
    "two classes": (lambda: MLPClassifier(8, "tanh", max_iter=4), X, Y > 0),
    "many labels": (lambda: MLPClassifier(8, max_iter=4), X, np.eye(3, dtype=int)[Y]),
    "values": (lambda: MLPRegressor(hidden_layer_sizes=8, max_iter=4), X[:, :3], X[:, 3]),
    "several values": (lambda: MLPRegressor(hidden_layer_sizes=8, max_iter=4), X[:, :2], X[:, 2:]),
    "surface on numbers": (lambda: MLPClassifierCV(8, **SURFACE), X, Y),
    "surface on a table": (lambda: MLPClassifierCV(8, **SURFACE), FRAME, NAMES),
    "surface without encoder": (lambda: MLPClassifierCV(8, **SURFACE, encoder=None), X, Y),
    "surface of several values": (
        lambda: MLPRegressorCV(8, **SURFACE),
        X[:, :2],
        X[:, 2:] * [1, 9],
    ),
    "surface of values": (lambda: MLPRegressorCV(8, **SURFACE), FRAME, 100 * X[:, 3]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_model_is_read_back_and_predicts_the_same(case, tmp_path):
    build, rows, target = CASES[case]
    fitted = build().fit(rows, target)

    save_model(fitted, tmp_path / "model")
    back = load_model(tmp_path / "model")

    assert type(back) is type(fitted)
    np.testing.assert_array_equal(back.predict(rows), fitted.predict(rows))
    assert back.predict(rows).dtype == fitted.predict(rows).dtype
    if hasattr(fitted, "predict_proba"):
        np.testing.assert_array_equal(back.predict_proba(rows), fitted.predict_proba(rows))
    if hasattr(fitted, "best_params_"):
        assert back.best_params_ == fitted.best_params_
        assert str(back.verdict_) == str(fitted.verdict_)
    for name, value in fitted.get_params().items():
        kept = back.get_params()[name]
        assert kept == value or list(kept) == list(value)


def test_an_unfitted_or_foreign_estimator_is_not_saved(tmp_path):
    for estimator in (MLPClassifier(), object()):
        with pytest.raises(BadInput, match="Only a fitted estimator"):
            save_model(estimator, tmp_path / "model")
    assert not list(tmp_path.iterdir())


def forge(folder, change):
    """Write a model with a changed description."""
    save_model(MLPClassifier((8, 4), max_iter=2).fit(X, Y), folder)
    path = folder / "model.json"
    described = json.loads(path.read_text())
    change(described)
    path.write_text(json.dumps(described))


@pytest.mark.parametrize(
    "change",
    [
        lambda described: described.update(kind="Popen"),
        lambda described: described["settings"]["network"].update(n_inputs=5),
        lambda described: described["settings"]["network"].update(hidden_layer_sizes=[8, 5]),
        lambda described: described["settings"]["network"].update(activation="exec"),
        lambda described: described["settings"]["network"].update(loss=None),
        lambda described: described["settings"]["network"].update(more=1),
        lambda described: described["settings"].pop("network"),
        lambda described: described["settings"].update(parameters=7),
        lambda described: described["settings"].update(plain=None),
    ],
)
def test_an_inconsistent_model_is_rejected(change, tmp_path):
    forge(tmp_path / "model", change)
    with pytest.raises(BadModel):
        load_model(tmp_path / "model")
