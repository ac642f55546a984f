"""Many small groups are dealt out to folds with equal shares of every class, and fast."""

import time

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import StratifiedGroupKFold

from dropdecay.data.deal import DealtGroups, ShuffledGroups
from dropdecay.data.folds import make_folds


def dealt(labels, groups, n_folds=5, seed=0):
    X = np.zeros((labels.size, 1))
    return [rows for _, rows in DealtGroups(n_folds, seed).split(X, labels, groups)]


def world(n_rows, seed=0):
    """A tenth of the rows stands in groups of two to five."""
    rng = np.random.default_rng(seed)
    groups = np.arange(n_rows)
    sizes = rng.integers(2, 6, n_rows // 35)
    places = rng.permutation(n_rows)[: sizes.sum()]
    groups[places] = n_rows + np.repeat(np.arange(sizes.size), sizes)
    return rng.choice(["a", "b", "c"], n_rows, p=[0.7, 0.25, 0.05]), groups


@pytest.mark.parametrize("seed", range(5))
def test_every_row_is_held_out_once_and_no_group_is_parted(seed):
    labels, groups = world(1003, seed)
    folds = dealt(labels, groups, seed=seed)

    assert sorted(np.concatenate(folds)) == list(range(1003))
    assert sum(np.unique(groups[rows]).size for rows in folds) == np.unique(groups).size


@pytest.mark.parametrize("seed", range(5))
def test_folds_have_as_many_rows_of_each_class(seed):
    labels, groups = world(1003, seed)
    counts = np.array([[(labels[rows] == each).sum() for each in "abc"]
                       for rows in dealt(labels, groups, seed=seed)])  # fmt: skip

    assert (np.ptp(counts, axis=0) <= 1).all()
    assert np.ptp(counts.sum(axis=1)) <= 2


def test_pairs_alone_are_shared_out_by_class():
    labels = np.repeat([0, 1, 0, 1], [200, 40, 200, 40])
    groups = np.tile(np.arange(240), 2)

    counts = [np.bincount(labels[rows]) for rows in dealt(labels, groups)]

    assert {tuple(each) for each in counts} == {(80, 16)}


def test_another_seed_deals_other_rows_together():
    labels, groups = world(500)
    one, same, other = (dealt(labels, groups, seed=seed) for seed in (1, 1, 2))

    assert all(np.array_equal(a, b) for a, b in zip(one, same, strict=True))
    assert not np.array_equal(one[0], other[0])


def test_fifty_thousand_groups_take_seconds_not_minutes():
    labels, groups = world(50_000)
    began = time.process_time()

    make_folds(50_000, labels, 5, groups, 0)

    assert time.process_time() - began < 3


def shuffled(labels, groups, seed):
    X = np.zeros((labels.size, 1))
    return [rows.tolist() for _, rows in ShuffledGroups(3, seed).split(X, labels, groups)]


def test_another_seed_cuts_larger_groups_that_are_alike_in_another_way():
    labels, groups = np.tile([0, 1], 60), np.repeat(np.arange(30), 4)

    assert shuffled(labels, groups, 1) == shuffled(labels, groups, 1)
    assert shuffled(labels, groups, 1) != shuffled(labels, groups, 2)


def test_larger_groups_stay_whole_and_classes_are_shared_out():
    labels, groups = np.repeat([0, 1], [200, 40]), np.repeat(np.arange(60), 4)
    folds = shuffled(labels, groups, 0)

    assert sum(np.unique(groups[rows]).size for rows in folds) == 60
    assert all(abs(labels[rows].mean() - 1 / 6) < 0.04 for rows in folds)


@pytest.mark.skipif(int(sklearn.__version__.split(".")[1]) < 9, reason="its shuffling was wrong")
def test_larger_groups_are_cut_as_the_newest_scikit_learn_cuts_them():
    rng = np.random.default_rng(0)
    groups, labels = rng.choice([f"g{each}" for each in range(40)], 300), rng.choice(3, 300)
    splitter = StratifiedGroupKFold(3, shuffle=True, random_state=7)
    theirs = [rows.tolist() for _, rows in splitter.split(groups, labels, groups)]

    assert shuffled(labels, groups, 7) == theirs
