"""Tuning: the network is chosen on the folds too, before the surface and once after it."""

import warnings
from itertools import cycle

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.axes import Axes, Point
from dropdecay.errors import BadSetting, DropdecayWarning
from dropdecay.estimators.alternatives import alternatives_to, mild_point, same_point, task_with
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.estimators.nested import nested_folds

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype(np.float32)
Y = (np.abs(X[:, 0]) < 0.6).astype(int)
SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0.0, 0.1), "weight_decays": (0.0, 0.1), "cv": 3,
    "max_iter": 12, "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
    "extend": False, "keep_folds": False,
}  # fmt: skip
TUNE = {"numeric_encoding": ("quantile",), "learning_rate_init": (0.02,)}


def fitted(tune, X=X, y=Y, kind=MLPClassifierCV, hear=None, **others):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search = kind(**{**SMALL, "tune": tune, **others})
        search.fit_with_hooks(X, y, **(hear or {}))
    return search


def task_of(search, X=X, y=Y):
    return task_from_arrays(search, X, y)


def losses(search):
    return search.results_["validation_loss"].values


@pytest.fixture(scope="module")
def tuned():
    return fitted(TUNE)


def test_the_surface_is_that_of_a_search_that_was_given_what_led(tuned):
    assert tuned.tuning_.params == {"numeric_encoding": "quantile", "learning_rate_init": 0.02}

    given = fitted(False, numeric_encoding="quantile", learning_rate_init=0.02)

    assert given.tuning_ is None
    np.testing.assert_array_equal(losses(tuned), losses(given))
    np.testing.assert_array_equal(tuned.predict_proba(X), given.predict_proba(X))
    assert tuned.setting_ == given.setting_
    assert tuned.learning_rate_init == 0.001  # as it was given


def test_each_step_compares_what_searches_of_single_points_find(tuned):
    steps = tuned.tuning_.steps
    assert [each.parameter for each in steps] == 2 * [*TUNE]
    assert [each.after_surface for each in steps] == [False, False, True, True]

    # A decay keeps its memory: at twenty times the learning rate it is a twentieth.
    for rate, decay, loss in zip((0.001, 0.02), (0.1, 0.005), steps[1].losses, strict=True):
        alone = fitted(
            False, dropouts=(0.1,), weight_decays=(decay,), learning_rate_init=rate,
            numeric_encoding=steps[0].values[steps[0].taken],
        )  # fmt: skip
        assert alone.choice_.chosen.loss == pytest.approx(loss, rel=1e-6)


def test_what_leads_only_at_the_chosen_point_is_taken_and_the_surface_searched_again(monkeypatch):
    said = cycle([0, 1])
    monkeypatch.setattr("dropdecay.selection.tuning.taken", lambda *_: next(said))
    monkeypatch.setattr("dropdecay.selection.tuning.flattery", lambda *_: 0.0)

    late = fitted({"learning_rate_init": (0.02,)})

    assert [each.taken for each in late.tuning_.steps] == [0, 1]
    assert "At the chosen point: learning rate 0.02 in place of 0.001" in str(late.tuning_)
    np.testing.assert_array_equal(losses(late), losses(fitted(False, learning_rate_init=0.02)))


@pytest.mark.parametrize("takes", [True, False])
def test_only_the_last_surface_is_repeated_and_stands_beside_other_models(monkeypatch, takes):
    said = cycle([0, int(takes)])
    monkeypatch.setattr("dropdecay.selection.tuning.taken", lambda *_: next(said))
    monkeypatch.setattr("dropdecay.selection.tuning.flattery", lambda *_: 0.0)
    parts, notices = [], []

    found = fitted(
        {"learning_rate_init": (0.02,)}, n_repeats=3, baselines=True, extend=True,
        dropouts=(0.0, 0.3), hear={"on_part": parts.append, "on_notice": notices.append},
    )  # fmt: skip

    *before, last = parts[: parts.index("tuning at the chosen point") + 1]
    assert last == "tuning at the chosen point"
    assert not [each for each in before if each.startswith(("sharpening", "baselines"))]
    assert parts.count("baselines") == 1
    sharpened = [each for each in parts if each.startswith("sharpening")]
    assert (found.verdict_.gain.n_repeats == 3) == bool(sharpened) == (not takes)
    assert found.baselines_ is not None
    if not takes:  # else the rows set aside are searched too
        assert sorted(set(notices)) == sorted(notices)


