"""Targets as the engine trains on them, and targets that it could not train on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dropdecay.data.targets import check_classes, class_target, value_target
from dropdecay.errors import BadInput

VALUES = np.random.default_rng(0).normal(size=60)


def target_of(values, **more):
    return value_target(np.asarray(values), np.float32, standardize=True, **more)


@pytest.mark.parametrize("factor", [1e-60, 1e-17, 1.0, 1e6, 1e60])
def test_values_in_any_ordinary_unit_train_alike(factor):
    target = target_of(VALUES * factor)

    assert_allclose(target.matrix, target_of(VALUES).matrix, atol=1e-5)
    assert (0.01 * target.loss_scale) ** 2 > 0.0  # as standard errors are computed
    assert np.isfinite((100 * target.loss_scale) ** 2)


@pytest.mark.parametrize("factor", [1e-300, 1e-80, 1e80, 1e300])
def test_values_whose_squares_do_not_fit_are_refused_with_what_to_do(factor):
    with pytest.raises(BadInput, match=r"y has values such as \de.*Give it in other units"):
        target_of(VALUES * factor)


def test_several_outputs_have_no_common_unit_so_that_each_may_be_extreme():
    target = target_of(VALUES[:, None] * [1e-24, 1.0, 1e24])

    assert_allclose(target.matrix.std(axis=0), 1.0, rtol=1e-5)


def test_an_output_that_does_not_vary_keeps_its_scale():
    target = target_of(np.column_stack([VALUES, np.full(60, 0.1)]))

    assert target.scale[1] == 1.0
    assert_allclose(target.matrix[:, 1], 0.0, atol=1e-6)


def test_rows_without_weight_do_not_make_a_constant_vary():
    weights = np.r_[np.ones(59), 0.0]

    assert target_of(np.r_[np.ones(59), 9.0], sample_weight=weights).scale[0] == 1.0


def test_a_single_network_keeps_values_as_they_are_if_their_squares_fit():
    assert value_target(VALUES * 1e30, np.float64, standardize=False).scale[0] == 1.0
    with pytest.raises(BadInput, match=r"y reaches \de.30, whose square does not fit into float32"):
        value_target(VALUES * 1e30, np.float32, standardize=False)


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([0.5, 1.5], "continuous. y holds numbers with fractions. Use a regressor"),
        ([[0.5, 1.5], [1.0, 2.0]], "continuous-multioutput. y holds columns of numbers"),
        ([[1, 2], [3, 4]], "multiclass-multioutput. y holds several columns of classes. Fit a"),
        ([["a", "b"], ["b", "a"]], "multiclass-multioutput"),
    ],
)
def test_what_holds_no_classes_is_refused_with_what_to_do(y, words):
    with pytest.raises(BadInput, match=f"Unknown label type: {words}"):
        check_classes(np.array(y))


@pytest.mark.parametrize("dtype", [object, np.str_])
def test_classes_that_differ_in_blanks_alone_are_refused(dtype):
    y = np.array(["yes", "no", "yes "], dtype)

    with pytest.raises(BadInput, match="y has the classes 'yes' and 'yes ', which differ in bla"):
        class_target(y, "log_loss", np.float32)
