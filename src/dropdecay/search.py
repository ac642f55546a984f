"""The loop of rounds: ask what is worth training, train it, repeat; then choose.

Policies are asked in a fixed order between rounds, never within one, so that results do not depend
on which network finished first, on threads or on interruptions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr

from dropdecay.axes import Axes, Point
from dropdecay.data.encoded_folds import CutNotEncoded
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.ending import FUTILE, PAUSED
from dropdecay.engine.protocol import Engine, Fit
from dropdecay.engine.timing import seconds_of_run
from dropdecay.pilot import train_pilot, with_pilot
from dropdecay.policies.contenders import (
    MAX_REPEATS,
    Contenders,
    blocks_left_out,
    repeat_contenders,
    repeated_contest,
    share_of_repeats,
)
from dropdecay.policies.futility import futility, pausing
from dropdecay.policies.grid import whole_grid
from dropdecay.policies.longer_axes import longer_axes
from dropdecay.policies.pilot import (
    MOST,
    beside_the_trained,
    repeats_outweigh,
    unless_decided,
)
from dropdecay.policies.race import race, races
from dropdecay.policies.recording import (
    Recording,
    record_outputs,
    share_at_most,
    with_outputs,
)
from dropdecay.request import Request
from dropdecay.selection.baselines import Baselines
from dropdecay.selection.choice import Choice, choose
from dropdecay.selection.contest import Contest, RepeatedContest, contest_of
from dropdecay.selection.ensemble import Ensemble, ensemble_of
from dropdecay.selection.optimism import Optimism, estimate_optimism
from dropdecay.selection.time_order import BY_TIME
from dropdecay.selection.verdict import Verdict, reach_verdict
from dropdecay.surface.affordable import check_time_of_plan
from dropdecay.surface.forecast import Forecast, forecast
from dropdecay.surface.known import Known, Policy, Proposal
from dropdecay.surface.out_of_fold import OutOfFold
from dropdecay.surface.plan import Plan
from dropdecay.surface.results import assemble
from dropdecay.surface.waiting import PausedFits, WaitingStates

OnFit = Callable[[Fit, int, int], None]
"""Called with a fit that ended or waits (``PAUSED``), how many are done, of how many at most."""

OnNotice = Callable[[str], None]
"""Called with a sentence when the search changes its plan."""

OnPart = Callable[[str], None]
"""Called with the name of a part of the work before its networks are trained."""

OnForecast = Callable[[Forecast], None]
"""Called with the cost of the plan before anything is trained."""


@dataclass(frozen=True)
class Findings:
    """What a search finds: results by point, the final axes, the choice and its evaluation.

    Other models, ``baselines``, are judged after the search.
    """

    results: xr.Dataset
    axes: Axes
    choice: Choice
    optimism: Optimism | None
    verdict: Verdict
    repeated: RepeatedContest | None
    notices: tuple[str, ...]
    baselines: Baselines | None = None
    ensemble: Ensemble | None = None


@dataclass(frozen=True)
class _Listeners:
    """Who is told of what."""

    on_fit: OnFit | None
    on_notice: OnNotice | None
    on_part: OnPart | None

    def part(self, name: str) -> None:
        if self.on_part is not None:
            self.on_part(name)

    def notices(self, sentences: Sequence[str]) -> None:
        if self.on_notice is not None:
            for sentence in sentences:
                self.on_notice(sentence)

    def given_up(self, points: frozenset[Point], known: Known) -> None:
        """Tell that the networks of points that were just given up are finished."""
        ended = [fit for run, fit in known.fits.items() if run.point in points]
        if self.on_fit is not None:
            for done, fit in enumerate(ended, known.n_done - len(ended) + 1):
                self.on_fit(replace(fit, ending=FUTILE), done, known.n_at_most)


def search(
    request: Request,
    engine: Engine,
    *,
    n_jobs: int = 1,
    timed: ChosenEngine | None = None,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
    on_forecast: OnForecast | None = None,
    on_part: OnPart | None = None,
) -> Findings:
    """Train the surface round by round, choose from it and estimate how sure the choice is.

    ``timed`` is the engine without its store, for the forecast. Default: that of the CPU.

    Raises
    ------
    BadSetting
        If ``race`` is not one of its values.
    EveryRunDiverged
        If no point finished on every fold.
    """
    with OutOfFold(request.folder) as out_of_fold:
        chooser = _Chooser(request, out_of_fold)
        recording = _recording(request, chooser)
        contenders = _contenders(request, chooser)
        if on_forecast is not None:
            cost = _forecast(request, contenders, n_jobs, timed or ChosenEngine())
            check_time_of_plan(cost)
            on_forecast(cost)
        policies = _policies(request, chooser, recording, contenders)
        tell = _Listeners(on_fit, on_notice, on_part)
        known, on_pilot = Known(request.plan, eliminated=request.left_out), None
        if request.pilot is not None:
            tell.part(f"pilot on {request.pilot.n_rows:,} rows")
            on_pilot = train_pilot(
                request.pilot, request.plan, engine, request.criterion, n_jobs=n_jobs,
                on_fit=on_fit, left_out=request.left_out,
            )  # fmt: skip
            known = known.after(on_pilot.proposal())
            tell.notices(known.notices)
        known = _trained(request, engine, policies, known, out_of_fold, n_jobs, tell)
        results, choice = chooser.results_and_choice(known)
        repeated = repeated_contest(known, contenders) if contenders is not None else None
        whole = results if recording is None else with_outputs(results, known, recording, repeated)
        ensemble = ensemble_of(whole)
        optimism = estimate_optimism(results, choice, random_state=request.plan.random_state)
        if ensemble is not None and optimism is not None:
            plain = 0.0 if ensemble.plain is None else ensemble.plain.gain.mean
            optimism = optimism.of_ensemble(ensemble.gain.mean, plain)
        return Findings(
            results=whole if on_pilot is None else with_pilot(whole, on_pilot, request.loss_scale),
            axes=known.plan.axes,
            choice=choice,
            optimism=optimism,
            verdict=reach_verdict(
                results,
                choice,
                repeated,
                None if contenders is None else contenders.obstacle,
                ensemble,
            ),
            repeated=repeated,
            notices=known.notices,
            ensemble=ensemble,
        )


def _forecast(
    request: Request,
    contenders: Contenders | None,
    n_jobs: int,
    timed: ChosenEngine,
) -> Forecast:
    pilot, n_points = request.pilot, request.plan.axes.n_points
    n_left = n_points if pilot is None else min(n_points, MOST)
    as_many = request.plan.n_recorded / request.plan.n_seeds
    again = 0.0 if request.outputs is None else share_at_most(n_left, as_many)
    repeats = share_of_repeats(contenders, n_left, as_many)
    if _spares_repeats(request):
        repeats = min(repeats, 1.0)
    return forecast(
        request.plan, request.problem, n_jobs, partial(seconds_of_run, timed), again, repeats,
        pilot, n_left, in_processes=timed.is_serial,
    )  # fmt: skip


def _spares_repeats(request: Request) -> bool:
    """Return whether repeats end early: after a pilot, unless many of them are asked for."""
    return request.pilot is not None and request.repeats.n_repeats <= MAX_REPEATS


def _trained(
    request: Request,
    engine: Engine,
    policies: list[Policy],
    known: Known,
    out_of_fold: OutOfFold,
    n_jobs: int,
    tell: _Listeners,
) -> Known:
    """Ask the policies and train what they propose, until they propose nothing."""
    part = ""
    with WaitingStates(request.folder) as states:
        while (proposal := _next_proposal(known, policies)) is not None:
            futile, known = known.futile, known.after(proposal)
            tell.notices(proposal.notices)
            if proposal.part != part:
                tell.part(proposal.part)
            part = proposal.part
            tell.given_up(known.futile - futile, known)
            try:
                _train_round(
                    request, engine, known, proposal, states, out_of_fold, n_jobs, tell.on_fit
                )
            except CutNotEncoded as error:
                policies.pop()  # the repeats, always the last: those that are finished count
                known = known.after(Proposal(notices=(str(error),)))
                tell.notices((str(error),))
    return known


def _train_round(
    request: Request,
    engine: Engine,
    known: Known,
    proposal: Proposal,
    states: WaitingStates,
    out_of_fold: OutOfFold,
    n_jobs: int,
    on_fit: OnFit | None,
) -> None:
    """Train what is proposed, and whatever ends together with it, and add it to what is known."""
    done, total = _progress(known, proposal)
    waiting = known.paused
    for fit in engine(
        request.problem, known.with_company(proposal.runs), n_jobs=n_jobs,
        earlier=PausedFits(known.fits, states, out_of_fold),
        keep_states=_may_go_on(known, proposal), pause=proposal.pause,
    ):  # fmt: skip
        # Networks that only keep another fold company were told of before.
        is_news = fit.run not in known.fits or fit.run.point in waiting
        if fit.state is not None:
            states.keep(fit.run, fit.state)
        known.add(out_of_fold.keep(replace(fit, state=None)))
        done += is_news and fit.ending != PAUSED
        if is_news and on_fit is not None:
            on_fit(fit, done, total)


def _may_go_on(known: Known, proposal: Proposal) -> bool:
    """Return whether what is trained now may be trained on in a later round."""
    if not proposal.runs or not proposal.runs[0].ends_with_point:
        return False
    # A point that waits may; so may one that is raced, when it is given another fold.
    return proposal.pause is not None or len(known.missing()) > len(proposal.runs)


def _progress(known: Known, proposal: Proposal) -> tuple[int, int]:
    """Return how many networks of a part are done, and how many there are at most."""
    if proposal.runs and proposal.runs[0].record:
        return 0, len(proposal.runs)
    return known.n_done, known.n_at_most


def _recording(request: Request, chooser: "_Chooser") -> Recording | None:
    """Return what recording outputs needs; None where none are recorded."""
    if request.outputs is None:
        return None
    return Recording(
        request.outputs, request.problem.rows, chooser.results_and_choice, chooser.contest,
        request.repeats.n_repeats, request.loss_of_outputs, request.problem.row_weight,
        request.problem.loss_weight,
    )  # fmt: skip


def _contenders(request: Request, chooser: "_Chooser") -> Contenders | None:
    """Return what repeating the contenders needs; None where nothing is repeated."""
    asked = request.repeats
    if asked.cuts is None or asked.n_repeats < 2:
        return None
    score = asked.score if request.criterion == "score" else None
    if request.criterion == "score" and score is None:
        return None
    groups = None if asked.groups is None else pd.factorize(asked.groups)[0]
    judged = asked.cuts.first_fold_of_row >= 0
    if asked.sample_weight is not None:
        judged &= asked.sample_weight > 0
    if np.count_nonzero(judged) < 2 or (groups is not None and np.unique(groups[judged]).size < 2):
        return None  # one row, or rows of one group, say nothing of the spread between them
    if score is not None:
        groups = blocks_left_out(asked.cuts, groups, request.plan.random_state)
    spares = _spares_repeats(request)

    def time_is_up(known: Known, n_repeats: int) -> bool:
        if spares and repeats_outweigh(known, n_repeats):
            return True
        refit = max((fit.wall_s for fit in known.recorded.values()), default=0.0)
        kept_back = request.plan.n_ensemble * refit + asked.seconds_after
        return asked.budget.is_spent(n_repeats, kept_back=kept_back, of=known.plan)

    return Contenders(
        cuts=asked.cuts,
        contest_of=chooser.contest,
        n_repeats=asked.n_repeats,
        loss_scale=request.loss_scale,
        sample_weight=asked.sample_weight if score is None else score.weights,
        groups=groups,
        time_is_up=time_is_up,
        score=score,
        plain_weight=asked.plain_weight if score is None else None,
        by_fold=BY_TIME in request.attributes,
        loss_of_outputs=request.loss_of_outputs,
    )


def _policies(
    request: Request,
    chooser: "_Chooser",
    recording: Recording | None,
    contenders: Contenders | None,
) -> list[Policy]:
    """Return the policies in the order in which they are asked."""
    n_points = request.plan.axes.n_points - len(request.left_out)
    raced = races(request.race, n_points, request.plan.n_folds)
    policies = [race(request.problem.rows, request.criterion) if raced else whole_grid]
    if request.futility:
        policies = [futility, *map(pausing, policies)]
    if request.extend:
        longer = longer_axes(chooser.choice)
        is_whole = request.pilot is None and not request.left_out
        policies.append(longer if is_whole else beside_the_trained(longer))
    if recording is not None:
        policies.append(record_outputs(recording))
    if contenders is not None:
        repeated = repeat_contenders(contenders)
        if _spares_repeats(request):
            repeated = unless_decided(repeated, chooser.label)
        policies.append(repeated)
    return policies


def _next_proposal(known: Known, policies: Sequence[Policy]) -> Proposal | None:
    """Return the first proposal that any policy makes."""
    return next((each for policy in policies if (each := policy(known)) is not None), None)


class _Chooser:
    """Assembles results and chooses, once per state of knowledge, however often it is asked."""

    def __init__(self, request: Request, out_of_fold: OutOfFold) -> None:
        self._request, self._out_of_fold = request, out_of_fold
        self._contest: tuple[xr.Dataset, Contest | None] | None = None
        self._latest: tuple[tuple[Plan, int], tuple[xr.Dataset, Choice]] | None = None

    def choice(self, known: Known) -> Choice:
        return self.results_and_choice(known)[1]

    def contest(self, known: Known) -> Contest | None:
        results, choice = self.results_and_choice(known)
        if self._contest is None or self._contest[0] is not results:
            self._contest = results, contest_of(results, choice)
        return self._contest[1]

    def label(self, known: Known) -> str:
        """Return what the folds of the surface alone say of its gain."""
        return reach_verdict(*self.results_and_choice(known)).kind

    def results_and_choice(self, known: Known) -> tuple[xr.Dataset, Choice]:
        key = known.plan, len(known.fits)
        if self._latest is None or self._latest[0] != key:
            request, plan = self._request, known.plan
            self._latest = self._contest = None  # their memory is given back first
            results = assemble(
                plan.axes.points, request.problem.rows, plan.n_seeds, known.fits.values(),
                loss_scale=request.loss_scale, attributes=request.attributes,
                eliminated=known.beaten, asked=frozenset(request.plan.axes.points),
                futile=known.futile, row_weight=request.problem.row_weight,
                loss_weight=request.problem.loss_weight, out_of_fold_of=self._out_of_fold.of,
            )  # fmt: skip
            choice = choose(results, rule=request.rule, criterion=request.criterion)
            self._latest = key, (results, choice)
        return self._latest[1]
