import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as of_numpy
from scipy.sparse import csr_array

from dropdecay.cluster.packed import ALIGNMENT, n_bytes, pack, unpack
from dropdecay.engine.protocol import Dataset
from dropdecay.errors import NotShared

TABLE = np.arange(3000, dtype=np.float32).reshape(-1, 3)


def sent(packed, offset):
    """What arrives of a packed value: read-only arrays that begin anywhere."""
    head, arrays = packed
    return head, [np.frombuffer(bytes(offset) + each.tobytes(), np.uint8)[offset:]
                  for each in arrays]  # fmt: skip


@given(
    of_numpy.arrays(
        of_numpy.scalar_dtypes().filter(lambda kind: kind.isnative),
        of_numpy.array_shapes(min_dims=0, min_side=0),
    ),
    st.integers(0, 70),
)
def test_arrays_of_any_kind_arrive_as_they_were(array, offset):
    found = unpack(sent(pack([array, "name"]), offset))
    assert found[0].dtype == array.dtype
    assert found[0].shape == array.shape
    assert found[0].tobytes() == array.tobytes()
    assert found[1] == "name"


@pytest.mark.parametrize("offset", [0, 1, 33])
def test_arrays_arrive_as_kernels_were_compiled_for_them(offset):
    found = unpack(sent(pack(Dataset(TABLE, TABLE[:, :1].copy())), offset)).X
    np.testing.assert_array_equal(found, TABLE)
    assert found.ctypes.data % ALIGNMENT == 0
    assert found.flags.writeable
    assert found.flags.c_contiguous


def test_what_lies_well_is_not_copied():
    room = np.zeros(TABLE.nbytes + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    head, (content,) = pack(TABLE)
    room[start : start + content.size] = content
    room.setflags(write=False)
    found = unpack((head, [room[start : start + content.size]]))
    np.testing.assert_array_equal(found, TABLE)
    assert found.ctypes.data == room.ctypes.data + start


def test_packing_copies_no_array():
    _, (content,) = pack(TABLE)
    assert np.shares_memory(content, TABLE)
    assert n_bytes(pack(TABLE)) == pytest.approx(TABLE.nbytes, abs=500)


def test_sparse_tables_arrive():
    table = csr_array(np.where(TABLE % 7 == 0, TABLE, 0))
    found = unpack(sent(pack(table), 5))
    assert (found != table).nnz == 0


def test_memory_is_held_as_long_as_an_array_is():
    arrays = [unpack(sent(pack(TABLE), 0)) for _ in range(50)]
    for each in arrays:
        np.testing.assert_array_equal(each, TABLE)


@pytest.fixture
def mapped(tmp_path):
    """The table in a file, as it is mapped here."""
    path = tmp_path / "maps" / "X.float32"
    path.parent.mkdir()
    TABLE.tofile(path)
    return np.asarray(np.memmap(path, np.float32, "r+").reshape(-1, 3))


def test_of_what_lies_in_a_folder_that_all_have_only_the_place_is_packed(mapped, tmp_path):
    given = Dataset(mapped[20:700], TABLE[20:700, :1].copy())
    for again in (False, True):  # a worker passes it on to the next
        packed = pack(given, tmp_path / "maps", again=again)
        assert n_bytes(packed) < given.y.nbytes + 1000
        given = unpack(sent(packed, 1))
        np.testing.assert_array_equal(given.X, TABLE[20:700])
        np.testing.assert_array_equal(given.y, TABLE[20:700, :1])
        assert given.X.flags.writeable


def test_what_lies_in_other_files_is_packed_itself(mapped, tmp_path):
    for maps in (None, tmp_path / "others"):
        assert n_bytes(pack(mapped, maps)) > TABLE.nbytes
    assert n_bytes(pack(mapped[:, ::2], tmp_path / "maps")) > TABLE.nbytes / 2


@pytest.mark.parametrize("there", [b"", b"short"])
def test_a_file_that_another_machine_does_not_have_is_named_with_the_remedy(
    mapped, tmp_path, there
):
    packed = pack(mapped, tmp_path / "maps")
    path = tmp_path / "maps" / "X.float32"
    path.unlink()
    if there:
        path.write_bytes(there)
    said = r"A worker on .* cannot read .*X\.float32 .*all machines share under the same path"
    with pytest.raises(NotShared, match=said):
        unpack(packed)


def test_functions_are_packed_with_what_they_close_over():
    assert unpack(pack(lambda row: TABLE[row, 0] + 1.0))(2) == 7.0
    assert pickle.loads(pickle.dumps(pack(TABLE)))
