import numpy as np
import pandas as pd
import pytest

from dropdecay.data import column_pass
from dropdecay.data.column_pass import Roles, codes_of, pass_over, target_in
from dropdecay.data.dealing import numbers_of_groups
from dropdecay.errors import BadTable
from dropdecay.table import files as table_files
from dropdecay.table.files import parquet_files


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(table_files.ParquetFiles.parts, "__defaults__", (None, 7))


def in_files(folder, **columns):
    table = pd.DataFrame(columns)
    half = len(table) // 2
    table[:half].to_parquet(folder / "a.parquet", index=False)
    table[half:].to_parquet(folder / "b.parquet", index=False)
    return parquet_files(folder)


Y = Roles("y")


def seen_of(folder, roles=Y, numeric=True, **columns):
    return pass_over(in_files(folder, **columns), roles, 0, numeric=numeric)


def test_mean_and_spread_of_a_quantity_are_those_of_all_rows_by_their_weights(tmp_path):
    rng = np.random.default_rng(0)
    y, weight = 1e6 + rng.normal(size=50), rng.integers(0, 3, 50)

    seen = seen_of(tmp_path, Roles("y", weights="w"), y=y, w=weight)

    mean = np.average(y, weights=weight)
    assert seen.center == pytest.approx(mean, rel=1e-12)
    assert seen.scale == pytest.approx(np.sqrt(np.average((y - mean) ** 2, weights=weight)))
    assert seen.counts.tolist() == [50]
    assert seen.classes is None


@pytest.mark.parametrize("given", ["text", "categories", "numbers", "floats", "booleans"])
def test_classes_are_counted_over_all_files_and_numbered_in_order(tmp_path, given):
    codes = np.array([2, 0, 1, 0] * 5)
    if given == "booleans":
        codes = np.minimum(codes, 1)
    y = {
        "text": np.array([" low", "mid", "top "], object)[codes],
        "categories": pd.Categorical(np.array(["low", "mid", "top"])[codes]),
        "numbers": codes + 3, "floats": codes + 3.0, "booleans": codes == 1,
    }[given]  # fmt: skip
    files = in_files(tmp_path, y=y)

    seen = pass_over(files, Y, 0, numeric=False)

    assert seen.counts.tolist() == np.bincount(codes).tolist()
    expected = {"text": ["low", "mid", "top"], "categories": ["low", "mid", "top"],
                "booleans": [False, True]}.get(given, [3, 4, 5])  # fmt: skip
    assert seen.classes.tolist() == expected
    values = np.concatenate([target_in(part, Y, files, numeric=False) for part in files.parts()])
    assert codes_of(values, seen).tolist() == codes.tolist()


def test_groups_are_counted_as_long_as_there_are_not_too_many(tmp_path, monkeypatch):
    groups = np.arange(40) % 9
    columns = {"y": np.arange(40.0), "g": groups}

    seen = seen_of(tmp_path, Roles("y", groups="g"), **columns)

    assert seen.groups.tolist() == sorted(set(numbers_of_groups(groups, 0)))
    monkeypatch.setattr(column_pass, "MOST_KNOWN", 8)
    assert seen_of(tmp_path, Roles("y", groups="g"), **columns).groups is None


GOOD = {"y": np.arange(20.0), "g": np.arange(20), "w": np.ones(20)}
BAD_COLUMNS = {
    "missing": ({"y": [*range(13), None, *range(6)]}, True,
                "Target 'y' is missing in b.parquet, row 4. Every row needs one."),
    "missing text": ({"y": ["a", "b"] * 9 + ["n/a", "b"]}, False,
                     "Target 'y' is missing in b.parquet, row 9."),
    "infinite": ({"y": [*range(3), np.inf, *range(16)]}, True,
                 "Target 'y' is infinite in a.parquet, row 4: 'inf'. Correct it."),
    "text": ({"y": ["1"] * 20}, True, "Target 'y' is text in a.parquet, row 1: '1'."),
    "fractions": ({"y": [*range(19), 0.5]}, False,
                  "Target 'y' is not a whole number, so it is no class in b.parquet, row 10"),
    "constant": ({"y": [4.0] * 20}, True, "Target 'y' is 4 in every row."),
    "dates": ({"y": pd.date_range("2024", periods=20)}, True, "Target 'y' holds dates."),
    "no group": ({"g": [None, *range(19)]}, True, "Group 'g' is missing in a.parquet, row 1."),
    "no weight": ({"w": [*np.ones(19), -1.0]}, True,
                  "Weight 'w' is no weight in b.parquet, row 10: '-1.0'. Every row needs one"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_COLUMNS)
def test_a_cell_that_cannot_be_used_is_named_with_its_file_and_row(tmp_path, name):
    changed, numeric, message = BAD_COLUMNS[name]

    with pytest.raises(BadTable) as caught:
        seen_of(tmp_path, Roles("y", "g", "w"), numeric, **{**GOOD, **changed})

    assert str(caught.value).startswith(message)


def test_more_values_than_any_classes_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(column_pass, "MOST_CLASSES", 10)

    with pytest.raises(BadTable, match="more than 10 different values, too many for classes"):
        seen_of(tmp_path, numeric=False, y=np.arange(20))
