"""What ensemble and networks lose on each fold, from outputs that are written down here."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.engine.protocol import Recorded, Rows, Run, run_key
from dropdecay.selection.contest import Pick
from dropdecay.surface.ensemble_losses import ensemble_losses
from tests.surface.racers import recorded_fit, setting

POINT = Point.of(dropout=0.2)
SAID = np.array([[1.0, 3.0, 5.0], [3.0, 3.0, 1.0]])
"""What two networks say of the rows of a fold; the truth is 2."""


def recorded(fold, seed, outputs, record=(4,)):
    run = Run(setting(), POINT, fold, seed, record[-1], run_key(0, fold, seed), record=record)
    fit = recorded_fit(run, np.arange(3), lambda run, epoch, rows: np.zeros(rows.size))
    if outputs is None:
        return {run: replace(fit, recorded=None)}
    by_epoch = np.repeat(np.asarray(outputs)[None, :, None], len(record), axis=0)
    return {run: replace(fit, recorded=Recorded(np.zeros(by_epoch.shape[:2]), by_epoch))}


def losses(fits, weight=None, n_folds=1, kind=""):
    nothing = np.arange(0)
    folds = {
        fold: Rows(nothing, nothing, np.arange(3) + 3 * fold, nothing) for fold in range(n_folds)
    }
    weights = (None, weight) if kind else (weight, None)
    found = ensemble_losses(
        Pick(POINT, 4), folds, fits, lambda rows, outputs: (outputs[:, 0] - 2.0) ** 2, *weights
    )
    assert ("ensemble_weighted_loss" in found) == bool(kind)
    return found[f"ensemble_{kind}loss"], found[f"network_{kind}loss"]


def test_outputs_are_averaged_before_they_are_judged():
    averaged, single = losses(recorded(0, 0, SAID[0]) | recorded(0, 1, SAID[1]))
    assert averaged.values.tolist() == [pytest.approx((0 + 1 + 1) / 3)]
    assert single.values.tolist() == [pytest.approx((1 + 1 + 9 + 1 + 1 + 1) / 6)]
    assert averaged.attrs["n_networks"] == 2


def test_rows_count_by_their_weights_and_a_fold_that_weighs_nothing_not_at_all():
    fits = recorded(0, 0, SAID[0]) | recorded(0, 1, SAID[1]) | recorded(1, 0, SAID[0])
    averaged, single = losses(fits, np.array([0.0, 1.0, 3.0, 0.0, 0.0, 0.0]), n_folds=2)
    np.testing.assert_allclose(averaged, [(1 * 1 + 3 * 1) / 4, np.nan])
    np.testing.assert_allclose(single, [np.mean([(1 + 3 * 9) / 4, (1 + 3 * 1) / 4]), np.nan])


def test_with_class_weights_the_loss_that_they_weigh_stands_beside():
    fits = recorded(0, 0, SAID[0]) | recorded(0, 1, SAID[1]) | recorded(1, 0, SAID[0])
    by_class = np.array([0.0, 1.0, 3.0, 0.0, 0.0, 0.0])
    for one, other in zip(
        losses(fits, by_class, n_folds=2, kind="weighted_"),
        losses(fits, by_class, n_folds=2),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)
    averaged, _ = losses(fits, by_class, n_folds=2, kind="weighted_")
    assert averaged.attrs["n_networks"] == 2


def test_networks_that_diverged_or_were_recorded_for_something_else_are_left_out():
    fits = recorded(0, 0, SAID[0]) | recorded(0, 1, None) | recorded(0, 2, SAID[1], record=(3, 7))
    averaged, single = losses(fits, n_folds=2)
    np.testing.assert_allclose(averaged, [(1 + 1 + 9) / 3, np.nan])
    np.testing.assert_allclose(single, averaged)
    assert averaged.attrs["n_networks"] == 1
