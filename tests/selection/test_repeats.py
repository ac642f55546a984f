"""Repeated cross-validation: the same rows held out again are no new rows."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.selection.choice import choose
from dropdecay.selection.epochs import folds_per_repeat_in
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.selection.verdict import reach_verdict
from tests.selection.worlds import drawn


def repeated(n_repeats, seed=0, **more):
    """Make results of three folds, repeated with equal figures."""
    once = drawn(seed, (3, 4, 3, 2), **more)
    there = once.isel(fold=np.tile(np.arange(3), n_repeats))
    return there.assign_coords(
        fold=np.arange(3 * n_repeats), repeat=("fold", np.repeat(np.arange(n_repeats), 3))
    )


def test_the_standard_error_of_a_point_does_not_shrink_with_repeats():
    once, twice = repeated(1), repeated(2)
    assert folds_per_repeat_in(once) == folds_per_repeat_in(twice) == 3
    by_fold = once["validation_loss"].mean("seed")
    best = choose(twice).best
    at = {**best.point.as_dict(), "epoch": best.epochs}
    figures = np.tile(by_fold.sel(at).values, 2)
    assert best.standard_error == pytest.approx(figures.std(ddof=1) / np.sqrt(3))


def test_splits_that_overlap_anyhow_count_as_many_as_one_round_has():
    splits = repeated(3).assign_coords(repeat=("fold", np.arange(9)))
    assert folds_per_repeat_in(splits) == 3  # a third of the rows is held out each time


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_a_fold_is_judged_by_the_others_of_its_own_repeat(rule):
    once, twice = repeated(1), repeated(2)
    wild = twice.copy(deep=True)
    wild["validation_loss"][:, :, 3:] = np.random.default_rng(0).uniform(
        size=wild["validation_loss"][:, :, 3:].shape
    )
    members = curves_of(once).finished
    expected = left_out_picks(curves_of(once), members, rule, "loss")
    found = left_out_picks(curves_of(wild), members, rule, "loss")
    for ours, theirs in zip(found, expected, strict=True):
        assert_array_equal(ours[:3], theirs)


def test_splits_without_whole_repeats_are_judged_by_all_others():
    splits = repeated(2).assign_coords(repeat=("fold", np.arange(6)))
    plain = repeated(2).assign_coords(repeat=("fold", np.zeros(6, int)))
    members = curves_of(plain).finished
    for one, other in zip(
        *(left_out_picks(curves_of(each), members, "best", "loss") for each in (splits, plain)),
        strict=True,
    ):
        assert_array_equal(one, other)


def test_rows_held_out_again_narrow_no_interval_of_the_bootstrap():
    twice, thrice = (repeated(n, spread=0.2) for n in (2, 3))
    one, other = (estimate_optimism(each) for each in (twice, thrice))
    assert_allclose(
        [one.naive, one.corrected, one.lower, one.upper],
        [other.naive, other.corrected, other.lower, other.upper],
        rtol=1e-6,
    )
    as_if_new = twice.assign_coords(repeat=("fold", np.zeros(6, int)))
    flattered = estimate_optimism(as_if_new)
    assert flattered.upper - flattered.lower < one.upper - one.lower


def test_the_gain_has_the_corrected_variance_of_all_folds():
    twice = repeated(2, seed=3)
    gain = reach_verdict(twice, choose(twice)).comparisons[0].gain
    once = repeated(1, seed=3)
    known = reach_verdict(once, choose(once)).comparisons[0].gain
    # The same three differences twice: the variance of one fold is 4/5 of what it was, and
    # 1/3 + 1/2 becomes 1/6 + 1/2 (Bouckaert & Frank 2004).
    assert gain.mean == pytest.approx(known.mean)
    assert gain.standard_error == pytest.approx(
        known.standard_error * np.sqrt(4 / 5 * (1 / 6 + 1 / 2) / (1 / 3 + 1 / 2))
    )
