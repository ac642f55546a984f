import numpy as np
import pytest

from dropdecay.data.fold_rows import (
    MIN_MEASURED,
    fold_rows,
    refit_rows,
    repeats_of,
    rows_of_folds,
)
from dropdecay.engine.protocol import REFIT_FOLD


@pytest.mark.parametrize(("n_training", "n_validation"), [(40, 10), (5000, 300), (5000, 3000)])
def test_the_training_loss_is_measured_on_enough_training_rows(n_training, n_validation):
    rows = fold_rows(np.arange(n_training), np.arange(n_training, n_training + n_validation), 0, 1)
    assert rows.measured.size == min(n_training, max(n_validation, MIN_MEASURED))
    assert np.unique(rows.measured).size == rows.measured.size
    assert np.isin(rows.measured, rows.training).all()


@pytest.mark.parametrize("n_validation", [1, 7, 100, 101, 250])
def test_blocks_of_validation_rows_differ_in_size_by_at_most_one_row(n_validation):
    rows = fold_rows(np.arange(300), np.arange(n_validation), 0, 1)
    sizes = np.bincount(rows.blocks)
    assert sizes.size == min(100, n_validation)
    assert sizes.max() - sizes.min() <= 1


def test_the_refit_trains_on_all_rows():
    rows = refit_rows(30, 0)[REFIT_FOLD]
    np.testing.assert_array_equal(rows.training, np.arange(30))
    assert rows.validation.size == 0


def test_a_row_is_in_the_same_block_in_every_repeat():
    cuts = [np.random.default_rng(repeat).permutation(60) for repeat in range(2)]
    folds = [(np.setdiff1d(cut, held), held) for cut in cuts for held in np.split(cut, 3)]
    blocks = {}
    for rows in rows_of_folds(folds, 0).values():
        for row, block in zip(rows.validation, rows.blocks, strict=True):
            assert blocks.setdefault(row, block) == block
    assert repeats_of([held for _, held in folds]).tolist() == [0, 0, 0, 1, 1, 1]


GROUPS = np.random.default_rng(0).permutation(np.arange(60) % 7)


def of_groups(*cuts):
    """Folds of two, two and three whole groups, for each order of the groups."""
    return [
        (np.flatnonzero(~np.isin(GROUPS, held)), np.flatnonzero(np.isin(GROUPS, held)))
        for cut in cuts for held in np.split(np.array(cut), [2, 4])
    ]  # fmt: skip


@pytest.mark.parametrize("cuts", [[range(7)], [range(7), [3, 6, 0, 2, 5, 1, 4]]])
def test_a_block_holds_whole_groups(cuts):
    block_of_group = {}
    for fold, rows in rows_of_folds(of_groups(*cuts), 0, groups=GROUPS).items():
        in_all_repeats = None if len(cuts) > 1 else fold
        for row, block in zip(rows.validation, rows.blocks, strict=True):
            known = block_of_group.setdefault((in_all_repeats, GROUPS[row]), block)
            assert known == block
        assert np.unique(rows.blocks).size == np.unique(GROUPS[rows.validation]).size


def test_groups_leave_the_rows_that_the_training_loss_is_measured_on():
    with_groups, without = (
        rows_of_folds(of_groups(range(7)), 0, 0, each) for each in (GROUPS, None)
    )
    for fold, rows in without.items():
        np.testing.assert_array_equal(rows.measured, with_groups[fold].measured)
        assert np.unique(rows.blocks).size == rows.validation.size


def test_many_groups_are_dealt_to_blocks_evenly():
    groups = np.arange(1000) // 2
    rows = fold_rows(np.arange(10), np.arange(1000), 0, 1, groups=groups)
    assert np.bincount(rows.blocks).tolist() == [10] * 100
    assert all(np.unique(rows.blocks[groups == each]).size == 1 for each in range(500))
