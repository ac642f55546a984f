"""The pilot: rows that every fold trains on and none holds out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.data import pilot_rows
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.pilot_rows import folds_with_pilot

N_ROWS = 800
CLASSES = np.arange(N_ROWS) % 4 == 0


@pytest.fixture(autouse=True, scope="module")
def small_tables_count_as_large():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pilot_rows, "FROM_ROWS", 400)
        yield


def with_pilot(labels=None, groups=None, weights=None, n_folds=5, random_state=0, n_rows=N_ROWS):
    return folds_with_pilot(n_rows, labels, n_folds, groups, weights, random_state)


@given(
    random_state=st.integers(0, 2**31 - 1),
    n_folds=st.integers(2, 6),
    n_groups=st.one_of(st.none(), st.integers(40, N_ROWS)),
    stratified=st.booleans(),
)
def test_all_folds_train_on_the_pilot_and_none_holds_it_out(
    random_state, n_folds, n_groups, stratified
):
    groups = None if n_groups is None else np.arange(N_ROWS) % n_groups
    labels = CLASSES if stratified else None
    folds, pilot = with_pilot(labels, groups, None, n_folds, random_state)
    held = np.concatenate([validation for _, validation in folds])
    assert np.array_equal(np.sort(np.r_[held, pilot.rows]), np.arange(N_ROWS))
    for training, validation in folds:
        assert np.isin(pilot.rows, training).all()
        assert np.array_equal(np.sort(np.r_[training, validation]), np.arange(N_ROWS))
    own = np.concatenate([validation for _, validation in pilot.folds])
    assert np.array_equal(np.sort(own), np.arange(pilot.rows.size))
    if groups is not None:
        others = np.setdiff1d(np.arange(N_ROWS), pilot.rows)
        assert not np.intersect1d(groups[pilot.rows], groups[others]).size
        for training, validation in folds:
            assert not np.intersect1d(groups[training], groups[validation]).size


def test_it_is_an_eighth_of_the_rows_up_to_a_limit(monkeypatch):
    assert with_pilot()[1].rows.size == 100
    monkeypatch.setattr(pilot_rows, "MOST_ROWS", 40)
    assert with_pilot()[1].rows.size == 40


def test_classes_have_the_share_of_the_table():
    _, pilot = with_pilot(CLASSES)
    assert CLASSES[pilot.rows].mean() == 0.25


def test_a_class_that_is_too_rare_stays_out_of_the_pilot_and_is_in_every_fold():
    labels = np.where(np.arange(N_ROWS) < 6, "rare", "common")
    folds, pilot = with_pilot(labels)
    assert (labels[pilot.rows] == "common").all()
    assert all((labels[validation] == "rare").any() for _, validation in folds)


def test_a_rare_class_keeps_its_groups_out_of_the_pilot():
    labels = np.where(np.arange(N_ROWS) % 133 == 0, "rare", "common")  # 7 rows
    for random_state in range(5):
        folds, pilot = with_pilot(labels, np.arange(N_ROWS) // 3, random_state=random_state)
        assert (labels[pilot.rows] == "common").all()
        assert all((labels[validation] == "rare").any() for _, validation in folds)


def test_rows_of_classes_too_rare_for_the_pilot_are_in_none_of_its_folds():
    labels = np.where(np.arange(N_ROWS) % 32 == 0, "rare", "common")  # 25 rows
    groups = np.arange(N_ROWS) // 2
    for random_state in range(20):
        _, pilot = with_pilot(labels, groups, random_state=random_state)
        of_pilot = labels[pilot.rows]
        judged = np.concatenate([validation for _, validation in pilot.folds])
        if 0 < (of_pilot == "rare").sum() < 3:
            assert (of_pilot[judged] == "common").all()
            return
    raise AssertionError("no draw with so few of them")


def test_another_seed_draws_another_pilot():
    assert not np.array_equal(with_pilot()[1].rows, with_pilot(random_state=1)[1].rows)


@pytest.mark.parametrize(
    "how",
    [
        {"n_rows": 399},
        {"groups": np.repeat([0, 1, 2, 3, 4, 5, 6, 7], 100) // 2},  # each is more than a pilot
        {"weights": (np.arange(N_ROWS) < 4).astype(np.float32)},
        {"labels": np.arange(N_ROWS) // 5},
    ],
    ids=["few rows", "large groups", "few rows of any weight", "rare classes alone"],
)
def test_a_table_that_cannot_spare_one_has_none(how):
    assert with_pilot(**how) is None


@pytest.mark.parametrize("groups", [None, np.arange(N_ROWS) // 4])
def test_no_further_cut_holds_the_pilot_out(groups):
    folds, pilot = with_pilot(CLASSES, groups)
    cuts = Cuts(folds, 0, recut_of(5, N_ROWS, CLASSES, groups, folds, pilot), N_ROWS)
    assert cuts.cuts_anew
    for cut in range(3):
        rows = [cuts[5 * cut + fold] for fold in range(5)]
        held = np.concatenate([each.validation for each in rows])
        assert np.array_equal(np.sort(held), np.setdiff1d(np.arange(N_ROWS), pilot.rows))
        assert all(np.isin(pilot.rows, each.training).all() for each in rows)
    assert not np.array_equal(cuts[0].validation, cuts[5].validation)
    assert (cuts.first_fold_of_row[pilot.rows] == -1).all()
