import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import KFold, PredefinedSplit, RepeatedKFold, StratifiedKFold
from sklearn.preprocessing import StandardScaler

from dropdecay import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    load_model,
    save_model,
)
from dropdecay.checked_json import json_text
from dropdecay.errors import BadInput, BadModel, BadSetting

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.LeakWarning"),
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
    assert back.get_params() == fitted.get_params()
    assert clone(back).get_params() == fitted.get_params()


def accuracy_of_all(estimator, X, y):
    return float((estimator.predict(X) == y).mean())


ASKED = {
    "tuples and lists": {"hidden_layer_sizes": [8, 4], "dropouts": [(0.1, 0.2), 0.0]},
    "arrays": {"weight_decays": np.array([0.0, 0.1])},
    "axes": {"axes": {"max_norm": [None, 2, 4.0], "activation": ("relu", "tanh")}},
    "classes by number": {"class_weight": {0: 1.0, 1: 2.5, 2: 1.0}},
    "text": {"weight_decays": "tau:none,400", "learning_rate_init": 0.01},
    "a scorer by name": {"scoring": "f1_macro"},
    "a splitter": {"cv": StratifiedKFold(3, shuffle=True, random_state=4)},
    "a repeated splitter": {"cv": RepeatedKFold(n_splits=2, n_repeats=2, random_state=0)},
    "folds": {"cv": PredefinedSplit(np.arange(150) % 3)},
    "folds as rows": {"cv": [(np.arange(0, 150, 2), np.arange(1, 150, 2)),
                             (np.arange(1, 150, 2), np.arange(0, 150, 2))]},
    "an encoder of scikit-learn": {"encoder": StandardScaler(with_mean=False)},
}  # fmt: skip


@pytest.mark.parametrize("asked", ASKED)
def test_a_model_that_is_read_back_is_fitted_again_as_before(asked, tmp_path):
    how = {**SURFACE, "random_state": 0, "n_repeats": 1, "extend": False, **ASKED[asked]}
    fitted = MLPClassifierCV(**{"hidden_layer_sizes": (8, 4), **how}).fit(X, Y)
    save_model(fitted, tmp_path / "model")

    back = load_model(tmp_path / "model")

    assert repr(back.get_params()) == repr(fitted.get_params())
    assert repr(clone(back).get_params()) == repr(fitted.get_params())
    clone(back).fit(X, Y)
    back.fit(X, Y)
    np.testing.assert_array_equal(back.predict_proba(X), fitted.predict_proba(X))


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"scoring": accuracy_of_all}, r"scoring \(<function accuracy_of_all at .*\)"),
        ({"scoring": make_scorer(f1_score, average="macro")}, r"scoring \(make_scorer\(f1_score"),
        ({"cv": (each for each in KFold(2, shuffle=True).split(X))}, r"cv \(<generator object"),
        ({"random_state": np.random.RandomState(0)}, r"random_state \(RandomState\(MT19937\)"),
    ],
)
def test_what_is_code_is_not_kept_and_fit_says_so(how, words, tmp_path):
    fitted = MLPClassifierCV(8, **{**SURFACE, **how}).fit(X, Y)
    save_model(fitted, tmp_path / "model")
    (name,) = how

    back = load_model(tmp_path / "model")

    np.testing.assert_array_equal(back.predict(X), fitted.predict(X))
    words = rf"loaded without {words}.* set_params\({name}=...\)"
    for each in (back, clone(back)):
        with pytest.raises(BadSetting, match=words):
            each.fit(X, Y)
    save_model(back, tmp_path / "again")
    assert load_model(tmp_path / "again").get_params() == back.get_params()
    back.set_params(**{name: SURFACE.get(name)}).fit(X, Y)


def test_without_its_scorer_a_model_does_not_score_by_another(tmp_path):
    save_model(MLPClassifierCV(8, **SURFACE, scoring=accuracy_of_all).fit(X, Y), tmp_path / "model")

    with pytest.raises(BadSetting, match="loaded without scoring"):
        load_model(tmp_path / "model").score(X, Y)


def test_a_model_does_not_bring_the_place_of_a_file_along(tmp_path):
    store = tmp_path / "runs.sqlite"
    save_model(MLPClassifierCV(8, **SURFACE, store=store).fit(X, Y), tmp_path / "model")

    back = load_model(tmp_path / "model")

    with pytest.raises(BadSetting, match=r"loaded without store .* set_params\(store="):
        back.fit(X, Y)
    back.set_params(store=None).fit(X, Y)


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
    path.write_text(json_text(described))


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
        lambda described: described["settings"]["parameters"].update(alpha={"type": "eval"}),
        lambda described: described["settings"]["parameters"].update(alpha={"type": ["tuple"]}),
        lambda described: described["settings"]["parameters"].update(alpha={"type": "encoder"}),
        lambda described: described["settings"]["parameters"].update(
            alpha={"type": "splitter", "name": "Popen", "parameters": {}}
        ),
    ],
)
def test_an_inconsistent_model_is_rejected(change, tmp_path):
    forge(tmp_path / "model", change)
    with pytest.raises(BadModel):
        load_model(tmp_path / "model")
