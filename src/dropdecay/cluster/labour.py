"""What a worker does: it trains runs with an engine, and answers with what they became.

Runs stay with whoever sends them: an answer holds everything of a fit but its run.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeAlias

from dropdecay.arrays import Floating
from dropdecay.engine.machine import machine_fingerprint
from dropdecay.engine.protocol import Dataset, Engine, Fit, Problem, Rows, Run, Score
from dropdecay.settings import Module

Outcome: TypeAlias = dict[str, Any]
"""The fields of a fit by name, without its run."""


@dataclass(frozen=True)
class Common:
    """What is the same for all work of one call of an engine; shared.

    Parameters
    ----------
    score : callable or None
    row_weight, loss_weight : shape (n_rows,) or None
    fingerprint : dict
        What must be equal for the same numbers, as the driver has it.
    """

    score: Score | None
    row_weight: Floating | None
    loss_weight: Floating | None
    fingerprint: dict[str, str]


@dataclass(frozen=True)
class Work:
    """Runs to train: all that end together, of one point or more, or runs that end alone.

    Parameters
    ----------
    runs : sequence of Run
        Without the recipes of modules, which may hold large networks.
    recipes : sequence of int, one per run, or none
        Which of the shared recipes is that of a run.
    earlier : sequence of Outcome or None, one per run
        What each has become before.
    folds : sequence of int
        The folds of the runs, in the order in which their data and rows are shared.
    keep_states : bool
    pause : int or None
    """

    runs: Sequence[Run]
    recipes: Sequence[int]
    earlier: Sequence[Outcome | None]
    folds: Sequence[int]
    keep_states: bool
    pause: int | None


@dataclass(frozen=True)
class Answer:
    """What came of work.

    Parameters
    ----------
    outcomes : sequence of Outcome, in the order of the runs
        None of them where the fingerprint is not that of the driver.
    ended : sequence of bool, one per run
        Those that have not ended are to be trained on from there: so that nobody loses more than
        what a worker did since then.
    fingerprint : dict
        What must be equal for the same numbers, as the worker has it.
    worker : str
        Its name among the workers; empty where they have none.
    """

    outcomes: Sequence[Outcome]
    ended: Sequence[bool]
    fingerprint: dict[str, str]
    worker: str = ""


class _EnoughForNow(Exception):  # not an error
    """All runs have ended or were just told of."""


def labour(
    work: Work,
    engine: Engine,
    common: Common,
    *values: Any,
    is_stopped: Callable[[], bool] | None = None,
) -> Answer:
    """Train runs until they end, or until the engine tells of those that take long.

    Nothing is trained where the numbers would not be those of the driver.

    Parameters
    ----------
    work : Work
    engine : Engine
        Called for one thread.
    common : Common
    *values : recipe, ..., Dataset, Rows, Dataset, Rows, ...
        The recipes, then data and rows of each of ``work.folds``.
    is_stopped : callable, optional
        See ``Problem``.

    Raises
    ------
    Stopped
        If it is stopped.
    """
    fingerprint = machine_fingerprint()
    if fingerprint != common.fingerprint:
        return Answer([], [], fingerprint)
    runs, data = work.runs, values[len(values) - 2 * len(work.folds) :]
    if work.recipes:
        pairs = zip(runs, work.recipes, strict=True)
        runs = [with_recipe(run, values[number]) for run, number in pairs]
    of_fold: dict[int, tuple[Dataset, Rows]] = dict(
        zip(work.folds, zip(data[::2], data[1::2], strict=True), strict=True)
    )
    problem = Problem(
        rows={fold: rows for fold, (_, rows) in of_fold.items()},
        dataset_of=lambda fold: of_fold[fold][0],
        score=common.score,
        row_weight=common.row_weight,
        loss_weight=common.loss_weight,
        is_stopped=is_stopped,
    )
    place = {id(run): i for i, run in enumerate(runs)}
    outcomes: dict[int, Outcome] = {}
    ended: set[int] = set()

    def told(fits: Sequence[Fit]) -> None:
        for fit in fits:
            # The engine may train on with the state while others are waited for.
            state = None if fit.state is None else fit.state.copy()
            outcomes[place[id(fit.run)]] = outcome_of(replace(fit, state=state))
        if fits and len(outcomes) == len(runs):
            raise _EnoughForNow

    earlier = {
        run: fit_of(run, outcome)
        for run, outcome in zip(runs, work.earlier, strict=True) if outcome is not None
    }  # fmt: skip
    try:
        for fit in engine(
            problem, runs, earlier=earlier, keep_states=work.keep_states, on_checkpoint=told,
            pause=work.pause,
        ):  # fmt: skip
            outcomes[place[id(fit.run)]] = outcome_of(fit)
            ended.add(place[id(fit.run)])
    except _EnoughForNow:
        pass
    order = range(len(runs))
    return Answer([outcomes[i] for i in order], [i in ended for i in order], fingerprint)


def with_recipe(run: Run, recipe: object) -> Run:
    """Return a run of a module with another recipe; None: without one."""
    network: Any = run.setting.network
    network = replace(network, recipe=recipe)
    return replace(run, setting=replace(run.setting, network=network))


def recipe_of(run: Run) -> object | None:
    """Return what the network of a run is made from, where the user wrote it."""
    network = run.setting.network
    return network.recipe if isinstance(network, Module) else None


def outcome_of(fit: Fit) -> Outcome:
    """Return a fit without its run."""
    return {each.name: getattr(fit, each.name) for each in fields(fit) if each.name != "run"}


def fit_of(run: Run, outcome: Outcome) -> Fit:
    """Return the fit of a run."""
    return Fit(run=run, **outcome)
