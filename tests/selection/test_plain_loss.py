"""The loss without class weights: from blocks of rows, and in words."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from dropdecay.selection.choice import choose
from dropdecay.selection.contest import Contest, Pick, RepeatedContest, RowLosses
from dropdecay.selection.plain_curves import plain_by_epoch
from dropdecay.selection.plain_loss import PlainLoss
from dropdecay.selection.verdict import reach_verdict
from dropdecay.statistics.corrected import paired_difference
from dropdecay.statistics.hybrid import repeated_gain
from tests.selection.worlds import at, results_of

WEIGHTED = {"loss_name": "weighted log loss", "plain_loss_name": "log loss", "plain_blocks": 1}
LOSS = np.array([[[0.7] * 5, [0.5] * 5]]) + 0.01 * np.arange(5)


def world(attributes=WEIGHTED):
    """Results whose blocks lose half of what the weighted loss is, with a spread of their own."""
    results = results_of(LOSS, attributes=attributes)
    own = np.arange(4) * np.array([1.0, -1.0, 0.0, 1.0, 2.0])[:, None] / 100
    halved = results["out_of_fold_loss"].values / 2
    halved[0, 1] += own[:, None, None, :]
    results["out_of_fold_loss"].values[:] = halved
    results["block_rows"].values[:] = [1, 2, 3, 4]
    return results


def test_a_fold_is_the_mean_over_rows_and_not_over_blocks():
    found = plain_by_epoch(world())
    assert_allclose(found[0, :, 0, 1], 0.35 + 0.005 * np.arange(5), rtol=1e-6)
    blocks = np.array([0.0, 0.01, 0.02, 0.03]) @ [0.1, 0.2, 0.3, 0.4]
    assert found[1, 0, 0, 1] == pytest.approx(0.25 + blocks, rel=1e-6)
    assert found.shape == (2, 5, 1, 3)


def test_blocks_that_hold_no_row_of_a_fold_say_nothing():
    results = world()
    results["block_rows"].values[0] = [0, 2, 3, 4]
    results["out_of_fold_loss"].values[:, :, 0, ..., 0] = np.nan
    assert np.isfinite(plain_by_epoch(results)).all()


def test_without_class_weights_or_with_weights_of_rows_besides_there_is_none():
    assert plain_by_epoch(world({})) is None
    assert plain_by_epoch(world({"plain_loss_name": "log loss"})) is None
    choice = choose(world({}))
    assert math.isnan(choice.best.plain_loss)
    assert reach_verdict(world({}), choice).plain is None


def test_it_accompanies_every_point_and_the_verdict():
    results = world()
    choice = choose(results)
    plain = plain_by_epoch(results)[:, :, 0, 1]
    assert choice.best.plain_loss == pytest.approx(plain[1].mean())
    error = plain[1].std(ddof=1) / np.sqrt(5)
    assert choice.best.plain_loss_standard_error == pytest.approx(error)

    found = reach_verdict(results, choice).plain

    difference = paired_difference(plain[0] - plain[1], 0.25)
    assert (found.none, found.chosen) == pytest.approx((plain[0].mean(), plain[1].mean()))
    assert (found.lower, found.upper) == pytest.approx((difference.lower, difference.upper))


def test_repeats_take_the_place_of_folds():
    results = world()
    pick = Pick(at(0.0, 0.001), 2)
    rows = np.linspace(0.1, 0.3, 40) + np.array([[0.0], [0.01], [0.02]])
    gain, plain = repeated_gain(rows), repeated_gain(-rows / 10)
    repeated = RepeatedContest(
        Contest((Pick(at(0.0, 0.0), 2),) * 5, (pick,) * 5, np.zeros(5, int)),
        RowLosses(rows, rows), gain, (), 0.7, 45, cuts_anew=True, plain=(plain, 0.35),
    )  # fmt: skip
    verdict = reach_verdict(results, choose(results), repeated)
    found = verdict.plain
    assert (found.none, found.chosen, found.lower) == (0.35, 0.35 - plain.mean, plain.lower)
    assert verdict.notes[0] == found.sentence
    assert "weighted log loss" in verdict.grounds[0]


def test_the_sentence_tells_both_losses_and_the_difference_in_its_own_direction():
    assert PlainLoss("log loss", 0.5, 0.45, 0.02, 0.08, 0.95).sentence == (
        "Without class weights: log loss 0.450 with regularization, 0.500 without; lower by 0.050 "
        "(95 % interval 0.020 to 0.080)."
    )
    assert PlainLoss("log loss", 0.45, 0.5, -0.08, -0.02, 0.95).sentence.endswith(
        "log loss 0.500 with regularization, 0.450 without; higher by 0.050 (95 % interval 0.020 "
        "to 0.080)."
    )
