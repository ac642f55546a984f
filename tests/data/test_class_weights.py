import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from sklearn.utils.class_weight import compute_sample_weight

from dropdecay.data.class_weights import check_class_weight, row_weights
from dropdecay.data.targets import class_target
from dropdecay.errors import BadSetting

LABELS = np.array(["no", "no", "no", "yes", "maybe"])


@pytest.mark.parametrize("weights", ["balanced", {"no": 0.5, "yes": 3.0, "maybe": 0.0}])
def test_rows_weigh_what_scikit_learn_says_times_their_own_weight(weights):
    target, own = class_target(LABELS, "log_loss", np.float32), np.arange(1.0, 6.0)
    expected = compute_sample_weight(weights, LABELS)
    assert_array_equal(row_weights(target, None, weights, np.float64), expected)
    assert_array_equal(row_weights(target, own, weights, np.float64), expected * own)
    assert row_weights(target, None, None, np.float64) is None
    assert row_weights(target, own, None, np.float64) is own


def test_a_class_that_is_not_named_weighs_1():
    target = class_target(LABELS, "log_loss", np.float32)
    assert_array_equal(row_weights(target, None, {"yes": 4.0}, np.float64), [1, 1, 1, 4, 1])


def test_a_class_may_be_named_that_none_of_these_rows_has():
    few = class_target(LABELS[:4], "log_loss", np.float32, classes=np.unique(LABELS))
    assert_array_equal(row_weights(few, None, {"maybe": 9.0}, np.float64), np.ones(4))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        (
            {"yess": 2.0},
            "class_weight names 'yess', and there is no such class. Did you mean 'yes'",
        ),
        ({"x1": 2.0}, "there is no such class. The classes are 'maybe', 'no', 'yes'."),
        ({"yes": -1.0}, "class_weight gives class 'yes' the weight -1.0. Weights are finite"),
        ({"yes": float("nan")}, "the weight nan. Weights are finite numbers, 0 or larger."),
        ({"yes": float("inf")}, "the weight inf."),
        ({"yes": "much"}, "the weight much."),
        ("balance", "Got 'balance'. Did you mean 'balanced'?"),
        ([{"yes": 2.0}], "must be 'balanced' or give each class its weight, such as {'yes': 5.0}."),
        (3, "Got 3."),
    ],
)
def test_what_is_no_weight_of_a_class_is_refused_and_named(weights, words):
    with pytest.raises(BadSetting, match=re.escape(words)):
        row_weights(class_target(LABELS, "log_loss", np.float32), None, weights, np.float32)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1", "class_weight names '1', and there is no such class. Did you mean 1?"),
        (7, "class_weight names 7, and there is no such class. The classes are 0, 1."),
    ],
)
def test_a_number_is_told_from_its_digits(name, words):
    with pytest.raises(BadSetting, match=re.escape(words)):
        check_class_weight({name: 2.0}, np.array([0, 1]))


def test_without_classes_only_the_numbers_are_checked():
    check_class_weight({"any": 1.0})
    with pytest.raises(BadSetting, match="weight -1"):
        check_class_weight({"any": -1})


SEVERAL = np.array([[1, 0], [0, 1], [1, 1], [1, 0]])


@pytest.mark.parametrize("weights", ["balanced", [{0: 1.0, 1: 2.0}, {1: 3.0}]])
def test_rows_of_several_labels_weigh_the_product_over_their_labels(weights):
    target = class_target(SEVERAL, "log_loss", np.float32)
    whole = weights if weights == "balanced" else [{0: 1.0, 1: 1.0, **each} for each in weights]
    expected = compute_sample_weight(whole, SEVERAL)
    assert_array_equal(row_weights(target, None, weights, np.float64), expected)


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({0: 1.0, 1: 2.0}, "a list of 2 weights such as {0: 1.0, 1: 5.0}, one for each of the 2"),
        ([{0: 1.0, 1: 2.0}], "class_weight must be 'balanced', or a list of 2 weights"),
        ([{1: 2.0}, {2: 2.0}], "names 2, and there is no such class. The classes are 0, 1."),
    ],
)
def test_weights_that_are_none_of_several_labels_are_refused(weights, words):
    target = class_target(SEVERAL, "log_loss", np.float32)
    with pytest.raises(BadSetting, match=re.escape(words)):
        row_weights(target, None, weights, np.float32)
