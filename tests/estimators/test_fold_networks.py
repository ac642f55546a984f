"""The networks of the folds: what is kept of them, when, and at what price."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, RepeatedKFold, cross_validate

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadSetting
from dropdecay.estimators import fold_networks as keeping
from tests.estimators.test_repeats import SMALL, X, Y, fitted, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

VALUES = 50.0 * X[:, 0] + np.random.default_rng(1).normal(size=60)
LETTERS = np.array(["c", "a", "b"])[np.arange(60) % 3]
TABLE = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(
    kind=np.where(X[:, 2] > 0, "high", "low"), seen=pd.Timestamp("2024-03-01")
)
CASES = {
    "two classes": (MLPClassifierCV, X, Y, {}),
    "three classes": (MLPClassifierCV, X, LETTERS, {}),
    "many labels": (MLPClassifierCV, X, np.column_stack([Y, X[:, 1] > 0]).astype(int), {}),
    "values": (MLPRegressorCV, X, VALUES, {}),
    "several values": (MLPRegressorCV, X, np.column_stack([VALUES, X[:, 1]]), {}),
    "two seeds": (MLPClassifierCV, X, Y, {"n_seeds": 2}),
    "a table": (MLPClassifierCV, TABLE, Y, {"encoder": "auto"}),
    "numbers": (MLPClassifierCV, X, Y, {"encoder": "auto"}),
    "repeated folds": (
        MLPClassifierCV, X, Y, {"cv": RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)},
    ),
    "a part of the rows": (
        MLPClassifierCV, *table(1500), {"search_rows": 1000, "max_iter": 3, "batch_size": 200},
    ),
    "processes": (MLPClassifierCV, X, Y, {"cluster": "processes", "n_jobs": 2}),
}  # fmt: skip


def in_units(search, outputs):
    if isinstance(search, MLPClassifierCV):
        return outputs
    return search.target_center_ + search.target_scale_ * outputs.astype(np.float64)


@pytest.mark.parametrize("case", CASES)
def test_a_fold_network_says_of_held_out_rows_what_the_search_recorded(case):
    kind, rows, y, how = CASES[case]
    search = kind(**{**SMALL, "n_repeats": 1, **how}).fit(rows, y)
    results = search.results_
    recorded = results["out_of_fold_output"].sel(recorded_point=results["recorded_chosen"])[0]
    judge = results["held_out_by"].values
    folds = search.fold_networks_.folds
    assert len(folds) == results.sizes["fold"]
    for number, fold in enumerate(folds):
        assert fold.params.shape == (how.get("n_seeds", 1), fold.params.shape[1])
        here = judge == number
        numbers = results["row"].values[here]
        assert set(numbers) <= set(fold.rows)
        part = rows.iloc[numbers] if isinstance(rows, pd.DataFrame) else rows[numbers]
        if numbers.size:
            encoded = search.encoding_.apply(search, part, fold.encoder)
            said = in_units(search, fold.outputs(encoded))
            # The search computes in float32, so few rows in float64.
            rounding = 1e-6 * np.abs(recorded.values).max()
            np.testing.assert_allclose(said, recorded.values[here], rtol=1e-6, atol=rounding)


def test_the_misfits_are_those_of_the_outputs_each_row_once():
    y = np.column_stack([VALUES, X[:, 1]])
    search = fitted(y, kind=MLPRegressorCV, n_repeats=1, cv=RepeatedKFold(n_splits=3, n_repeats=2))
    said = search.results_["out_of_fold_output"][0].values
    networks = search.fold_networks_
    assert [len(each.misfits) for each in networks.folds] == [20, 20, 20, 0, 0, 0]
    assert len(networks.judging) == 3
    for fold in networks.judging:
        np.testing.assert_allclose(fold.misfits, np.abs(y - said)[fold.rows], rtol=1e-5, atol=1e-6)
    search = fitted(LETTERS, n_repeats=1)
    said = search.results_["out_of_fold_output"][0].values
    of_true = said[np.arange(60), np.searchsorted(search.classes_, LETTERS)]
    for fold in search.fold_networks_.folds:
        np.testing.assert_allclose(fold.misfits[:, 0], 1 - of_true[fold.rows], atol=1e-6)


def test_they_are_not_kept_where_nobody_reads_them():
    search = MLPClassifierCV(**{**SMALL, "n_repeats": 1})
    found = cross_validate(search, X, Y, cv=2, return_estimator=True)["estimator"]
    assert [each.fold_networks_ for each in found] == [None, None]
    searched = GridSearchCV(search, {"rule": ["best"]}, cv=2).fit(X, Y)
    assert searched.best_estimator_.fold_networks_ is not None  # its refit is read


def test_they_are_kept_only_as_asked(monkeypatch):
    assert fitted(n_repeats=1, keep_folds=False).fold_networks_ is None
    monkeypatch.setattr(keeping, "MOST_BYTES", 100)
    small = fitted(n_repeats=1)
    assert small.fold_networks_ is None
    assert "MB" in small._kept_folds.why_not
    assert fitted(n_repeats=1, keep_folds=True).fold_networks_ is not None
    with pytest.raises(BadSetting, match=r"keep_folds must be 'auto', True or False\. Got 'on'"):
        fitted(keep_folds="on")


def test_a_fit_that_goes_on_from_its_store_keeps_the_same(tmp_path, monkeypatch):
    whole = fitted()

    def stop(task, *args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keeping, "trained_on_folds", stop)
        with pytest.raises(KeyboardInterrupt):
            fitted(store=tmp_path / "runs")
    again = fitted(store=tmp_path / "runs")
    for one, other in zip(whole.fold_networks_.folds, again.fold_networks_.folds, strict=True):
        np.testing.assert_array_equal(one.params, other.params)
        np.testing.assert_array_equal(one.misfits, other.misfits)
    kept = pickle.loads(pickle.dumps(again))
    np.testing.assert_array_equal(kept.predict_set(X), whole.predict_set(X))
    assert clone(again).keep_folds == "auto"


def test_a_wrong_value_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr("dropdecay.engine.cpu.train", None)
    search = MLPClassifierCV(keep_folds="off", dropouts=(0,), weight_decays=(0,), cv=2)
    X = np.arange(40.0)[:, None]

    with pytest.raises(BadSetting, match=r"keep_folds must be 'auto', True or False\. Got 'off'"):
        search.fit(X, X[:, 0] > 20)
