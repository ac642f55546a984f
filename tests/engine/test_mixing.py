import numpy as np
import pytest

from dropdecay.engine.mixing import NO_MIXING, Draws, mixing_of
from dropdecay.settings import Regularization

KEY = np.array([3, 4], np.uint32)


def drawn(n_rows=4000, batch_size=1, n_columns=6, epoch=1, **knobs):
    return mixing_of(Regularization(**knobs), KEY, epoch, n_rows, batch_size, n_columns)


def test_nothing_is_mixed_where_nobody_asks_for_it():
    assert drawn() is NO_MIXING


@pytest.mark.parametrize("parameter", [0.2, 1.0, 3.0])
def test_shares_of_mixup_have_the_moments_of_their_distribution(parameter):
    mixing = drawn(mixup=parameter)
    assert mixing.shares.mean() == pytest.approx(0.5, abs=0.03)
    assert mixing.shares.var() == pytest.approx(1 / (4 * (2 * parameter + 1)), rel=0.1)
    np.testing.assert_array_equal(mixing.kept[:, 0], mixing.shares)


def test_cutmix_keeps_whole_columns_and_as_much_of_the_target():
    mixing = drawn(cutmix=1.0)
    assert set(np.unique(mixing.kept)) == {0.0, 1.0}
    np.testing.assert_allclose(mixing.shares, mixing.kept.mean(axis=1))
    assert mixing.shares.mean() == pytest.approx(0.5, abs=0.03)
    assert np.abs(mixing.kept.mean(axis=0) - 0.5).max() < 0.04  # no column is favoured


def test_with_both_each_batch_has_one_of_them_and_half_the_batches_each():
    both, mixup, cutmix = (drawn(**knobs) for knobs in (
        {"mixup": 0.5, "cutmix": 1.0}, {"mixup": 0.5}, {"cutmix": 1.0}))  # fmt: skip
    is_mixup = (both.kept == mixup.kept).all(axis=1)
    assert is_mixup.mean() == pytest.approx(0.5, abs=0.03)
    np.testing.assert_array_equal(both.kept[~is_mixup], cutmix.kept[~is_mixup])


def test_a_larger_parameter_moves_every_share_towards_a_half():
    weak, strong = (drawn(mixup=each).shares for each in (0.2, 1.0))
    assert (np.abs(strong - 0.5) <= np.abs(weak - 0.5)).all()
    assert ((strong > 0.5) == (weak > 0.5)).all()


@pytest.mark.parametrize(("n_rows", "size", "last"), [(70, 16, 6), (65, 16, 1), (64, 16, 16)])
def test_partners_are_other_rows_of_the_same_batch(n_rows, size, last):
    epochs = [Draws(KEY, epoch, n_rows, size).offsets for epoch in range(1, 200)]
    offsets = np.array(epochs)
    assert set(offsets[:, :-1].ravel()) == set(range(1, size))
    assert set(offsets[:, -1]) == (set(range(1, last)) if last > 1 else {0})


def test_every_epoch_is_mixed_in_its_own_way():
    assert not set(drawn(mixup=1.0).shares) & set(drawn(mixup=1.0, epoch=2).shares)
