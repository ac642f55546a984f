"""Surfaces whose points are given up where they could not catch up with the others."""

from functools import cache

import numpy as np
import pytest
import xarray as xr

from dropdecay import MLPClassifierCV
from dropdecay.engine import choose
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.cpu import train
from dropdecay.engine.ending import FUTILE, PAUSED
from dropdecay.errors import BadSetting
from tests.estimators.recorder import Recorder
from tests.estimators.test_adaptive_epochs import NUMBERS, SMALL, X, Y, same_numbers

FIXED = (("dropouts", (0.0, 0.2, 0.5, 0.9)), ("weight_decays", (0.0, 1.0, 10.0)))


def search_for(**changes):
    return MLPClassifierCV(**{**SMALL, **dict(FIXED), **changes})


@cache
def fitted(**changes):
    return search_for(**changes).fit(X, Y)


def marked(search):
    """Which points were given up, and which the race eliminated."""
    return search.results_["ending"].values == FUTILE, search.results_["eliminated"].values


def by_common_epochs(one, other, name):
    return [each.values for each in xr.align(one.results_[name], other.results_[name],
                                             join="outer")]  # fmt: skip


def watched(monkeypatch, stop_after=None):
    """Let every fit that the engine gives be seen; after so many the work is interrupted."""
    seen = []

    def engine(*args, **options):
        for fit in train(*args, **options):
            seen.append(fit)
            yield fit
            if len(seen) == stop_after:
                raise KeyboardInterrupt

    monkeypatch.setattr(choose, "choose_engine", lambda *_: ChosenEngine(engine))
    return seen


@pytest.mark.parametrize(
    ("cv", "race", "n_seeds"),
    [(3, False, 1), (5, False, 1), (6, False, 1), (5, True, 1), (6, True, 1), (5, True, 2)],
)
def test_points_not_given_up_are_those_of_a_fit_without_futility(cv, race, n_seeds):
    how = {"cv": cv, "race": race, "n_seeds": n_seeds}
    cut, whole = fitted(**how, futility=True), fitted(**how)
    (futile, out), (_, out_of_whole) = marked(cut), marked(whole)
    assert futile.any()
    assert not (futile & out).any()
    np.testing.assert_array_equal(out[~futile], out_of_whole[~futile])
    for name in NUMBERS:
        one, other = by_common_epochs(cut, whole, name)
        np.testing.assert_array_equal(one[~futile], other[~futile])
    assert cut.chosen_params_ == whole.chosen_params_
    assert cut.epochs_ == whole.epochs_


@pytest.mark.parametrize("race", [False, True])
def test_the_loss_of_a_point_given_up_is_that_of_the_epoch_it_had_reached(race, monkeypatch):
    seen = watched(monkeypatch)
    cut = search_for(race=race, futility=True).fit(X, Y)
    reached = {}
    for fit in seen:
        if fit.ending == PAUSED:
            assert fit.end > reached.get(fit.run, 0)
            reached[fit.run] = fit.end
    results = cut.results_.stack(point=("dropout", "weight_decay"))
    futile = [each for each in results["point"] if results["ending"].sel(point=each) == FUTILE]
    assert futile
    for point in futile:
        here = {run: end for run, end in reached.items()
                if tuple(value for _, value in run.point.values) == point.item()}  # fmt: skip
        assert {int(results["end"].sel(point=point))} == set(here.values())
        curves = results["validation_loss"].sel(point=point)
        known = curves.notnull().any("seed")
        assert int(known.any("epoch").sum("fold")) == len(here) == (3 if race else 5)


@pytest.mark.parametrize("race", [False, True])
@pytest.mark.parametrize("stop_after", [7, 75])
def test_a_fit_goes_on_from_its_store_as_if_it_had_not_been_interrupted(
    race, stop_after, tmp_path, monkeypatch
):
    how = {"race": race, "futility": True}
    with monkeypatch.context() as patched:
        watched(patched, stop_after)
        with pytest.raises(KeyboardInterrupt):
            search_for(**how, store=tmp_path / "s").fit(X, Y)
    same_numbers(search_for(**how, store=tmp_path / "s").fit(X, Y), fitted(**how))


