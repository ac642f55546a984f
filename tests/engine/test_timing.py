from dataclasses import replace

import pytest

from dropdecay.engine import timing
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.protocol import Fit
from tests.surface.small import PLAN, PROBLEM, ROWS


def test_the_time_of_a_few_steps_is_scaled_to_the_whole_run():
    asked = []

    def timed(problem, runs):
        (run,) = runs
        asked.append((problem, run))
        empty = dict.fromkeys(
            [each for each in Fit.__dataclass_fields__ if each not in ("run", "wall_s")]
        )
        yield Fit(**empty, run=run, wall_s=0.5 * run.epochs)

    run = replace(PLAN.runs[0], epochs=30)
    # 32 of 100 training rows are timed, for two epochs.
    seconds = timing.seconds_of_run(ChosenEngine(timed), PROBLEM, run, steps=2)
    assert seconds == pytest.approx(30 * 0.5 * 100 / 32)
    problem, last = asked[-1]
    rows = problem.rows[0]
    assert (rows.training.size, rows.validation.size, last.epochs) == (32, 16, 2)
    assert problem.score is None


def test_the_estimated_time_is_positive():
    assert timing.seconds_of_run(ChosenEngine(), PROBLEM, PLAN.runs[0]) > 0
    assert ROWS[0].training.size == 100
