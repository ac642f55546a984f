"""Other models against independent loops over scikit-learn's own, and intervals by hand."""

from functools import partial

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.baselines.ground import SEED
from dropdecay.baselines.inner_parts import inner_folds
from dropdecay.baselines.linear import PENALTIES
from dropdecay.baselines.rows import FoldRows
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.folds import make_folds
from dropdecay.errors import BadSetting
from dropdecay.estimators import baselines
from dropdecay.estimators.base import drawn_state

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning"),
]

SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.2), "weight_decays": (0, 1.0), "max_iter": 4,
    "extend": False, "random_state": 0, "n_jobs": 2,
}  # fmt: skip


def folds_of(y, n_folds=3, *, classes=True):
    kind = StratifiedKFold if classes else KFold
    return list(kind(n_folds, shuffle=True, random_state=7).split(y, y))


DRAWN = drawn_state(0)


def seed_of(fold):
    """The seed of what models draw on a fold, worked out by itself."""
    return int(np.random.SeedSequence((DRAWN, SEED, fold)).generate_state(1)[0] >> 1)


def by_name(search):
    return {each.name: each for each in search.baselines_.models}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    weights = np.random.default_rng(0).uniform(0.5, 2.0, len(y))
    return X + np.random.default_rng(1).normal(0, 0.8, X.shape), y, weights


@pytest.fixture(scope="module")
def on_iris(iris):
    X, y, weights = iris
    search = MLPClassifierCV(**SMALL, cv=folds_of(y), n_repeats=1, encoder=None)
    return search.fit(X, y, sample_weight=weights)


def test_a_constant_and_boosting_lose_what_a_plain_loop_over_scikit_learn_says(iris, on_iris):
    X, y, weights = iris
    X, weights = X.astype(np.float32), weights.astype(np.float32)
    found = by_name(on_iris)
    for name, model in (
        ("always the same odds", DummyClassifier(strategy="prior")),
        ("gradient boosting", HistGradientBoostingClassifier(early_stopping=True)),
    ):
        losses, scores = [], []
        for fold, (training, held_out) in enumerate(folds_of(y)):
            own = clone(model).set_params(random_state=seed_of(fold))
            own.fit(X[training], y[training], sample_weight=weights[training])
            said = own.predict_proba(X[held_out])
            losses.append(log_loss(y[held_out], said, sample_weight=weights[held_out]))
            scores.append(
                accuracy_score(y[held_out], said.argmax(axis=1), sample_weight=weights[held_out])
            )
        assert found[name].loss == pytest.approx(np.mean(losses), abs=1e-9)
        assert found[name].standard_error == pytest.approx(stats.sem(losses), abs=1e-9)
        assert found[name].score == pytest.approx(np.mean(scores), abs=1e-7)


def test_logistic_regression_is_a_pipeline_with_the_best_penalty_of_inner_folds(iris, on_iris):
    X, y, weights = iris
    X, weights = X.astype(np.float32).astype(float), weights.astype(np.float32)
    losses = []
    for fold, (training, held_out) in enumerate(folds_of(y)):
        own = weights[training]
        rows = FoldRows(
            None, None, y[training][:, None], "classes", 3, own, None, (), seed_of(fold), 0
        )
        by_penalty = []
        scaled = StandardScaler().fit_transform(X[training])
        for penalty in PENALTIES:
            inner = [
                log_loss(
                    y[training][b],
                    LogisticRegression(C=1 / penalty, max_iter=1000)
                    .fit(scaled[a], y[training][a], own[a])
                    .predict_proba(scaled[b]),
                    sample_weight=own[b],
                )
                for a, b in inner_folds(y[training], rows)
            ]
            by_penalty.append(np.mean(inner))
        C = 1 / PENALTIES[np.argmin(by_penalty)]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=1000))
        model.fit(X[training], y[training], logisticregression__sample_weight=own)
        said = model.predict_proba(X[held_out])
        losses.append(log_loss(y[held_out], said, sample_weight=weights[held_out]))
    assert by_name(on_iris)["logistic regression"].loss == pytest.approx(np.mean(losses), abs=1e-9)