def test_a_finished_store_serves_with_and_without_futility(tmp_path):
    for futility in (True, False, True):
        how = {"race": True, "futility": futility}
        same_numbers(search_for(**how, store=tmp_path / "s").fit(X, Y), fitted(**how))


def test_threads_change_no_bit():
    same_numbers(search_for(race=True, futility=True, n_jobs=1).fit(X, Y),
                 fitted(race=True, futility=True))  # fmt: skip


def test_no_regularization_is_never_given_up():
    futile, _ = marked(fitted(race=True, futility=True))
    assert not futile[0, 0]


@pytest.mark.parametrize(
    "more",
    [{"fixed_epochs": True}, {"learning_rate": "cosine"}, {"learning_rate": "one_cycle"},
     {"criterion": "score"}, {"learning_rate": "cosine", "max_iter": "auto"}],
)  # fmt: skip
def test_what_leaves_no_room_for_it_is_refused_before_anything_is_trained(more, monkeypatch):
    seen = watched(monkeypatch)
    with pytest.raises(BadSetting, match=r"futility=True .* Leave one of them out"):
        search_for(**more, futility=True).fit(X, Y)
    assert not seen


@pytest.mark.parametrize("race", [False, True])
def test_progress_counts_networks_that_wait_as_ahead_until_they_end_or_are_given_up(race):
    heard = []
    search = search_for(race=race, futility=True)
    search.fit_with_hooks(X, Y, on_fit=lambda *news: heard.append(news))
    heard = [news for news in heard if not news[0].run.record]
    finished = [fit for fit, _, _ in heard if fit.ending != PAUSED]
    assert len({fit.run for fit in finished}) == len(finished)
    seen = 0
    for fit, done, total in heard:
        seen += fit.ending != PAUSED
        assert done == seen <= total
    *_, (_, done, total) = heard
    assert done == total == int(search.results_["wall_s"].notnull().sum())
    # At the first pause most are still ahead.
    paused = next(i for i, (fit, _, _) in enumerate(heard) if fit.ending == FUTILE)
    assert heard[paused - 1][1] < 0.7 * heard[paused - 1][2]


def test_callbacks_hear_of_every_network_once():
    pytest.importorskip("sklearn.callback", reason="needs scikit-learn 1.9")
    recorder = Recorder()
    search = search_for(futility=True).set_callbacks(recorder).fit(X, Y)
    ended = [name for event, name, _ in recorder.events if event == "end"]
    runs = [name for name in ended[: ended.index("surface")] if "fold" in name]
    assert len(runs) == len(set(runs)) == search.results_["wall_s"].size


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_longer_axes_and_contenders_know_nothing_of_points_given_up(rule, tmp_path, monkeypatch):
    how = {"dropouts": (0.1, 0.2, 0.8), "weight_decays": (0.0, 0.3), "extend": True, "race": True,
           "n_repeats": 3, "rule": rule}  # fmt: skip
    cut, whole = search_for(**how, futility=True).fit(X, Y), search_for(**how).fit(X, Y)
    assert cut.axes_ == whole.axes_
    assert cut.axes_.n_points == 10
    assert cut.best_params_ == whole.best_params_
    results = cut.results_
    assert (results["ending"] == FUTILE).any()
    for name in ("picked", "recorded"):
        at = {axis: results[f"{name}_{axis}"] for axis in ("dropout", "weight_decay")}
        assert not (results["ending"].sel(at) == FUTILE).any()
    with monkeypatch.context() as patched:
        watched(patched, 60)
        with pytest.raises(KeyboardInterrupt):
            search_for(**how, futility=True, store=tmp_path / "s").fit(X, Y)
    same_numbers(search_for(**how, futility=True, store=tmp_path / "s").fit(X, Y), cut)


def test_nested_folds_and_a_budget_leave_points_given_up_as_well():
    how = {"cv": 3, "until_sure": True, "n_repeats": 2, "budget": 1e-6, "futility": True}
    cut = search_for(**how, nested=True, dropouts=(0.0, 0.9)).fit(X, Y)
    assert len(cut.nested_.folds) == 3
    assert cut.chosen_params_ == fitted(cv=3, dropouts=(0.0, 0.9)).chosen_params_
