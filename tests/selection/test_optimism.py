import numpy as np
import pytest

from dropdecay.errors import EveryRunDiverged
from dropdecay.selection.optimism import estimate_optimism
from tests.selection.worlds import BLOCKS, around, results


def noisy_world(seed, shape=(6, 8), n_folds=5):
    """All points of true loss 1; each block's loss varies on its own."""
    rng = np.random.default_rng(seed)
    blocks = 1 + rng.normal(0, 1, (*shape, n_folds, 1, 1, BLOCKS))
    world = results(blocks.mean(axis=-1), dropout=np.arange(6) / 10, weight_decay=np.arange(8.0))
    world["out_of_fold_loss"] = (world["out_of_fold_loss"].dims, blocks)
    return world


def test_the_lowest_of_many_equal_points_flatters_itself_and_is_corrected():
    found = [estimate_optimism(noisy_world(seed), random_state=seed) for seed in range(40)]
    assert np.mean([each.naive for each in found]) < 0.8
    assert np.mean([each.corrected for each in found]) == pytest.approx(1.0, abs=0.06)
    assert all(each.optimism == each.corrected - each.naive for each in found)


def test_a_clear_winner_needs_no_correction():
    found = estimate_optimism(results(around([[0.2, 1.0], [1.0, 1.0]])))
    assert found.naive == pytest.approx(0.2)
    assert found.corrected == pytest.approx(0.2)


def test_diverged_points_are_left_out():
    loss = around([[0.2, 0.1], [1.0, 1.0]])
    loss[0, 1, 0] = np.nan
    assert estimate_optimism(results(loss)).naive == pytest.approx(0.2)
    with pytest.raises(EveryRunDiverged):
        estimate_optimism(results(np.full((2, 2, 5), np.nan)))


def test_blocks_count_by_their_rows_and_absent_ones_not_at_all():
    world = results(around([[1.0, 2.0], [2.0, 2.0]]))
    world["out_of_fold_loss"] = world["out_of_fold_loss"].copy()
    world["out_of_fold_loss"][..., 0, :, :, 0] = 9.0
    world["block_rows"] = world["block_rows"].copy()
    world["block_rows"][0, 0] = 0
    world["out_of_fold_loss"][..., 0, :, :, 0] = np.nan
    found = estimate_optimism(world)
    assert found.naive == pytest.approx(1.0)
