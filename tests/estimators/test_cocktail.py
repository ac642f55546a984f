"""A cocktail: regularizers compared in turn, those that stay are axes of the surface."""

import warnings
from itertools import chain, repeat

import numpy as np
import pytest

from dropdecay import MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.engine.run_training import RunTraining
from dropdecay.errors import BadSetting, DropdecayWarning
from dropdecay.estimators.cocktail import left_out_of, mixed_task, regularizers_of, values_to_try
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.knobs import AXES

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype(np.float32)
Y = (np.abs(X[:, 0]) < 0.6).astype(int)
OTHERS = ("l1", "weight_average", "input_dropout", "cutmix", "dropconnect", "max_norm",
          "label_smoothing")  # fmt: skip
SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0.0, 0.1), "weight_decays": (0.0, 0.1), "cv": 3,
    "max_iter": 12, "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
    "extend": False, "keep_folds": False, "learning_rate_init": 0.01,
}  # fmt: skip
# Axes of one value are left alone, so that noise and mixup are all that is tried.
TWO = {"axes": {name: AXES[name].neutral for name in OTHERS}}


def fitted(X=X, y=Y, kind=MLPClassifierCV, hear=None, **others):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search = kind(**{**SMALL, **TWO, **others})
        search.fit_with_hooks(X, y, **(hear or {}))
    return search


def losses(search):
    return search.results_["validation_loss"].values.squeeze()


@pytest.fixture
def taken(monkeypatch):
    """Let comparisons end as they are told to, in their order, and then without a change."""

    def end(*said):
        order = chain(said, repeat(0))
        monkeypatch.setattr("dropdecay.selection.tuning.taken", lambda *_: next(order))
        monkeypatch.setattr("dropdecay.selection.tuning.flattery", lambda *_: 0.0)

    return end


def test_where_nothing_stays_every_number_is_that_of_a_search_without(taken):
    taken()
    mixed, plain = fitted(cocktail=True), fitted()
    assert [(each.parameter, each.values) for each in mixed.tuning_.steps] == [
        ("input_noise", (0.0, 0.1, 0.3)), ("mixup", (0.0, 0.2, 1.0)),
    ]  # fmt: skip
    assert mixed.tuning_.params == {}
    assert plain.tuning_ is None
    np.testing.assert_array_equal(losses(mixed), losses(plain))
    np.testing.assert_array_equal(mixed.predict_proba(X), plain.predict_proba(X))
    assert mixed.set_aside_ is None


def test_each_comparison_is_what_a_search_of_the_chosen_point_finds(taken):
    taken()
    mixed = fitted(cocktail=True)
    chosen = mixed.choice_.chosen.point
    at = {"dropouts": chosen["dropout"], "weight_decays": chosen["weight_decay"]}
    step = mixed.tuning_.steps[1]
    for value, loss in zip(step.values, step.losses, strict=True):
        alone = fitted(**at, mixup=value)
        assert alone.choice_.best.loss == pytest.approx(loss, rel=1e-6)


def test_what_stays_is_an_axis_beside_its_neutral_value(taken):
    taken(1)  # noise 0.1
    mixed = fitted(cocktail=True)
    given = fitted(axes={**TWO["axes"], "input_noise": (0.0, 0.1)})
    assert mixed.tuning_.params == {"input_noise": 0.1}
    assert mixed.axes_["input_noise"].values == (0.0, 0.1)
    np.testing.assert_array_equal(losses(mixed), losses(given))
    np.testing.assert_array_equal(mixed.predict_proba(X), given.predict_proba(X))
    assert mixed.set_aside_.n_rows == 40
    # It was compared with other values before: that it is the last of two says nothing.
    assert "input_noise" not in [edge.axis for edge in mixed.choice_.edges]


def test_a_second_pass_tries_weaker_and_stronger_values_and_what_was_left(taken):
    taken(1)
    steps = fitted(cocktail=True).tuning_.steps
    assert [(each.parameter, each.values) for each in steps[2:]] == [
        ("input_noise", (0.1, 0.03, 0.3, 0.0)), ("mixup", (0.0, 0.2, 1.0)),
    ]  # fmt: skip
    taken(1, 0, 3)  # back to none: nothing is left of the cocktail
    back = fitted(cocktail=True)
    assert back.tuning_.params == {}
    assert "input_noise" not in back.axes_.names


