import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from dropdecay.data.row_losses import row_losses
from dropdecay.parts import LOSSES

RNG = np.random.default_rng(0)


def targets_for(loss, n_rows, n_outputs):
    if LOSSES[loss].targets == "classes":
        return RNG.integers(0, n_outputs, (n_rows, 1)).astype(float)
    return RNG.integers(0, 2, (n_rows, n_outputs)).astype(float)


@pytest.mark.parametrize("loss", LOSSES)
def test_losses_by_outputs_are_those_by_the_logits_that_gave_them(loss):
    part, logits = LOSSES[loss], RNG.normal(scale=3, size=(50, 3))
    targets = targets_for(loss, 50, 3)

    np.testing.assert_allclose(
        row_losses(loss, part.output.value(logits), targets),
        part.row_losses(logits, targets), rtol=1e-9,
    )  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classes_and_labels_have_the_log_loss_of_scikit_learn(dtype):
    said = RNG.dirichlet(np.ones(3), 40).astype(dtype)
    true = RNG.integers(0, 3, 40)
    found = row_losses("categorical_cross_entropy", said, true[:, None].astype(dtype))
    assert found.mean() == pytest.approx(log_loss(true, said, labels=[0, 1, 2]), rel=1e-6)
    said, true = RNG.uniform(size=(40, 2)).astype(dtype), RNG.integers(0, 2, (40, 2))
    found = row_losses("binary_cross_entropy", said, true.astype(dtype))
    expected = sum(log_loss(true[:, i], said[:, i]) for i in range(2))
    assert found.mean() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", ["half_squared_error", "logistic_squared_error"])
def test_squared_errors_are_means_over_outputs(loss):
    said, true = RNG.uniform(size=(2, 30, 2))
    assert row_losses(loss, said, true).mean() == pytest.approx(mean_squared_error(true, said))


def test_a_sure_and_wrong_answer_has_the_loss_of_scikit_learn():
    wrong = np.array([[0.0, 1.0]])
    expected = log_loss([0], wrong, labels=[0, 1])
    assert expected > 36
    assert row_losses("categorical_cross_entropy", wrong, np.zeros((1, 1))) == expected
    for said, true in ((0.0, 1), (1.0, 0)):
        found = row_losses("binary_cross_entropy", np.full((1, 1), said), np.full((1, 1), true))
        assert found == pytest.approx(expected)


def test_a_one_in_float32_may_be_a_little_less():
    said, true = np.ones((1, 1), np.float32), np.zeros((1, 1))
    assert row_losses("binary_cross_entropy", said, true) == pytest.approx(25 * np.log(2))
