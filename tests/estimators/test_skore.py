"""skore's CrossValidationReport on our estimators, where skore is installed."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.metrics import accuracy_score, log_loss, r2_score
from sklearn.model_selection import KFold

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV

skore = pytest.importorskip("skore")

pytestmark = pytest.mark.filterwarnings("ignore")  # skore's and its libraries' own

SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.2), "weight_decays": (0, 1.0), "max_iter": 3,
    "cv": 2, "n_repeats": 1, "extend": False, "baselines": False, "random_state": 0, "n_jobs": 1,
}  # fmt: skip
FOLDS = KFold(2, shuffle=True, random_state=0)


def by_hand(estimator, X, y, score):
    """Mean and standard deviation of a score over the folds."""
    found = [
        score(clone(estimator).fit(X.iloc[training], y.iloc[training]), held_out)
        for training, held_out in FOLDS.split(X)
    ]
    return np.mean(found), np.std(found, ddof=1)


@pytest.mark.parametrize(
    "estimator", [MLPClassifierCV(**SMALL), MLPClassifier(4, max_iter=3, random_state=0)]
)
def test_a_report_of_classes_has_the_figures_of_its_folds(estimator):
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    report = skore.CrossValidationReport(estimator, X, y, splitter=FOLDS)
    found = report.metrics.summarize().frame()
    for name, score in (
        ("accuracy", lambda own, rows: accuracy_score(y.iloc[rows], own.predict(X.iloc[rows]))),
        ("log_loss", lambda own, rows: log_loss(y.iloc[rows], own.predict_proba(X.iloc[rows]))),
    ):
        assert found.loc[name].tolist() == pytest.approx(by_hand(estimator, X, y, score))
    assert type(estimator).__name__ in repr(report)


def test_a_report_of_values_has_the_figures_of_its_folds():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    estimator = MLPRegressorCV(**SMALL)
    report = skore.CrossValidationReport(estimator, X, y, splitter=FOLDS)
    found = report.metrics.summarize().frame()
    expected = by_hand(
        estimator, X, y, lambda own, rows: r2_score(y.iloc[rows], own.predict(X.iloc[rows]))
    )
    assert found.loc["r2"].tolist() == pytest.approx(expected)
