import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.data.dealing import (
    TEACHING,
    GroupDealer,
    RowDealer,
    Shares,
    numbers_of_groups,
    teaching_rows,
)
from dropdecay.errors import BadInput


def dealt(classes, n_folds=3, teaching=20, searched=None, seed=0, part=64):
    """The places of all rows, dealt part by part, and the teaching rows."""
    classes = np.asarray(classes)
    taught = teaching_rows(classes.size, teaching, seed)
    counts = np.bincount(np.delete(classes, taught), minlength=classes.max() + 1)
    searched = searched or classes.size
    last = (classes.size - searched) // 5
    shares = Shares(taught.size, searched, last, classes.size, n_folds)
    dealer = RowDealer(shares, taught, counts, seed)
    places = [
        dealer.deal(first, classes[first : first + part]) for first in range(0, classes.size, part)
    ]
    return np.concatenate(places), taught


@given(
    n_rows=st.integers(60, 500), n_classes=st.integers(1, 4), n_folds=st.integers(2, 5),
    seed=st.integers(0, 9),
)  # fmt: skip
def test_every_row_has_a_place_and_the_folds_are_equally_large_and_mixed(
    n_rows, n_classes, n_folds, seed
):
    classes = np.random.default_rng(seed).integers(0, n_classes, n_rows)

    places, taught = dealt(classes, n_folds, seed=seed)

    assert np.flatnonzero(places == TEACHING).tolist() == taught.tolist()
    folds = places[places != TEACHING] - 1
    assert folds.min() >= 0
    assert folds.max() < n_folds
    assert np.ptp(np.bincount(folds, minlength=n_folds)) <= 1
    for each in range(n_classes):
        held = np.bincount(places[(classes == each) & (places > 0)], minlength=n_folds + 1)[1:]
        assert np.ptp(held) <= 1


def test_a_part_of_the_rows_is_searched_and_the_classes_keep_their_shares():
    classes = np.repeat([0, 1, 2], (700, 280, 20))

    places, _ = dealt(classes, n_folds=4, teaching=100, searched=500)

    searched = np.bincount(classes[places < 5], minlength=3)
    assert searched.sum() == pytest.approx(500, abs=8)
    np.testing.assert_allclose(searched[:2], [350, 140], atol=12)
    # However few are searched, every fold holds out a row of a rare class.
    rare = places[classes == 2]
    assert all((rare == fold).any() for fold in range(1, 5))
    assert (places == 6).sum() == pytest.approx(100, abs=8)
    assert (places == 5).sum() == pytest.approx(400, abs=8)


def test_the_order_of_the_rows_has_no_say_in_what_a_place_holds():
    ordered = np.arange(4000)  # such as files sorted by date

    places, taught = dealt(np.zeros(4000, int), n_folds=2, teaching=400, searched=1000, part=100)

    for place in range(5):
        mean = ordered[places == place].mean()
        assert abs(mean - 2000) < 4 * 1155 / np.sqrt((places == place).sum())
        within = (ordered % 100)[places == place].mean()
        assert abs(within - 49.5) < 4 * 29 / np.sqrt((places == place).sum())
    assert abs(taught.mean() - 2000) < 4 * 1155 / np.sqrt(400)


def test_another_seed_deals_other_places_and_the_same_seed_the_same():
    classes = np.zeros(300, int)

    assert (dealt(classes, seed=1)[0] == dealt(classes, seed=1)[0]).all()
    assert (dealt(classes, seed=1)[0] != dealt(classes, seed=2)[0]).any()


def groups_dealt(groups, n_folds=3, teaching=0.1, searched=1.0, *, known=True, seed=0):
    n_rows = len(groups)
    n_searched = round(searched * n_rows)
    shares = Shares(
        round(teaching * n_rows), n_searched, (n_rows - n_searched) // 3, n_rows, n_folds
    )
    seen = np.unique(numbers_of_groups(groups, seed)) if known else None
    return GroupDealer(shares, seen, seed).deal(0, np.zeros(n_rows, int), groups)


@pytest.mark.parametrize("known", [True, False])
def test_a_group_is_never_in_two_places_and_every_place_gets_its_share(known):
    groups = np.random.default_rng(0).permutation(np.repeat(np.arange(2000), 3))

    places = groups_dealt(groups, searched=0.7, known=known)

    assert all(np.unique(places[groups == each]).size == 1 for each in range(0, 2000, 50))
    shares = np.bincount(places) / groups.size
    np.testing.assert_allclose(
        shares, [0.1, 0.2, 0.2, 0.2, 0.2, 0.1], atol=0.001 if known else 0.04
    )


@given(n_groups=st.integers(4, 30), seed=st.integers(0, 20))
def test_however_few_groups_there_are_every_fold_and_the_encoder_have_one(n_groups, seed):
    groups = np.array([f"group {number % n_groups}" for number in range(3 * n_groups)])

    places = groups_dealt(groups, seed=seed)

    assert np.unique(places).tolist() == [0, 1, 2, 3]


def test_fewer_groups_than_places_are_refused():
    with pytest.raises(BadInput, match="There are 3 groups, fewer than 4: at least one each"):
        groups_dealt(np.arange(30) % 3)
    with pytest.raises(BadInput, match=r"to say how long to train\. Use fewer folds"):
        groups_dealt(np.arange(30) % 5, searched=0.5)
