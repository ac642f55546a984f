"""The default axes of a surface, its decays in epochs of memory, and profiles of dropout."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris

from dropdecay import MLPClassifierCV
from dropdecay.decay_memory import Pace, pace_in
from dropdecay.estimators.from_arrays import task_from_arrays

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

X, Y = load_iris(return_X_y=True)
TINY = {
    "hidden_layer_sizes": 4, "cv": 5, "max_iter": 1, "n_repeats": 1, "extend": False,
    "random_state": 0,
}  # fmt: skip
# 120 training rows in batches of 32.
PACE = Pace(0.001, 4)


def fitted(**settings):
    return MLPClassifierCV(**{**TINY, **settings}).fit(X, Y)


def values(search, name):
    return search.axes_[name].values


def test_by_default_there_are_six_rates_and_six_decays_of_the_folds_own_memories():
    search = fitted()
    assert values(search, "dropout") == (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
    assert values(search, "weight_decay") == (0.0, 0.62, 1.9, 6.2, 19.0, 62.0)
    assert pace_in(search.results_.attrs) == PACE
    assert search.best_params_["weight_decay"] in values(search, "weight_decay")


def test_the_steps_are_those_of_the_smallest_training_fold():
    rows = np.arange(150)
    folds = [(rows[10:], rows[:10]), (rows[:33], rows[33:])]
    assert pace_in(fitted(cv=folds, dropouts=(0,)).results_.attrs).steps == 2


@pytest.mark.parametrize("settings", [{"decay": "l2"}, {"solver": "sgd"}])
def test_decays_without_a_memory_keep_their_raw_axis(settings):
    search = fitted(dropouts=(0,), **settings)
    assert values(search, "weight_decay") == (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
    assert pace_in(search.results_.attrs) is None


def test_decays_lie_at_the_middle_of_several_learning_rates():
    search = fitted(dropouts=(0,), axes={"learning_rate_init": (0.0001, 0.01, 0.001)})
    assert values(search, "weight_decay") == (0.0, 0.62, 1.9, 6.2, 19.0, 62.0)
    assert pace_in(search.results_.attrs) == PACE


def test_raw_numbers_find_the_networks_of_equal_memories_in_a_store(tmp_path):
    store = tmp_path / "runs.sqlite"

    def n_stored():
        with closing(sqlite3.connect(store)) as connection:
            return connection.execute("SELECT count(*) FROM runs").fetchone()[0]

    asked = fitted(dropouts=(0,), weight_decays="tau:none,40", store=store)
    n_first = n_stored()
    raw = fitted(dropouts=(0,), weight_decays=(0, 6.2), store=store)
    assert n_stored() == n_first >= 10
    assert raw.best_loss_ == asked.best_loss_


def test_a_search_within_an_outer_fold_counts_its_own_steps():
    task = task_from_arrays(MLPClassifierCV(**TINY), X, Y, None, None)
    fewer = replace(task, folds=tuple((rows[:40], held) for rows, held in task.folds))
    assert (task.pace, fewer.pace) == (PACE, Pace(0.001, 2))


PROFILES = [0, 0.2, (0.4, 0.2), (0.4, 0), (0, 0.4)]


def test_profiles_of_dropout_are_values_like_any_other():
    search = fitted(
        hidden_layer_sizes=(8, 8), dropouts=PROFILES, weight_decays=(0,), max_iter=40, extend=True,
        n_repeats=2, learning_rate_init=0.01,
    )  # fmt: skip
    assert values(search, "dropout")[:5] == (0.0, 0.2, (0.4, 0.0), (0.0, 0.4), (0.4, 0.2))
    one, other = (
        fitted(
            hidden_layer_sizes=(8, 8), dropouts=[profile], weight_decays=(0,), max_iter=40,
            learning_rate_init=0.01,
        )
        for profile in PROFILES[3:]
    )  # fmt: skip
    # Each profile trains its own networks, whatever stands beside it.
    alone = [float(each.results_["validation_loss"].mean()) for each in (one, other)]
    mean = search.results_["validation_loss"].mean(["fold", "seed", "epoch"]).values.ravel()
    np.testing.assert_allclose(mean[[2, 3]], alone, rtol=1e-12)
    assert alone[0] != alone[1]
    assert "0.4/0.2" in search._repr_html_()
