import numpy as np
import pytest

from dropdecay.kernels.weight_summary import LANES, NEAR_ZERO, weigh


@pytest.mark.parametrize("size", [1, LANES - 1, LANES, 3 * LANES + 7])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_norm_and_share_agree_with_numpy_at_any_length(size, dtype):
    weights = np.random.default_rng(size).normal(0, 2 * NEAR_ZERO, size).astype(dtype)
    norm, share = weigh(weights)
    assert norm == pytest.approx(np.linalg.norm(weights.astype(np.float64)), rel=1e-14)
    assert share == np.mean(np.abs(weights) < dtype(NEAR_ZERO))


def test_the_threshold_itself_does_not_count_as_near_zero():
    weights = np.array([0.0, -NEAR_ZERO, NEAR_ZERO, 0.9 * NEAR_ZERO, -1.0], np.float32)
    assert weigh(weights)[1] == pytest.approx(2 / 5)


def test_squares_too_large_for_float32_do_not_overflow():
    assert weigh(np.full(4, 1e30, np.float32))[0] == pytest.approx(2e30, rel=1e-6)
