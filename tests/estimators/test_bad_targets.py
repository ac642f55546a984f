"""A target that cannot be learned is refused before training, whatever the rows come in."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from dropdecay.errors import BadInput

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
ROWS = {"array": X, "sparse": csr_array(X), "table": pd.DataFrame(X, columns=list("abc"))}
ESTIMATORS = (MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV)


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda y: [*y[:4], np.nan, *y[5:]], r"y contains NaN \(row 5;"),
        (lambda y: pd.Series([*y[:4], None, *y[5:]], dtype="Int64"), r"y contains NaN \(row 5;"),
        (lambda y: np.array([*y[:4], pd.NA, *y[5:]], object), r"y contains NA \(row 5;"),
        (lambda y: [*y[:4], np.inf, *y[5:]], r"y contains infinity \(row 5;"),
        (lambda y: y * 1j, "y holds complex numbers"),
        (lambda y: y.astype("M8[D]"), "y holds dates"),
        (lambda y: np.array([*y[:4], "1", *y[5:]], object), "y mixes text and numbers"),
        (lambda y: y.astype("S"), "y holds bytes"),
    ],
)
def test_a_bad_target_is_one_clear_line(rows, estimator, spoil, words):
    y = (X[:, 0] > 0).astype(np.int64)

    with pytest.raises(BadInput, match=words):
        estimator().fit(ROWS[rows], spoil(y))
