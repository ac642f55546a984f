import pickle
from dataclasses import fields

import numpy as np

from dropdecay.engine.protocol import run_key
from dropdecay.engine.state import initial_state
from dropdecay.settings import Regularization, Schedule, Setting
from tests.contract.runs import NETWORK

SETTING = Setting(NETWORK, Regularization(), Schedule(5, 16, learning_rate=0.02))


def test_an_initial_state_has_zero_moments_steps_and_epochs():
    state = initial_state(SETTING, run_key(0, 0, 0))
    assert not state.first.any()
    assert not state.second.any()
    assert (state.steps, state.epoch, state.rows_seen) == (0, 0, 0)
    assert state.learning_rate == 0.02


def test_a_copy_is_equal_and_shares_no_memory():
    state = initial_state(SETTING, run_key(0, 0, 0))
    copied = state.copy()
    for field in fields(state):
        one, other = getattr(state, field.name), getattr(copied, field.name)
        np.testing.assert_array_equal(one, other)
        assert not np.shares_memory(one, other)


def test_a_state_survives_pickling():
    state = initial_state(SETTING, run_key(0, 0, 0))
    restored = pickle.loads(pickle.dumps(state))
    for field in fields(state):
        np.testing.assert_array_equal(getattr(restored, field.name), getattr(state, field.name))
