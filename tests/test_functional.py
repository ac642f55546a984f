import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from dropdecay import convert_decay, dropout, weight_decay, weight_decay_gradient

SHAPES = hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=9)
ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64]), SHAPES, elements=st.floats(-9, 9, width=32)
)


@given(x=ARRAYS, rate=st.floats(0, 1), seed=st.integers(0, 2**64 - 1))
def test_survivors_are_scaled_up_and_the_rest_are_zero(x, rate, seed):
    out, mask = dropout(x, rate, rng=seed, return_mask=True)

    kept = 1 - round(rate * 65536) / 65536
    expected = np.where(mask, x / (kept or 1.0), 0)
    assert (out.shape, out.dtype, mask.shape) == (x.shape, x.dtype, x.shape)
    np.testing.assert_allclose(out, expected, rtol=1e-6)


@given(x=ARRAYS, rate=st.floats(0, 1))
def test_outside_training_the_values_are_copied_unchanged(x, rate):
    out, mask = dropout(x, rate, training=False, return_mask=True)
    np.testing.assert_array_equal(out, x)
    assert mask.all()
    assert not np.shares_memory(out, x)


@pytest.mark.parametrize("value", [1.0, np.nan, np.inf])
def test_rate_0_returns_the_values_and_rate_1_returns_zeros(value):
    x = np.full(1000, value)
    np.testing.assert_array_equal(dropout(x, 0.0), x)
    np.testing.assert_array_equal(dropout(x, 1.0), np.zeros(1000))


def test_a_dropped_infinity_is_zero():
    assert set(dropout(np.full(1000, np.inf), 0.5, rng=0)) == {0.0, np.inf}


def test_an_int_repeats_its_mask_a_generator_is_advanced_and_none_is_random():
    x = np.ones(200)
    rng = np.random.default_rng(0)
    assert (dropout(x, 0.5, rng=7) == dropout(x, 0.5, rng=7)).all()
    assert (dropout(x, 0.5, rng=7) != dropout(x, 0.5, rng=8)).any()
    assert (dropout(x, 0.5, rng=rng) != dropout(x, 0.5, rng=rng)).any()
    assert (dropout(x, 0.5) != dropout(x, 0.5)).any()
    again = np.random.default_rng(0)
    rng = np.random.default_rng(0)
    assert (dropout(x, 0.5, rng=rng) == dropout(x, 0.5, rng=again)).all()


def test_the_kept_fraction_is_right_at_the_one_in_a_thousand_level():
    _, mask = dropout(np.ones(1_000_000, np.float32), 0.3, rng=1, return_mask=True)
    assert stats.binomtest(int(mask.sum()), mask.size, 0.7).pvalue > 1e-3


@pytest.mark.parametrize(
    ("given_dtype", "dtype"),
    [(np.int64, np.float64), (bool, np.float64), (np.float16, np.float32), (np.uint8, np.float64)],
)
def test_other_numbers_are_promoted(given_dtype, dtype):
    assert dropout(np.ones(3, given_dtype), 0.5).dtype == dtype


def test_arrays_of_any_memory_layout_are_accepted_and_never_changed():
    x = np.arange(60.0).reshape(6, 10)
    before = x.copy()
    np.testing.assert_array_equal(
        dropout(x[::2, ::3], 0.4, rng=3), dropout(x[::2, ::3].copy(), 0.4, rng=3)
    )
    np.testing.assert_array_equal(dropout(np.asfortranarray(x), 0.4, rng=3), dropout(x, 0.4, rng=3))
    x.flags.writeable = False
    dropout(x, 0.5)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("rate", [-0.1, 1.1, np.nan, "0.5"])
def test_a_rate_outside_0_to_1_is_a_value_error(rate):
    with pytest.raises(ValueError, match=r"rate must lie in \[0, 1\]"):
        dropout(np.ones(3), rate)


@pytest.mark.parametrize("rng", [-1, 2**64, "seed", 1.5])
def test_an_invalid_rng_is_a_value_error(rng):
    with pytest.raises(ValueError, match="rng must be a whole number"):
        dropout(np.ones(3), 0.5, rng=rng)


@pytest.mark.parametrize("x", [np.array(["a"]), np.array([1j]), np.array([None])])
def test_anything_but_real_numbers_is_a_type_error(x):
    with pytest.raises(TypeError, match="real numbers"):
        dropout(x, 0.5)


@pytest.mark.parametrize(
    "weights",
    [
        [[1, 2, 3], [4, 5, 6]],
        np.array([[1, 2, 3], [4, 5, 6]]),
        [np.array([1, 2, 3]), np.array([[4.0], [5.0], [6.0]], np.float32)],
        (np.array([1, 2]), np.array([3, 4, 5, 6])),
        {"first": np.array([1, 2, 3]), "second": [4, 5, 6]},
    ],
)
def test_the_worked_example_gives_1_point_41_for_every_container_of_weights(weights):
    assert weight_decay(0.5, weights, 0.01) == pytest.approx(1.41, abs=1e-15)


