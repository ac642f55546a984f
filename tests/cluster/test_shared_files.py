from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from dropdecay.cluster.shared_files import MAPPED_BYTES, read_shared, remove_shared, write_shared

LARGE = np.arange(MAPPED_BYTES, dtype=np.float32)


@dataclass(frozen=True)
class Several:
    """A value of which this package knows nothing."""

    arrays: tuple
    names: tuple


@pytest.fixture
def path(tmp_path):
    return tmp_path / "7"


def shared(value, path):
    write_shared(value, path)
    return read_shared(path)


def is_mapped(array):
    return isinstance(array.base, np.memmap)


def test_large_arrays_are_mapped_wherever_they_are_and_small_ones_are_not(path):
    given = Several((LARGE, LARGE[:5], {"deep": [2 * LARGE]}), ("a", "b"))
    found = shared(given, path)
    assert found.names == ("a", "b")
    first, small, rest = found.arrays
    for one, other in ((first, LARGE), (small, LARGE[:5]), (rest["deep"][0], 2 * LARGE)):
        np.testing.assert_array_equal(one, other)
        assert type(one) is np.ndarray
    assert is_mapped(first)
    assert is_mapped(rest["deep"][0])
    assert not is_mapped(small)


def test_sparse_tables_are_mapped(path):
    table = csr_array(random_array((4000, 50), density=0.5, rng=0, dtype=np.float32))
    found = shared(table, path)
    assert isinstance(found, csr_array)
    assert is_mapped(found.data)
    assert (found != table).nnz == 0


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_order_of_a_table_stays(path, order):
    table = np.asarray(np.arange(2.0 * MAPPED_BYTES).reshape(-1, 2), order=order)
    found = shared(table, path)
    np.testing.assert_array_equal(found, table)
    assert found.strides == table.strides


def test_what_is_written_to_a_mapped_array_stays_here(path):
    first = shared(LARGE, path)
    first[0] = -1.0
    assert read_shared(path)[0] == 0.0


def test_an_array_is_written_once_however_often_it_occurs(path):
    first, second = shared([LARGE, LARGE], path)
    assert len(list(path.parent.glob("*.npy"))) == 1
    np.testing.assert_array_equal(first, second)


def test_an_array_that_is_mapped_already_is_not_written_again(path):
    mapped = np.memmap(path.with_name("table"), np.float32, "w+", 8, (4, LARGE.size))
    mapped[:] = LARGE
    mapped[2, :3] = 7.0
    mapped.flush()
    for table in (np.asarray(mapped), mapped[1:].view(np.ndarray)):
        found = shared(table, path)
        assert not list(path.parent.glob("*.npy"))
        np.testing.assert_array_equal(found, table)


def test_a_mapped_array_that_was_changed_here_alone_is_written(path):
    np.save(path.with_name("table.npy"), LARGE)
    mapped = np.load(path.with_name("table.npy"), mmap_mode="c")
    mapped[0] = 5.0
    assert shared(np.asarray(mapped), path)[0] == 5.0


def test_a_mapped_array_whose_file_is_gone_is_written(path):
    np.save(path.with_name("table.npy"), LARGE)
    mapped = np.load(path.with_name("table.npy"), mmap_mode="r")
    path.with_name("table.npy").unlink()
    np.testing.assert_array_equal(shared(np.asarray(mapped), path), LARGE)


def test_functions_are_shared_with_what_they_close_over(path):
    assert shared(lambda row: LARGE[row] + 1.0, path)(3) == 4.0


def test_objects_and_texts_are_pickled(path):
    words = np.array(["word"] * MAPPED_BYTES, object)
    np.testing.assert_array_equal(shared(words, path), words)


def test_all_files_of_a_value_are_removed_and_no_others(path):
    write_shared(LARGE, path)
    write_shared([LARGE, 2 * LARGE], path.with_name("71"))
    remove_shared(path)
    remove_shared(path)
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "71-0.npy", "71-1.npy", "71.pickle",
    ]  # fmt: skip
