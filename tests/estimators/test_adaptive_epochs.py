"""Surfaces whose points are trained until their own curves end them."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from sklearn.datasets import make_classification

from dropdecay import MLPClassifierCV
from dropdecay.errors import BadSetting, DivergenceWarning
from dropdecay.surface.store import Store

X, Y = make_classification(300, 10, n_informative=4, flip_y=0.2, random_state=1)
X = X.astype(np.float32)
SMALL = {
    "hidden_layer_sizes": 12, "dropouts": (0.0, 0.2, 0.4), "weight_decays": (0.0, 1.0, 10.0),
    "learning_rate_init": 0.01, "random_state": 0, "n_repeats": 1, "extend": False, "race": False,
    "max_iter": 200, "n_jobs": 2,
}  # fmt: skip
NUMBERS = ("validation_loss", "training_loss", "out_of_fold_loss", "end", "ending", "diverged")


@pytest.fixture(scope="module")
def fitted():
    return MLPClassifierCV(**SMALL).fit(X, Y)


def same_numbers(one, other, names=NUMBERS):
    for name in names:
        np.testing.assert_array_equal(one.results_[name].values, other.results_[name].values)
    assert (one.chosen_params_, one.epochs_) == (other.chosen_params_, other.epochs_)
    assert str(one.verdict_) == str(other.verdict_)


def test_points_end_at_different_epochs_and_say_why(fitted):
    results = fitted.results_
    assert len(set(results["end"].values.ravel().tolist())) > 2
    assert set(results["ending"].values.ravel().tolist()) <= {"flat", "past its minimum"}
    assert results.attrs["epochs"] == "adaptive"
    unknown = results["validation_loss"].isnull().all(["fold", "seed"])
    beyond = results["epoch"] > results["end"]
    assert (unknown == beyond).all()
    assert results.sizes["epoch"] < results["epoch"].values[-1]


def test_the_refit_is_trained_for_the_epochs_of_the_chosen_point(fitted):
    assert fitted.epochs_ <= int(fitted.results_["end"].sel(fitted.chosen_params_))
    assert len(fitted.loss_curve_) == fitted.epochs_


def test_threads_change_no_bit(fitted):
    same_numbers(MLPClassifierCV(**{**SMALL, "n_jobs": 1}).fit(X, Y), fitted)


def test_the_end_of_a_point_is_its_own(fitted):
    part = MLPClassifierCV(**{**SMALL, "dropouts": (0.2,), "weight_decays": (0.0, 10.0)}).fit(X, Y)
    whole = fitted.results_["end"].sel(dropout=[0.2], weight_decay=[0.0, 10.0])
    np.testing.assert_array_equal(part.results_["end"], whole)


@pytest.fixture
def stored_states(monkeypatch):
    """Of every state left in a store when its search ends: whether its run recorded outputs."""
    found = []
    forget = Store.forget_states

    def looking(store):
        query = "SELECT length(outputs) > 0 FROM states JOIN runs USING (run)"
        found.extend(bool(records) for (records,) in store._connection.execute(query))
        forget(store)

    monkeypatch.setattr(Store, "forget_states", looking)
    return found


@pytest.mark.parametrize("how", [{}, {"race": True, "learning_rate": "cosine", "max_iter": 20}])
def test_networks_that_never_go_on_leave_no_states(tmp_path, stored_states, monkeypatch, how):
    monkeypatch.setattr("dropdecay.engine.bundle.CHECKPOINT_SECONDS", 0.0)  # told of all the time
    MLPClassifierCV(**{**SMALL, "n_repeats": 3, **how}, store=tmp_path / "s").fit(X, Y)
    assert stored_states == []


def test_only_networks_that_may_go_on_leave_states(tmp_path, stored_states):
    MLPClassifierCV(**{**SMALL, "n_repeats": 3, "race": True}, store=tmp_path / "s").fit(X, Y)
    with closing(sqlite3.connect(tmp_path / "s")) as store:
        query = "SELECT count(*) FROM runs WHERE length(outputs) > 0"
        assert store.execute(query).fetchone()[0] > 10
    # Those of the points that the race dropped, at most, and of some that ended earlier later on.
    assert 0 < len(stored_states) < 9 * 5
    assert not any(stored_states)


def test_a_race_ends_its_survivors_where_they_end_without_one(fitted):
    raced = MLPClassifierCV(**{**SMALL, "race": True}).fit(X, Y)
    out = raced.results_["eliminated"].values
    assert out.any()
    for name in ("end", "ending", "validation_loss"):
        one, other = raced.results_[name].values[~out], fitted.results_[name].values[~out]
        n_epochs = min(one.shape[-1], other.shape[-1]) if one.ndim > 1 else None
        np.testing.assert_array_equal(one[..., :n_epochs], other[..., :n_epochs])
    assert raced.chosen_params_ == fitted.chosen_params_


def test_a_raced_surface_goes_on_from_its_store(tmp_path, monkeypatch):
    raced = {**SMALL, "race": True}
    whole = MLPClassifierCV(**raced).fit(X, Y)
    for n_fits in (4, 30):

        def interrupt(fit, done, total, at=n_fits):
            if done == at:
                raise KeyboardInterrupt

        store = tmp_path / f"{n_fits}.sqlite"
        with pytest.raises(KeyboardInterrupt):
            MLPClassifierCV(**raced, store=store).fit_with_hooks(X, Y, on_fit=interrupt)
        resumed = MLPClassifierCV(**raced, store=store).fit(X, Y)
        same_numbers(resumed, whole)
        same_numbers(MLPClassifierCV(**raced, store=store).fit(X, Y), whole)


def test_with_fixed_epochs_every_point_is_trained_as_long_and_picked_from_its_raw_curve():
    fixed = MLPClassifierCV(**{**SMALL, "max_iter": 30}, fixed_epochs=True).fit(X, Y)
    assert fixed.results_["epoch"].values.tolist() == list(range(1, 31))
    assert (fixed.results_["end"] == 30).all()
    curve = fixed.results_["validation_loss"].sel(fixed.chosen_params_).mean(["fold", "seed"])
    assert fixed.epochs_ == int(curve.argmin("epoch")) + 1


def test_adaptive_networks_are_those_of_fixed_epochs(fitted):
    fixed = MLPClassifierCV(**{**SMALL, "max_iter": 30}, fixed_epochs=True).fit(X, Y)
    common = [epoch for epoch in fitted.results_["epoch"].values.tolist() if epoch <= 11]
    one, other = (each.results_["validation_loss"].sel(epoch=common) for each in (fitted, fixed))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_schedule_with_a_horizon_needs_a_number_and_goes_to_it(schedule):
    with pytest.raises(BadSetting, match=r"max_iter='auto' is not. Give max_iter .* a number"):
        MLPClassifierCV(**{**SMALL, "max_iter": "auto"}, learning_rate=schedule).fit(X, Y)
    followed = MLPClassifierCV(**{**SMALL, "max_iter": 24}, learning_rate=schedule).fit(X, Y)
    assert (followed.results_["end"] == 24).all()
    assert followed.setting_.schedule.epochs == 24
    MLPClassifierCV(
        **{**SMALL, "max_iter": "auto", "dropouts": (0.0,), "weight_decays": (0.0,)},
        learning_rate=schedule, fixed_epochs=True,
    ).fit(X, Y)  # fmt: skip


def test_a_diverged_point_ends_where_it_diverged():
    wild = {**SMALL, "solver": "sgd", "weight_decays": (0.0,), "dropouts": (0.0,)}
    huge = MLPClassifierCV(
        **{**wild, "learning_rate_init": 0.1}, axes={"learning_rate_init": (0.001, 0.01, 1e6)}
    )
    with pytest.warns(DivergenceWarning):
        huge.fit(X, Y)
    ended = huge.results_.sel(learning_rate_init=1e6)["ending"].values
    assert (ended == "diverged").all()


def test_futility_gives_points_up_and_marks_their_losses_as_bounds(fitted):
    axes = {"dropouts": (0.0, 0.2, 0.9), "weight_decays": (0.0, 1.0)}
    cut = MLPClassifierCV(**{**SMALL, **axes}, futility=True).fit(X, Y)
    whole = MLPClassifierCV(**{**SMALL, **axes}).fit(X, Y)
    futile = cut.results_["ending"].values == "futile"
    assert futile.any()
    assert not futile[0, 0]
    assert (cut.results_["end"].values[futile] <= whole.results_["end"].values[futile]).all()
    np.testing.assert_array_equal(
        cut.results_["end"].values[~futile], whole.results_["end"].values[~futile]
    )
    assert cut.chosen_params_ == whole.chosen_params_
    again = MLPClassifierCV(**{**SMALL, **axes, "n_jobs": 1}, futility=True).fit(X, Y)
    same_numbers(again, cut)


def test_futility_goes_on_from_a_store(tmp_path):
    how = {**SMALL, "dropouts": (0.0, 0.2, 0.9), "weight_decays": (0.0, 1.0), "futility": True}
    whole = MLPClassifierCV(**how).fit(X, Y)

    def interrupt(fit, done, total):
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MLPClassifierCV(**how, store=tmp_path / "s").fit_with_hooks(X, Y, on_fit=interrupt)
    same_numbers(MLPClassifierCV(**how, store=tmp_path / "s").fit(X, Y), whole)
