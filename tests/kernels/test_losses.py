import numpy as np
import pytest
from scipy.special import expit, log_expit, log_softmax, softmax

from dropdecay.kernels.losses import (
    loss_gradient,
    measure_rows,
    outputs_from_logits,
)
from dropdecay.parts import LOSSES
from tests.reference import network as reference

LOSSES_OF_CLASSES = [name for name, loss in LOSSES.items() if loss.is_of_classes]


def world(loss, n_rows=30, n_outputs=4, scale=3.0):
    """Logits and targets of a batch, float64."""
    rng = np.random.default_rng(1)
    logits = scale * rng.normal(size=(n_rows, n_outputs))
    if loss == "categorical_cross_entropy":
        return logits, rng.integers(0, n_outputs, (n_rows, 1)).astype(float)
    if loss == "half_squared_error":
        return logits, rng.normal(size=logits.shape)
    n_kinds = 9 if loss == "half_poisson" else 2
    return logits, rng.integers(0, n_kinds, logits.shape).astype(float)


def measured(loss, logits, targets):
    losses, hits = np.empty((2, len(logits)))
    logits = logits.copy()
    measure_rows(LOSSES[loss].code, logits, targets, losses, hits)
    return losses, hits, logits


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 3e-6), (np.float64, 1e-12)])
def test_row_losses_agree_with_scipy(loss, dtype, tolerance):
    logits, targets = world(loss)

    losses, _, _ = measured(loss, logits.astype(dtype), targets.astype(dtype))

    expected = reference.row_losses(loss, logits, targets)
    np.testing.assert_allclose(losses, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("loss", LOSSES)
def test_outputs_are_probabilities_or_values(loss):
    logits, _ = world(loss)
    outputs = logits.copy()

    outputs_from_logits(LOSSES[loss].code, outputs)

    said = {
        "categorical_cross_entropy": lambda z: softmax(z, axis=1),
        "half_squared_error": np.copy,
        "half_poisson": np.exp,
    }
    np.testing.assert_allclose(outputs, said.get(loss, expit)(logits), rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_the_difference_quotient_of_the_training_loss(loss):
    logits, targets = world(loss)
    shares = np.random.default_rng(2).dirichlet(np.ones(len(logits)))
    gradient = logits.copy()
    loss_gradient(LOSSES[loss].code, 0.0, gradient, targets, shares, *np.empty((2, len(logits))))

    step = 1e-6
    for column in range(logits.shape[1]):
        up, down = logits.copy(), logits.copy()
        up[:, column] += step
        down[:, column] -= step
        rise = reference.descended(loss, up, targets) - reference.descended(loss, down, targets)
        np.testing.assert_allclose(
            gradient[:, column], shares * rise / (2 * step), rtol=1e-6, atol=1e-10
        )


@pytest.mark.parametrize("loss", ["categorical_cross_entropy", "binary_cross_entropy"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_confident_wrong_prediction_has_a_finite_loss(loss, dtype):
    logits = np.array([[500.0, -500.0], [-500.0, 500.0]], dtype)
    targets = np.array([[1.0], [1.0]], dtype)
    if loss == "binary_cross_entropy":
        targets = np.array([[0.0, 0.0], [0.0, 1.0]], dtype)

    losses, hits, outputs = measured(loss, logits, targets)

    expected = [1000, 0] if loss == "categorical_cross_entropy" else [500, 0]
    np.testing.assert_allclose(losses, expected, atol=1e-6)
    assert hits.tolist() == [0.0, 1.0]
    assert np.isfinite(outputs).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_nan_is_propagated(loss):
    logits, targets = world(loss)
    logits[3] = np.nan

    losses, _, _ = measured(loss, logits, targets)

    assert np.isnan(losses[3])
    assert np.isfinite(np.delete(losses, 3)).all()


def test_ties_are_resolved_in_favour_of_the_first_class():
    targets = np.array([[0.0], [1.0], [2.0]])

    _, hits, _ = measured("categorical_cross_entropy", np.zeros((3, 3)), targets)

    assert hits.tolist() == [1.0, 0.0, 0.0]


def smoothed(loss, logits, targets, share):
    """Loss of every row under label smoothing, from its definition."""
    kinds = logits.shape[1] if loss == "categorical_cross_entropy" else 2
    if loss == "categorical_cross_entropy":
        labels = (1 - share) * np.eye(kinds)[targets[:, 0].astype(int)] + share / kinds
        return -(labels * log_softmax(logits, axis=1)).sum(axis=1)
    labels = (1 - share) * targets + share / kinds
    if loss == "binary_cross_entropy":
        return -(labels * log_expit(logits) + (1 - labels) * log_expit(-logits)).sum(axis=1)
    return ((expit(logits) - labels) ** 2).mean(axis=1)


@pytest.mark.parametrize("share", [0.1, 0.7])
@pytest.mark.parametrize("loss", LOSSES_OF_CLASSES)
def test_training_loss_and_gradient_follow_the_definition_of_smoothing(loss, share):
    logits, targets = world(loss)
    shares = np.random.default_rng(2).dirichlet(np.ones(len(logits)))
    gradient, (losses, hits) = logits.copy(), np.empty((2, len(logits)))
    loss_gradient(LOSSES[loss].code, share, gradient, targets, shares, losses, hits)

    np.testing.assert_allclose(losses, smoothed(loss, logits, targets, share), rtol=1e-11)
    np.testing.assert_array_equal(hits, measured(loss, logits, targets)[1])
    # The training loss sums squared errors over outputs.
    factor = logits.shape[1] if loss == "logistic_squared_error" else 1
    step = 1e-6
    for column in range(logits.shape[1]):
        up, down = logits.copy(), logits.copy()
        up[:, column] += step
        down[:, column] -= step
        rise = smoothed(loss, up, targets, share) - smoothed(loss, down, targets, share)
        np.testing.assert_allclose(
            gradient[:, column], shares * factor * rise / (2 * step), rtol=1e-6, atol=1e-10
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_smoothed_loss_is_lowest_at_the_smoothed_probability(dtype):
    """Szegedy et al.: the best logits are finite, log((1 - e) / e * K + 1) apart."""
    share, kinds = 0.1, 5
    logits = np.zeros((1, kinds), dtype)
    logits[0, 2] = np.log((1 - share) * kinds / share + 1)
    loss_gradient(
        LOSSES["categorical_cross_entropy"].code, share, logits, np.array([[2.0]], dtype),
        np.ones(1, dtype), *np.empty((2, 1)),
    )  # fmt: skip
    np.testing.assert_allclose(logits, 0.0, atol=1e-7)