def test_values_are_judged_in_their_own_units_and_several_each_in_its_variance():
    X, y = load_diabetes(return_X_y=True)
    X, folds = X.astype(np.float32), folds_of(y, classes=False)
    several = np.column_stack([y, X[:, 2] * 3 + 1, y**2])
    for target in (y, several):
        search = MLPRegressorCV(**SMALL, cv=folds, n_repeats=1, encoder=None).fit(X, target)
        table = np.atleast_2d(target.T).T
        scale = table.std(axis=0)
        standard = (table - table.mean(axis=0)) / scale
        boosted, ridged, scores = [], [], []
        for fold, (training, held_out) in enumerate(folds):
            said, linear = [], []
            for column in standard.T:
                model = HistGradientBoostingRegressor(
                    early_stopping=True, random_state=seed_of(fold)
                )
                said.append(model.fit(X[training], column[training]).predict(X[held_out]))
                best = min(
                    PENALTIES,
                    key=partial(loss_of_ridge, X[training], column[training], seed_of(fold)),
                )
                own = make_pipeline(StandardScaler(), Ridge(alpha=best))
                own.fit(X[training].astype(float), column[training])
                linear.append(own.predict(X[held_out].astype(float)))
            boosted.append(mean_squared_error(standard[held_out], np.column_stack(said)))
            ridged.append(mean_squared_error(standard[held_out], np.column_stack(linear)))
            scores.append(r2_score(standard[held_out], np.column_stack(said)))
        units = scale[0] ** 2 if target.ndim == 1 else 1.0
        found = by_name(search)
        assert found["gradient boosting"].loss == pytest.approx(units * np.mean(boosted), rel=1e-9)
        assert found["ridge regression"].loss == pytest.approx(units * np.mean(ridged), rel=1e-9)
        assert found["gradient boosting"].score == pytest.approx(np.mean(scores), abs=1e-6)


def loss_of_ridge(X, y, seed, penalty):
    """The loss of a penalty on inner folds."""
    rows = FoldRows(None, None, y[:, None], "values", 1, None, None, (), seed, 0)
    X = StandardScaler().fit_transform(X.astype(float))
    return np.mean(
        [
            mean_squared_error(y[b], Ridge(alpha=penalty).fit(X[a], y[a]).predict(X[b]))
            for a, b in inner_folds(y, rows)
        ]
    )


def cost_of_choosing(results):
    """Leave-one-fold-out choice by plain loops: what each fold's pick of the others loses on it."""
    curves = results["validation_loss"].mean("seed").stack(point=("dropout", "weight_decay"))
    curves = curves.transpose("point", "fold", "epoch").values
    cost = []
    for fold in range(curves.shape[1]):
        others = np.delete(curves, fold, axis=1).mean(axis=1)
        point, epoch = np.unravel_index(others.argmin(), others.shape)
        cost.append(curves[point, fold, epoch])
    return np.array(cost)


def test_the_interval_on_folds_is_the_corrected_t_against_the_way_of_choosing(iris):
    X, y, _ = iris
    folds = folds_of(y)
    search = MLPClassifierCV(
        **SMALL, cv=folds, n_repeats=1, encoder=None, fixed_epochs=True,
        baselines={"tree": DecisionTreeClassifier(max_depth=2, random_state=0)},
    ).fit(X, y)  # fmt: skip
    losses = []
    for training, held_out in folds:
        tree = DecisionTreeClassifier(max_depth=2, random_state=0)
        tree.fit(X[training].astype(np.float32), y[training])
        losses.append(log_loss(y[held_out], tree.predict_proba(X[held_out].astype(np.float32))))
    differences = np.array(losses) - cost_of_choosing(search.results_)
    overlap = np.mean([len(held_out) / len(training) for training, held_out in folds])
    error = np.sqrt(differences.var(ddof=1) * (1 / 3 + overlap))
    half = stats.t.ppf(0.975, 2) * error
    (found,) = search.baselines_.models
    against = found.against_network
    assert (against.mean, against.lower, against.upper) == pytest.approx(
        (differences.mean(), differences.mean() - half, differences.mean() + half)
    )
    chance = stats.norm.cdf(-differences.mean() / (half / stats.norm.ppf(0.975)))
    assert found.chance_better == pytest.approx(chance)
    assert found.n_repeats == 1


