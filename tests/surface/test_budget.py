import pytest

from dropdecay.surface.budget import Budget


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_repeats_go_on_while_another_one_ends_in_time():
    clock = Clock()
    budget = Budget(100.0, {}, clock)
    clock.now = 40.0  # the surface and its recording
    assert not budget.is_spent(1, kept_back=5.0)
    clock.now = 60.0
    assert not budget.is_spent(2, kept_back=5.0)
    clock.now = 80.0
    assert budget.is_spent(3, kept_back=5.0)


def test_what_was_decided_once_is_decided_for_good():
    clock, decisions = Clock(), {}
    budget = Budget(10.0, decisions, clock)
    assert not budget.is_spent(1, 0.0)
    clock.now = 1000.0
    assert not budget.is_spent(1, 0.0)
    assert budget.is_spent(2, 0.0)
    assert Budget(10.0, decisions, Clock()).is_spent(2, 0.0)


def test_without_a_budget_there_is_always_time_and_nothing_to_remember():
    decisions = {}
    assert not Budget(None, decisions).is_spent(7, 1e9)
    assert decisions == {}


def test_a_larger_budget_or_none_is_not_bound_by_what_a_smaller_one_decided():
    clock, decisions = Clock(), {}
    budget = Budget(10.0, decisions, clock)
    clock.now = 20.0
    assert budget.is_spent(3, 0.0)
    assert not Budget(1000.0, decisions, Clock()).is_spent(3, 0.0)
    assert not Budget(None, decisions).is_spent(3, 0.0)
    assert Budget(10.0, decisions, Clock()).is_spent(3, 0.0)


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_a_budget_that_the_surface_has_used_up_allows_no_repeat(seconds):
    clock = Clock()
    budget = Budget(seconds, {}, clock)
    clock.now = 2.0
    assert budget.is_spent(1, 0.0)


def test_what_was_decided_about_one_surface_does_not_bind_another():
    clock, decisions = Clock(), {}
    budget = Budget(10.0, decisions, clock)
    assert not budget.is_spent(1, 0.0, of="small")
    clock.now = 20.0
    assert budget.is_spent(1, 0.0, of="large")
    assert not budget.is_spent(1, 0.0, of="small")
