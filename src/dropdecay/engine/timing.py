"""How long one network takes here, measured on a few steps of it."""

from dataclasses import replace

from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem, Rows, Run

STEPS = 50
"""Steps that are timed: enough for a tenth of precision, a fraction of a second."""


def seconds_of_run(problem: Problem, run: Run) -> float:
    """Train a few steps of a run, evaluation included, and scale their time to the whole run."""
    rows, batch_size = problem.rows[run.fold], run.setting.schedule.batch_size
    share = min(1.0, STEPS * batch_size / rows.training.size)
    part = Rows(
        *(
            each[: max(1, round(share * each.size))]
            for each in (rows.training, rows.measured, rows.validation, rows.blocks)
        )
    )
    # Without the score: a scorer may refuse rows in which a class is missing.
    small = Problem({run.fold: part}, problem.dataset_of)
    short = replace(run, epochs=1)
    list(train(small, [short]))  # kernels are compiled, or read from disk, by the first call
    (fit,) = train(small, [replace(run, epochs=2)])
    return run.epochs * fit.wall_s / 2 / share
