"""Stage 2 through the estimators: the contenders again, on new cuts, until the verdict is sure."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
import xarray as xr
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    PredefinedSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.preprocessing import OneHotEncoder

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadInput, BadSetting, BadStore
from dropdecay.estimators import fit_surface, surface_cv
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.surface.budget import Budget

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

SMALL = {
    "hidden_layer_sizes": 8, "dropouts": (0, 0.4), "weight_decays": (0, 3), "cv": 3, "max_iter": 25,
    "extend": False, "random_state": 1, "encoder": None, "n_repeats": 4, "n_jobs": 1,
    "learning_rate_init": 0.02, "batch_size": 20,
}  # fmt: skip


def table(n_rows=60):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 6)).astype(np.float32)
    return X, (X[:, 0] + 1.5 * rng.normal(size=n_rows) > 0).astype(int)


X, Y = table()


def fitted(y=Y, *, groups=None, sample_weight=None, kind=MLPClassifierCV, **how):
    return kind(**{**SMALL, **how}).fit(X, y, groups=groups, sample_weight=sample_weight)


@pytest.fixture(scope="module")
def repeated():
    search = fitted()
    assert search.verdict_.gain.n_repeats >= 3
    return search


def test_the_forecast_tells_of_repeats_where_there_are_any():
    class Enough(Exception):
        pass

    def told(**how):
        costs = []

        def stop(cost):
            costs.append(cost)
            raise Enough

        with pytest.raises(Enough):
            MLPClassifierCV(**{**SMALL, **how}).fit_with_hooks(X, Y, on_forecast=stop)
        return costs[0]

    # A repeat takes as long as 2.2 of the 4 points, and three follow on the first.
    repeated, once = told(), told(n_repeats=1)
    share = repeated.seconds_of_repeats / repeated.seconds
    assert share == pytest.approx(3 * 2.2 / 4 / 1.5)
    assert "to sharpen the answer" in str(repeated)
    assert once.seconds_of_repeats == 0.0


def said(search):
    return str(search.verdict_), search.verdict_.gain


def test_the_surface_is_the_same_whether_its_contenders_are_repeated_or_not(repeated):
    once = fitted(n_repeats=1)
    xr.testing.assert_identical(
        once.results_.drop_vars("wall_s"),
        repeated.results_.drop_vars(["wall_s", "contender_loss"]),
    )
    assert (once.chosen_params_, once.epochs_) == (repeated.chosen_params_, repeated.epochs_)
    np.testing.assert_array_equal(once.predict_proba(X), repeated.predict_proba(X))
    assert once.verdict_.comparisons == repeated.verdict_.comparisons
    assert once.verdict_.gain.n_repeats == 1
    against_none = once.verdict_.comparisons[0].gain
    assert (once.verdict_.gain.mean, once.verdict_.gain.lower) == (
        against_none.mean, against_none.lower,
    )  # fmt: skip


def test_the_first_repeat_is_the_surface_itself(repeated):
    against_none = repeated.verdict_.comparisons[0].gain
    assert repeated.verdict_.gain.by_repeat[0] == pytest.approx(against_none.mean, rel=1e-6)
    assert repeated.verdict_.gain.n_rows == 60


def test_threads_change_no_digit_of_the_verdict(repeated):
    assert said(fitted(n_jobs=2)) == said(repeated)


class Interrupted(Exception):
    """What a user who presses Ctrl-C raises."""


def interrupted_after(n_runs, store):
    heard = []

    def interrupt(fit, done, total):
        heard.append(fit)
        if len(heard) == n_runs:
            raise Interrupted

    try:
        MLPClassifierCV(**SMALL, store=store).fit_with_hooks(X, Y, on_fit=interrupt)
    except Interrupted:
        return True
    return False


@pytest.mark.parametrize("n_runs", [7, 20, 30])
def test_an_interrupted_run_goes_on_to_the_same_verdict(n_runs, repeated, tmp_path):
    store = tmp_path / "runs.sqlite"
    assert interrupted_after(n_runs, store)

    assert said(fitted(store=store)) == said(repeated)
    # Once more, and nothing is trained at all.
    before = n_kept(store)
    assert said(fitted(store=store)) == said(repeated)
    assert n_kept(store) == before


def n_kept(store):
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute("SELECT count(*) FROM runs").fetchone()


def test_a_store_of_the_same_folds_that_go_on_otherwise_is_refused(tmp_path):
    cv = KFold(3, shuffle=True, random_state=5)
    store = tmp_path / "runs.sqlite"
    fitted(cv=cv, store=store, n_repeats=1)
    with pytest.raises(BadInput, match="cv was 'cut anew', now 'the same folds again'"):
        fitted(cv=list(cv.split(X)), store=store)


@pytest.fixture
def asked(monkeypatch):
    """How many repeats every surface was asked for."""
    seen, real = [], fit_surface.search

    def watched(request, *arguments, **how):
        seen.append(request.repeats.n_repeats)
        return real(request, *arguments, **how)

    monkeypatch.setattr(fit_surface, "search", watched)
    return seen


def test_inside_the_searches_of_scikit_learn_nothing_is_repeated(asked):
    quick = MLPClassifierCV(**{**SMALL, "max_iter": 2})
    cross_val_score(quick, X, Y, cv=2)
    cross_val_predict(quick, X, Y, cv=2)
    assert asked == [1] * 4
    asked.clear()
    GridSearchCV(quick, {"hidden_layer_sizes": [4]}, cv=2).fit(X, Y)
    assert asked == [1, 1, 4]  # the refit is the user's own
    assert not surface_cv.inside_cross_validation()


def test_nested_cross_validation_repeats_nothing_in_its_inner_surfaces(asked):
    search = fitted(nested=True, max_iter=2)
    assert asked == [4, 1, 1, 1]
    assert len(search.nested_.folds) == 3


@pytest.mark.parametrize(
    ("how", "n_repeats"),
    [
        ({"until_sure": True}, 20),
        ({"until_sure": True, "n_repeats": 30}, 30),
        ({"n_repeats": 1}, 1),
    ],
)
def test_until_sure_allows_more_repeats(asked, how, n_repeats):
    fitted(max_iter=2, **how)
    assert asked == [n_repeats]


@pytest.mark.parametrize(
    ("how", "words"),
    [({"n_repeats": 0}, "n_repeats must be a whole number"), ({"budget": 0}, "budget must be"),
     ({"budget": "10m"}, "budget must be")],
)  # fmt: skip
def test_bad_repeats_and_budgets_are_named(how, words):
    with pytest.raises(BadSetting, match=words):
        fitted(**how)


def test_what_the_clock_decided_is_decided_alike_when_it_is_replayed(monkeypatch, tmp_path):
    now = [0.0]

    def watched(seconds, decisions, began):
        return Budget(seconds, decisions, lambda: now[0])

    monkeypatch.setattr(fit_surface, "Budget", watched)
    store = tmp_path / "runs.sqlite"

    def hurry(fit, done, total):
        now[0] += 50.0 if fit.run.fold >= 3 else 0.0  # a network of the second cut

    first = MLPClassifierCV(**SMALL, store=store, budget=100.0)
    first.fit_with_hooks(X, Y, on_fit=hurry)
    assert first.verdict_.gain.n_repeats == 2
    now[0] = 0.0
    assert said(fitted(store=store, budget=100.0)) == said(first)
    assert fitted(store=store).verdict_.gain.n_repeats > 2


def test_a_budget_that_the_surface_uses_up_leaves_its_own_folds_to_speak():
    assert fitted(budget=1e-9).verdict_.gain.n_repeats == 1


def test_weights_of_zero_and_groups_reach_the_gain(repeated):
    weights = np.where(np.arange(60) < 50, 1.0, 0.0)
    weighted = fitted(sample_weight=weights)
    spoiled = Y.copy()
    spoiled[50:] = 1 - spoiled[50:]
    folds = list(KFold(3).split(X))  # other classes would be stratified otherwise
    one, other = (fitted(y, sample_weight=weights, cv=folds) for y in (Y, spoiled))
    assert one.verdict_.gain.n_repeats > 1
    assert one.verdict_.gain.mean == pytest.approx(other.verdict_.gain.mean, rel=1e-6)
    assert weighted.verdict_.gain.mean != repeated.verdict_.gain.mean

    groups = np.arange(60) // 4
    alone, grouped = (fitted(cv=folds, groups=each) for each in (None, groups))
    assert grouped.verdict_.gain.mean == pytest.approx(alone.verdict_.gain.mean)
    assert grouped.verdict_.gain.standard_error != alone.verdict_.gain.standard_error


def test_class_weights_weigh_the_gain_and_the_plain_loss_stands_beside():
    plain, balanced = (fitted(class_weight=each) for each in (None, {0: 1.0, 1: 5.0}))
    assert balanced.verdict_.gain.n_rows == 60
    assert balanced.verdict_.gain.baseline != pytest.approx(plain.verdict_.gain.baseline, rel=0.01)
    assert "the weighted log loss by" in str(balanced.verdict_)
    assert balanced.verdict_.plain.name == "log loss"
    assert balanced.verdict_.notes[0] == balanced.verdict_.plain.sentence
    assert (plain.verdict_.plain, plain.verdict_.notes) == (None, ())


def test_the_plain_loss_of_a_point_and_of_the_first_cut_counts_every_row_once():
    how = {"class_weight": {0: 1.0, 1: 5.0}, "n_repeats": 1}
    balanced = fitted(**how)
    by_row = balanced.results_["out_of_fold_loss"].isel(seed=0).mean("block")  # a row a block
    best = balanced.choice_.best
    at = by_row.sel(**best.point.as_dict(), epoch=best.epochs)
    assert best.plain_loss == pytest.approx(float(at.mean()), rel=1e-6)
    assert best.plain_loss != pytest.approx(best.loss, rel=0.01)
    # Networks trained with weights of rows that say the same have the weighted loss alone.
    rows = fitted(sample_weight=np.where(Y == 1, 5.0, 1.0), n_repeats=1)
    assert rows.choice_.best.loss == pytest.approx(best.loss, rel=1e-6)
    assert np.isnan(rows.choice_.best.plain_loss)
    columns = balanced.cv_results_
    at_best = columns["params"].index(balanced.best_params_)
    assert columns["mean_test_plain_loss"][at_best] == pytest.approx(best.plain_loss)
    assert "mean_test_plain_loss" not in rows.cv_results_


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_the_loss_to_expect_with_class_weights_is_that_of_sample_weights_that_say_the_same(rule):
    by_class, own = {0: 1.0, 1: 5.0}, 0.1 + np.arange(60) % 5
    classes = fitted(sample_weight=own, class_weight=by_class, n_repeats=1, rule=rule)
    rows = fitted(sample_weight=own * np.where(Y == 1, 5.0, 1.0), n_repeats=1, rule=rule)
    for name in ("naive", "corrected", "lower", "upper"):
        weighted, expected = (getattr(each.optimism_, name) for each in (classes, rows))
        assert weighted == pytest.approx(expected, rel=1e-6)
    assert rows.optimism_.plain is None
    # Folds are as large and nearly as heavy: the mean over them is that over rows.
    plain, chosen = classes.optimism_.plain, classes.choice_.chosen
    assert plain.naive == pytest.approx(chosen.plain_loss, rel=0.02)
    assert chosen.plain_loss != pytest.approx(chosen.loss, rel=0.05)


def test_a_store_knows_all_that_its_blocks_of_rows_depend_on():
    groups = np.arange(len(X)) // 2

    def blocks(of_groups, **how):
        task = task_from_arrays(MLPClassifierCV(4, cv=3, **how), X, Y, of_groups)
        return fit_surface.identity_of(task).get("blocks")

    weighted = {"class_weight": "balanced"}
    assert blocks(None) is None
    assert blocks(groups) == "whole groups"
    assert blocks(None, **weighted) == "with and without the weights of classes"
    assert blocks(groups, **weighted) == "with and without the weights of classes, whole groups"


def test_a_store_of_an_earlier_version_is_refused_with_class_weights_and_goes_on_without(tmp_path):
    how = {"n_repeats": 1, "max_iter": 2, "class_weight": {0: 1.0, 1: 5.0}}
    plain, weighted = tmp_path / "plain.db", tmp_path / "weighted.db"
    fitted(**{**how, "class_weight": None}, store=plain)
    fitted(**how, store=weighted)
    with closing(sqlite3.connect(weighted)) as file, file:
        assert file.execute("DELETE FROM identity WHERE name = 'blocks'").rowcount == 1
    with closing(sqlite3.connect(plain)) as file:
        assert not file.execute("SELECT * FROM identity WHERE name = 'blocks'").fetchall()
    with pytest.raises(BadStore, match="blocks was None, now 'with and without the weights of"):
        fitted(**how, store=weighted)


@pytest.mark.parametrize("class_weight", [None, {0: 1.0, 1: 5.0}])
def test_the_loss_to_expect_is_the_one_that_sample_weights_weigh(class_weight):
    weights = 0.1 + np.arange(60) % 5
    search = fitted(sample_weight=weights, class_weight=class_weight, n_repeats=1)
    best = search.choice_.best
    held = "block_weight" if class_weight is None else "block_loss_weight"
    by_fold = search.results_["validation_loss"].sel(**best.point.as_dict(), epoch=best.epochs)
    assert search.optimism_.naive == pytest.approx(
        np.average(by_fold.values[:, 0], weights=search.results_[held].sum("block")), rel=1e-5
    )
    # Rows of weight 0 say nothing of it.
    few = np.where(np.arange(60) < 50, 1.0, 0.0)
    spoiled = np.where(np.arange(60) < 50, Y, 1 - Y)
    folds = list(KFold(3).split(X))
    one, other = (
        fitted(y, sample_weight=few, class_weight=class_weight, cv=folds, n_repeats=1)
        for y in (Y, spoiled)
    )
    assert one.optimism_.corrected == pytest.approx(other.optimism_.corrected, rel=1e-5)


def test_sample_weights_are_the_users_own_loss_and_count_in_the_plain_one_too():
    weights = np.where(np.arange(60) < 50, 1.0, 0.0)
    weighted = fitted(sample_weight=weights)
    assert weighted.results_.attrs["loss_name"] == "log loss"
    assert weighted.verdict_.plain is None
    spoiled = Y.copy()
    spoiled[50:] = 1 - spoiled[50:]
    folds = list(KFold(3).split(X))
    both = {"sample_weight": weights, "class_weight": {0: 1.0, 1: 5.0}, "cv": folds}
    one, other = (fitted(y, **both).verdict_.plain for y in (Y, spoiled))
    assert one.none == pytest.approx(other.none, rel=1e-5)
    one, other = (fitted(y, n_repeats=1, **both).verdict_.plain for y in (Y, spoiled))
    assert one.none == pytest.approx(other.none, rel=1e-5)


def test_several_outputs_count_alike_whatever_their_units():
    targets = np.column_stack([X[:, 0] + noise(1), X[:, 1] + noise(2)])
    small, large = (
        fitted(targets * units, kind=MLPRegressorCV, fixed_epochs=True)
        for units in ([1.0, 1.0], [1.0, 1000.0])
    )
    assert large.verdict_.gain.mean == pytest.approx(small.verdict_.gain.mean, rel=1e-3)
    assert large.best_loss_ == pytest.approx(small.best_loss_, rel=1e-3)
    assert large.results_.attrs["baseline_loss"] == pytest.approx(1.0)
    np.testing.assert_allclose(
        large.predict(X), small.predict(X) * [1.0, 1000.0], rtol=1e-3, atol=1e-3
    )
    name = "mean squared error (in units of each output's variance)"
    assert large.results_.attrs["loss_name"] == name
    assert f"the {name} by" in str(large.verdict_)


def test_the_loss_of_several_outputs_is_the_mean_of_each_one_in_units_of_its_variance():
    targets = np.column_stack([X[:, 0] + noise(1), 50.0 + 9.0 * noise(2)])
    search = fitted(targets, kind=MLPRegressorCV, n_repeats=1)
    shares = ((targets - search.predict(X)) ** 2).mean(axis=0) / targets.var(axis=0)
    # The refit does better on the rows that it was trained on, by about the gap.
    assert shares.mean() == pytest.approx(search.best_loss_ - search.choice_.best.gap, rel=0.2)
    np.testing.assert_allclose(search.target_scale_, targets.std(axis=0))
    np.testing.assert_allclose(search.target_center_, targets.mean(axis=0))


def test_given_folds_are_repeated_with_new_networks_and_said_so():
    search = fitted(cv=PredefinedSplit(np.arange(60) // 20))
    assert "trainings on the same folds" in str(search.verdict_)
    assert any("cannot be cut anew" in note for note in search.verdict_.notes)


def test_one_group_alone_says_nothing_of_spread_and_the_folds_speak():
    folds = list(KFold(3).split(X))
    assert fitted(cv=folds, groups=np.zeros(60)).verdict_.gain.n_repeats == 1


def test_a_regressor_is_judged_in_the_users_units():
    target = X[:, 0] + np.random.default_rng(1).normal(size=60)
    small, large = (fitted(unit * target, kind=MLPRegressorCV) for unit in (1.0, 1000.0))
    assert large.verdict_.gain.n_repeats == small.verdict_.gain.n_repeats > 1
    assert large.verdict_.gain.mean == pytest.approx(1e6 * small.verdict_.gain.mean, rel=1e-3)
    assert large.verdict_.gain.baseline == pytest.approx(1e6 * small.verdict_.gain.baseline)


@pytest.mark.parametrize(
    ("scoring", "constant"), [("roc_auc", 0.5), (None, max(Y.mean(), 1 - Y.mean()))]
)
def test_a_choice_by_score_is_repeated_and_its_first_repeat_is_the_surface(scoring, constant):
    search = fitted(criterion="score", scoring=scoring, n_repeats=3)
    gain = search.verdict_.gain
    assert (gain.n_repeats, gain.n_rows) == (3, 60)
    # Exact for accuracy, a mean over rows; for the AUC up to the rows of two that leave together.
    on_folds = search.verdict_.comparisons[0].gain.mean
    assert gain.by_repeat[0] == pytest.approx(on_folds, abs=0.005 if scoring else 1e-9)
    assert gain.constant == pytest.approx(constant)
    assert gain.margin == pytest.approx(0.01 * gain.baseline)
    assert "of the lead over a constant prediction" in str(search.verdict_)
    assert "cuts of the same rows" in str(search.verdict_)
    assert said(fitted(criterion="score", scoring=scoring, n_repeats=3, n_jobs=2)) == said(search)


def test_rows_leave_a_score_in_blocks_so_that_large_tables_ask_no_scorer_row_by_row(monkeypatch):
    monkeypatch.setattr("dropdecay.policies.contenders.MAX_BLOCKS", 6)
    sizes = []

    def scoring(estimator, X, y):
        sizes.append(len(y))
        return float((estimator.predict(X) == y).mean())

    search = fitted(criterion="score", scoring=scoring, n_repeats=2)
    assert search.verdict_.gain.n_repeats == 2
    assert min(sizes) == 10  # of the 20 rows of a fold of the surface, which are two blocks
    assert 19 not in sizes[: sizes.index(10)]


def test_r2_of_weighted_rows_and_groups_is_judged_with_both():
    weights = np.where(np.arange(60) < 50, 1.0, 0.0)
    spoiled = noise(5)
    spoiled[50:] = 1e3
    folds = list(KFold(3, shuffle=True, random_state=0).split(X))
    how = {"kind": MLPRegressorCV, "criterion": "score", "cv": folds, "n_repeats": 3}
    one = fitted(noise(5), sample_weight=weights, **how).verdict_
    assert one.gain.n_repeats == 3
    other = fitted(spoiled, sample_weight=weights, **how).verdict_
    assert other.gain.mean == pytest.approx(one.gain.mean, abs=1e-4)
    grouped = fitted(noise(5), groups=np.arange(60) // 10, **how).verdict_
    assert grouped.gain.n_repeats == 3
    assert grouped.gain.standard_error != fitted(noise(5), **how).verdict_.gain.standard_error


def test_a_score_that_a_class_of_few_rows_leaves_undefined_is_judged_by_the_folds_and_said_so():
    rare = np.zeros(60, int)
    rare[[5, 25, 45]] = 1  # one in each fold: without it there is no AUC
    search = fitted(rare, criterion="score", scoring="roc_auc", cv=list(KFold(3).split(X)))
    assert search.verdict_.gain.n_repeats == 1
    assert search.verdict_.notes[-1] == (
        "The roc_auc of some held-out rows is not defined without a block of them, as where a "
        "class has too few rows, so the verdict rests on the folds of the surface alone. Fewer "
        "folds or a choice by loss would allow more."
    )


def test_each_repeat_is_a_part_of_its_own_for_those_who_watch():
    parts = []
    MLPClassifierCV(**SMALL).fit_with_hooks(X, Y, on_part=parts.append)
    assert parts[:3] == [
        "surface", "recording outputs", "sharpening, cut 2 of at most 4",
    ]  # fmt: skip
    assert len(parts) == len(set(parts))


def test_further_cuts_do_not_ask_for_the_score_that_they_may_leave_undefined():
    asked = []

    def scoring(estimator, X, y):
        asked.append(len(y))
        return 0.5

    fitted(n_repeats=1, scoring=scoring)
    n_of_surface = len(asked)
    search = fitted(scoring=scoring)
    assert search.verdict_.gain.n_repeats >= 3
    assert len(asked) == 2 * n_of_surface


def seed_at_which(every_fold):
    """Return a seed of a shuffled cut into three folds of which all meet a condition."""
    return next(
        seed for seed in range(999)
        if all(every_fold(*parts) for parts in KFold(3, shuffle=True, random_state=seed).split(X))
    )  # fmt: skip


def noise(seed):
    """Return targets of which nothing can be learnt, so that regularization is picked."""
    return np.random.default_rng(seed).normal(size=60)


def test_a_further_cut_may_hold_out_rows_of_no_weight_alone():
    weight = np.zeros(60)
    weight[[5, 25, 45, 50]] = 1.0
    seed = seed_at_which(lambda training, held: weight[training].any() and weight[held].any())
    cv = KFold(3, shuffle=True, random_state=seed)
    search = fitted(noise(0), kind=MLPRegressorCV, sample_weight=weight, cv=cv, n_repeats=6)
    assert search.verdict_.gain.n_repeats >= 3
    assert np.isfinite([search.best_loss_, search.verdict_.gain.mean]).all()


def test_an_encoder_that_fails_on_a_further_cut_costs_repeats_and_not_the_surface():
    rare = (X[:, :1] > 0).astype(float)
    rare[[3, 7]] = 2.0  # a fold that holds out both leaves the encoder without the category
    seed = seed_at_which(lambda training, held: {3, 7} & set(training))
    how = {
        **SMALL, "encoder": OneHotEncoder(sparse_output=False), "n_repeats": 40,
        "cv": KFold(3, shuffle=True, random_state=seed),
    }  # fmt: skip
    search = MLPRegressorCV(**how).fit(rare, noise(3))
    assert search.notices_[-1].startswith("The encoder failed on further cuts of the rows (Found")
    once = MLPRegressorCV(**{**how, "n_repeats": 1}).fit(rare, noise(3))
    assert search.best_loss_ == once.best_loss_
    assert 3 <= search.verdict_.gain.n_repeats < 40


def test_a_single_judged_group_is_not_repeated():
    rows = np.arange(60)
    cv = [(np.setdiff1d(rows, each), np.array(each)) for each in (range(15), range(15, 30))]
    search = fitted(groups=np.repeat([0, 1], 30), cv=cv)
    assert search.verdict_.gain is None or search.verdict_.gain.n_repeats == 1


def test_until_sure_alone_leaves_callbacks_room_for_its_rounds(capsys):
    progress = pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    search = MLPClassifierCV(**{**SMALL, "n_repeats": 1, "until_sure": True})
    assert search.set_callbacks(progress.ProgressBar()).fit(X, Y).verdict_.gain.n_repeats >= 3