def test_of_two_that_stay_points_with_one_of_them_are_trained_only_alone(taken):
    taken(1, 1)
    mixed = fitted(cocktail=True)
    results = mixed.results_["validation_loss"].squeeze().isnull().all(["fold", "epoch"])
    missing = results.stack(point=("dropout", "weight_decay", "input_noise", "mixup"))
    left_out = {each for each in missing.point.values.tolist() if missing.sel(point=each)}
    assert left_out == {
        (d, w, noise, mix)
        for d, w in ((0.0, 0.1), (0.1, 0.0), (0.1, 0.1)) for noise, mix in ((0.1, 0.0), (0.0, 0.2))
    }  # fmt: skip
    names = [each.name for each in mixed.verdict_.effects]
    assert {"input_noise", "mixup", "together"} <= set(names)


def test_a_search_stopped_in_the_middle_goes_on_with_the_same_numbers(taken, tmp_path):
    class Stopped(Exception):
        pass

    seen = []

    def stop(*_):
        seen.append(0)
        if len(seen) == 20:
            raise Stopped

    taken(1)
    with pytest.raises(Stopped):
        fitted(cocktail=True, store=tmp_path / "store", hear={"on_fit": stop})
    taken(1)
    again = fitted(cocktail=True, store=tmp_path / "store")
    taken(1)
    np.testing.assert_array_equal(losses(again), losses(fitted(cocktail=True)))


def test_no_network_is_trained_twice_even_without_a_store(taken, monkeypatch):
    taken(1)
    trained, train_to = [], RunTraining.train_to

    def watched(self, epoch, stopped):
        run = self.run
        trained.append((run.setting, run.fold, run.seed, run.record, epoch))
        return train_to(self, epoch, stopped)

    monkeypatch.setattr(RunTraining, "train_to", watched)
    fitted(cocktail=True, budget=1e6)
    of_surface = [each for each in trained if not each[3]]
    assert len(of_surface) == len(set(of_surface))


def test_a_model_with_a_cocktail_is_saved(taken, tmp_path):
    taken(1)
    mixed = fitted(cocktail=True)
    save_model(mixed, tmp_path / "m")
    back = load_model(tmp_path / "m")
    np.testing.assert_array_equal(back.predict_proba(X), mixed.predict_proba(X))
    assert back.cocktail is True


def test_it_goes_after_tuning_and_its_ensemble_and_outer_folds_have_it_too(taken):
    taken(0, 0, 1)
    both = fitted(cocktail=True, tune={"learning_rate_init": (0.02,)}, n_ensemble=2, nested=True)
    assert [each.parameter for each in both.tuning_.steps[:4]] == [
        "learning_rate_init", "learning_rate_init", "input_noise", "mixup",
    ]  # fmt: skip
    assert both.axes_["input_noise"].values == (0.0, 0.1)
    assert both.ensemble_params_.shape[0] == 2
    assert np.isfinite(both.nested_.loss.mean)
    assert "At the chosen point: nothing changed" in str(both.tuning_)
    assert "Cocktail at the chosen point: input noise 0.1 in place of 0" in str(both.tuning_)


def test_a_spent_budget_ends_it_and_the_forecast_tells_of_it(tmp_path):
    seen = []
    spent = fitted(
        cocktail=True, budget=1e-6, store=tmp_path / "store", hear={"on_forecast": seen.append}
    )
    assert not spent.tuning_.is_complete
    assert spent.tuning_.steps == ()
    assert str(spent.tuning_) == "Nothing was compared. The budget left no time for the rest."
    assert seen[0].tuning_networks == 2 * 3 * (1 + 2 + 2)


def test_the_network_says_what_can_be_tried():
    classes, values = MLPClassifierCV(**SMALL), MLPRegressorCV(**SMALL)
    names = [
        [knob.name for knob in regularizers_of(search, task_from_arrays(search, X, y))]
        for search, y in ((classes, Y), (values, X[:, 0]))
    ]
    assert set(names[0]) == {*OTHERS, "input_noise", "mixup"}
    assert set(names[0]) - set(names[1]) == {"label_smoothing"}


def test_a_regularizer_that_was_given_a_value_stays_a_setting():
    search = MLPClassifierCV(**SMALL, mixup=0.4)
    task = task_from_arrays(search, X, Y)
    assert values_to_try(AXES["mixup"], 0.4) == (0.2, 0.8, 0.0)
    mixed = mixed_task(search, task, {"mixup": 0.8, "input_noise": 0.1})
    assert mixed.setting.regularization.mixup == 0.8
    assert mixed.mixed == ("input_noise",)
    assert left_out_of(mixed) == frozenset()


def test_what_is_no_bool_is_refused_before_anything_is_trained():
    with pytest.raises(BadSetting, match="cocktail must be True or False"):
        fitted(cocktail="yes", hear={"on_fit": lambda *_: pytest.fail("trained")})
