"""The loss of averaged outputs against that of logits, by an independent NumPy twin."""

import numpy as np
import pytest
from scipy.special import expit, softmax

from dropdecay.data.output_losses import LARGEST, SMALLEST, loss_of_outputs, losses_of_outputs
from dropdecay.data.targets import class_target, value_target
from tests.reference.network import row_losses

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
