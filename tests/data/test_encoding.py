"""Rows become numbers by the encoder that was fitted, and later tables are checked against it."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.preprocessing import MaxAbsScaler

from dropdecay.data.encoding import encode_rows, encoding_of
from dropdecay.errors import BadInput, BadSetting, BadTable, UnseenWarning

TABLE = pd.DataFrame({"age": [1.0, 2.0, 3.0], "left": [0, 1, 0]})


@pytest.fixture
def fitted():
    """Return an estimator, an encoding and an encoder fitted on ages, with ``left`` as target."""
    estimator, X = BaseEstimator(), TABLE[["age"]]
    encoding = encoding_of(X, "auto")
    rows, _ = encoding.check(estimator, X, TABLE["left"], numeric=False)
    return estimator, encoding, encode_rows(encoding, rows, np.arange(3))[1]


def test_a_later_table_may_still_contain_the_target(fitted):
    estimator, encoding, encoder = fitted

    later = encoding.apply(estimator, TABLE, encoder)

    np.testing.assert_array_equal(later, encoding.apply(estimator, TABLE[["age"]], encoder))


def test_any_other_extra_column_is_rejected(fitted):
    estimator, encoding, encoder = fitted

    with pytest.raises(BadTable, match="Unknown: 'pay'"):
        encoding.apply(estimator, TABLE.assign(pay=1.0), encoder)


def test_after_a_fit_on_numbers_an_array_of_the_same_width_is_accepted(fitted):
    estimator, encoding, encoder = fitted
    expected = encoding.apply(estimator, TABLE[["age"]], encoder)

    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        later = encoding.apply(estimator, TABLE[["age"]].to_numpy(), encoder)

    np.testing.assert_array_equal(later, expected)


@pytest.mark.parametrize("rows", [np.ones((2, 2)), np.ones(3)])
def test_an_array_of_another_shape_is_rejected(fitted, rows):
    estimator, encoding, encoder = fitted

    with pytest.raises(BadInput, match="Pass a DataFrame with the same columns"):
        encoding.apply(estimator, rows, encoder)


def test_after_a_fit_on_text_an_array_is_rejected():
    estimator, X = BaseEstimator(), pd.DataFrame({"city": ["x", "y", "x"]})
    encoding = encoding_of(X, "auto")
    rows, _ = encoding.check(estimator, X, [0, 1, 0], numeric=False)
    encoder = encode_rows(encoding, rows, np.arange(3))[1]

    with pytest.raises(BadInput, match="Pass a DataFrame with the same columns"):
        encoding.apply(estimator, X.to_numpy(), encoder)


def test_a_later_table_without_rows_is_rejected(fitted):
    estimator, encoding, encoder = fitted

    with pytest.raises(BadInput, match="The table has no rows"):
        encoding.apply(estimator, TABLE[["age"]].iloc[:0], encoder)


def test_categories_that_the_model_has_not_seen_are_told():
    estimator, X = BaseEstimator(), pd.DataFrame({"city": ["x", "y", "x"], "n": [1, 2, 3]})
    encoding = encoding_of(X, "auto")
    rows, _ = encoding.check(estimator, X, [0, 1, 0], numeric=False)
    encoder = encode_rows(encoding, rows, np.arange(3))[1]
    later = pd.DataFrame({"city": ["x", "z", "z", None], "n": [1, 2, 3, 4]})

    with pytest.warns(UnseenWarning, match=r"Column 'city', 3 rows: the model has not seen 'z'"):
        encoding.apply(estimator, later, encoder)


class Widths(BaseEstimator):
    """An encoder of the user's own: it asks for columns by name."""

    def fit(self, X, y=None):
        self.columns_ = list(X.columns)
        return self

    def transform(self, X):
        return np.column_stack([X["city"].str.len(), X["n"]])


def test_an_encoder_of_the_users_own_gets_the_table_as_it_was_given():
    estimator, X = BaseEstimator(), pd.DataFrame({"city": ["x", "yy", "x"], "n": [1, 2, 3]})
    encoding = encoding_of(X, Widths())
    rows, _ = encoding.check(estimator, X, [0, 1, 0], numeric=False)
    numbers, encoder = encode_rows(encoding, rows, np.arange(3))

    np.testing.assert_array_equal(numbers, [[1, 1], [2, 2], [1, 3]])
    later = encoding.apply(estimator, pd.DataFrame({"city": ["zzz"], "n": [7]}), encoder)
    np.testing.assert_array_equal(later, [[3, 7]])


def test_a_target_of_the_wrong_length_is_rejected():
    encoding = encoding_of(TABLE, "auto")

    with pytest.raises(BadInput, match="X has 3 rows but y has 2"):
        encoding.check(BaseEstimator(), TABLE, [0, 1], numeric=False)


def test_sparse_rows_are_scaled_without_filling_in_zeros():
    rows = csr_array(np.array([[0, 2.0], [4.0, 0]], np.float32))

    encoded, encoder = encode_rows(encoding_of(rows, "auto"), rows, np.arange(2))

    assert isinstance(encoder, MaxAbsScaler)
    assert encoded.nnz == 2


def test_an_unknown_encoder_is_rejected():
    with pytest.raises(BadSetting, match="encoder must be 'auto'"):
        encoding_of(TABLE, "skrub")
