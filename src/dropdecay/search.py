"""The loop of rounds: ask what is worth training, train it, repeat; then choose.

Policies are asked in a fixed order between rounds, never within one, so that results do not depend
on which network finished first, on threads or on interruptions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import xarray as xr

from dropdecay.axes import Axes
from dropdecay.engine.protocol import Engine, Fit, Problem
from dropdecay.engine.timing import seconds_of_run
from dropdecay.policies.grid import whole_grid
from dropdecay.policies.longer_axes import longer_axes
from dropdecay.policies.race import race, races
from dropdecay.selection.choice import Choice, choose
from dropdecay.selection.optimism import Optimism, estimate_optimism
from dropdecay.selection.verdict import Verdict, reach_verdict
from dropdecay.surface.forecast import Forecast, forecast
from dropdecay.surface.known import Known, Policy, Proposal
from dropdecay.surface.plan import Plan
from dropdecay.surface.results import assemble

OnFit = Callable[[Fit, int, int], None]
"""Called with a finished fit, how many are done, and how many there are (at most, in a race)."""

OnNotice = Callable[[str], None]
"""Called with a sentence when the search changes its plan."""

OnForecast = Callable[[Forecast], None]
"""Called with the cost of the plan before anything is trained."""


@dataclass(frozen=True)
class Request:
    """What a search is asked to do.

    Parameters
    ----------
    problem : Problem
    plan : Plan
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        What ``rule`` compares.
    loss_scale : float
        Converts the engine's loss to the user's units.
    attributes : dict
        What the numbers mean; stored with the results.
    extend : bool
        Whether to extend an axis while the best point lies at its end.
    race : bool or "auto"
        Whether to drop points that the folds so far put behind; "auto": if that pays off.
    """

    problem: Problem
    plan: Plan
    rule: str
    criterion: str
    loss_scale: float
    attributes: dict[str, str | float | int]
    extend: bool = False
    race: bool | str = False


@dataclass(frozen=True)
class Findings:
    """What a search finds: results by point, the final axes, the choice and its evaluation."""

    results: xr.Dataset
    axes: Axes
    choice: Choice
    optimism: Optimism
    verdict: Verdict
    notices: tuple[str, ...]


def search(
    request: Request,
    engine: Engine,
    *,
    n_jobs: int = 1,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
    on_forecast: OnForecast | None = None,
) -> Findings:
    """Train the surface round by round, choose from it and estimate how sure the choice is.

    Raises
    ------
    BadSetting
        If ``race`` is not one of its values.
    EveryRunDiverged
        If no point finished on every fold.
    """
    if on_forecast is not None:
        on_forecast(forecast(request.plan, request.problem, n_jobs, seconds_of_run))
    chooser = _Chooser(request)
    policies = _policies(request, chooser)
    known = Known(request.plan)
    while (proposal := _next_proposal(known, policies)) is not None:
        known = known.after(proposal)
        if on_notice is not None:
            for notice in proposal.notices:
                on_notice(notice)
        total = len(known.fits) + len(known.missing())
        for fit in engine(request.problem, proposal.runs, n_jobs=n_jobs):
            known.add(fit)
            if on_fit is not None:
                on_fit(fit, len(known.fits), total)
    results, choice = chooser.results_and_choice(known)
    return Findings(
        results=results,
        axes=known.plan.axes,
        choice=choice,
        optimism=estimate_optimism(results, choice, random_state=request.plan.random_state),
        verdict=reach_verdict(results, choice),
        notices=known.notices,
    )


def _policies(request: Request, chooser: "_Chooser") -> list[Policy]:
    """Return the policies in the order in which they are asked."""
    plan = request.plan
    raced = races(request.race, plan.axes.n_points, plan.n_folds)
    policies = [race(request.problem.rows, request.criterion) if raced else whole_grid]
    if request.extend:
        policies.append(longer_axes(chooser.choice))
    return policies


def _next_proposal(known: Known, policies: Sequence[Policy]) -> Proposal | None:
    """Return the first proposal that any policy makes."""
    return next((each for policy in policies if (each := policy(known)) is not None), None)


class _Chooser:
    """Assembles results and chooses, once per state of knowledge, however often it is asked."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._latest: tuple[tuple[Plan, int], tuple[xr.Dataset, Choice]] | None = None

    def choice(self, known: Known) -> Choice:
        return self.results_and_choice(known)[1]

    def results_and_choice(self, known: Known) -> tuple[xr.Dataset, Choice]:
        key = known.plan, len(known.fits)
        if self._latest is None or self._latest[0] != key:
            request, plan = self._request, known.plan
            results = assemble(
                plan.axes.points, request.problem.rows, plan.n_seeds,
                plan.setting.schedule.epochs, known.fits.values(),
                loss_scale=request.loss_scale, attributes=request.attributes,
                eliminated=known.beaten,
            )  # fmt: skip
            choice = choose(results, rule=request.rule, criterion=request.criterion)
            self._latest = key, (results, choice)
        return self._latest[1]