def test_on_repeats_it_is_the_interval_of_the_verdict_over_rows_and_cuts():
    rng = np.random.default_rng(3)
    X = rng.normal(size=(90, 3))
    y = X[:, 0] + rng.normal(0, 0.5, 90)
    search = MLPRegressorCV(
        **{**SMALL, "hidden_layer_sizes": 16, "max_iter": 40}, cv=3, n_repeats=3, encoder=None,
        learning_rate_init=0.02,
        baselines={"neighbours": KNeighborsRegressor()},
    ).fit(X, y)  # fmt: skip
    picks = search.results_["contender_loss"].sel(contender="picks").values
    none = search.results_["contender_loss"].sel(contender="none").values
    (found,) = search.baselines_.models
    n_repeats = found.n_repeats
    assert n_repeats == 3
    folds = make_folds(90, None, 3, None, DRAWN)
    cuts = Cuts(folds, DRAWN, recut_of(3, 90, None, None, folds))
    losses = np.empty((n_repeats, 90))
    X32 = X.astype(np.float32)
    for fold in range(3 * n_repeats):
        rows = cuts[fold]
        model = KNeighborsRegressor().fit(X32[rows.training], y[rows.training])
        said = model.predict(X32[rows.validation])
        losses[fold // 3, rows.validation] = (said - y[rows.validation]) ** 2
    for other, difference, sign in (
        (picks, found.against_network, 1.0), (none, found.against_none, -1.0),
    ):  # fmt: skip
        d = sign * (losses - other[:n_repeats])
        by_repeat, by_row = d.mean(axis=1), d.mean(axis=0)
        half = np.sqrt(
            1.25 * stats.norm.ppf(0.975) ** 2 * by_row.var(ddof=1) / 90
            + stats.t.ppf(0.975, n_repeats - 1) ** 2 * by_repeat.var(ddof=1) / n_repeats
        )
        assert difference.mean == pytest.approx(d.mean(), rel=1e-5)
        assert difference.upper - difference.mean == pytest.approx(half, rel=1e-5)
    assert found.network_loss == pytest.approx(picks[:n_repeats].mean(), rel=1e-5)
    assert found.loss == pytest.approx(losses.mean(), rel=1e-5)


def without_seconds(search):
    frame = search.baselines_.to_frame()
    return frame.drop(columns="seconds"), search.baselines_.sentence


def test_nothing_depends_on_the_number_of_threads_nor_on_an_interruption(iris, tmp_path):
    X, y, weights = iris
    settings = {**SMALL, "cv": 3, "n_repeats": 3, "store": tmp_path / "runs.db"}
    whole = MLPClassifierCV(**{**settings, "n_jobs": 1, "store": None}).fit(X, y, None, weights)
    search = MLPClassifierCV(**settings)

    def interrupt(part):
        if part == "baselines":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search.fit_with_hooks(X, y, None, weights, on_part=interrupt)
    search.fit(X, y, None, weights)
    for one, other in zip(without_seconds(whole), without_seconds(search), strict=True):
        assert one.equals(other) if hasattr(one, "equals") else one == other


def test_estimators_of_the_user_take_the_place_of_the_three(iris):
    X, y, _ = iris
    tree = DecisionTreeClassifier(max_depth=1)
    search = MLPClassifierCV(
        **SMALL,
        cv=3,
        n_repeats=1,
        baselines=[tree, DecisionTreeClassifier(), KNeighborsClassifier()],
    ).fit(X, y)
    names = [each.name for each in search.baselines_.models]
    assert names == ["DecisionTreeClassifier", "DecisionTreeClassifier 2", "KNeighborsClassifier"]
    assert not hasattr(tree, "tree_"), "a clone is fitted"
    assert clone(search).get_params()["baselines"][0].max_depth == 1


def test_an_estimator_that_fails_is_reported_and_the_others_are_judged(iris):
    X, y, _ = iris
    search = MLPClassifierCV(
        **SMALL, cv=3, n_repeats=3, baselines={"svm": LinearSVC(), "tree": DecisionTreeClassifier()}
    ).fit(X, y)
    svm, tree = search.baselines_.models
    assert svm.failed is not None
    assert "predict_proba" in svm.failed
    assert np.isnan(svm.loss)
    assert search.baselines_.as_dict()["models"][0]["loss"] is None
    assert tree.failed is None
    assert "Svm: left out, because it failed" in search.baselines_.sentence


@pytest.mark.parametrize("asked", ["boosting", 3, [DecisionTreeClassifier], {"a": 1}])
def test_what_is_no_estimator_is_refused_before_anything_is_trained(iris, asked):
    X, y, _ = iris
    with pytest.raises(BadSetting, match="baselines must be True, False, or unfitted estimators"):
        MLPClassifierCV(**SMALL, baselines=asked).fit(X, y)


def test_there_are_none_where_they_are_not_wanted_or_nobody_would_read_them(iris, monkeypatch):
    X, y, _ = iris
    assert MLPClassifierCV(**SMALL, cv=3, n_repeats=1, baselines=False).fit(X, y).baselines_ is None
    search = MLPClassifierCV(**SMALL, cv=3, n_repeats=1)
    inner = GridSearchCV(search, {"hidden_layer_sizes": [3]}, cv=2, refit=False)

    def fail(*args):
        raise AssertionError("other models were judged")

    monkeypatch.setattr(baselines, "judge_baselines", fail)
    inner.fit(X, y)
    cross_val_score(search, X, y, cv=2)
    with pytest.raises(AssertionError, match="other models"):
        search.fit(X, y)
