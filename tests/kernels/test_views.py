import numba
import numpy as np
import pytest

from dropdecay.kernels.views import flat_view, matrix_view, vector_view


@numba.njit
def write(buffer, start, n_rows, n_columns):
    view = matrix_view(buffer, start, n_rows, n_columns)
    for i in range(view.shape[0]):
        for j in range(view.shape[1]):
            view[i, j] = 10 * i + j
    vector = vector_view(buffer, start + n_rows * n_columns, 2)
    vector[0], vector[1] = -1, -2


@numba.njit
def flat_sum(array):
    return flat_view(array).sum()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
def test_writing_to_a_view_writes_to_the_buffer(dtype):
    ours, expected = np.zeros(20, dtype), np.zeros(20, dtype)

    write(ours, 5, 3, 4)

    rows, columns = np.indices((3, 4))
    expected[5:17] = (10 * rows + columns).ravel()
    expected[17:19] = np.array([-1, -2]).astype(dtype)
    np.testing.assert_array_equal(ours, expected)


def test_a_flat_view_has_all_elements_of_a_matrix():
    assert flat_sum(np.arange(6.0).reshape(2, 3)) == 15.0


def test_a_non_contiguous_array_is_refused():
    with pytest.raises(numba.TypingError, match="only an array in C order can be viewed"):
        flat_sum(np.arange(6.0).reshape(2, 3)[:, ::2])
