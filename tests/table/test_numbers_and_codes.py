"""Categories become codes that every fold shares; what a fold has not met is coded as unseen."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.table.encode import make_encoder
from dropdecay.table.numbers_and_codes import (
    MISSING,
    UNSEEN,
    NumbersAndCodes,
    categories_of,
)

TYPED = pd.DataFrame({
    "size": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0],
    "town": pd.Categorical(["Rome", "Oslo", "Rome", None, None, "Oslo"]),
    "paid": pd.array([True, False, True, False, True, None], dtype="boolean"),
})  # fmt: skip


def fitted(table=TYPED, training=None):
    encoder = NumbersAndCodes(categories_of(table))
    return encoder.fit(table if training is None else table.iloc[training])


def test_words_and_booleans_are_coded_in_sorted_order_beside_the_numbers():
    encoder = fitted()
    numbers, codes = encoder.transform(TYPED)
    assert encoder.categories == {"town": ("Oslo", "Rome"), "paid": ("false", "true")}
    assert encoder.cardinalities == (4, 4)
    np.testing.assert_array_equal(codes, [[3, 3], [2, 2], [3, 3], [1, 2], [1, 3], [2, 0]])
    assert (numbers.dtype, codes.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(numbers, make_encoder().fit_transform(TYPED[["size"]]))


def test_what_fewer_than_two_training_rows_have_is_unseen_and_codes_are_those_of_the_whole_table():
    encoder = fitted(training=[0, 1, 2, 3])  # Rome twice, Oslo and an empty cell once
    _, codes = encoder.transform(TYPED)
    np.testing.assert_array_equal(codes[:, 0], [3, UNSEEN, 3, UNSEEN, UNSEEN, UNSEEN])
    assert encoder.cardinalities == (4, 4)
    assert encoder.seen_["town"] == (None, "Oslo", "Rome")


def test_a_later_category_is_unseen_and_a_later_gap_is_missing():
    later = pd.DataFrame({"town": ["Bonn", None, "Rome"], "size": 0.0, "paid": [True] * 3})
    _, codes = fitted().transform(later)
    np.testing.assert_array_equal(codes[:, 0], [UNSEEN, MISSING, 3])


def test_a_table_without_numbers_gives_none():
    numbers, codes = fitted(TYPED[["town"]]).transform(TYPED)
    assert (numbers.shape, codes.shape) == ((6, 0), (6, 1))


def test_many_categories_are_coded_where_they_recur_and_text_where_they_do_not():
    words = np.array([f"w{number}" for number in range(100)])
    recurring = pd.DataFrame({"code": pd.Categorical(np.tile(words, 11))})
    assert len(categories_of(recurring)["code"]) == 100
    assert categories_of(recurring.iloc[:900]) == {}
    assert len(categories_of(recurring.iloc[:39])["code"]) == 39


@given(
    st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=4, max_size=30).filter(any),
    st.integers(1, 29),
    st.randoms(use_true_random=False),
)
def test_codes_stay_below_their_number_and_follow_from_cell_and_training_rows(words, n, random):
    table = pd.DataFrame({"word": pd.Categorical(words), "x": np.arange(float(len(words)))})
    training = sorted(random.sample(range(len(words)), min(n, len(words))))
    encoder = fitted(table, training)
    codes = encoder.transform(table)[1][:, 0]
    assert codes.max() < encoder.cardinalities[0]
    trained_on = [words[row] for row in training]
    in_order = [None, *sorted({each for each in words if each})]
    for word, code in zip(words, codes, strict=True):
        known = trained_on.count(word) >= 2
        assert code == (1 + in_order.index(word) if known else UNSEEN)