def test_a_tuned_model_is_saved_with_the_network_that_was_taken(tuned, tmp_path):
    save_model(tuned, tmp_path / "m")
    back = load_model(tmp_path / "m")
    np.testing.assert_array_equal(back.predict_proba(X), tuned.predict_proba(X))
    assert back.tune == TUNE


class Stopped(Exception):
    pass


def test_a_search_stopped_in_the_middle_goes_on_with_the_same_numbers(tuned, tmp_path):
    for after in (4, 14):
        n_seen = 0

        def stop(fit, done, total, after=after):
            nonlocal n_seen
            n_seen += 1
            if n_seen == after:
                raise Stopped

        with pytest.raises(Stopped):
            fitted(TUNE, store=tmp_path / "store", hear={"on_fit": stop})
    again = fitted(TUNE, store=tmp_path / "store")
    np.testing.assert_array_equal(losses(again), losses(tuned))
    assert again.tuning_ == tuned.tuning_


def test_rows_set_aside_judge_the_network_that_was_tuned_without_them(tuned, monkeypatch):
    search = MLPClassifierCV(**SMALL, tune=TUNE)
    fold = nested_folds(task_of(search))[0]
    training, held_out = fold.outer

    # The same search of these rows alone, in its own folds.
    places = np.full(len(X), -1)
    places[training] = np.arange(training.size)
    inner = [(places[a], places[b]) for a, b in fold.inner]
    monkeypatch.setattr("dropdecay.estimators.from_arrays.drawn_state", lambda seed: seed)
    alone = fitted(TUNE, X[training], Y[training], cv=inner, random_state=fold.seed)

    aside = tuned.set_aside_
    assert aside.n_rows == held_out.size == 40
    assert aside.chosen.point == alone.choice_.chosen.point
    assert aside.chosen.loss == pytest.approx(alone.choice_.chosen.loss, rel=1e-6)
    assert aside.lower < aside.loss < aside.upper


def test_nothing_is_set_aside_where_nothing_was_taken_or_something_else_says_it():
    assert fitted(False).set_aside_ is None
    assert fitted({"learning_rate_init": (1e-5,)}).set_aside_ is None
    assert fitted(TUNE, budget=1e6).set_aside_ is None
    folds = [(np.arange(40, 120), np.arange(40)), (np.arange(80), np.arange(80, 120))]
    assert fitted(TUNE, cv=folds).set_aside_ is None


def test_nested_folds_tune_on_their_own_rows():
    heard = []
    search = fitted(TUNE, nested=True, hear={"on_notice": heard.append})
    assert np.isfinite(search.nested_.loss.mean)
    assert search.set_aside_ is None
    at = [i for i, each in enumerate(heard) if each.startswith("Nested")]
    assert len(at) == 3
    assert all(any(each.startswith("Tuning:") for each in heard[i:]) for i in at)


def test_what_a_store_keeps_of_outer_folds_stands_apart(tmp_path):
    with_store = fitted(TUNE, nested=True, store=tmp_path / "store")
    assert repr(with_store.nested_) == repr(fitted(TUNE, nested=True).nested_)  # NaN is not NaN


def test_the_forecast_tells_of_tuning_before_anything_is_trained():
    seen = []
    fitted(TUNE, hear={
        "on_forecast": lambda cost: seen.append(cost), "on_fit": lambda *_: seen.append("fit"),
    })  # fmt: skip
    assert seen[0].tuning_networks == 2 * 3 * (1 + 2)
    assert "to tune (18 networks)" in str(seen[0])
    assert seen[1:] == ["fit"] * (len(seen) - 1)


def test_a_spent_budget_ends_tuning_and_what_it_decided_is_remembered(tmp_path):
    first = fitted(TUNE, budget=1e-6, store=tmp_path / "store")
    assert not first.tuning_.is_complete
    assert first.tuning_.steps == ()
    assert np.isfinite(losses(first)).any()
    assert fitted(TUNE, budget=1e-6, store=tmp_path / "store").tuning_ == first.tuning_


