import numpy as np
import pytest
from scipy import stats

from dropdecay.kernels.noise import draw_normals
from tests.reference.philox import normals

KEY = np.array([3, 4], np.uint32)


def drawn(size, step=1, key=KEY, dtype=np.float64):
    numbers = np.empty(size, dtype)
    draw_normals(step, key, numbers)
    return numbers


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 1001])
def test_numbers_are_those_of_box_and_muller_on_the_words_of_philox(size):
    np.testing.assert_allclose(drawn(size, 5), normals((size,), 5, KEY), rtol=1e-12, atol=1e-15)


def test_numbers_are_standard_normal_and_neighbours_are_independent():
    numbers = drawn(100_000)
    assert stats.kstest(numbers, "norm").pvalue > 1e-3
    for lag in (1, 2, 3, 4):
        assert abs(np.corrcoef(numbers[lag:], numbers[:-lag])[0, 1]) < 0.013  # 4 standard errors


def test_every_step_and_key_has_its_own_numbers():
    first, later, other = drawn(8), drawn(8, step=2), drawn(8, key=KEY[::-1].copy())
    assert len({*first, *later, *other}) == 24


def test_float32_numbers_are_the_same_rounded():
    np.testing.assert_array_equal(drawn(999, dtype=np.float32), drawn(999).astype(np.float32))
