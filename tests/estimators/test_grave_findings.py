"""A fit on a table warns of what makes its answer worth nothing."""

import re
import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import cross_val_score

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import DropdecayWarning, LeakWarning
from tests.table.test_row_order import drifting
from tests.table.worlds_with_flaws import put, with_errors, world

QUICK = {
    "hidden_layer_sizes": 4, "dropouts": (0.0,), "weight_decays": (0.0, 1.0), "cv": 2,
    "max_iter": 1, "fixed_epochs": True, "n_repeats": 1, "extend": False, "random_state": 0,
    "n_jobs": 1,
}  # fmt: skip


def told(table, target, kind=MLPClassifierCV, **roles):
    """Return the sentences of the leaks that a fit warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", LeakWarning)
        kind(**QUICK).fit(table, target, **roles)
    return [str(each.message) for each in caught]


def test_an_honest_table_is_fitted_without_a_word():
    assert told(*world(0)) == []


def test_a_column_that_knows_the_target_is_named():
    table, target = world(0, noise=2.0)
    table, name = put(table, with_errors(target, 0.02, 0), 0)

    (sentence,) = told(table, target)

    assert re.search(rf"Leak suspected: column '{name}' alone .*\? Leave it out if not\.", sentence)


def test_an_order_is_told_unless_folds_are_cut_by_time():
    table, target = drifting(0, "regression")

    (sentence,) = told(table, target, MLPRegressorCV)

    assert "Rows that stand next to each other" in sentence
    assert sentence.endswith("stand in the order of time), or their places as groups.")
    assert told(table, target, MLPRegressorCV, times=np.arange(len(table))) == []


def test_groups_that_the_user_gives_are_told_no_more():
    rng = np.random.default_rng(0)
    patient = np.repeat(np.arange(120), 5)
    own = rng.normal(size=(120, 4))
    table = pd.DataFrame(own[patient] + 0.05 * rng.normal(size=(600, 4)), columns=list("abcd"))
    table["patient"] = [f"P{each}" for each in patient]
    target = np.where(rng.random(120) < 0.5, "ill", "well")[patient]

    (sentence,) = told(table, target)

    assert "Rows of one 'patient'" in sentence
    assert sentence.endswith("Give fit this column as groups.")
    assert told(table.drop(columns="patient"), target, groups=patient) == []


def test_nothing_is_told_inside_a_cross_validation_nor_of_an_array():
    table, target = world(0, noise=2.0)
    table["again"] = target
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", LeakWarning)
        cross_val_score(MLPClassifierCV(**QUICK), table, target, cv=2, error_score="raise")
        numbers = np.c_[np.random.default_rng(0).normal(size=(600, 8)), target == target[0]]
        MLPClassifierCV(**QUICK).fit(numbers, target)


def test_a_filter_silences_it():
    table, target = world(0, noise=2.0)
    table["again"] = target
    assert told(table, target)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DropdecayWarning)
        warnings.simplefilter("ignore", LeakWarning)
        MLPClassifierCV(**QUICK).fit(table, target)
    assert not [each for each in caught if issubclass(each.category, LeakWarning)]
    assert issubclass(LeakWarning, DropdecayWarning)