def test_the_usual_alternatives_are_near_what_was_given():
    search = MLPClassifierCV(**{**SMALL, "hidden_layer_sizes": (32, 16)}, tune=True)
    assert alternatives_to(search, task_of(search)) == {
        "numeric_encoding": ("quantile", "target", "periodic"),
        "learning_rate_init": (0.0003, 0.003),
        "hidden_layer_sizes": ((64, 32), (16, 8), (32, 16, 16)),
        "activation": ("silu", "tanh"),
        "batch_size": (16,),
    }


def test_nothing_is_tried_that_cannot_be():
    search = MLPClassifierCV(**SMALL, encoder=None, activation="tanh", tune=True,
                             axes={"learning_rate_init": (0.001, 0.01)})  # fmt: skip
    found = alternatives_to(search, task_of(search))
    assert "numeric_encoding" not in found
    assert "learning_rate_init" not in found
    assert found["activation"] == ("relu",)
    names = pd.DataFrame({"a": ["x", "y", "z"] * 40, "b": ["p", "q"] * 60})
    search = MLPClassifierCV(**SMALL, tune=True)
    assert "numeric_encoding" not in alternatives_to(search, task_of(search, names))


def test_a_decay_keeps_its_memory_where_the_learning_rate_changes():
    search = MLPClassifierCV(**{**SMALL, "weight_decays": "tau:none,40"})
    task = task_of(search)
    other = task_with(search, task, {"learning_rate_init": 0.002})
    decay = task.axes["weight_decay"].values[1]

    moved = same_point(Point.of(dropout=0.1, weight_decay=decay), task, other)

    assert moved["weight_decay"] == pytest.approx(decay / 2, rel=0.05)
    assert moved["weight_decay"] in other.axes["weight_decay"].values
    assert same_point(Point.of(dropout=0.1, weight_decay=0.0), task, other)["weight_decay"] == 0.0


def test_the_mild_point_has_little_dropout_and_a_middling_decay():
    axes = Axes.of({
        "dropout": (0, 0.1, 0.3), "weight_decay": (0, 0.1, 1, 10), "max_norm": (None, 2),
        "learning_rate_init": (0.001, 0.01, 0.1),
    })  # fmt: skip
    assert mild_point(axes).as_dict() == {
        "dropout": 0.1, "weight_decay": 1.0, "max_norm": None, "learning_rate_init": 0.01,
    }  # fmt: skip


def test_values_are_tuned_too_and_alternatives_that_diverge_are_passed_over():
    search = fitted({"learning_rate_init": (1e30,)}, y=X[:, 0], kind=MLPRegressorCV)
    assert search.tuning_.params == {}
    assert np.isnan(search.tuning_.steps[0].losses[1])


def test_alternatives_that_do_not_fit_the_rates_of_layers_are_passed_over():
    rates = {"hidden_layer_sizes": (6, 6), "dropouts": ((0.1, 0.2),), "weight_decays": (0.1,)}
    search = fitted(True, **rates, encoder=None, activation="tanh", max_iter=2)
    layers = next(each for each in search.tuning_.steps if each.parameter == "hidden_layer_sizes")
    tried = dict(zip(layers.values, layers.losses, strict=True))
    assert np.isnan(tried[6, 6, 6])
    assert np.isfinite(tried[12, 12])


@pytest.mark.parametrize(("tune", "message"), [
    ("yes", "must be True, False or a mapping"),
    ({"solver": ("sgd",)}, "can change numeric_encoding, category_encoding, learning_rate_init"),
    ({"activation": "relu"}, "needs a sequence of values for activation"),
    ({"activation": ("rleu",)}, "Did you mean 'relu'"),
    ({"hidden_layer_sizes": ((0,),)}, "hidden_layer_sizes"),
    ({"numeric_encoding": ("bins",)}, "numeric_encoding"),
    ({"category_encoding": ("bins",)}, "category_encoding must be one of"),
])  # fmt: skip
def test_what_cannot_be_tuned_is_refused_before_anything_is_trained(tune, message):
    with pytest.raises(BadSetting, match=message):
        fitted(tune, hear={"on_fit": lambda *_: pytest.fail("trained")})


def test_an_axis_is_not_tuned():
    with pytest.raises(BadSetting, match="is an axis of the surface"):
        fitted(TUNE, axes={"learning_rate_init": (0.001, 0.01)})
