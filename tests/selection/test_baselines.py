"""When another model is called better than the network, and in which words."""

from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropdecay.selection.baseline_words import Circumstances, comparison_in_words
from dropdecay.selection.baselines import (
    ALPHA,
    ODDS,
    THE_MEAN,
    Baseline,
    Baselines,
    Difference,
    better_than_network,
    chance_of,
    failed_baseline,
)
from dropdecay.statistics.corrected import paired_difference
from dropdecay.statistics.hybrid import repeated_gain

USUAL = Circumstances("log loss", by_loss=True, n_rows=100, n_columns=10)
BOOSTING, LINEAR = "gradient boosting", "logistic regression"


def model(name, mean, chance, network=0.4):
    """A model that costs so much more than the network, and is better with that chance."""
    quantile = stats.norm.ppf(chance)
    error = 0.01 if abs(quantile) < 1e-9 else abs(mean) / abs(quantile)
    assert np.sign(mean) in (0, -np.sign(quantile))
    half = stats.norm.ppf(0.975) * error
    against = Difference(mean, error, mean - half, mean + half)
    return Baseline(
        name, "", "", network + mean, 0.01, 0.9, 0.01, network, 0.01 * network, against,
        chance_of(against), None, 3, 1.0,
    )  # fmt: skip


def said(*models, about=USUAL):
    return comparison_in_words(models, about)


def test_the_chance_and_the_interval_are_of_the_same_distribution():
    rng = np.random.default_rng(0)
    on_folds = Difference.of(paired_difference(rng.normal(1, 1, 5), 0.25))
    on_repeats = Difference.of(repeated_gain(rng.normal(1, 5, (3, 40))))
    for each in (on_folds, on_repeats):
        half = each.upper - each.mean
        assert each.standard_error == pytest.approx(half / stats.norm.ppf(0.975))
        at_the_end = Difference(half, each.standard_error, 0.0, 2 * half)
        assert chance_of(at_the_end) == pytest.approx(0.025)
    assert np.isnan(chance_of(Difference(1.0, nan, nan, nan)))


def test_several_models_must_be_surer_than_one_alone():
    sure = model(BOOSTING, -0.05, 0.98)
    assert better_than_network([sure]) == BOOSTING
    others = [model(LINEAR, 0.05, 0.1), model(ODDS, 0.3, 0.001)]
    assert better_than_network([sure, *others]) is None
    surer = model(BOOSTING, -0.05, 1 - 0.02 / 3)
    assert better_than_network([surer, *others]) == BOOSTING


def test_holm_goes_on_to_the_next_and_the_best_of_those_called_better_is_named():
    first, second = model(LINEAR, -0.05, 0.995), model(BOOSTING, -0.06, 1 - 0.024 / 2)
    assert better_than_network([first, second, model(ODDS, 0.3, 0.001)]) == BOOSTING
    alone = model(BOOSTING, -0.06, 1 - 0.024 / 2)
    assert better_than_network([alone, model(LINEAR, 0.01, 0.4), model(ODDS, 0.3, 0.001)]) is None


def test_what_makes_no_difference_worth_the_name_is_not_called_better():
    hardly = model(BOOSTING, -0.0005, 0.9999)
    assert better_than_network([hardly]) is None
    assert said(hardly).startswith("Gradient boosting is as good as the network")


def test_models_that_failed_or_have_no_interval_are_not_called_better():
    failed = failed_baseline(LINEAR, "", "", 0.1, "left out")
    one_fold = replace(model(BOOSTING, -0.1, 0.99), chance_better=nan)
    assert better_than_network([failed, one_fold]) is None
    assert better_than_network([failed, model(BOOSTING, -0.05, 0.98)]) == BOOSTING
    assert "One fold cannot tell" in said(one_fold)


@given(st.integers(1, 6), st.booleans(), st.integers(0, 2**31))
def test_at_most_so_many_tables_call_any_model_better_though_none_is(n_models, dependent, seed):
    leads = np.random.default_rng(seed).normal(size=(400, 1 if dependent else n_models))
    called = [
        better_than_network([as_good(str(i), lead) for i, lead in enumerate(table)]) is not None
        for table in leads * np.ones(n_models)
    ]
    assert np.mean(called) <= ALPHA + 5 * np.sqrt(ALPHA / 400)


def as_good(name, lead):
    """A model that is exactly as good as the network, and looks better by chance."""
    against = Difference(-lead, 1.0, nan, nan)
    return Baseline(
        name, "", "", 0, 0, 0, 0, 0.4, 0.0, against, chance_of(against), None, 3, 0
    )  # fmt: skip


def test_a_better_model_is_recommended_with_both_losses_and_how_sure_that_is():
    models = [model(ODDS, 0.3, 0.0001), model(LINEAR, 0.02, 0.2), model(BOOSTING, -0.04, 0.994)]
    assert said(*models) == (
        "Gradient boosting is better here (log loss 0.36 against 0.40; 99 % sure): use that."
    )


def test_a_network_that_learnt_nothing_is_called_so_and_wide_tables_are_blamed():
    idle = model(THE_MEAN, -0.01, 0.7)
    about = replace(USUAL, measure="mean squared error", n_columns=210)
    assert said(idle, about=about) == (
        "The network is no better than always saying the mean: no dropout or decay mends that; "
        "there are twice as many columns as rows."
    )
    assert "5 times as many columns" in said(idle, about=replace(about, n_columns=500))
    assert "more columns than rows" in said(idle, about=replace(about, n_columns=130))
    assert "More rows, or columns that say more" in said(idle, about=replace(about, n_columns=30))
    better = model("ridge regression", -0.08, 0.999)
    assert said(idle, better) == (
        "Ridge regression is better here (log loss 0.32 against 0.40; more than 99 % sure): use "
        "that. The network is no better than always saying the mean: no dropout or decay mends "
        "that."
    )
    unclear = model(ODDS, 0.02, 0.2)
    assert said(unclear) == "The network is not clearly better than always saying the same odds."


def test_a_network_that_wins_is_told_so_too():
    models = [model(ODDS, 0.3, 0.0001), model(LINEAR, 0.02, 0.01), model(BOOSTING, 0.04, 0.001)]
    assert said(*models) == (
        "The network is better than logistic regression and gradient boosting (log loss 0.400 "
        "against 0.420)."
    )
    assert said(model(LINEAR, 0.02, 0.08)).startswith("The network is probably better than log")
    assert said(model(LINEAR, 0.02, 0.3)).startswith("Whether logistic regression or the network")
    assert said(model(LINEAR, -0.02, 0.93)).startswith("Logistic regression is probably better")


def test_scores_are_told_with_their_own_sign():
    about = Circumstances("roc_auc", by_loss=False, n_rows=100, n_columns=10)
    better = model(BOOSTING, -0.05, 0.999, network=-0.8)
    assert "(roc_auc 0.85 against 0.80;" in said(better, about=about)


def test_it_is_json_and_a_table():
    models = (model(BOOSTING, -0.04, 0.994), failed_baseline("mine", "", "", 0.1, "left out"))
    found = Baselines(0.95, "on the folds", "log loss", models, None, "words")
    record = found.as_dict()
    assert str(found) == "words"
    assert record["models"][0]["against_network"]["mean"] == -0.04
    assert record["models"][1]["loss"] is None
    frame = found.to_frame()
    assert list(frame.index) == [BOOSTING, "mine"]
    assert frame.loc[BOOSTING, "against_network_mean"] == -0.04
    assert np.isnan(frame.loc["mine", "against_none_upper"])
