"""The steps in order: plan, execute, choose; again while the best point lies on an edge."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import xarray as xr

from dropdecay.data.fold_rows import Fold
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Engine, Fit, Run
from dropdecay.policies.race import points_behind, races, stages
from dropdecay.selection.choice import Choice, choose
from dropdecay.selection.edges import Edge
from dropdecay.selection.optimism import Optimism, estimate_optimism
from dropdecay.selection.verdict import Verdict, reach_verdict
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.execute import DataOfFold, execute
from dropdecay.surface.plan import Axes, Plan, make_plan
from dropdecay.surface.results import assemble

OnFit = Callable[[Fit, int, int], None]
"""Called with a finished fit, how many are done, and how many there are: at most, in a race."""

OnNotice = Callable[[str], None]
"""Called with a sentence where the search changes its plan."""


@dataclass(frozen=True)
class Findings:
    """What a search hands up."""

    results: xr.Dataset
    choice: Choice
    optimism: Optimism
    verdict: Verdict
    notices: tuple[str, ...]


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
    extend: bool = False,
    race: bool | str = False,
    engine: Engine = train,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
) -> Findings:
    """Train the surface, choose from it and say how sure the choice is.

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
    extend : bool
        Whether an axis is made longer while the best point lies at its end.
    race : bool or "auto"
        Whether points are dropped once the folds so far put them behind; "auto": where it pays.
    engine : Engine
    on_fit, on_notice : callable, optional

    Raises
    ------
    BadSetting
        If the plan cannot be made.
    EveryRunDiverged
        If no point finished on every fold.
    """
    fits: dict[Run, Fit] = {}
    eliminated: set[Regularization] = set()
    notices: list[str] = []
    raced = races(race, axes.n_points, len(folds))
    while True:
        plan = make_plan(axes, folds, n_seeds, random_state, base=base, schedule=schedule)
        for runs in _runs_in_stages(plan, fits, eliminated, raced=raced, criterion=criterion):
            shard, total = replace(plan, runs=runs), len(fits) + _n_left(plan, fits, eliminated)
            for fit in execute(shard, data_of_fold, schedule, engine=engine, n_jobs=n_jobs):
                fits[fit.run] = fit
                if on_fit is not None:
                    on_fit(fit, len(fits), total)
        results = assemble(
            plan, fits.values(), schedule.epochs,
            loss_scale=loss_scale, attributes=attributes, eliminated=_beaten(eliminated, fits),
        )  # fmt: skip
        choice = choose(results, rule=rule, criterion=criterion)
        longer = longer_axes(axes, choice, base, schedule) if extend else axes
        if longer == axes:
            break
        notices.append(_tell_extension(axes, longer, choice))
        axes = longer
        if on_notice is not None:
            on_notice(notices[-1])
    return Findings(
        results=results,
        choice=choice,
        optimism=estimate_optimism(results, choice, random_state=random_state),
        verdict=reach_verdict(results, choice),
        notices=tuple(notices),
    )


def _runs_in_stages(
    plan: Plan,
    fits: dict[Run, Fit],
    eliminated: set[Regularization],
    *,
    raced: bool,
    criterion: str,
) -> Iterator[tuple[Run, ...]]:
    """Yield the runs still to be trained, stage by stage; add to ``eliminated`` between stages."""
    for folds in stages(len(plan.folds), raced=raced):
        if folds.start > 0:
            eliminated |= points_behind(
                plan, fits, folds.start, criterion=criterion, out=eliminated
            )
        yield tuple(
            run
            for run in plan.runs
            if run.fold in folds and run not in fits and run.regularization not in eliminated
        )


def _n_left(plan: Plan, fits: dict[Run, Fit], eliminated: set[Regularization]) -> int:
    return sum(run not in fits and run.regularization not in eliminated for run in plan.runs)


def _beaten(eliminated: set[Regularization], fits: dict[Run, Fit]) -> set[Regularization]:
    """Leave out the points that ended by diverging: these are told as such."""
    return eliminated - {run.regularization for run, fit in fits.items() if fit.diverged}


def longer_axes(axes: Axes, choice: Choice, base: Regularization, schedule: Schedule) -> Axes:
    """Return axes that go on where the best point lies at an end, within the limits."""
    for edge in choice.edges:
        axes = axes.joined_by(edge.axis, _next_values(edge, base, schedule))
    return axes


def _next_values(edge: Edge, base: Regularization, schedule: Schedule) -> list[float]:
    """Return one value upwards; downwards one and 0, below which there is nothing."""
    values = edge.suggestion[:1] if edge.side == "upper" else (0.0, edge.suggestion[-1])
    if edge.axis == "dropout" or base.decay != "decoupled":
        return list(values)
    return [value for value in values if value * schedule.learning_rate < 1]


def _tell_extension(axes: Axes, longer: Axes, choice: Choice) -> str:
    added = []
    for edge in choice.edges:
        new = sorted(set(getattr(longer, edge.axis)) - set(getattr(axes, edge.axis)))
        if new:
            values = " and ".join(f"{value:g}" for value in new)
            name = edge.axis.replace("_", " ")
            added.append(f"the best {name}, {edge.value:g}, was at the edge: {values} added")
    told = "; ".join(added)
    return f"{told[0].upper()}{told[1:]} ({longer.n_points - axes.n_points} more points)."
