"""Estimate how long a network takes to train on this machine from a few of its steps."""

from dataclasses import replace

from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.protocol import Problem, Rows, Run

STEPS = 50
"""Steps to time: a fraction of a second, for an error of about 10 %."""


def seconds_of_run(engine: ChosenEngine, problem: Problem, run: Run) -> float:
    """Time a few steps of a run, evaluation included, and scale the time to the whole run.

    An engine that stacks networks is given a stack of copies.
    """
    rows, batch_size = problem.rows[run.fold], run.setting.schedule.batch_size
    share = min(1.0, STEPS * batch_size / rows.training.size)
    part = Rows(
        *(
            each[: max(1, round(share * each.size))]
            for each in (rows.training, rows.measured, rows.validation, rows.blocks)
        )
    )
    # Without the score, because a scorer may reject rows in which a class is missing.
    small = Problem({run.fold: part}, problem.dataset_of)
    short = replace(run, epochs=1, adaptive=False)
    copies = [short] * engine.stack
    list(engine.train(small, copies))  # the first call compiles kernels or reads them from disk
    fits = engine.train(small, [replace(each, epochs=2) for each in copies])
    return run.epochs * sum(fit.wall_s for fit in fits) / len(copies) / 2 / share
