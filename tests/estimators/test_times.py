"""Rows that come in time are judged by later rows, beside what shuffled folds would have said."""

import numpy as np
import pytest

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadSetting

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

QUICK = {
    "hidden_layer_sizes": 32, "dropouts": (0,), "weight_decays": (0,), "extend": False,
    "learning_rate_init": 0.01, "batch_size": 32, "n_repeats": 1, "random_state": 0, "n_jobs": 1,
}  # fmt: skip
SMALL = {
    **QUICK, "hidden_layer_sizes": 16, "dropouts": (0, 0.3), "weight_decays": (0, 1),
    "learning_rate_init": 0.03, "max_iter": 40,
}  # fmt: skip


def walks(n_rows, n_walks, seed=0):
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.normal(size=(n_rows, n_walks)), axis=0)


def independent_rows(n_rows, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4))
    return X, (X[:, 0] + 0.7 * rng.normal(size=n_rows) > 0).astype(int)


@pytest.fixture(scope="module")
def small():
    X, y = independent_rows(120)
    return MLPClassifierCV(**{**SMALL, "n_repeats": 3}).fit(X, y, times=np.arange(120))


def test_a_random_walk_is_predicted_by_shuffled_folds_and_not_by_earlier_rows():
    y, X = np.split(walks(600, 21), [1], axis=1)
    figures = MLPRegressorCV(**QUICK, max_iter=60).fit(X, y.ravel(), times=range(600)).time_order_
    assert figures.shuffled_score > 0.85
    assert figures.score < 0.0  # a constant would have 0
    assert figures.loss > 4 * figures.shuffled_loss


def test_the_ups_and_downs_of_a_walk_are_predicted_by_shuffled_folds_and_by_chance_later():
    y, X = np.split(walks(1200, 31), [1], axis=1)
    high = (y.ravel() // 12 % 2).astype(int)
    search = MLPClassifierCV(**QUICK, max_iter=40, scoring="balanced_accuracy")
    figures = search.fit(X, high, times=range(1200)).time_order_
    assert figures.shuffled_score > 0.85
    assert abs(figures.score - 0.5) < 0.1


def test_independent_rows_have_about_the_same_figures_either_way():
    X, y = independent_rows(600)
    figures = MLPClassifierCV(**QUICK, max_iter=20).fit(X, y, times=range(600)).time_order_
    assert figures.loss == pytest.approx(figures.shuffled_loss, rel=0.1)
    assert figures.score == pytest.approx(figures.shuffled_score, abs=0.03)


def test_the_order_of_the_rows_in_the_table_does_not_matter_but_their_times_do():
    X, y = independent_rows(120)
    shuffled = np.random.default_rng(1).permutation(120)
    one = MLPClassifierCV(**SMALL).fit(X, y, times=np.arange(120))
    other = MLPClassifierCV(**SMALL).fit(X[shuffled], y[shuffled], times=shuffled)
    third = MLPClassifierCV(**SMALL).fit(X, y, times=shuffled)
    sizes = [search.results_["block_rows"].sum("block").values.tolist() for search in (one, other)]
    assert sizes == [[12] * 5] * 2
    assert one.best_loss_ == pytest.approx(other.best_loss_, rel=0.2)
    assert third.best_loss_ != one.best_loss_


def test_all_folds_take_equally_many_steps_so_that_a_decay_forgets_alike(small):
    assert small.results_.attrs["memory_steps_per_epoch"] == 2  # 60 of 120 rows in batches of 32


def test_the_selection_bias_is_not_corrected(small):
    assert small.optimism_ is None


def test_the_interval_counts_blocks_and_is_called_approximate(small):
    (note,) = [each for each in small.verdict_.notes if "blocks of time" in each]
    assert "approximate: blocks of time are not independent" in note
    assert "would settle it" not in str(small.verdict_)
    assert "cuts of the same rows" not in str(small.verdict_)


def test_repeats_train_new_networks_on_the_same_blocks(small):
    assert small.verdict_.gain.n_repeats > 1
    assert "trainings on the same folds" in str(small.verdict_)


def test_the_refit_trains_on_all_rows_and_knows_no_times(small):
    X, _ = independent_rows(120)
    assert small.encoder_.transform(X).shape == X.shape
    assert small.predict(X).shape == (120,)


def test_without_times_nothing_is_compared():
    X, y = independent_rows(60)
    search = MLPClassifierCV(**SMALL).fit(X, y)
    assert search.time_order_ is None
    assert search.optimism_ is not None


@pytest.mark.parametrize("criterion", ["loss", "score"])
def test_a_score_may_choose_as_well(criterion):
    X, y = independent_rows(120)
    search = MLPClassifierCV(
        **{**SMALL, "n_repeats": 3}, criterion=criterion, scoring="roc_auc", cv=3
    ).fit(X, y, times=range(120))
    assert search.results_.sizes["fold"] == 3
    assert np.isfinite(search.verdict_.gain.lower)


def test_a_block_without_one_of_the_classes_is_judged_by_its_loss():
    X, y = independent_rows(120)
    y[-12:] = 0
    search = MLPClassifierCV(**SMALL).fit(X, y, times=range(120))
    assert np.isfinite(search.time_order_.loss)


@pytest.mark.parametrize(
    ("parameters", "groups", "message"),
    [
        ({"nested": True}, None, "nested=True holds out rows of all times alike"),
        ({}, np.arange(60) % 6, "times and groups cannot be combined"),
        ({"cv": [(np.arange(30), np.arange(30, 60))]}, None, "cv must be a number of blocks"),
    ],
)
def test_what_does_not_go_with_times_is_refused_before_anything_is_trained(
    parameters, groups, message
):
    X, y = independent_rows(60)
    with pytest.raises(BadSetting, match=message):
        MLPClassifierCV(**SMALL, **parameters).fit(X, y, groups, times=range(60))
