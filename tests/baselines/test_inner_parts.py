"""What models tune by themselves is judged as the folds judge: by other groups, by later rows."""

import numpy as np
import pytest

from dropdecay.baselines.boosting import boosting_outputs
from dropdecay.baselines.inner_parts import inner_folds, stopping_part
from dropdecay.baselines.rows import FoldRows, HeldOut

RNG = np.random.default_rng(0)


def rows_of(X, y, kind="values", n_outputs=1, weights=None, groups=None, moments=None, ahead=None):
    ahead = X if ahead is None else ahead
    held_out = HeldOut(ahead, np.arange(len(ahead)))
    return FoldRows(
        X, held_out, y[:, None], kind, n_outputs, weights, groups, (), 3, len(y), moments
    )


def test_groups_stop_boosting_whole_and_are_about_a_tenth():
    groups = np.arange(200) // 5
    training, stops = stopping_part(rows_of(np.zeros((200, 1)), np.zeros(200), groups=groups))
    assert not set(groups[training]) & set(groups[stops])
    assert sorted([*training, *stops]) == list(range(200))
    assert 15 <= stops.size <= 25


def test_the_last_tenth_in_time_stops_boosting_and_one_time_is_not_split():
    moments = RNG.permutation(np.arange(200) // 4)
    training, stops = stopping_part(rows_of(np.zeros((200, 1)), np.zeros(200), moments=moments))
    assert moments[training].max() < moments[stops].min()
    assert 16 <= stops.size <= 24


def test_without_groups_and_times_scikit_learn_draws_the_rows():
    assert stopping_part(rows_of(np.zeros((20, 1)), np.zeros(20))) is None


def test_a_single_group_or_time_stops_nothing():
    same = np.zeros(20, np.int64)
    for how in ({"groups": same}, {"moments": same}):
        training, stops = stopping_part(rows_of(np.zeros((20, 1)), np.zeros(20), **how))
        assert (training.size, stops.size) == (20, 0)


def test_inner_folds_in_time_are_judged_by_later_rows():
    moments = RNG.permutation(40)
    folds = list(inner_folds(np.zeros(40), rows_of(np.zeros((40, 1)), np.zeros(40),
                                                   moments=moments)))  # fmt: skip
    assert len(folds) == 3
    for training, held_out in folds:
        assert moments[training].max() < moments[held_out].min()
        assert held_out.size == 10


@pytest.fixture(scope="module")
def patients():
    """Patients whose several rows share features and a target that these do not explain."""
    numbers = np.arange(60)
    own, luck = RNG.normal(size=(120, 3)), RNG.normal(size=120)
    X = np.repeat(own, 8, axis=0) + 0.01 * RNG.normal(size=(960, 3))
    y = np.repeat(0.3 * own[:, 0] + luck, 8)
    known = np.repeat(np.arange(120), 8) < numbers.size
    return X, y, np.repeat(np.arange(120), 8), known


def test_boosting_that_other_patients_stop_learns_no_patient_by_heart(patients):
    X, y, patient, known = patients
    groups = patient[known]
    drawn = boosting_outputs(rows_of(X[known], y[known], ahead=X[~known]))
    whole = boosting_outputs(rows_of(X[known], y[known], groups=groups, ahead=X[~known]))
    of_drawn, of_whole = (((each.outputs[:, 0] - y[~known]) ** 2).mean() for each in (drawn, whole))
    assert whole.n_trees < drawn.n_trees
    assert of_whole < 0.97 * of_drawn


@pytest.mark.parametrize("weights", [None, np.linspace(0, 1, 480)])
def test_classes_are_stopped_by_whole_groups_too(patients, weights):
    X, y, patient, known = patients
    labels = np.digitize(y, [-0.5, 0.5]).astype(float)
    found = boosting_outputs(
        rows_of(X[known], labels[known], "classes", 3, weights, patient[known], ahead=X[~known])
    )
    assert found.outputs.shape == (480, 3)
    np.testing.assert_allclose(found.outputs.sum(axis=1), 1.0)


def test_a_class_that_the_growing_part_lacks_stops_nothing():
    groups = np.arange(40) // 4
    rows = rows_of(RNG.normal(size=(40, 2)), np.zeros(40), "labels", groups=groups)
    _, stops = stopping_part(rows)
    y = np.zeros(40)
    y[stops[0]] = 1.0
    X = RNG.normal(size=(40, 2))
    assert boosting_outputs(rows_of(X, y, "labels", groups=groups)).n_trees == 100
