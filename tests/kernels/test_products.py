import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.kernels.products import blas_product, find_blas, scipy_blas

SIZE = st.integers(1, 40)
BLAS = {"found": lambda: find_blas()[0], "SciPy's": scipy_blas}


@pytest.mark.parametrize("name", BLAS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("turns", [(0, 0), (1, 0), (0, 1), (1, 1)])
@given(m=SIZE, n=SIZE, k=SIZE)
def test_products_agree_with_numpy(name, dtype, turns, m, n, k):
    rng = np.random.default_rng(0)
    a = rng.normal(size=(k, m) if turns[0] else (m, k)).astype(dtype)
    b = rng.normal(size=(n, k) if turns[1] else (k, n)).astype(dtype)
    out = np.full((m, n), np.nan, dtype)

    blas_product(BLAS[name](), *turns, a, b, out)

    expected = (a.T if turns[0] else a).astype(float) @ (b.T if turns[1] else b).astype(float)
    np.testing.assert_allclose(out, expected, atol=40 * 40 * np.finfo(dtype).eps)


def test_the_blas_in_use_has_a_name():
    assert find_blas()[1]