def test_without_decay_the_loss_is_unchanged_even_for_infinite_weights():
    assert weight_decay(0.5, np.array([np.inf]), 0.0) == 0.5


def test_the_sum_does_not_lose_small_weights_in_float32():
    weights = np.full(10_000_000, 1e-3, np.float32)
    assert weight_decay(0.0, weights, 1.0) == pytest.approx(10.0, rel=1e-6)


@given(weights=ARRAYS, lambda_=st.floats(0, 10))
def test_the_gradient_equals_the_difference_quotient(weights, lambda_):
    weights = weights.astype(float).ravel()[:20]
    gradient = weight_decay_gradient(weights, lambda_)
    for i in range(weights.size):
        step = np.eye(weights.size)[i] * 1e-4
        up, down = (weight_decay(0.0, w, lambda_) for w in (weights + step, weights - step))
        assert gradient[i] == pytest.approx((up - down) / 2e-4, abs=1e-5)


def test_a_gradient_has_the_same_container_as_the_weights():
    a, b = np.ones(2, np.float32), np.ones((2, 2))
    one, listed, named = (weight_decay_gradient(w, 0.5) for w in (a, [a, b], {"a": a, "b": b}))
    assert one.dtype == np.float32
    assert [part.shape for part in listed] == [(2,), (2, 2)]
    assert list(named) == ["a", "b"]


@pytest.mark.parametrize("lambda_", [-1, np.nan, np.inf, "1"])
@pytest.mark.parametrize("function", [lambda v: weight_decay(0.0, [1.0], v),
                                      lambda v: weight_decay_gradient([1.0], v)])  # fmt: skip
def test_an_invalid_lambda_is_a_value_error(function, lambda_):
    with pytest.raises(ValueError, match="lambda_ must be"):
        function(lambda_)


@pytest.mark.parametrize(
    ("value", "source", "to", "context", "expected"),
    [
        # lambda of mean loss + (lambda / 2) * ||W||^2, from each tool's own formula
        (0.01, "keras_l2", "torch", {}, 0.02),
        (0.01, "dropdecay_l2", "keras_l2", {}, 0.01),
        (1e-4, "sklearn", "torch", {"batch_size": 200}, 5e-7),
        (1e-4, "sklearn", "glmnet", {"n_samples": 1000}, 1e-7),
        (0.3, "torch_adamw", "dropdecay", {}, 0.3),
        (0.3, "dropdecay", "fastai", {}, 0.3),
        (1e-4, "tfa_adamw", "keras_adamw", {"lr": 1e-3}, 0.1),
    ],
)
def test_decays_are_converted_by_their_definitions_and_back(value, source, to, context, expected):
    there = convert_decay(value, source=source, to=to, **context)
    assert there == pytest.approx(expected)
    assert convert_decay(there, source=to, to=source, **context) == pytest.approx(value)


def test_a_decay_is_carried_to_another_table_with_the_same_memory():
    there = convert_decay(
        0.3, source="dropdecay", to="keras_adamw", n_samples=801, batch_size=32, to_n_samples=8001
    )
    # 26 and 251 steps an epoch.
    assert there * 251 == pytest.approx(0.3 * 26)
    scaled = {"n_samples": 800, "batch_size": 32, "to_n_samples": 3200, "lr": 1e-3}
    assert convert_decay(1e-4, source="tfa_adamw", to="dropdecay", **scaled) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("source", "context", "message"),
    [
        ("torch", {"n_samples": 800, "batch_size": 32}, "'torch' is a penalty .* not measured"),
        ("dropdecay", {"n_samples": 800}, "to_n_samples needs batch_size and n_samples"),
        ("dropdecay", {"batch_size": 32}, "to_n_samples needs batch_size and n_samples"),
        ("dropdecay", {"batch_size": 32, "n_samples": 0}, "n_samples must be a whole number"),
    ],
)
def test_a_decay_that_cannot_be_carried_raises_an_error_that_says_why(source, context, message):
    with pytest.raises(ValueError, match=message):
        convert_decay(0.1, source=source, to=source, to_n_samples=8000, **context)


def test_an_impossible_conversion_raises_an_error_that_says_why():
    with pytest.raises(ValueError, match="no number makes them equal"):
        convert_decay(0.1, source="torch", to="torch_adamw")
    with pytest.raises(ValueError, match="Give batch_size"):
        convert_decay(0.1, source="sklearn", to="torch")
    with pytest.raises(ValueError, match="Give lr"):
        convert_decay(0.1, source="tfa_adamw", to="dropdecay")
