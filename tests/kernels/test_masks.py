import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropdecay.kernels.masks import draw_decisions, dropout_flat, padded, scale_of, threshold_of
from tests.reference.philox import decision

KEY = np.array([123456789, 987654321], np.uint32)


def decisions(n, step=1, stream=0, key=KEY):
    out = np.empty(padded(n), np.uint16)
    draw_decisions(0, step, stream, 0, key, out)
    return out[:n]


def kept(n, rate, **where):
    return decisions(n, **where) >= threshold_of(rate)


def test_decisions_follow_the_layout_element_by_element():
    drawn = decisions(300, step=5, stream=2)

    expected = [decision(e, 5, 2, [int(k) for k in KEY]) for e in range(300)]

    assert drawn.tolist() == expected


@given(rate=st.floats(0, 1))
def test_the_expectation_is_exact_for_the_rate_applied(rate):
    threshold = threshold_of(rate)

    survivors = (65536 - threshold) / 65536

    assert abs(threshold / 65536 - rate) <= 2**-17
    assert survivors * scale_of(threshold) == pytest.approx(1.0 if threshold < 65536 else 0.0)


@given(low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_larger_rate_drops_a_superset(low, high):
    low, high = sorted((low, high))
    assert (kept(1000, high) <= kept(1000, low)).all()


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.25, 0.5, 0.8])
def test_the_kept_fraction_is_right_at_the_one_in_a_thousand_level(rate):
    n = 1_000_000
    count = int(kept(n, rate).sum())

    p_value = stats.binomtest(count, n, 1 - threshold_of(rate) / 65536).pvalue

    assert p_value > 1e-3


def test_decisions_are_uniform_by_chi_square_at_the_one_in_a_thousand_level():
    counts = np.bincount(decisions(2**20) >> 8, minlength=256)
    assert stats.chisquare(counts).pvalue > 1e-3


OTHERS = {
    "the next unit": lambda n: kept(n + 1, 0.5)[1:],
    "the same unit of the next row (width 128)": lambda n: kept(n + 128, 0.5)[128:],
    "the next lane of the tile": lambda n: kept(n + 16, 0.5)[16:],
    "the next layer": lambda n: kept(n, 0.5, stream=1),
    "the next step": lambda n: kept(n, 0.5, step=2),
    "another purpose": lambda n: kept(n, 0.5, stream=1 << 16),
    "another key": lambda n: kept(n, 0.5, key=KEY + np.uint32(1)),
}


@pytest.mark.parametrize("name", OTHERS)
def test_masks_do_not_correlate_with(name):
    n = 1_000_000
    mine, other = kept(n, 0.5).astype(float), OTHERS[name](n).astype(float)

    correlation = np.corrcoef(mine, other)[0, 1]

    # Under independence sqrt(n) * r is standard normal; 3.9 is the one in ten thousand level.
    assert abs(correlation) * np.sqrt(n) < 3.9


def test_every_unit_is_kept_equally_often_over_steps():
    n_steps, n_units = 400, 256
    total = sum(kept(n_units, 0.3, step=step).astype(int) for step in range(1, n_steps + 1))

    spread = (total - 0.7 * n_steps) ** 2 / (0.3 * 0.7 * n_steps)

    assert stats.chi2(n_units).sf(spread.sum()) > 1e-3


@given(n=st.integers(0, 9000), rate=st.floats(0, 1))
def test_an_array_is_masked_as_its_decisions_say(n, rate):
    values = np.linspace(-3, 5, n).astype(np.float32)
    out, mask = np.empty_like(values), np.empty(n, bool)

    dropout_flat(values, threshold_of(rate), KEY, out, mask)

    expected = kept(n, rate)
    scale = np.float32(scale_of(threshold_of(rate)))
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(out, np.where(expected, values * scale, 0))
