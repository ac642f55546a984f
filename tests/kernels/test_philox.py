import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.kernels.philox import philox_words, stream_words
from tests.reference.philox import philox

WORD = st.integers(0, 2**32 - 1)
ONES = 0xFFFFFFFF


def words(counter, key):
    out = np.empty((4, 1), np.uint32)
    philox_words(*counter, np.array(key, np.uint32), out)
    return [int(word) for word in out[:, 0]]


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0, 0, 0), (0, 0), "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
        ((ONES,) * 4, (ONES,) * 2, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            "d16cfe09 94fdcceb 5001e420 24126ea1",
        ),
    ],
)
def test_words_are_the_published_ones(counter, key, expected):
    assert words(counter, key) == [int(word, 16) for word in expected.split()]


@given(counter=st.tuples(WORD, WORD, WORD, WORD), key=st.tuples(WORD, WORD))
def test_words_agree_with_plain_integers(counter, key):
    assert words(counter, key) == philox(counter, key)


@given(n_blocks=st.integers(1, 70), first=st.integers(0, 1000))
def test_a_block_does_not_depend_on_the_blocks_beside_it(n_blocks, first):
    key = np.array([3, 4], np.uint32)
    together = np.empty((4, n_blocks), np.uint32)

    philox_words(first, 5, 6, 7, key, together)

    for lane in (0, n_blocks - 1):
        assert together[:, lane].tolist() == words((first + lane, 5, 6, 7), (3, 4))


@given(n_words=st.integers(1, 300))
def test_a_longer_stream_begins_with_the_shorter_one(n_words):
    key = np.array([1, 2], np.uint32)
    long = stream_words(key, 8, 9, 301)

    short = stream_words(key, 8, 9, n_words)

    np.testing.assert_array_equal(short, long[:n_words])
    assert short[:4].tolist() == words((0, 8, 9, 0), (1, 2))[: min(4, n_words)]
