import weakref
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from dropdecay import MLPClassifierCV
from dropdecay.data import encoded_folds as module
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import RowEncoding, encode_rows
from dropdecay.errors import Unfinished
from dropdecay.estimators import refit
from tests.limits import fill, small_disk

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
Y = np.zeros((40, 1), np.float32)
TRAINING = {
    0: np.arange(20), 1: np.arange(10, 40), 2: np.arange(5, 30), 3: np.arange(30)
}  # fmt: skip
N_FOLDS = 2


def folds(transformer, rows=X, **how):
    encoding = RowEncoding(False, transformer)
    return EncodedFolds(encoding, rows, Y, None, N_FOLDS, TRAINING.__getitem__, **how)


def test_each_fold_is_encoded_once_with_an_encoder_fitted_on_its_training_rows():
    with folds(StandardScaler()) as encoded:
        first, second = encoded(0), encoded(1)
        assert encoded(0) is first
    np.testing.assert_allclose(first.X[TRAINING[0]].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(second.X[TRAINING[1]].mean(axis=0), 0, atol=1e-6)
    assert first.y is second.y is Y


def test_without_an_encoder_all_folds_share_one_table():
    with folds(None) as encoded:
        assert encoded(0) is encoded(1)
        assert encoded(0).X is X


@pytest.fixture
def small_memory(monkeypatch):
    monkeypatch.setattr(module, "IN_MEMORY_BYTES", 2 * X.nbytes - 1)


def test_folds_too_large_for_memory_are_put_into_mapped_files_that_are_deleted_at_the_end(
    small_memory, tmp_path
):
    with folds(StandardScaler(), folder=tmp_path) as encoded:
        mapped = encoded(1).X
        assert list(tmp_path.rglob("fold-1.*"))
        assert isinstance(mapped.base, np.memmap)
        assert not mapped.flags.writeable
        with folds(StandardScaler()) as plain:
            np.testing.assert_array_equal(mapped, plain(1).X)
        del mapped
    assert not list(Path(tmp_path).iterdir())


class TwoMatrices(StandardScaler):
    """For a network of two inputs."""

    def transform(self, X):
        scaled = super().transform(X)
        return scaled, (scaled > 0).astype(np.int64)


def test_several_arrays_are_mapped_each_in_its_type(small_memory, tmp_path):
    with folds(TwoMatrices(), folder=tmp_path) as encoded, folds(StandardScaler()) as plain:
        numbers, signs = encoded(1).X.arrays
        assert isinstance(numbers.base, np.memmap)
        np.testing.assert_array_equal(numbers, plain(1).X)
        np.testing.assert_array_equal(signs, plain(1).X > 0)
        assert signs.dtype == np.int64
        del numbers, signs


def test_a_disk_too_small_for_the_mapped_files_is_told_in_words(small_memory, tmp_path):
    with (
        small_disk(tmp_path / "disk", 64) as disk,
        folds(StandardScaler(), folder=disk) as encoded,
    ):
        fill(disk, 0)
        with pytest.raises(Unfinished, match=r"No space left on device\. Make room"):
            encoded(1)


def test_sparse_tables_stay_in_memory(small_memory):
    with folds(MaxAbsScaler(), csr_array(X)) as encoded:
        assert encoded(0).X.format == "csr"


def test_of_the_folds_of_further_cuts_only_the_latest_is_kept(small_memory, tmp_path):
    with folds(StandardScaler(), folder=tmp_path) as encoded:
        first, further = encoded(0), encoded(2)
        np.testing.assert_allclose(further.X[TRAINING[2]].mean(axis=0), 0, atol=1e-6)
        assert encoded(2) is further
        latest = encoded(3)
        np.testing.assert_allclose(latest.X[TRAINING[3]].mean(axis=0), 0, atol=1e-6)
        assert encoded(2) is not further
        assert encoded(0) is first
        assert {path.name for path in tmp_path.rglob("fold-*")} == {
            "fold-0.float32", "fold-2.float32"
        }  # fmt: skip


def test_without_an_encoder_further_cuts_share_the_table_too():
    with folds(None) as encoded:
        assert encoded(3) is encoded(0)


class Counted:
    """Encodes rows, and counts the tables in memory whenever another is about to be made."""

    def __init__(self):
        self.alive, self.seen = 0, []

    def __call__(self, *args):
        self.seen.append(self.alive)
        X, encoder = encode_rows(*args)
        self.alive += 1
        weakref.finalize(X, self.gone)
        return X, encoder

    def gone(self):
        self.alive -= 1


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
def test_one_encoded_table_is_in_memory_at_a_time(small_memory, monkeypatch, tmp_path):
    counted = Counted()
    for each in (module, refit):
        monkeypatch.setattr(each, "encode_rows", counted)
    rows = np.random.default_rng(0).normal(size=(60, 3))
    search = MLPClassifierCV(
        4, dropouts=(0, 0.3), weight_decays=(0, 0.1), cv=2, max_iter=4, n_repeats=3, n_jobs=2,
        encoder=StandardScaler(), extend=False, baselines=False, store=tmp_path / "runs.db",
    )  # fmt: skip
    search.fit(rows, rows[:, 0] > 0)
    assert len(counted.seen) == 2 * 3 + 1  # two folds of three cuts, and all rows
    assert set(counted.seen) == {0}
