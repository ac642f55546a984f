from dataclasses import replace

import numpy as np
import pytest

from dropdecay.statistics.smoothing import evaluated_epochs
from dropdecay.surface.forecast import Forecast, forecast, printed_time
from tests.surface.small import PLAN, PROBLEM, results, setting


@pytest.mark.parametrize(("n_jobs", "seconds"), [(1, 32.0), (2, 16.0), (64, 2.0)])
def test_a_plan_says_how_many_networks_and_how_long(n_jobs, seconds):
    cost = forecast(PLAN, PROBLEM, n_jobs, lambda problem, run: 2.0)
    assert cost.networks == 16
    assert cost.seconds == pytest.approx(seconds)
    # 7 curves of 8 bytes and 70 blocks of 4, an epoch and network
    assert cost.memory_bytes == 16 * 3 * (7 * 8 + 70 * 4)


@pytest.mark.parametrize(
    ("n_jobs", "seconds_of_one", "seconds"),
    [
        (1, 2.0, 32.0),
        (2, 1.0, 16.0),  # too little to start processes for
        (2, 2.0, 4.0 + 16.0),
        (5, 2.0, 4.0 + 8.0),  # 16 networks in 4 rounds
        (64, 2.0, 4.0 + 2.0),
    ],
)
def test_processes_are_started_where_that_pays_and_take_time_to_start(
    n_jobs, seconds_of_one, seconds
):
    cost = forecast(PLAN, PROBLEM, n_jobs, lambda problem, run: seconds_of_one, in_processes=True)
    assert cost.seconds == pytest.approx(seconds)


def test_a_process_trains_all_networks_of_a_point_that_ends_them_together():
    plan = replace(PLAN, setting=setting(epochs=60), adaptive=True)
    cost = forecast(plan, PROBLEM, 3, lambda problem, run: 2.0, in_processes=True)
    assert cost.seconds == pytest.approx(4.0 + 2 * 4 * 2.0)  # 4 points in 2 rounds, 4 networks each


def test_what_is_trained_again_takes_its_time_too():
    cost = forecast(PLAN, PROBLEM, 2, lambda problem, run: 2.0, 0.25)
    assert cost.seconds == pytest.approx(20.0)
    assert cost.networks == 16


def test_repeats_are_told_beside_the_surface():
    cost = forecast(PLAN, PROBLEM, 2, lambda problem, run: 2.0, 0.25, repeats=1.5)
    assert cost.seconds == pytest.approx(20.0)
    assert cost.seconds_of_repeats == pytest.approx(24.0)
    assert str(cost) == (
        "about 44 s: 20 s for the surface (16 networks), up to 24 s to sharpen the answer"
    )


def test_memory_has_room_for_a_point_that_goes_on_to_the_last_epoch():
    adaptive = replace(PLAN, setting=setting(epochs=300), adaptive=True)
    cost = forecast(adaptive, PROBLEM, 1, lambda problem, run: 1.0)
    assert cost.epochs == 100
    assert cost.memory_bytes == 16 * len(evaluated_epochs(300)) * (7 * 8 + 70 * 4)


def test_blocks_with_the_weights_of_classes_take_memory_too():
    weighted = replace(PROBLEM, loss_weight=np.ones(150))
    one, other = (forecast(PLAN, each, 1, lambda problem, run: 1.0) for each in (PROBLEM, weighted))
    assert other.memory_bytes - one.memory_bytes == 16 * 3 * 70 * 4


def test_memory_is_at_least_that_of_all_curves():
    for plan in (PLAN, replace(PLAN, setting=setting(epochs=60), adaptive=True)):
        cost = forecast(plan, PROBLEM, 1, lambda problem, run: 1.0)
        found = results(plan)
        curves = [each for each in found.data_vars.values() if "epoch" in each.dims]
        assert sum(each.nbytes for each in curves) <= cost.memory_bytes


def test_the_network_that_is_timed_regularizes_most():
    timed = []
    forecast(PLAN, PROBLEM, 1, lambda problem, run: timed.append(run) or 1.0)
    assert timed[0].point == PLAN.axes.points[-1]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "1 s"), (41.4, "41 s"), (100, "2 min"), (3601, "61 min"), (7201, "2 h 1 min")],
)
def test_times_are_written_as_precisely_as_they_are_known(seconds, text):
    assert printed_time(seconds) == text
    assert str(Forecast(1200, seconds, 0)) == f"about {text} for the surface (1,200 networks)"
