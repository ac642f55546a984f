import numpy as np
import pytest

from dropdecay.data import row_maps
from dropdecay.data.row_maps import Part, open_row_maps, write_row_maps
from dropdecay.errors import BadInput, Unfinished
from tests.limits import files_of_at_most

N_ROWS, N_FEATURES = 3000, 3


def parts_of(places, size=250, *, weighted=True):
    """Rows whose numbers can be told from every value of theirs."""
    for first in range(0, len(places), size):
        rows = np.arange(first, min(first + size, len(places)))
        X = (rows[:, None] + np.arange(N_FEATURES) / 4).astype(np.float32)
        weight = (rows / 8).astype(np.float32) if weighted else None
        groups = rows // 2 / 4 if weighted else None
        yield Part(places[rows], rows, X, -rows.astype(np.float32), weight, groups)


def written(folder, places, seed=0, **how):
    folder.mkdir()
    weighted = how.get("weighted", True)
    write_row_maps(
        folder, parts_of(places, **how), np.bincount(places), N_FEATURES, seed,
        weighted=weighted, grouped=weighted,
    )  # fmt: skip
    return open_row_maps(folder, N_FEATURES)


@pytest.fixture
def small_buckets(monkeypatch):
    monkeypatch.setattr(row_maps, "BUCKET_BYTES", 4000)


PLACES = np.random.default_rng(0).integers(0, 4, N_ROWS)


@pytest.mark.usefixtures("small_buckets")
def test_every_row_is_at_its_place_once_with_its_target_weight_and_group(tmp_path):
    maps = written(tmp_path / "maps", PLACES)

    numbers = maps.X[:, 0].astype(int)
    assert sorted(numbers) == list(range(N_ROWS))
    assert (PLACES[numbers] == np.repeat(range(4), maps.sizes)).all()
    np.testing.assert_array_equal(maps.X[:, 2], numbers + 0.5)
    np.testing.assert_array_equal(maps.y[:, 0], -numbers)
    np.testing.assert_array_equal(maps.sample_weight, numbers / 8)
    np.testing.assert_array_equal(maps.groups, numbers // 2 / 4)
    assert maps.rows.tolist() == numbers.tolist()
    assert maps.numbers.tolist() == list(range(N_ROWS))


@pytest.mark.usefixtures("small_buckets")
def test_within_a_place_rows_are_in_random_order_over_all_its_buckets(tmp_path):
    maps = written(tmp_path / "maps", np.zeros(N_ROWS, int))

    numbers = maps.X[:, 0]
    # Of 20 neighbours the mean is off by 1 / sqrt(12 * 20) of the range, from any file or part.
    means = numbers.reshape(-1, 20).mean(axis=1)
    assert means.std() == pytest.approx(N_ROWS / np.sqrt(12 * 20), rel=0.2)
    assert abs(np.corrcoef(numbers[1:], numbers[:-1])[0, 1]) < 4 / np.sqrt(N_ROWS)


@pytest.mark.usefixtures("small_buckets")
def test_no_bucket_is_much_larger_than_it_may_be(tmp_path, monkeypatch):
    sizes, write = [], row_maps._write_arrays

    def watched(folder, *how):
        sizes.extend(path.stat().st_size for path in folder.iterdir())
        write(folder, *how)

    monkeypatch.setattr(row_maps, "_write_arrays", watched)

    written(tmp_path / "maps", PLACES)

    assert len(sizes) > 20
    assert max(sizes) < 1.5 * row_maps.BUCKET_BYTES


def test_the_order_depends_on_the_seed_and_on_nothing_else(tmp_path):
    one, same, other = (
        written(tmp_path / f"maps-{number}", PLACES, seed) for number, seed in enumerate((1, 1, 2))
    )

    assert (one.X == same.X).all()
    assert (one.X != other.X).any()


def test_nothing_but_the_arrays_is_left_and_without_weights_there_are_none(tmp_path):
    maps = written(tmp_path / "maps", PLACES, weighted=False)

    assert maps.sample_weight is None
    assert maps.groups is None
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [
        "X.float32", "numbers.int64", "rows.int64", "sizes.int64", "y.float32",
    ]  # fmt: skip


def test_a_disk_without_room_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    free = type("Usage", (), {"free": 2**27 + 1000})
    monkeypatch.setattr(row_maps.shutil, "disk_usage", lambda folder: free)

    with pytest.raises(BadInput, match=r"needs 0.1 GB in .* where 0.1 GB are free. Make room"):
        written(tmp_path / "maps", PLACES)

    assert list((tmp_path / "maps").iterdir()) == []


def test_a_disk_that_fills_up_leaves_a_message(tmp_path):
    with files_of_at_most(10_000), pytest.raises(Unfinished, match="cannot be written"):
        written(tmp_path / "maps", PLACES)
