"""Outputs by row, gathered from fits whose outputs tell point, epoch, fold, seed and row."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.protocol import Recorded, Run, run_key
from dropdecay.selection.contest import Contest, Pick, RowLosses
from dropdecay.surface.row_outputs import Keeping, Wanted, first_fold_of_row, row_outputs
from tests.surface.racers import recorded_fit, setting

N_ROWS = 8
# Row 7 is held out by no fold, row 2 by two of them.
HELD = [[5, 0, 2], [3, 1], [4, 2, 6]]
FOLDS = {
    fold: fold_rows(np.setdiff1d(np.arange(N_ROWS), held), np.array(held), 0, fold)
    for fold, held in enumerate(HELD)
}
KEEPING = Keeping(N_ROWS, ("no", "yes"), np.zeros(1), np.ones(1))
NONE, RATES, BOUND = (
    Point.of(dropout=rate, max_norm=bound)
    for rate, bound in ((0.0, None), ((0.1, 0.4), None), (0.2, 2.0))
)
POINTS = (Pick(RATES, 3), Pick(NONE, 2), Pick(BOUND, 5))
CONTEST = Contest(
    none=(Pick(NONE, 2), Pick(NONE, 4), Pick(NONE, 2)),
    picks=(Pick(RATES, 1), Pick(BOUND, 5), Pick(RATES, 6)),
    repeat=np.zeros(3, int),
)
NUMBER = {NONE: 1, RATES: 2, BOUND: 3}


def told(point, epoch, fold, seed, row):
    return NUMBER[point] + 0.1 * epoch + 10 * fold + 100 * seed + 1000 * row


def wanted_of(n_seeds=1, rows=range(N_ROWS)):
    needed = {}
    for fold in FOLDS:
        for pick in (*POINTS, CONTEST.none[fold], CONTEST.picks[fold]):
            needed.setdefault((fold, pick.point), set()).add(pick.epoch)
    runs = tuple(
        Run(setting(), point, fold, seed, max(epochs), run_key(0, fold, seed),
            record=tuple(sorted(epochs)))
        for (fold, point), epochs in needed.items() for seed in range(n_seeds)
    )  # fmt: skip
    return Wanted(
        POINTS, POINTS[1], frozenset({RATES, BOUND}), CONTEST, np.array(rows), runs, "", 0.1
    )


def fit_of(run):
    rows = FOLDS[run.fold].validation
    fit = recorded_fit(run, rows, lambda run, epoch, rows: np.zeros(rows.size))
    first = [told(run.point, epoch, run.fold, run.seed, rows) for epoch in run.record]
    outputs = np.stack([first, -np.array(first)], axis=2).astype(np.float32)
    return replace(fit, recorded=Recorded(fit.recorded.losses, outputs))


def gathered(wanted=None, keeping=KEEPING, losses=None):
    wanted = wanted or wanted_of()
    return row_outputs(wanted, keeping, FOLDS, {run: fit_of(run) for run in wanted.runs}, losses)


FIRST = [0, 1, 0, 1, 2, 0, 2, -1]


def test_a_row_is_judged_by_the_first_fold_that_holds_it_out():
    assert first_fold_of_row(FOLDS, N_ROWS).tolist() == FIRST
    assert gathered()["held_out_by"].values.tolist() == FIRST
    assert gathered()["row"].values.tolist() == list(range(N_ROWS))


def test_each_point_speaks_at_its_own_epoch_about_rows_it_had_not_seen():
    found = gathered()["out_of_fold_output"]
    assert found.dims == ("recorded_point", "row", "output")
    assert found["output"].values.tolist() == ["no", "yes"]
    for values, pick in zip(found.values, POINTS, strict=True):
        for row, fold in enumerate(FIRST[:7]):
            here = told(pick.point, pick.epoch, fold, 0, row)
            assert_allclose(values[row], [here, -here], rtol=1e-6)
    assert np.isnan(found.values[:, 7]).all()
    assert found.dtype == np.float32


def test_each_pick_speaks_about_the_rows_that_it_was_made_without():
    found = gathered()["picked_output"]
    assert found["contender"].values.tolist() == ["none", "picks"]
    for name, side in (("none", CONTEST.none), ("picks", CONTEST.picks)):
        for row, fold in enumerate(FIRST[:7]):
            here = told(side[fold].point, side[fold].epoch, fold, 0, row)
            assert_allclose(found.sel(contender=name, row=row), [here, -here], rtol=1e-6)
    assert np.isnan(found.sel(row=7)).all()


def test_seeds_are_averaged():
    found = gathered(wanted_of(n_seeds=3))["out_of_fold_output"]
    assert_allclose(found[0, 4, 0], told(RATES, 3, 2, 1.0, 4), rtol=1e-6)


def test_values_come_in_the_users_units_and_precise_far_from_zero():
    keeping = replace(KEEPING, center=np.array([1e6, -1e6]), scale=np.full(2, 1e-3))
    plain, found = gathered()["out_of_fold_output"], gathered(keeping=keeping)["out_of_fold_output"]
    assert found.dtype == np.float64
    expected = keeping.center + 1e-3 * plain.values.astype(float)
    assert_allclose(found.values[:, :7], expected[:, :7], rtol=1e-15)


def test_points_are_named_as_in_the_results():
    found = gathered()
    assert found["recorded_dropout"].values.tolist() == ["[0.1, 0.4]", "0.0", "0.2"]
    assert_array_equal(found["recorded_max_norm"], [np.nan, np.nan, 2.0])
    assert found["recorded_epoch"].values.tolist() == [3, 2, 5]
    assert found["recorded_chosen"].values.tolist() == [True, False, False]
    assert found["recorded_none"].values.tolist() == [False, True, False]
    assert found["recorded_as_good"].values.tolist() == [True, False, True]
    assert found["picked_epoch"].values.tolist() == [[2, 4, 2], [1, 5, 6]]
    assert found["picked_dropout"].values.tolist() == [["0.0"] * 3, ["[0.1, 0.4]", "0.2",
                                                                    "[0.1, 0.4]"]]  # fmt: skip


@pytest.mark.parametrize("rows", [[0, 4, 7], [1], [3, 5]])
def test_a_sample_holds_the_rows_of_the_whole(rows):
    losses = RowLosses(*np.arange(2 * 3 * N_ROWS).reshape(2, 3, N_ROWS) * 1.0)
    sampled = gathered(wanted_of(rows=rows), losses=losses)
    whole = gathered(losses=losses)
    for name in ("out_of_fold_output", "picked_output", "contender_loss", "held_out_by"):
        assert_array_equal(sampled[name], whole[name].sel(row=rows))
    assert sampled["row"].attrs["sample_of"] == N_ROWS
    assert "sample_of" not in whole["row"].attrs


def test_losses_of_the_repeats_stand_by_contender_and_repeat():
    losses = RowLosses(*np.arange(2 * 3 * N_ROWS).reshape(2, 3, N_ROWS) * 1.0)
    found = gathered(losses=losses)["contender_loss"]
    assert found.dims == ("contender", "contender_repeat", "row")
    assert_array_equal(found.sel(contender="none"), losses.none)
    assert_array_equal(found.sel(contender="picks"), losses.picks)
    assert "contender_loss" not in gathered()


def test_a_large_table_is_sampled_at_a_million_rows_and_below_where_classes_are_many():
    few = replace(KEEPING, n_rows=30_000_000)
    assert few.rows_kept(few.bytes_per_row(2, 0), 0).size == 1_000_000
    many = replace(KEEPING, n_rows=3_000_000, names=tuple(map(str, range(200))))
    per_row = many.bytes_per_row(2, 0)
    assert per_row == 2 * 200 * 4 + 16
    assert many.rows_kept(per_row, 0).size == 500_000_000 // per_row < 1_000_000


def test_what_is_kept_takes_what_was_counted():
    losses = RowLosses(*np.zeros((2, 3, N_ROWS)))
    found = gathered(losses=losses)
    by_row = ["out_of_fold_output", "picked_output", "contender_loss", "row", "held_out_by"]
    counted = KEEPING.bytes_per_row(3 + 2, 3)
    assert sum(found[name].nbytes for name in by_row) == N_ROWS * counted
