import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.kernels.optimizers import Constants, optimizer_step
from dropdecay.parts import OPTIMIZERS

RATES = st.floats(1e-5, 1e-1)
DECAYS = st.floats(0.0, 1.0)
CONSTANTS = Constants(momentum=0.9, beta_1=0.9, beta_2=0.999, epsilon=1e-8)
N_WEIGHTS = 6


def buffers(n_params=9, dtype=np.float32):
    """Parameters and gradients of a small network, and its two moments before any step."""
    params, grads = np.random.default_rng(0).normal(size=(2, n_params)).astype(dtype)
    return params, grads, np.zeros_like(params), np.zeros_like(params)


def take_step(name, state, step=1, learning_rate=0.01, l2=0.0, weight_decay=0.0, cautious=False):
    code = OPTIMIZERS[name].code
    optimizer_step(
        code, *state, N_WEIGHTS, step, learning_rate, l2, weight_decay, CONSTANTS, cautious
    )


def twin(name, w, gradients, learning_rate, l2, weight_decay, cautious=False):
    """Parameters after some steps, in float64, from the papers' algorithms."""
    decayed = np.arange(w.size) < N_WEIGHTS
    m, s = np.zeros_like(w), np.zeros_like(w)
    for t, gradient in enumerate(gradients, start=1):
        g = gradient + l2 * w * decayed
        keep = 1 - learning_rate * weight_decay * decayed
        if name == "adam":
            m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
            move = (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        else:
            momentum = 0.0 if name == "sgd" else 0.9
            m = momentum * m + g
            move = g + momentum * m if name == "nesterov" else m
        if cautious:
            keep = np.where(move * w >= 0, keep, 1.0)
        w = keep * w - learning_rate * move
    return w


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(learning_rate=RATES, weight_decay=DECAYS)
def test_without_a_gradient_weights_shrink_and_biases_stay(name, learning_rate, weight_decay):
    params, grads, first, second = buffers()
    before = params.copy()

    take_step(name, (params, 0 * grads, first, second), 1, learning_rate, 0.0, weight_decay)

    kept = (1 - learning_rate * weight_decay) * before[:N_WEIGHTS]
    np.testing.assert_allclose(params[:N_WEIGHTS], kept, rtol=1e-6)
    np.testing.assert_array_equal(params[N_WEIGHTS:], before[N_WEIGHTS:])


@pytest.mark.parametrize("name", OPTIMIZERS)
@given(weight_decay=DECAYS)
def test_decoupled_decay_never_enters_the_moments(name, weight_decay):
    plain, decayed = buffers(), buffers()

    take_step(name, plain)
    take_step(name, decayed, weight_decay=weight_decay)

    np.testing.assert_array_equal(decayed[2], plain[2])
    np.testing.assert_array_equal(decayed[3], plain[3])


@given(l2=st.floats(0.01, 1.0))
def test_coupled_decay_enters_the_moments_of_weights_but_not_of_biases(l2):
    plain, decayed = buffers(), buffers()

    take_step("adam", plain)
    take_step("adam", decayed, l2=l2)

    assert (decayed[2][:N_WEIGHTS] != plain[2][:N_WEIGHTS]).all()
    np.testing.assert_array_equal(decayed[2][N_WEIGHTS:], plain[2][N_WEIGHTS:])


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-5), (np.float64, 1e-12)])
@pytest.mark.parametrize(
    ("l2", "weight_decay", "cautious"),
    [(0.0, 0.0, False), (0.3, 0.0, False), (0.0, 0.7, False), (0.3, 0.7, False), (0.0, 9.0, True)],
)
def test_fifty_steps_agree_with_the_float64_twin(
    name, dtype, tolerance, l2, weight_decay, cautious
):
    gradients = np.random.default_rng(1).normal(size=(50, 9))
    state = buffers(dtype=dtype)
    start = state[0].astype(float)

    for step, gradient in enumerate(gradients, start=1):
        state[1][:] = gradient
        take_step(name, state, step, 0.01, l2, weight_decay, cautious)

    expected = twin(name, start, gradients, 0.01, l2, weight_decay, cautious)
    np.testing.assert_allclose(state[0], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_cautious_decay_acts_where_the_step_goes_towards_zero_or_nowhere(name):
    params, grads, first, second = buffers(dtype=np.float64)
    params[:N_WEIGHTS] = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
    grads[:N_WEIGHTS] = [2.0, -2.0, 0.0, 2.0, -2.0, 0.0]
    plain = (params.copy(), grads, first.copy(), second.copy())

    take_step(name, plain, weight_decay=0.0)
    take_step(name, (params, grads, first, second), weight_decay=0.5, cautious=True)

    removed = [0.005, 0.0, 0.005, 0.0, -0.005, -0.005]
    np.testing.assert_allclose(plain[0][:N_WEIGHTS] - params[:N_WEIGHTS], removed, atol=1e-15)
    np.testing.assert_array_equal(params[N_WEIGHTS:], plain[0][N_WEIGHTS:])
