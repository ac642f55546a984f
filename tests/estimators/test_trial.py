"""The race among alternatives: what is dropped, and that it changes no number of what is not."""

import warnings

import numpy as np
import pytest

from dropdecay import MLPClassifierCV
from dropdecay.errors import DropdecayWarning

X = np.random.default_rng(0).normal(size=(150, 3)).astype(np.float32)
Y = (np.abs(X[:, 0]) < 0.6).astype(int)
TUNE = {"learning_rate_init": (1e-7, 0.02)}  # the first learns nothing


def steps_of(race, **others):
    trained = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search = MLPClassifierCV(**{
            "hidden_layer_sizes": 6, "dropouts": 0.1, "weight_decays": 0.0, "cv": 5,
            "max_iter": 30, "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
            "extend": False, "keep_folds": False, "tune": TUNE, "race": race, "budget": 1e6,
            **others,
        })  # fmt: skip
        search.fit_with_hooks(X, Y, on_fit=lambda fit, *_: trained.append(fit.run))
    return search.tuning_.steps, trained


@pytest.mark.parametrize("fixed", [True, False])
def test_an_alternative_far_behind_is_trained_on_three_folds_and_the_others_as_without(fixed):
    raced, trained = steps_of("auto", fixed_epochs=fixed)
    whole, all_trained = steps_of(False, fixed_epochs=fixed)

    assert raced[0].n_folds == (5, 3, 5)
    assert whole[0].n_folds == (5, 5, 5)
    assert np.isnan(raced[0].losses[1])
    assert [raced[0].losses[i] for i in (0, 2)] == [whole[0].losses[i] for i in (0, 2)]
    assert [each.taken for each in raced] == [each.taken for each in whole]
    slow = [
        sum(run.setting.schedule.learning_rate == 1e-7 for run in runs)
        for runs in (trained, all_trained)
    ]
    assert slow == [3, 5]  # before the surface, and known after it: the point is the same


def test_what_a_store_keeps_of_a_race_is_found_again(tmp_path):
    first = steps_of("auto", store=tmp_path / "store")[0]
    again = steps_of("auto", store=tmp_path / "store")[0]
    assert repr(again) == repr(first) == repr(steps_of("auto")[0])  # NaN is not NaN
