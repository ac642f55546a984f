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

WEIGHTED = {"loss_name": "weighted log loss", "plain_loss_name": "log loss", "plain_blocks": 1}


def class_weighted(loss_of_row, weight, own, n_blocks):
    """Results of a fold a row of blocks, from what single rows lose and count.

    ``loss_of_row`` is (point, fold, epoch, row), ``weight`` and ``own`` are (fold, row); rows fall
    into blocks in turn.
    """
    n_points, n_folds, n_epochs, n_rows = loss_of_row.shape
    in_block = np.arange(n_rows) % n_blocks == np.arange(n_blocks)[:, None]
    points = grid(dropout=np.arange(n_points) / 10)
    fold = (loss_of_row * weight[:, None]).sum(-1) / weight.sum(1)[:, None]
    results = results_at(points, fold[..., 0], curve=np.zeros(n_epochs), attributes=WEIGHTED)
    results["validation_loss"].values[:, :, 0] = fold
    results["training_loss"].values[:, :, 0] = fold - 0.1

    def blocks(by):
        sums = np.einsum("pfer,fr,br->pfeb", loss_of_row, by, in_block)
        return (sums / np.maximum(by @ in_block.T, 1e-300)[:, None])[:, :, None]

    dims = ("point", "fold", "seed", "epoch", "block")
    return results.drop_vars(["out_of_fold_loss", "block_rows"]).assign(
        out_of_fold_loss=(dims, blocks(own)),
        out_of_fold_weighted_loss=(dims, blocks(weight)),
        block_rows=(("fold", "block"), np.tile(in_block.sum(1), (n_folds, 1))),
        block_weight=(("fold", "block"), own @ in_block.T),
        block_loss_weight=(("fold", "block"), weight @ in_block.T),
    )


def rare_class(seed=0, n_points=5, n_folds=4, n_epochs=3, n_rows=12):
    """Losses of rows whose rare class does best at the first point, and the other at the last."""
    rng = np.random.default_rng(seed)
    rare = np.arange(n_rows) % 6 == 0
    own = rng.uniform(0.5, 1.5, size=(n_folds, n_rows))
    loss = 0.5 + rng.gamma(4.0, 0.1, size=(n_points, n_folds, n_epochs, n_rows))
    loss += np.where(rare, 0.3, -0.08) * np.arange(n_points)[:, None, None, None]
    return loss, own * np.where(rare, 5.0, 1.0), own


@pytest.mark.parametrize("rule", ["best", "one_se"])
def test_with_class_weights_it_repeats_the_choice_by_the_weighted_loss_row_by_row(rule):
    """Against BBC-CV on single rows, of which blocks only say which are drawn together."""
    loss, weight, own = rare_class()
    results = class_weighted(loss, weight, own, n_blocks=6)
    choice = choose(results, rule)
    n_points, n_folds, n_epochs, n_rows = loss.shape
    flat, by, plain_by = (
        np.moveaxis(loss, 1, 2).reshape(n_points, n_epochs, -1), weight.ravel(), own.ravel(),
    )  # fmt: skip
    block_of_row = (6 * np.arange(n_folds)[:, None] + np.arange(n_rows) % 6).ravel()
    by_fold = np.average(loss, axis=3, weights=np.broadcast_to(weight[:, None], loss.shape))
    last = by_fold[np.arange(n_points), :, by_fold.mean(1).argmin(1)]
    weighted, plain = [], []
    counts_of_blocks = np.random.default_rng(0).multinomial(24, np.full(24, 1 / 24), size=1000)
    for counts in counts_of_blocks:
        drawn, left = counts[block_of_row] * by, counts[block_of_row] == 0
        curves = flat @ drawn / drawn.sum()
        stops = curves.argmin(axis=1)
        means = curves[np.arange(n_points), stops]
        pick = means.argmin()
        if rule == "one_se":
            errors = (last - last[pick]).std(axis=1, ddof=1) / np.sqrt(n_folds)
            gaps = np.where(means <= means[pick] + errors, means - (last.mean(1) - 0.1), np.inf)
            pick = gaps.argmin()
        lost = flat[pick, stops[pick], left]
        weighted.append(np.average(lost, weights=by[left]))
        plain.append(np.average(lost, weights=plain_by[left]))

    found = estimate_optimism(results, choice)

    for told, drawn in ((found, weighted), (found.plain, plain)):
        assert_allclose(told.corrected, np.mean(drawn))
        assert_allclose([told.lower, told.upper], np.percentile(drawn, [2.5, 97.5]))
    at = flat[round(10 * choice.chosen.point["dropout"]), choice.chosen.epochs - 1]
    naive = np.average(at, weights=by), np.average(at, weights=plain_by)
    assert_allclose((found.naive, found.plain.naive), naive)


