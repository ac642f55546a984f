"""Coverage on held-out rows: each fold judged by the misfits of the others."""

import numpy as np
import pytest

from dropdecay.explain.coverage import coverage_of_classes, coverage_of_values
from dropdecay.explain.fold_networks import FoldNetwork, FoldNetworks
from dropdecay.settings import Network
from tests.explain.fitted import fitted_with_rows, table


def networks(*misfits):
    network, no_rows = Network(1, (1,), 1, "relu", "half_squared_error"), np.arange(0)
    return FoldNetworks(
        tuple(
            FoldNetwork(network, np.zeros((1, 4)), None, no_rows, np.asarray(each, float))
            for each in misfits
        )
    )


def test_values_by_hand():
    one, other = np.arange(1.0, 20.0)[:, None], np.arange(2.0, 40.0, 2.0)[:, None]
    found = coverage_of_values(networks(one, other), 0.9)
    # The limits are the 18th of 19 of the other fold: 36 for the first, 18 for the second.
    assert found.covered == pytest.approx((19 + 9) / 38)
    assert found.width == pytest.approx(36 + 18)
    assert found.set_size is None
    assert str(found) == "90 % intervals hold 74 % of the held-out values and are 54 wide."


def test_classes_by_hand():
    one = np.full((9, 1), 0.4)
    said = np.array([[0.7, 0.3], [0.5, 0.5], [0.61, 0.39], [0.2, 0.8]])
    found = coverage_of_classes(
        networks(one, one), said, np.array([0, 1, 1, 0]), np.array([0, 0, 1, 1]), 0.8
    )
    # In a set is what has 60 %, and the likeliest: {0}, {0}, {0}, {1}.
    assert (found.covered, found.set_size) == (0.25, 1.0)
    assert found.width is None
    assert "with 1 of 2 classes on average" in str(found)


def test_too_few_rows_or_folds_have_none():
    few = np.ones((4, 1))
    assert coverage_of_values(networks(few, few), 0.9) is None
    assert coverage_of_values(networks(np.ones((99, 1))), 0.9) is None


def test_a_search_finds_about_the_level():
    rows, values = table(400)
    search, _ = fitted_with_rows(rows, values)
    assert 0.85 < search.coverage_.covered < 0.95
    low, high = search.predict_interval(rows).T
    assert search.coverage_.width == pytest.approx((high - low).mean(), rel=0.1)
    classes, _ = fitted_with_rows(rows, np.array(["a", "b", "c"])[(values // 3).astype(int) % 3])
    assert 0.85 < classes.coverage_.covered < 0.97
    assert 1.0 <= classes.coverage_.set_size <= 3.0
    several, _ = fitted_with_rows(rows, np.column_stack([values, -values]))
    assert several.coverage_.width is None
    assert str(several.coverage_).endswith("of the held-out values.")
