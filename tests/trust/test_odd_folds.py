"""Folds that are harder than the others: planted ones are found, dealt rows make none."""

import numpy as np
import pytest

from dropdecay.trust.odd_folds import odd_folds


def losses(seed, n_rows=500, n_folds=5):
    """Heavy-tailed losses of rows that are dealt at random."""
    rng = np.random.default_rng(seed)
    return rng.gamma(0.3, 1.0, n_rows), np.arange(n_rows) % n_folds


def test_rows_dealt_at_random_make_no_odd_fold():
    n_odd = sum(len(odd_folds(loss, np.ones(500), fold)) for loss, fold in map(losses, range(300)))
    assert n_odd <= 6  # 2 %


def test_a_fold_of_harder_rows_is_named_with_its_losses():
    loss, fold = losses(0)
    loss = np.where(fold == 2, 3 * loss, loss)
    (found,) = odd_folds(loss, np.ones(500), fold)
    assert (found.fold, found.n_rows) == (2, 100)
    assert found.loss == pytest.approx(loss[fold == 2].mean())
    means = [loss[fold == each].mean() for each in (0, 1, 3, 4)]
    assert found.others == pytest.approx(np.median(means))
    assert found.sentence.startswith("Fold 3 is harder than the others: a mean loss of ")


def test_few_rows_of_any_size_make_no_fold_odd():
    loss, fold = losses(0)
    loss[:3] = 1e6
    assert odd_folds(loss, np.ones(500), fold) == ()


def test_a_fold_that_is_little_harder_is_not_odd_however_many_rows_say_so():
    loss, fold = losses(0, 100_000)
    assert odd_folds(np.where(fold == 2, 1.3 * loss, loss), np.ones(100_000), fold) == ()


def test_weights_count_as_rows():
    loss, fold = losses(0)
    loss = np.where(fold == 2, 3 * loss, loss)
    (light,), (even,) = (odd_folds(loss, np.full(500, each), fold) for each in (0.01, 1.0))
    assert light.loss == pytest.approx(even.loss)
    heavy = np.where(np.arange(500) == np.argmax(np.where(fold == 2, loss, 0.0)), 1e6, 1.0)
    assert odd_folds(loss, heavy, fold) == ()  # a single row has all the weight of the fold


@pytest.mark.parametrize("n_folds", [1, 2])
def test_of_two_folds_none_is_odd(n_folds):
    loss, fold = losses(0, n_folds=n_folds)
    assert odd_folds(np.where(fold == 0, 9 * loss, loss), np.ones(500), fold) == ()


def test_a_fold_of_a_few_rows_is_not_judged():
    loss, fold = losses(0)
    fold = np.where((fold == 2) & (np.arange(500) > 45), 0, fold)
    assert odd_folds(np.where(fold == 2, 100.0, loss), np.ones(500), fold) == ()


@pytest.mark.parametrize("loss", [np.zeros(3), np.array([1.0, 1.0, 50.0])])
def test_three_rows_are_too_few_to_tell(loss):
    assert odd_folds(loss, np.ones(3), np.arange(3)) == ()
