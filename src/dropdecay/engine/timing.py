"""A few steps of a network: how long it takes on this machine, and what comes out."""

from dataclasses import dataclass, replace

from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.protocol import Problem, Rows, Run

STEPS = 50
"""Steps to time: a fraction of a second, for an error of about 10 %."""


@dataclass(frozen=True)
class FewSteps:
    """A problem with few rows, and a run on it.

    Parameters
    ----------
    problem : Problem
        Without the score, because a scorer may reject rows in which a class is missing.
    run : Run
        Of two epochs.
    share : float
        Of the rows that the whole run trains on in an epoch.
    """

    problem: Problem
    run: Run
    share: float


def few_steps(problem: Problem, run: Run, steps: int) -> FewSteps:
    """Cut a problem down to so many steps an epoch, evaluation included."""
    rows, batch_size = problem.rows[run.fold], run.setting.schedule.batch_size
    share = min(1.0, steps * batch_size / rows.training.size)
    part = Rows(
        *(
            each[: max(1, round(share * each.size))]
            for each in (rows.training, rows.measured, rows.validation, rows.blocks)
        )
    )
    short = replace(run, epochs=2, adaptive=False, record=())
    return FewSteps(Problem({run.fold: part}, problem.dataset_of), short, share)


def seconds_of_run(
    engine: ChosenEngine, problem: Problem, run: Run, *, steps: int = STEPS
) -> float:
    """Time a few steps of a run, and scale the time to the whole run.

    An engine that stacks networks is given a stack of copies.
    """
    few = few_steps(problem, run, steps)
    copies = [few.run] * engine.stack
    # The first call compiles kernels or reads them from disk.
    list(engine.train(few.problem, [replace(each, epochs=1) for each in copies]))
    fits = engine.train(few.problem, copies)
    return run.epochs * sum(fit.wall_s for fit in fits) / len(copies) / 2 / few.share
