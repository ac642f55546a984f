"""Rows become numbers by the encoder that was fitted, and later tables are checked against it."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.preprocessing import MaxAbsScaler

from dropdecay.data.encoding import encode_rows, encoding_of
from dropdecay.errors import BadInput, BadSetting, BadTable

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


def test_after_a_fit_on_a_table_an_array_is_rejected(fitted):
    estimator, encoding, encoder = fitted

    with pytest.raises(BadInput, match="Pass a DataFrame with the same columns"):
        encoding.apply(estimator, TABLE[["age"]].to_numpy(), encoder)


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
