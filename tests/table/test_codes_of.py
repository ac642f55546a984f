"""Rows share a number exactly where all of their values are equal, in narrow and in wide tables."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.codes_of import row_numbers
from dropdecay.table.sample import numbers_of, sample_of


def known(value):
    """What equals itself, though it is missing."""
    return None if pd.isna(value) else value


def by_hand(table):
    rows = [tuple(map(known, row)) for row in table.itertuples(index=False)]
    return [list(dict.fromkeys(rows)).index(row) for row in rows]


def table_of(n_numbers, rng):
    numbers = rng.integers(0, 2, (40, n_numbers)).astype(float)
    numbers[20:] = numbers[:20]
    numbers[25:30, 0] += 1.0
    numbers[::7, 0] = np.nan
    numbers[numbers == 0.0] *= rng.choice([-1.0, 1.0], (numbers == 0.0).sum())
    return pd.DataFrame(numbers, columns=[f"x{i}" for i in range(n_numbers)])


@pytest.mark.parametrize("n_numbers", [1, 2, 300])
@pytest.mark.parametrize("mixed", [False, True])
def test_equal_rows_share_a_number_and_no_others_do(n_numbers, mixed):
    rng = np.random.default_rng(n_numbers)
    table = table_of(n_numbers, rng)
    if mixed:
        table["word"] = pd.Categorical(rng.choice(["a", "b", None], 40))
        table["flag"] = rng.random(40) > 0.5

    assert row_numbers(table).tolist() == by_hand(table)


def test_the_same_values_in_other_columns_are_another_row():
    table = pd.DataFrame({"a": [1.0, 2.0, 1.0], "b": [2.0, 1.0, 2.0]})

    assert row_numbers(table).tolist() == [0, 1, 0]


def test_columns_are_ranked_together_as_one_by_one():
    table = table_of(30, np.random.default_rng(0))
    table["word"] = pd.Categorical(["a", "b"] * 20)

    together = sample_of(table, np.arange(40) % 2, is_classes=True, together=None).numbers

    for place, name in enumerate(table):
        np.testing.assert_array_equal(together[:, place], numbers_of(table[name]))
