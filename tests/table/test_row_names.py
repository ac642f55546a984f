"""Columns that name the row are found; measurements with a value for every row are not."""

import uuid

import numpy as np
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.row_names import row_names
from tests.table.worlds_with_flaws import put, world


def named(values, name=None, seed=0):
    """Return what is found in a table with one more column, and the name of that."""
    table, _ = world(seed, n_rows=len(values))
    if name is None:
        table, name = put(table, values, seed)
    else:
        table[name] = values
    typed = decide(table).reading.typed(table)
    return [each.column for each in row_names(typed)], name


RNG = np.random.default_rng(0)
NAMES = {
    "counts up": np.arange(17, 317),
    "counts with gaps": np.sort(RNG.choice(400, 300, replace=False)),
    "counts from a thousand million": 10**9 + np.arange(300),
    "counts in any order": RNG.permutation(300),
    "codes": RNG.choice(np.arange(100_000, 999_999), 300, replace=False),
    "long codes": RNG.choice(np.arange(10**8, 10**9, 977), 300, replace=False),
    "text": [str(uuid.UUID(int=int(each))) for each in RNG.integers(2**60, size=300)],
    "people": [f"Person {i} Doe" for i in range(300)],
    "nearly": [f"k{i if i % 40 else 0}" for i in range(300)],
    "some missing": np.where(RNG.random(300) < 0.2, np.nan, np.arange(300)),
}


@pytest.mark.parametrize("kind", NAMES)
def test_what_names_the_row_is_found(kind):
    for seed in range(3):
        found, name = named(NAMES[kind], seed=seed)
        assert found == [name]


MEASURED = {
    "normal": RNG.normal(size=300),
    "whole": np.round(RNG.normal(0, 1e6, 300)),
    "money": np.round(np.exp(RNG.normal(10, 1, 300))),
    "five digits": np.round(RNG.normal(50_000, 5_000, 300)),
    "years": np.arange(1710, 2010),
    "ages": RNG.integers(18, 90, 300),
    "words": RNG.choice(["a", "b"], 300),
    "sentences": [f"the {i} th text tells of something else at length" for i in range(300)],
    "fractions": np.arange(300) / 10,
}


@pytest.mark.parametrize("kind", MEASURED)
def test_what_is_measured_names_no_row(kind):
    assert named(MEASURED[kind])[0] == []


def test_amounts_that_cannot_be_read_name_no_row():
    values = [f"{'€' if i % 2 else '£'}{i}.50" for i in range(300)]

    assert named(values)[0] == []


def test_different_whole_numbers_under_a_name_of_codes_name_the_row():
    values = np.round(np.exp(RNG.normal(10, 2, 300)) * 1000)

    assert named(values, "customerID")[0] == ["customerID"]
    assert named(values, "income")[0] == []


def test_the_option_leaves_the_column_out():
    table, _ = world(0)
    table["no"] = np.arange(600.0)

    (finding,) = row_names(table)

    assert finding.option == "--drop no"
    assert finding.sentence == "Column 'no' names the row: whole numbers that count up."
