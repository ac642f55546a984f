"""The steps in order: plan, execute, choose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr

from dropdecay.engine.cpu import train
from dropdecay.engine.seam import Engine, Fit
from dropdecay.selection.choice import Choice, choose
from dropdecay.selection.optimism import Optimism, estimate_optimism
from dropdecay.selection.verdict import Verdict, reach_verdict
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.execute import DataOfFold, execute
from dropdecay.surface.plan import Axes, Fold, make_plan
from dropdecay.surface.results import assemble

OnFit = Callable[[Fit, int, int], None]
"""Called with a finished fit, how many are done, and how many there are."""


@dataclass(frozen=True)
class Findings:
    """What a search hands up."""

    results: xr.Dataset
    choice: Choice
    optimism: Optimism
    verdict: Verdict


def search(
    data_of_fold: DataOfFold,
    folds: Sequence[Fold],
    axes: Axes,
    *,
    base: Regularization,
    schedule: Schedule,
    n_seeds: int,
    random_state: int,
    rule: str,
    criterion: str,
    loss_scale: float,
    attributes: dict[str, str | float | int],
    n_jobs: int,
    engine: Engine = train,
    on_fit: OnFit | None = None,
) -> Findings:
    """Train the whole surface, then choose from it and say how sure the choice is.

    Parameters
    ----------
    data_of_fold : callable
        Gives each fold's network and encoded data.
    folds : sequence of (training rows, validation rows)
    axes : Axes
        Values of dropout and weight decay.
    base : Regularization
        What all points share.
    schedule : Schedule
    n_seeds, random_state : int
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        What ``rule`` looks at.
    loss_scale : float
        From the engine's loss to the user's units.
    attributes : dict
        What the numbers mean; they go with the results.
    n_jobs : int
        Threads.
    engine : Engine
    on_fit : callable, optional

    Raises
    ------
    BadSetting
        If the plan cannot be made.
    EveryRunDiverged
        If no point finished on every fold.
    """
    plan = make_plan(axes, folds, n_seeds, random_state, base=base, schedule=schedule)
    fits: list[Fit] = []
    for fit in execute(plan, data_of_fold, schedule, engine=engine, n_jobs=n_jobs):
        fits.append(fit)
        if on_fit is not None:
            on_fit(fit, len(fits), len(plan.runs))
    results = assemble(plan, fits, schedule.epochs, loss_scale=loss_scale, attributes=attributes)
    choice = choose(results, rule=rule, criterion=criterion)
    return Findings(
        results=results,
        choice=choice,
        optimism=estimate_optimism(results, choice, random_state=random_state),
        verdict=reach_verdict(results, choice),
    )
