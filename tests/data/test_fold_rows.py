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
