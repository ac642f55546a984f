"""The runs of a pilot: the points of the surface, with decays carried by their memory."""

import math
from dataclasses import replace

import pytest

from dropdecay.axes import Axes
from dropdecay.decay_memory import Pace
from dropdecay.engine.protocol import run_key
from dropdecay.settings import Regularization
from dropdecay.surface.pilot import FIRST_FOLD, Pilot, is_of_pilot, pilot_runs
from dropdecay.surface.plan import Plan
from tests.surface.small import FOLDS, PROBLEM, ROWS, setting

PILOT_STEPS, STEPS, N_TRAINING = 5, 100, 1600
"""80 training rows of the smaller fold in batches of 16, and 1,600 of the surface."""

AXES = Axes.of({"dropout": (0.0, 0.3), "weight_decay": (0.0, 0.1, 1.0)})
ON_PILOT = replace(
    PROBLEM, rows={FIRST_FOLD + fold: rows for fold, rows in ROWS.items()}
)  # fmt: skip


def runs(axes=AXES, seeds=2, batch_size=16, **schedule):
    own = setting(batch_size=batch_size, epochs=7)
    plan = Plan(axes, setting(**schedule), len(FOLDS), seeds, 3, adaptive=True)
    return pilot_runs(Pilot(ON_PILOT, own, N_TRAINING, 150), plan), plan


def test_every_point_is_trained_once_on_every_fold_of_the_pilot():
    found, plan = runs()
    assert len(found) == AXES.n_points * 2
    assert [run.point for run in found[: AXES.n_points]] == list(plan.axes.points)
    assert {(run.fold, run.seed, run.epochs, run.adaptive) for run in found} == {
        (FIRST_FOLD, 0, 7, True), (FIRST_FOLD + 1, 0, 7, True),
    }  # fmt: skip
    for run in found:
        assert (run.key == run_key(3, run.fold, 0)).all()


@pytest.mark.parametrize("batch_size", [16, 32])
def test_a_network_forgets_over_as_many_epochs_as_on_all_rows(batch_size):
    for run in runs(batch_size=batch_size)[0]:
        memory = Pace(1e-3, STEPS).memory_of(run.point["weight_decay"])
        steps = math.ceil(80 / batch_size)
        assert Pace(1e-3, steps).memory_of(
            run.setting.regularization.weight_decay
        ) == pytest.approx(memory)


def test_all_else_is_as_at_the_point():
    for run in runs()[0]:
        there = run.point.applied_to(setting(batch_size=16, epochs=7))
        assert run.setting == replace(
            there,
            regularization=replace(
                there.regularization, weight_decay=run.setting.regularization.weight_decay
            ),
        )
        assert run.setting.regularization.dropout == run.point["dropout"]


def test_a_decay_that_would_be_shorter_than_a_step_is_as_strong_as_can_be():
    found, _ = runs(Axes.of({"weight_decay": (0.0, 900.0)}))
    decays = {run.setting.regularization.weight_decay for run in found}
    assert decays == {0.0, 990.0}


def test_no_penalty_is_carried():
    found, _ = runs(Axes.of({"dropout": (0.0, 0.3)}))
    assert {run.setting.regularization for run in found} == {
        Regularization(), Regularization(dropout=0.3)
    }  # fmt: skip


def test_no_run_of_the_pilot_is_one_of_the_surface():
    found, plan = runs()
    assert all(map(is_of_pilot, found))
    assert not any(map(is_of_pilot, plan.runs))
