"""The rules, against tables that R's rpart printed and whose readers said what the rule takes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.selection.rules import RULES, as_good_as, lowest
from tests.selection.worlds import beside

# Columns nsplit, xerror, xstd of two cptables discussed at stats.stackexchange.com, where the
# one-standard-error rule (Breiman et al. 1984) takes row 7 of either, counted from 1. Here every
# difference to the best row gets the standard error that the textbook takes for all of them.
LARGE = np.array([
    [0, 1.0002790, 0.01853630], [1, 0.8385070, 0.01749290], [2, 0.7963870, 0.01709283],
    [4, 0.7695997, 0.01653832], [5, 0.7560406, 0.01606136], [6, 0.7466449, 0.01600352],
    [7, 0.7356289, 0.01549501], [8, 0.7388091, 0.01559568], [10, 0.7254237, 0.01522645],
    [11, 0.7248227, 0.01526605],
])  # fmt: skip
SMALL = np.array([
    [0, 1.05013, 0.189409], [1, 0.54650, 0.084423], [2, 0.31439, 0.063681],
    [3, 0.27281, 0.060605], [4, 0.30120, 0.058992], [5, 0.29649, 0.059138],
    [6, 0.21761, 0.045295], [7, 0.21076, 0.042196],
])  # fmt: skip


@pytest.mark.parametrize(("table", "best"), [(LARGE, 10), (SMALL, 8)], ids=["large", "small"])
def test_the_rule_picks_what_rpart_picks(table, best):
    complexity, xerror, xstd = table.T
    cost = beside(xerror, xstd[best - 1])

    assert RULES["best"](cost, complexity) == best - 1
    assert RULES["one_se"](cost, complexity) == 7 - 1
    assert_array_equal(np.flatnonzero(as_good_as(cost, best - 1)), np.arange(6, best))


def test_the_standard_error_is_that_of_the_difference_to_the_best_point():
    cost = beside([1.0, 1.15, 1.25], [0.0, 0.2, 0.01], shared=5.0)

    assert_array_equal(as_good_as(cost, 0), [True, True, False])


def test_a_point_exactly_one_standard_error_above_is_as_good():
    # Folds 0 and 2: mean 1, standard error 1, both exact.
    cost = np.array([[0.0, 2.0], [2.0, 2.0], [2.0, 2.000001]])

    assert_array_equal(as_good_as(cost, 0), [True, True, False])


def test_points_with_a_nan_are_skipped():
    cost = np.array([[np.nan, 0.0], [1.0, 2.0], [1.0, 3.0]])

    assert lowest(cost) == 1
    assert_array_equal(as_good_as(cost, 1), [False, True, True])
    assert RULES["one_se"](cost, np.array([np.nan, 0.5, 0.4])) == 2


def test_with_one_fold_only_the_best_is_as_good():
    assert_array_equal(as_good_as(np.array([[1.0], [1.1], [1.0]]), 0), [True, False, True])


COSTS = hnp.arrays(np.float64, (5, 4), elements=st.integers(0, 1000).map(float), unique=True)
GAPS = hnp.arrays(np.float64, 5, elements=st.integers(0, 100).map(float), unique=True)


@given(
    cost=COSTS, gap=GAPS, rule=st.sampled_from(["best", "one_se"]), folds=st.permutations(range(4))
)
def test_the_order_of_folds_changes_no_choice(cost, gap, rule, folds):
    assert RULES[rule](cost[:, folds], gap) == RULES[rule](cost, gap)


@given(
    cost=COSTS, gap=GAPS, rule=st.sampled_from(["best", "one_se"]), order=st.permutations(range(5))
)
def test_the_order_of_points_changes_no_chosen_figure(cost, gap, rule, order):
    found = RULES[rule](cost, gap)
    other = RULES[rule](cost[order], gap[order])

    assert cost[order][other].mean() == cost[found].mean()


@given(cost=COSTS, gap=GAPS, rule=st.sampled_from(["best", "one_se"]), twice=st.integers(0, 4))
def test_a_duplicated_point_changes_no_winner(cost, gap, rule, twice):
    doubled = np.vstack([cost, cost[twice]]), np.append(gap, gap[twice])

    assert_allclose(doubled[0][RULES[rule](*doubled)], cost[RULES[rule](cost, gap)])
