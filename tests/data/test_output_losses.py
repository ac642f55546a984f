"""The loss of averaged outputs against that of logits, by an independent NumPy twin."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.metrics import log_loss, mean_squared_error

from dropdecay.data.output_losses import LARGEST, SMALLEST, loss_of_outputs, losses_of_outputs
from dropdecay.data.targets import class_target, value_target
from tests.reference.network import row_losses

RNG = np.random.default_rng(1)
LOGITS = np.random.default_rng(0).normal(size=(50, 3))
TARGETS = {
    "categorical_cross_entropy": np.arange(50)[:, None] % 3,
    "binary_cross_entropy": (LOGITS[::-1] > 0.2).astype(float),
    "logistic_squared_error": (LOGITS[::-1] > 0.2).astype(float),
    "half_squared_error": LOGITS[::-1] + 0.5,
    "half_poisson": np.floor(np.exp(LOGITS[::-1])),
}
OUTPUTS = {
    "categorical_cross_entropy": softmax(LOGITS, axis=1), "binary_cross_entropy": expit(LOGITS),
    "logistic_squared_error": expit(LOGITS), "half_squared_error": LOGITS,
    "half_poisson": np.exp(LOGITS),
}  # fmt: skip


@pytest.mark.parametrize("loss", TARGETS)
def test_outputs_lose_what_their_logits_lose(loss):
    found = losses_of_outputs(loss, OUTPUTS[loss], TARGETS[loss])
    wanted = row_losses(loss, LOGITS, TARGETS[loss].astype(np.float64))
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_certainty_in_float32_is_not_taken_for_more_than_it_may_be():
    sure = np.array([[1.0, 0.0]], np.float32)
    found = losses_of_outputs("categorical_cross_entropy", sure, np.array([[1]]))
    np.testing.assert_allclose(found, [-np.log(SMALLEST)])
    found = losses_of_outputs("binary_cross_entropy", np.ones((1, 1), np.float32), np.zeros((1, 1)))
    np.testing.assert_allclose(found, [-np.log1p(-LARGEST)])


def test_the_units_are_the_users():
    values = 7.0 + 20.0 * LOGITS[:, 0]
    target = value_target(values, np.float32, standardize=True)
    rows = np.arange(10, 20)
    said = np.zeros((10, 1))
    found = loss_of_outputs(target)(rows, said)
    np.testing.assert_allclose(found, (values[rows] - values.mean()) ** 2, rtol=1e-4, atol=1e-3)
    labels = np.array(["b", "a"])[np.arange(50) % 2]
    of_classes = loss_of_outputs(class_target(labels, "log_loss", np.float32))
    np.testing.assert_allclose(of_classes(np.arange(2), np.full((2, 1), 0.25)),
                               [-np.log(0.25), -np.log(0.75)])  # fmt: skip


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_classes_and_labels_have_the_log_loss_of_scikit_learn(dtype):
    said = RNG.dirichlet(np.ones(3), 40).astype(dtype)
    true = RNG.integers(0, 3, 40)
    found = losses_of_outputs("categorical_cross_entropy", said, true[:, None].astype(dtype))
    assert found.mean() == pytest.approx(log_loss(true, said, labels=[0, 1, 2]), rel=1e-6)
    said, true = RNG.uniform(size=(40, 2)).astype(dtype), RNG.integers(0, 2, (40, 2))
    found = losses_of_outputs("binary_cross_entropy", said, true.astype(dtype))
    expected = sum(log_loss(true[:, i], said[:, i]) for i in range(2))
    assert found.mean() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("loss", ["half_squared_error", "logistic_squared_error"])
def test_squared_errors_are_means_over_outputs(loss):
    said, true = RNG.uniform(size=(2, 30, 2))
    assert losses_of_outputs(loss, said, true).mean() == pytest.approx(
        mean_squared_error(true, said)
    )


def test_a_sure_and_wrong_answer_has_the_loss_of_scikit_learn():
    wrong = np.array([[0.0, 1.0]])
    expected = log_loss([0], wrong, labels=[0, 1])
    assert expected > 36
    assert losses_of_outputs("categorical_cross_entropy", wrong, np.zeros((1, 1))) == expected
    for said, true in ((0.0, 1), (1.0, 0)):
        found = losses_of_outputs(
            "binary_cross_entropy", np.full((1, 1), said), np.full((1, 1), true)
        )
        assert found == pytest.approx(expected)
