import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from dropdecay.explain.row_losses import row_losses

RNG = np.random.default_rng(0)


def test_classes_have_the_log_loss_of_scikit_learn():
    said = RNG.dirichlet(np.ones(3), 40).astype(np.float32)
    true = RNG.integers(0, 3, 40)
    found = row_losses("categorical_cross_entropy", said, true[:, None].astype(np.float32))
    assert found.mean() == pytest.approx(log_loss(true, said, labels=[0, 1, 2]), rel=1e-6)
    said, true = RNG.uniform(size=(40, 2)).astype(np.float32), RNG.integers(0, 2, (40, 2))
    found = row_losses("binary_cross_entropy", said, true.astype(np.float32))
    expected = sum(log_loss(true[:, i], said[:, i]) for i in range(2))
    assert found.mean() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", ["half_squared_error", "logistic_squared_error"])
def test_squared_errors_are_means_over_outputs(loss):
    said, true = RNG.normal(size=(2, 30, 2)).astype(np.float32)
    assert row_losses(loss, said, true).mean() == pytest.approx(mean_squared_error(true, said))


def test_a_sure_and_wrong_answer_has_a_finite_loss():
    wrong = np.array([[0.0, 1.0]], np.float32)
    assert 16 < row_losses("categorical_cross_entropy", wrong, np.zeros((1, 1)))[0] < 17
    assert 16 < row_losses("binary_cross_entropy", wrong[:, :1], np.ones((1, 1)))[0] < 17
