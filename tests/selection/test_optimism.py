"""How much too good the chosen point looks on the rows that chose it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from dropdecay.errors import EveryRunDiverged
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.selection.verdict import reach_verdict
from tests.selection.worlds import drawn, grid, results_at, results_of


def test_one_point_of_one_epoch_has_no_optimism():
    results = results_of(np.full((1, 1, 5), 0.5), curve=np.zeros(1), spread=0.1)

    found = estimate_optimism(results)

    assert_allclose(found.naive, 0.5, atol=1e-6)
    assert abs(found.optimism) < 0.005
    assert found.lower < 0.5 < found.upper


def test_many_equal_points_have_optimism_and_the_interval_covers_the_truth():
    results = results_of(np.full((6, 6, 5), 0.5), curve=np.zeros(1), spread=0.2)
    rng = np.random.default_rng(1)
    noise = 0.2 * rng.normal(size=results["out_of_fold_loss"].shape)
    results["out_of_fold_loss"].values[:] = 0.5 + noise
    results["validation_loss"].values[:] = results["out_of_fold_loss"].mean("block").values

    found = estimate_optimism(results)

    assert found.naive < 0.44
    assert found.optimism > 0.04
    assert found.lower < 0.5 < found.upper


def test_naive_is_the_chosen_points_own_loss():
    results = drawn(spread=0.1)

    for rule in ("best", "one_se"):
        choice = choose(results, rule)
        assert_allclose(estimate_optimism(results, choice).naive, choice.chosen.loss, rtol=1e-6)


def test_without_a_choice_it_is_the_best_points():
    results = drawn(spread=0.1)

    assert estimate_optimism(results) == estimate_optimism(results, choose(results))


def test_the_one_standard_error_rule_is_replayed_and_pays_for_its_parsimony():
    results = drawn(3, spread=0.1)
    best, one_standard_error = choose(results), choose(results, "one_se")
    assert one_standard_error.chosen.loss > best.chosen.loss

    found = estimate_optimism(results, one_standard_error)

    assert found.corrected > estimate_optimism(results, best).corrected


def test_a_choice_by_score_keeps_its_point():
    results = drawn(spread=0.1)
    choice = choose(results, criterion="score")
    alone = results.sel({name: [value] for name, value in choice.chosen.point.values})

    assert estimate_optimism(results, choice) == estimate_optimism(alone)


def test_absent_blocks_do_not_count():
    results = drawn(spread=0.1)
    results["out_of_fold_loss"][:, :, 0, :, :, 3] = np.nan
    results["block_rows"][0, 3] = 0

    assert np.isfinite(estimate_optimism(results).corrected)


def test_points_that_did_not_finish_are_left_out():
    diverged = np.zeros((2, 2, 5, 1), bool)
    diverged[0, 0, 0] = True
    loss = np.full((2, 2, 5), 0.5)
    loss[0, 0] = 0.1

    found = estimate_optimism(results_of(loss, diverged=diverged))

    assert_allclose([found.naive, found.corrected], 0.5, rtol=1e-6)


def test_it_follows_from_the_random_state():
    results = drawn(spread=0.1)

    assert estimate_optimism(results, random_state=1) == estimate_optimism(results, random_state=1)
    assert estimate_optimism(results, random_state=1) != estimate_optimism(results, random_state=2)


def test_a_surface_that_diverged_everywhere_is_refused():
    with pytest.raises(EveryRunDiverged):
        estimate_optimism(results_of(np.ones((1, 1, 2)), diverged=np.ones((1, 1, 2, 1), bool)))


def test_it_is_plain_json():
    found = estimate_optimism(drawn(spread=0.1))

    plain = json.loads(json.dumps(found.as_dict(), allow_nan=False))

    assert set(plain) == {"naive", "corrected", "lower", "upper", "of_single", "optimism"}
    assert plain["optimism"] == found.corrected - found.naive
    assert plain["of_single"] is None


def test_an_ensemble_moves_all_figures_alike_and_keeps_those_of_one_network():
    single = estimate_optimism(drawn(spread=0.1))
    found = single.of_ensemble(0.02)
    ends = [(each.naive, each.corrected, each.lower, each.upper) for each in (found, single)]
    np.testing.assert_allclose(np.subtract(*ends), -0.02)
    assert found.as_dict()["of_single"]["corrected"] == single.corrected


def test_points_of_other_axes_have_the_same_optimism_as_their_losses_have_elsewhere():
    loss = np.random.default_rng(0).uniform(0.4, 0.8, size=(6, 5))
    points = grid(limit=(None, 4.0), step_size=(0.001, 0.003, 0.01))

    found = estimate_optimism(results_at(points, loss, spread=0.1))

    assert found == estimate_optimism(results_of(loss.reshape(2, 3, 5), spread=0.1))


@settings(max_examples=8)
@given(seed=st.integers(0, 20), blocks=st.permutations(range(4)))
def test_the_order_of_rows_changes_no_conclusion(seed, blocks):
    results = drawn(seed, spread=0.1)
    turned = results.isel(block=list(blocks))
    assert choose(turned).as_dict() == choose(results).as_dict()
    verdicts = [reach_verdict(each, choose(each)).as_dict() for each in (turned, results)]
    assert verdicts[0] == verdicts[1]
    one, other = (estimate_optimism(each) for each in (turned, results))
    assert one.naive == pytest.approx(other.naive)
    # A thousand draws of other rows: what they agree on is known to a thirtieth of the interval.
    assert abs(one.corrected - other.corrected) < (other.upper - other.lower) / 5
