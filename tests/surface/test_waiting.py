import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.engine.cpu import train
from dropdecay.engine.state import NetworkState
from dropdecay.errors import Unfinished
from dropdecay.surface.out_of_fold import OutOfFold
from dropdecay.surface.waiting import PAGE, PausedFits, WaitingStates
from tests.limits import files_of_at_most, fill, small_disk
from tests.surface.small import PLAN, PROBLEM

RUNS = PLAN.runs[:4]


def a_state(seed=0, n_params=1000, dtype=np.float32, steps=7, averages=False):
    *drawn, average = np.random.default_rng(seed).normal(size=(4, n_params)).astype(dtype)
    average = average if averages else average[:0]
    return NetworkState(*drawn, average, np.array([seed, 2], np.uint32), 0.5, steps, 3, 99)


def same(one, other):
    arrays = all(np.array_equal(getattr(one, name), getattr(other, name))
                 for name in ("params", "first", "second", "average", "key"))  # fmt: skip
    return arrays and (one.learning_rate, one.steps, one.epoch, one.rows_seen) == (
        other.learning_rate, other.steps, other.epoch, other.rows_seen,
    )  # fmt: skip


@pytest.mark.parametrize("averages", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_state_comes_back_as_it_was_and_shares_no_memory(dtype, averages):
    state = a_state(dtype=dtype, averages=averages)
    with WaitingStates() as waiting:
        waiting.keep(RUNS[0], state)
        kept = state.copy()
        state.params[:] = 0
        assert same(waiting[RUNS[0]], kept)
        waiting[RUNS[0]].params[:] = 0
        assert same(waiting[RUNS[0]], kept)


def test_states_of_all_sizes_lie_beside_each_other():
    states = {run: a_state(i, 10 + 3000 * i) for i, run in enumerate(RUNS)}
    with WaitingStates() as waiting:
        for run, state in states.items():
            waiting.keep(run, state)
        assert len(waiting) == 4
        assert all(same(waiting[run], state) for run, state in states.items())


def test_a_longer_run_finds_the_state_and_one_that_has_none_finds_none():
    with WaitingStates() as waiting:
        waiting.keep(RUNS[0], a_state())
        assert waiting.get(replace(RUNS[0], epochs=500)) is not None
        assert waiting.get(RUNS[1]) is None


def test_a_place_is_used_again_also_by_a_state_with_longer_numbers():
    with WaitingStates() as waiting:
        for seed in range(5):
            waiting.keep(RUNS[0], a_state(seed, steps=10**seed))
        waiting.drop(RUNS[0])
        waiting.keep(RUNS[1], a_state(9))
        assert same(waiting[RUNS[1]], a_state(9))
        assert waiting._end == 3 * PAGE


def test_a_small_state_leaves_the_large_place_to_a_large_one():
    large, small = a_state(1, 5000), a_state(2)
    with WaitingStates() as waiting:
        waiting.keep(RUNS[0], large)
        waiting.keep(RUNS[1], small)
        end = waiting._end
        for run in RUNS[:2]:
            waiting.drop(run)
        waiting.keep(RUNS[2], small)
        waiting.keep(RUNS[3], large)
        assert waiting._end == end
        assert same(waiting[RUNS[2]], small)
        assert same(waiting[RUNS[3]], large)


def test_a_file_that_cannot_grow_is_told_in_words_and_keeps_what_it_has():
    states = {run: a_state(i) for i, run in enumerate(RUNS[:2])}
    with WaitingStates() as waiting:
        for run, state in states.items():
            waiting.keep(run, state)
        with files_of_at_most(10 * PAGE), pytest.raises(Unfinished, match="Make room"):
            waiting.keep(RUNS[2], a_state(2, 10_000))
        assert RUNS[2] not in waiting
        assert all(same(waiting[run], state) for run, state in states.items())


def test_a_full_disk_is_told_in_words(tmp_path):
    with small_disk(tmp_path / "disk", 256) as disk, WaitingStates(disk) as waiting:
        fill(disk, 20)
        waiting.keep(RUNS[0], a_state())
        with pytest.raises(Unfinished, match=r"No space left on device\. Make room"):
            waiting.keep(RUNS[1], a_state(1))
        assert same(waiting[RUNS[0]], a_state())


def test_a_folder_that_takes_no_file_is_told_in_words(tmp_path):
    with pytest.raises(Unfinished, match="nowhere cannot be written"):
        WaitingStates(tmp_path / "nowhere")


def test_memory_does_not_grow_with_the_number_of_states():
    state, n_states = a_state(n_params=100_000), 20
    n_bytes = 3 * state.params.nbytes
    tracemalloc.start()
    with WaitingStates() as waiting:
        for seed in range(n_states):
            waiting.keep(replace(RUNS[0], seed=seed), state)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert waiting._end > n_states * n_bytes
    assert peak < 3 * n_bytes


def test_the_file_has_no_name_and_leaves_nothing_behind(tmp_path):
    with WaitingStates(tmp_path) as waiting:
        waiting.keep(RUNS[0], a_state())
        assert list(tmp_path.iterdir()) == []


def test_runs_go_on_from_the_file_as_if_they_had_never_paused():
    halves = [replace(run, epochs=1) for run in RUNS]
    fits, wholes = {}, {fit.run: fit for fit in train(PROBLEM, RUNS)}
    with WaitingStates() as waiting, OutOfFold() as out_of_fold:
        for fit in train(PROBLEM, halves, keep_states=True):
            run = replace(fit.run, epochs=RUNS[0].epochs)
            waiting.keep(run, fit.state)
            fits[run] = out_of_fold.keep(replace(fit, run=run, state=None))
        paused = PausedFits(fits, waiting, out_of_fold)
        assert len(paused) == len(list(paused)) == len(RUNS)
        assert all(paused[run].state.epoch == 1 for run in RUNS)
        for fit in train(PROBLEM, RUNS, earlier=paused):
            for name in ("validation_loss", "out_of_fold_loss"):
                np.testing.assert_array_equal(getattr(fit, name), getattr(wholes[fit.run], name))
        waiting.drop(RUNS[0])
        assert paused[RUNS[0]].state is None