def test_with_class_weights_the_plain_loss_is_told_and_has_no_say_in_the_choice():
    # Of two rows a block one is of a rare class, which weighs 9 and does best at the first point.
    rare = np.arange(12) < 6
    loss = np.where(rare, [[0.5], [0.7]], [[0.9], [0.5]])[:, None, None] * np.ones((2, 4, 1, 1))
    weight = np.tile(np.where(rare, 9.0, 1.0), (4, 1))

    found = estimate_optimism(class_weighted(loss, weight, np.ones((4, 12)), n_blocks=6))

    assert_allclose([found.corrected, found.upper], (9 * 0.5 + 0.9) / 10)
    # By the plain loss the second point would be chosen: (0.7 + 0.5) / 2.
    assert_allclose([found.plain.corrected, found.plain.upper], (0.5 + 0.9) / 2)


def test_blocks_of_a_class_without_weight_alone_do_not_spoil_it():
    loss, weight, own = rare_class()
    weight[:, 1::2] = 0.0  # a class of weight 0; its rows fill three of six blocks
    found = estimate_optimism(class_weighted(loss, weight, own, n_blocks=6))
    assert np.isfinite([found.corrected, found.lower, found.plain.corrected]).all()
    loss[..., 1::2] = 9.0
    spoiled = estimate_optimism(class_weighted(loss, weight, own, n_blocks=6))
    assert_allclose(spoiled.corrected, found.corrected)


def test_in_repeated_cross_validation_a_block_counts_all_repeats_of_its_rows():
    loss, weight, own = rare_class(n_folds=2)
    weight, own = weight[[0, 0]], own[[0, 0]]  # the same rows twice
    twice = class_weighted(loss, weight, own, n_blocks=6).assign_coords(repeat=("fold", [0, 1]))
    once = class_weighted(loss.mean(axis=1, keepdims=True), weight[:1], own[:1], n_blocks=6)

    found, expected = estimate_optimism(twice), estimate_optimism(once)

    for name in ("naive", "corrected", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name))
        assert getattr(found.plain, name) == pytest.approx(getattr(expected.plain, name))


def test_results_of_earlier_versions_hold_no_blocks_of_the_loss_that_class_weights_weigh():
    assert estimate_optimism(drawn(spread=0.1, attributes=WEIGHTED)) is None


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

    weighted = estimate_optimism(class_weighted(*rare_class(), n_blocks=6)).of_ensemble(0.02, 0.03)
    plain = json.loads(json.dumps(weighted.as_dict(), allow_nan=False))
    assert set(plain["plain"]) == {*plain} - {"plain"}
    assert "plain" not in plain["of_single"]


def test_an_ensemble_moves_all_figures_alike_and_keeps_those_of_one_network():
    single = estimate_optimism(drawn(spread=0.1))
    found = single.of_ensemble(0.02)
    ends = [(each.naive, each.corrected, each.lower, each.upper) for each in (found, single)]
    np.testing.assert_allclose(np.subtract(*ends), -0.02)
    assert found.as_dict()["of_single"]["corrected"] == single.corrected

    single = estimate_optimism(class_weighted(*rare_class(), n_blocks=6))
    found = single.of_ensemble(0.03, 0.02)
    assert found.corrected == single.corrected - 0.03
    assert found.plain.corrected == single.plain.corrected - 0.02
    assert found.plain.of_single == single.plain


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
