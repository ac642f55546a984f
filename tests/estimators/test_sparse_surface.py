import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_diabetes, load_digits, make_classification
from sklearn.preprocessing import MaxAbsScaler

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.engine import densify
from dropdecay.errors import BadInput
from dropdecay.storage.models import load_model, save_model

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

SMALL = {
    "hidden_layer_sizes": 16, "dropouts": (0.0, 0.4), "weight_decays": (0.0, 1.0), "cv": 3,
    "max_iter": 8, "random_state": 0, "extend": False,
}  # fmt: skip


@pytest.mark.parametrize("container", [sp.csr_array, sp.csc_array, sp.csr_matrix])
@pytest.mark.parametrize(("encoder", "tolerance"), [(None, 0), (MaxAbsScaler(), 1e-5)])
def test_sparse_rows_give_the_surface_of_dense_ones(container, encoder, tolerance, monkeypatch):
    """Bit for bit, except that MaxAbsScaler multiplies sparse rows and divides dense ones."""
    digits, classes = load_digits(return_X_y=True)
    digits, classes = digits[:300], classes[:300]
    form = {**SMALL, "encoder": encoder, "max_iter": 4, "weight_decays": (0.1,), "batch_size": 32}
    form["input_dropout"], weights = 0.1, np.linspace(0.5, 2, 300)
    dense = MLPClassifierCV(**form).fit(digits, classes, sample_weight=weights)
    # One evaluation batch per part, so that training and evaluation have several parts.
    monkeypatch.setattr(densify, "PART_BYTES", 64 * 4)
    sparse = MLPClassifierCV(**form).fit(container(digits), classes, sample_weight=weights)
    for name in ("validation_loss", "validation_score", "training_loss"):
        np.testing.assert_allclose(
            dense.results_[name], sparse.results_[name], rtol=tolerance, err_msg=name
        )
    np.testing.assert_allclose(dense.loss_curve_, sparse.loss_curve_)
    said = sparse.predict_proba(container(digits))
    np.testing.assert_allclose(dense.predict_proba(digits), said, rtol=tolerance)
    np.testing.assert_allclose(sparse.predict_proba(digits), said, rtol=tolerance)


def test_sparse_rows_are_scaled_without_filling_their_zeros(tmp_path):
    digits, classes = load_digits(return_X_y=True)
    rows = sp.csr_array(digits[:300])
    search = MLPClassifierCV(**{**SMALL, "max_iter": 30}).fit(rows, classes[:300])
    assert isinstance(search.encoder_, MaxAbsScaler)
    assert search.score(rows, classes[:300]) > 0.9
    assert sp.issparse(search._encoded(rows))
    save_model(search, tmp_path / "model")
    np.testing.assert_array_equal(
        load_model(tmp_path / "model").predict_proba(rows), search.predict_proba(rows)
    )


def test_a_surface_fitted_on_dense_rows_predicts_sparse_ones():
    X, y = make_classification(100, 10, random_state=0)
    search = MLPClassifierCV(**SMALL).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(sp.csr_array(X)), search.predict_proba(X))


def test_regressors_take_sparse_rows_and_stores_distinguish_them(tmp_path):
    X, y = load_diabetes(return_X_y=True)
    rows, store = sp.csc_array(np.where(X > 0, X, 0.0)), tmp_path / "runs.sqlite"
    first, again = (MLPRegressorCV(**SMALL, store=store).fit(rows, y) for _ in range(2))
    np.testing.assert_array_equal(first.predict(rows), again.predict(rows))
    other = rows.copy()
    other.data[0] *= 2
    with pytest.raises(BadInput):
        MLPRegressorCV(**SMALL, store=store).fit(other, y)
