"""A column that is changed in the encoded rows is the column that was changed and then encoded."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from tests.explain.fitted import fitted_with_rows, table

FRAME, VALUES = table()
NUMBERS = np.random.default_rng(1).normal(size=(150, 4)).astype(np.float32)
CASES = {
    "table": (FRAME, {}),
    "array": (NUMBERS, {}),
    "array as it is": (NUMBERS, {"encoder": None}),
    "scaled": (NUMBERS, {"encoder": StandardScaler()}),
    "encoder of one's own": (NUMBERS, {"encoder": PCA(2)}),
    "sparse": (csr_array(NUMBERS * (NUMBERS > 0)), {}),
}


def encoded(fold, rows):
    return rows if fold.encoder is None else fold.encoder.transform(rows)


@pytest.mark.filterwarnings("ignore::dropdecay.errors.TableWarning")
@pytest.mark.parametrize("case", CASES)
def test_shuffled_columns_and_set_values_are_encoded_as_they_would_be(case):
    rows, how = CASES[case]
    _, folds = fitted_with_rows(rows, VALUES, **how)
    orders = [np.random.default_rng(seed).permutation(len(folds[0].encoded)) for seed in (0, 1)]
    held = folds[0]
    assert (held.blocks is None) == (case == "encoder of one's own")
    for i, column in enumerate(held.columns):
        is_table = isinstance(held.rows, pd.DataFrame)
        plain = held.rows if is_table else np.array(
            held.rows.toarray() if case == "sparse" else held.rows
        )  # fmt: skip
        given = plain[column] if is_table else plain[:, i]
        expected = []
        for order in orders:
            changed = plain.copy()
            if is_table:
                changed[column] = given.iloc[order].to_numpy()
                changed[column] = changed[column].astype(given.dtype)
            else:
                changed[:, i] = given[order]
            expected.append(encoded(held.fold, changed))
        # scikit-learn scales sparse rows by a factor, dense ones by a divisor.
        close = 2e-7 if case == "sparse" else 0.0
        found = held.shuffled(column, orders)
        np.testing.assert_allclose(found, np.concatenate(expected), rtol=close, atol=0.0)
        values = np.asarray(pd.Series(given).dropna().unique()[:3])
        expected = []
        for value in values:
            changed = plain.copy()
            if is_table:
                same = pd.Series([value] * len(plain), index=plain.index)
                changed[column] = same.astype(given.dtype)
            else:
                changed[:, i] = value
            expected.append(encoded(held.fold, changed))
        found = held.with_values(column, values)
        np.testing.assert_allclose(found, np.concatenate(expected), rtol=1e-6, atol=1e-6)


def test_rows_are_held_out_and_those_of_the_fold():
    search, folds = fitted_with_rows(NUMBERS, VALUES, encoder=None)
    for held, fold in zip(folds, search.fold_networks_.folds, strict=True):
        places = [np.flatnonzero((row == NUMBERS).all(axis=1)).item() for row in held.encoded]
        assert sorted(places) == sorted(fold.rows)
    assert folds[0].columns == ("x0", "x1", "x2", "x3")
    assert len(folds[0].first(7).encoded) == len(folds[0].first(7).rows) == 7


def test_an_array_made_of_a_table_keeps_its_names():
    named = pd.DataFrame(NUMBERS, columns=["a", "b", "c", "d"])
    search, folds = fitted_with_rows(named, VALUES, encoder=None)
    assert folds[0].columns == ("a", "b", "c", "d")
    assert {each.column for each in search.importance_.columns} == {"a", "b", "c", "d"}
