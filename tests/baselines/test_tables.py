"""Other models on tables of every kind: what they get, and that it never breaks a fit."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.dummy import DummyClassifier
from sklearn.metrics import balanced_accuracy_score, log_loss
from sklearn.model_selection import GroupKFold
from sklearn.naive_bayes import GaussianNB

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.baselines import boosting, models
from dropdecay.baselines.boosting import with_categories
from dropdecay.baselines.inner_parts import inner_folds
from dropdecay.baselines.rows import FoldRows, HeldOut
from dropdecay.data.encoding import encode_rows, encoding_of
from dropdecay.table.files import parquet_files

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning"),
    pytest.mark.filterwarnings("ignore:.*groups.*:UserWarning"),
]

SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.2), "weight_decays": (0, 1.0), "max_iter": 4,
    "extend": False, "random_state": 0, "n_jobs": 2, "cv": 3, "n_repeats": 3,
}  # fmt: skip
USUAL = ["always the same odds", "logistic regression", "gradient boosting"]


def by_name(search):
    return {each.name: each for each in search.baselines_.models}


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    shape = rng.choice(["round", "square", "flat"], 150)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, 150).round(1),
            "shape": shape,
            "colour": rng.choice(["red", "green", None], 150),
            "on": pd.date_range("2020-01-01", periods=150),
            "gap": np.where(rng.random(150) < 0.2, np.nan, rng.normal(size=150)),
        }
    )
    return frame, ((shape == "round") ^ (rng.random(150) < 0.1)).astype(int)


def test_all_models_learn_from_a_table_of_any_columns(table):
    search = MLPClassifierCV(**SMALL).fit(*table)
    found = by_name(search)
    assert list(found) == USUAL
    assert all(each.failed is None for each in found.values())
    assert found["gradient boosting"].loss < 0.8 * found["always the same odds"].loss
    assert found["logistic regression"].score > 0.8
    frame = search.baselines_.to_frame()
    assert frame.loc["gradient boosting", "loss"] == found["gradient boosting"].loss
    assert frame.index.name == "model"


def test_boosting_gets_the_categories_that_one_hot_encoding_took_apart(table):
    frame, _ = table
    encoding = encoding_of(frame, "auto")
    typed = encoding.reading.typed(frame)
    X, fitted = encode_rows(encoding, typed, np.arange(100))
    vectorizer = fitted.named_steps["vectorize"]
    categories = vectorizer.one_hot_columns()
    names = vectorizer.get_feature_names_out()
    assert [[*names[own]] for own in categories] == [
        ["shape_flat", "shape_round", "shape_square"],
        ["colour_green", "colour_red", "colour_nan"],
    ]
    rows = FoldRows(
        X,
        HeldOut(X, np.arange(150)),
        np.zeros((150, 1)),
        "labels",
        1,
        None,
        None,
        categories,
        0,
        100,
    )
    given = with_categories(X, rows)
    assert given.shape[1] == X.shape[1] - 6 + 2
    spelled = np.array(["flat", "round", "square"])[given[:, -2].astype(int)]
    np.testing.assert_array_equal(spelled, frame["shape"])
    unseen = np.array(X)
    unseen[0, categories[0]] = 0
    assert np.isnan(with_categories(unseen, rows)[0, -2])


def test_sparse_rows_stay_sparse_and_boosting_is_left_out_where_they_are_too_many(monkeypatch):
    rng = np.random.default_rng(0)
    X = csr_array(rng.poisson(0.3, (90, 20)).astype(np.float32))
    y = (X.toarray()[:, 0] > 0).astype(int)
    found = by_name(MLPClassifierCV(**SMALL).fit(X, y))
    assert [each.failed for each in found.values()] == [None, None, None]
    monkeypatch.setattr(boosting, "MAX_CELLS", 100)
    search = MLPClassifierCV(**SMALL).fit(X, y)
    found = by_name(search)
    assert "needs dense rows, and these have 20 columns" in found["gradient boosting"].failed
    assert found["logistic regression"].failed is None
    assert "Gradient boosting: left out" in search.baselines_.sentence


def test_large_tables_are_learnt_from_in_part_and_that_is_told(table, monkeypatch):
    monkeypatch.setattr(models, "MAX_ROWS", 60)
    found = by_name(MLPClassifierCV(**SMALL).fit(*table))
    for each in found.values():
        assert each.about.endswith("; learnt from 60 of 100 training rows")


def test_many_labels_have_a_model_each_and_their_losses_add_up():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3)).astype(np.float32)
    y = (X[:, :2] + rng.normal(0, 0.5, (120, 2)) > 0).astype(int)
    folds = [(np.arange(60), np.arange(60, 120)), (np.arange(60, 120), np.arange(60))]
    search = MLPClassifierCV(
        **{**SMALL, "cv": folds, "n_repeats": 1}, encoder=None, baselines={"bayes": GaussianNB()}
    ).fit(X, y)
    losses = [
        sum(
            log_loss(y[b, i], GaussianNB().fit(X[a], y[a, i]).predict_proba(X[b])) for i in range(2)
        )
        for a, b in folds
    ]
    assert by_name(search)["bayes"].loss == pytest.approx(np.mean(losses), abs=1e-6)
    found = by_name(MLPClassifierCV(**SMALL).fit(X, y))
    assert [each.failed for each in found.values()] == [None, None, None]


def test_class_weights_weigh_them_as_they_weigh_the_network():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 2)).astype(np.float32)
    y = (X[:, 0] > 1).astype(int)
    folds = [(np.arange(60), np.arange(60, 120)), (np.arange(60, 120), np.arange(60))]
    search = MLPClassifierCV(
        **{**SMALL, "cv": folds, "n_repeats": 1}, encoder=None, class_weight={0: 1, 1: 5}
    ).fit(X, y)
    weights = np.where(y == 1, 5.0, 1.0)
    losses, scores = [], []
    for a, b in folds:
        model = DummyClassifier(strategy="prior").fit(X[a], y[a], sample_weight=weights[a])
        losses.append(log_loss(y[b], model.predict_proba(X[b]), sample_weight=weights[b]))
        scores.append(balanced_accuracy_score(y[b], model.predict(X[b])))
    constant = by_name(search)["always the same odds"]
    assert constant.loss == pytest.approx(np.mean(losses), abs=1e-7)
    assert constant.score == pytest.approx(np.mean(scores))
    assert search.baselines_.measure == "weighted log loss"


def test_groups_times_given_folds_and_scores_that_choose_are_judged_as_the_network_is():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    y = X[:, 0] + rng.normal(0, 0.3, 120)
    groups = np.repeat(np.arange(24), 5)
    usual = {**SMALL, "max_iter": 20, "learning_rate_init": 0.03}
    shuffled = np.random.default_rng(1).permutation(120) % 3
    given = [(np.flatnonzero(shuffled != k), np.flatnonzero(shuffled == k)) for k in range(3)]
    for changed, of_fit in (
        ({}, {"groups": groups}),
        ({"cv": GroupKFold(3)}, {"groups": groups}),
        ({}, {"times": np.arange(120)}),
        ({"cv": given}, {}),
        ({"cv": given * 2}, {}),
        ({"criterion": "score"}, {}),
    ):
        search = MLPRegressorCV(**{**usual, **changed}).fit(X, y, **of_fit)
        ridge = by_name(search)["ridge regression"]
        assert ridge.failed is None
        assert ridge.against_network.lower < ridge.against_network.upper
        assert 0.0 <= ridge.chance_better <= 1.0
        if search.verdict_.gain.n_repeats > 1:
            assert ridge.n_repeats > 1
        if changed.get("criterion") == "score":
            assert search.baselines_.measure == "r2"
            assert ridge.network_loss < 0.0, "minus the score"


def test_inner_folds_keep_groups_whole_and_deal_classes_out():
    y = np.repeat([0.0, 1.0, 2.0], [30, 12, 1])
    rows = FoldRows(None, None, y[:, None], "classes", 3, None, None, (), 3, 43)
    folds = list(inner_folds(y, rows))
    assert len(folds) == 3
    for training, held_out in folds:
        assert not set(training) & set(held_out)
        assert np.bincount(y[held_out].astype(int), minlength=3).tolist() == [10, 4, 0]
    groups = np.arange(43) // 4
    rows = FoldRows(None, None, y[:, None], "classes", 3, None, groups, (), 3, 43)
    for training, held_out in inner_folds(y, rows):
        assert not set(groups[training]) & set(groups[held_out])


def test_a_class_that_a_fold_lacks_does_not_decide_the_loss():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    y = np.repeat([0, 1, 2], 20)
    half = np.arange(60) % 2 == 0
    folds = [
        (np.flatnonzero(half & (y < 2)), np.flatnonzero(~half)),
        (np.flatnonzero(~half), np.flatnonzero(half)),
    ]
    search = MLPClassifierCV(**{**SMALL, "cv": folds, "n_repeats": 1}).fit(X, y)
    for each in search.baselines_.models:
        assert each.loss < 3.0


def lies_on_disk(X):
    while X is not None and not isinstance(X, np.memmap):
        X = getattr(X, "base", None)
    return X is not None


def test_rows_on_disk_are_taken_a_part_at_a_time(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(3000, 2)), columns=["a", "b"])
    frame["kind"] = rng.choice(["red", "green", "blue"], 3000)
    frame["y"] = frame["a"] + 3 * (frame["kind"] == "red") + rng.normal(size=3000)
    frame.to_parquet(tmp_path / "rows.parquet")
    sizes, given = [], []
    part, boosting_outputs = HeldOut.part, boosting.boosting_outputs
    monkeypatch.setattr("dropdecay.baselines.rows.ROWS_AT_ONCE", 200)
    monkeypatch.setattr(
        HeldOut, "part", lambda rows, start: (sizes.append(len(got := part(rows, start))), got)[1]
    )
    monkeypatch.setattr(
        boosting, "boosting_outputs", lambda rows: (given.append(rows), boosting_outputs(rows))[1]
    )
    files = parquet_files(tmp_path / "rows.parquet", encoder_rows=500)
    search = MLPRegressorCV(**{**SMALL, "n_repeats": 1}).fit(files, "y")
    found = by_name(search)
    assert list(found) == ["always the mean", "ridge regression", "gradient boosting"]
    assert found["always the mean"].loss == pytest.approx(frame["y"].var(), rel=0.1)
    assert found["ridge regression"].loss == pytest.approx(1.0, rel=0.1)
    assert found["ridge regression"].score == pytest.approx(1 - 1 / frame["y"].var(), abs=0.05)
    assert max(sizes) == 200
    assert lies_on_disk(given[0].held_out.X)
    assert [own.size for own in given[0].categories] == [3]


def test_a_budget_that_is_spent_leaves_them_out(table):
    search = MLPClassifierCV(**SMALL, budget=0.001).fit(*table)
    assert search.baselines_ is None
    assert search.notices_[-1] == "The budget was spent before other models could be judged."
    assert MLPClassifierCV(**SMALL, budget=600).fit(*table).baselines_ is not None
