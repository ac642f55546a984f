import numpy as np
import pytest
from scipy.special import expit, softmax

from dropdecay.kernels.losses import LOSSES, descend_from_logits, measure_rows, outputs_from_logits
from tests.reference import network as reference


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
    measure_rows(LOSSES[loss], logits, targets, losses, hits)
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

    outputs_from_logits(LOSSES[loss], outputs)

    said = {
        "categorical_cross_entropy": lambda z: softmax(z, axis=1),
        "half_squared_error": np.copy,
        "half_poisson": np.exp,
    }
    np.testing.assert_allclose(outputs, said.get(loss, expit)(logits), rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_the_gradient_is_the_difference_quotient_of_the_descended_loss(loss):
    logits, targets = world(loss)
    shares = np.random.default_rng(2).dirichlet(np.ones(len(logits)))
    gradient = logits.copy()
    descend_from_logits(LOSSES[loss], gradient, targets, shares, *np.empty((2, len(logits))))

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
def test_a_sure_and_wrong_answer_costs_its_logit_and_never_infinity(loss, dtype):
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
def test_a_nan_is_never_hidden(loss):
    logits, targets = world(loss)
    logits[3] = np.nan

    losses, _, _ = measured(loss, logits, targets)

    assert np.isnan(losses[3])
    assert np.isfinite(np.delete(losses, 3)).all()


def test_equal_logits_are_a_hit_for_the_first_class_alone():
    targets = np.array([[0.0], [1.0], [2.0]])

    _, hits, _ = measured("categorical_cross_entropy", np.zeros((3, 3)), targets)

    assert hits.tolist() == [1.0, 0.0, 0.0]
