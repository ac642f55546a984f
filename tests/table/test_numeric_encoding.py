"""Numeric encodings are the formulas of Gorishniy et al. 2022, written out number by number."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from dropdecay.errors import BadSetting
from dropdecay.table.numeric_encoding import (
    NUMERIC_ENCODINGS,
    Periodic,
    PiecewiseLinear,
    make_numeric_encoding,
)

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 2)).astype(np.float32)


def piecewise(x, edges):
    """Equation 1 of the paper for one number: e_1, ..., e_T."""
    numbers = []
    last = len(edges) - 1
    for t in range(1, last + 1):
        low, high = edges[t - 1], edges[t]
        if x < low and t > 1:
            numbers.append(0.0)
        elif x >= high and t < last:
            numbers.append(1.0)
        else:
            numbers.append((x - low) / (high - low))
    return numbers


def test_bins_of_quantiles_are_the_papers_formula():
    encoding = PiecewiseLinear(n_bins=5).fit(X)
    edges = [np.quantile(X[:, i].astype(float), np.linspace(0, 1, 6)) for i in range(2)]

    found = encoding.transform(X[:50])

    wanted = [piecewise(row[0], edges[0]) + piecewise(row[1], edges[1]) for row in X[:50]]
    assert_allclose(found, wanted, atol=2e-5)
    assert_array_equal(encoding.source_, [0] * 5 + [1] * 5)


def test_beyond_all_bins_a_number_goes_on_for_one_more_bin():
    encoding = PiecewiseLinear(n_bins=2).fit(np.array([[0.0], [1.0], [2.0]]))

    found = encoding.transform(np.array([[-0.5], [-9.0], [2.5], [99.0]]))

    assert_array_equal(found, [[-0.5, 0], [-1, 0], [1, 1.5], [1, 2]])


def test_bins_of_the_target_end_where_it_changes():
    x = np.linspace(0, 1, 400)
    y = np.where(x < 0.3, -1.0, np.where(x < 0.7, 2.0, 0.0))

    encoding = PiecewiseLinear("target", n_bins=3).fit(x[:, None], y[:, None])

    assert_allclose([*encoding.low_, encoding.low_[-1] + encoding.width_[-1]],
                    [0, 0.3, 0.7, 1], atol=3e-3)  # fmt: skip


def test_bins_of_the_target_cut_classes_as_gini_does():
    from sklearn.tree import DecisionTreeClassifier

    x = RNG.normal(size=(600, 1))
    labels = (np.digitize(x[:, 0], [-1, 0.2, 0.9]) + (RNG.random(600) < 0.1)) % 3
    tree = DecisionTreeClassifier(max_leaf_nodes=6, min_samples_leaf=64, random_state=0)
    nodes = tree.fit(x, labels).tree_
    cuts = np.sort(nodes.threshold[nodes.children_left >= 0])

    encoding = PiecewiseLinear("target", n_bins=6).fit(x, np.eye(3)[labels])

    assert_allclose(encoding.low_[1:], cuts, rtol=1e-6)


def test_bins_of_the_target_need_it():
    with pytest.raises(BadSetting, match="need the target"):
        PiecewiseLinear("target").fit(X)


def test_missing_numbers_say_nothing_of_bins():
    gaps = np.vstack([X, np.full((100, 2), np.nan, np.float32)])
    y = np.concatenate([X[:, :1], np.full((100, 1), 9.0)])
    for bins in ("quantile", "target"):
        whole, known = (PiecewiseLinear(bins).fit(gaps, y), PiecewiseLinear(bins).fit(X, X[:, :1]))
        assert_array_equal(whole.low_, known.low_)


@pytest.mark.parametrize("bins", ["quantile", "target"])
@pytest.mark.parametrize("column", [[3.0] * 20, [np.nan] * 20, [5.0]])
def test_a_column_without_a_spread_becomes_zero(bins, column):
    rows = np.array(column)[:, None]
    encoding = PiecewiseLinear(bins).fit(rows, np.arange(len(rows), dtype=float)[:, None])

    assert_array_equal(encoding.transform(np.array([[3.0], [-7.0]])), [[0], [0]])


@pytest.mark.parametrize("bins", ["quantile", "target"])
def test_few_distinct_values_have_few_bins(bins):
    rows = np.tile([0.0, 1.0, 4.0], 200)[:, None]
    encoding = PiecewiseLinear(bins).fit(rows, rows**2)
    assert encoding.low_.size <= 3
    assert_array_equal(np.unique(encoding.transform(rows), axis=0).shape[0], 3)


VALUES = arrays(np.float32, st.tuples(st.integers(1, 40), st.just(2)),
                elements=st.floats(-3, 3, width=32))  # fmt: skip


@given(rows=VALUES)
def test_numbers_are_finite_and_rise_with_the_column(rows):
    encoding = PiecewiseLinear("quantile", 7).fit(rows)

    numbers = encoding.transform(np.sort(rows, axis=0))

    assert np.isfinite(numbers).all()
    assert np.abs(numbers).max() <= 2
    assert (np.diff(numbers, axis=0) >= 0).all()


def test_values_that_differ_by_next_to_nothing_give_finite_numbers_without_a_warning():
    rows = np.array([[0.0], [1e-40], [2e-40], [3.0]], np.float32)
    numbers = PiecewiseLinear("quantile", 7).fit(rows).transform(rows)
    assert np.isfinite(numbers).all()
    assert (np.diff(numbers, axis=0) >= 0).all()


def test_waves_are_the_papers_formula_beside_the_column():
    encoding = Periodic(n_frequencies=3, spread=0.5).fit(X)
    c = np.random.default_rng(0).normal(scale=0.5, size=(2, 3)).astype(np.float32).astype(float)

    found = encoding.transform(X[:20])

    wanted = []
    for row in X[:20].astype(float):
        numbers = []
        for i, x in enumerate(row):
            numbers += [x, *np.sin(2 * np.pi * c[i] * x), *np.cos(2 * np.pi * c[i] * x)]
        wanted.append(numbers)
    assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.parametrize("name", NUMERIC_ENCODINGS)
def test_a_row_is_encoded_alike_in_any_company(name):
    encoding = make_numeric_encoding(name).fit(X, X[:, :1])
    alone = [encoding.transform(X[i : i + 1])[0] for i in range(30)]
    assert_array_equal(encoding.transform(X)[:30], alone)


@pytest.mark.parametrize("name", NUMERIC_ENCODINGS)
def test_every_number_has_a_name_of_its_own_after_its_column(name):
    encoding = make_numeric_encoding(name).fit(X, X[:, :1])

    names = encoding.get_feature_names_out(["age", "pay"])

    assert len(set(names)) == encoding.source_.size == encoding.transform(X).shape[1]
    columns = np.array(["age", "pay"])[encoding.source_]
    assert all(each.startswith(column) for each, column in zip(names, columns, strict=True))
    assert clone(encoding).get_params() == encoding.get_params()


def test_a_misspelt_name_is_refused():
    with pytest.raises(BadSetting, match="Did you mean 'quantile'"):
        make_numeric_encoding("quantiles")
