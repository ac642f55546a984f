"""The time left is right for networks that end one by one, at once, and after the compiler."""

import pytest

from dropdecay.report.pace import Pace


def left_after(arrivals, total, later=0.0):
    """Return the seconds left after each pause and the networks that end with it."""
    now, done, pace = 100.0, 0, Pace(100.0)
    for pause, n_networks in arrivals:
        now += pause
        for _ in range(n_networks):
            done += 1
            now += 1e-3
            pace.ended(done, now)
    return pace.seconds_left(total, now + later)


def test_folds_of_a_point_that_end_together_are_not_taken_for_a_fast_pace():
    assert left_after([(180, 3)], 36) is None
    assert left_after([(180, 3)], 36, later=60) is None
    assert left_after([(180, 3)] * 2, 36, later=20) == pytest.approx(200 / 3 * 30, rel=0.01)
    assert left_after([(180, 3)] * 4, 36) == pytest.approx(180 / 3 * 24, rel=0.01)


def test_the_first_of_several_that_end_together_is_not_taken_for_a_slow_pace():
    assert left_after([(180, 3), (180, 3), (180, 1)], 36) == pytest.approx(60 * 29, rel=0.01)


def test_two_workers_that_end_one_after_the_other_are_not_taken_for_a_fast_pace():
    assert left_after([(180, 3), (15, 3)], 36) is None
    found = left_after([(180, 3), (15, 3)] + [(165, 3), (15, 3)] * 2, 36)
    assert found == pytest.approx(180 / 6 * 18, rel=0.4)


def test_what_waited_for_the_compiler_is_not_counted():
    assert left_after([(20, 1), *[(0.5, 1)] * 60], 361) == pytest.approx(150, rel=0.05)


def test_what_an_earlier_run_had_trained_is_not_counted():
    pace = Pace(0.0)
    for done in range(201, 232):
        pace.ended(done, 2.0 * (done - 200))
    assert pace.seconds_left(331, 62.0) == pytest.approx(200, rel=0.05)


def test_nothing_is_left_at_the_end_and_nothing_is_known_at_the_beginning():
    assert Pace(0.0).seconds_left(10, 5.0) is None
    assert left_after([(1.0, 1)] * 10, 10) is None
