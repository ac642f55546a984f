"""An engine that trains in this process, and in others where these would be done sooner.

Numbers are the same either way, since every network has one thread; so a clock may decide.
"""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import spread
from dropdecay.engine.bundle import ending_together
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.ending import PAUSED, usual_epochs
from dropdecay.engine.protocol import CURVES, Engine, Fit, Problem, Run
from dropdecay.engine.timing import few_steps, seconds_of_run
from dropdecay.errors import NotShared, Unfinished
from dropdecay.safe_text import first_line_of

START_S = 4.0
"""Each process takes about as much of a core before it trains, most of it to import torch."""

STARTING_S = 10.0
"""Processes are started to save as much."""

PROBE_STEPS = 4
"""Steps that say how long networks take, and whether another process takes the same ones."""


def forecast_s(work_s: float, n_bundles: int, n_processes: int) -> float:
    """Return how long equal bundles take, be it here or in processes.

    Parameters
    ----------
    work_s : float
        In one process, one after another.
    n_bundles : int
        Each is trained by one process.
    n_processes : int
        At most; each with a core of its own.
    """
    n_at_once = min(n_processes, n_bundles)
    if work_s * (1.0 - 1.0 / n_at_once) < STARTING_S:
        return work_s
    return START_S + work_s * math.ceil(n_bundles / n_at_once) / n_bundles


class OwnProcesses:
    """Trains runs as ``engine.protocol.Engine`` says; use it in a ``with`` block.

    Processes are started once and kept for all calls.

    Parameters
    ----------
    engine : Engine
        It trains one network after another, each to the same bits in any process.
    n_processes : int
        At most, >= 2.
    folder : path, optional
        Where what they share is written. Default: the system's place for temporary files.
    on_notice : callable, optional
        Hears, once, why there are none although they would be done sooner.
    """

    def __init__(
        self,
        engine: Engine,
        n_processes: int,
        folder: Path | None = None,
        on_notice: Callable[[str], None] | None = None,
    ) -> None:
        self._here, self._n_processes = engine, n_processes
        self._folder, self._on_notice = folder, on_notice
        self._processes: Processes | None = None
        self._there: Engine | None = None
        self._is_possible = True
        self._spent_s, self._done, self._pace = 0.0, 0.0, 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._close()

    @property
    def n_started(self) -> int:
        """How many processes there are, now and then 0."""
        return 0 if self._processes is None else self._processes.n_started

    def __call__(
        self,
        problem: Problem,
        runs: Sequence[Run],
        *,
        earlier: Mapping[Run, Fit] | None = None,
        **options: Any,
    ) -> Iterator[Fit]:
        """Train bundle by bundle here, as long as that takes less time than to start others."""
        bundles = [*ending_together(runs)]
        is_open = self._is_possible and self._there is None and len(bundles) > 1
        # What runs were before may have to be read from a file: not for nothing.
        costs = [_cost(problem, each, earlier) if is_open else 0.0 for each in bundles]
        cost, n_done = sum(costs), 0
        while n_done < len(bundles) and not self._goes_there(problem, bundles[n_done:], cost):
            began = time.monotonic()
            yield from self._here(problem, bundles[n_done], earlier=earlier, **options)
            if is_open:
                self._spent_s += time.monotonic() - began
                self._done += costs[n_done]
            cost -= costs[n_done]
            n_done += 1
        left = [run for each in bundles[n_done:] for run in each]
        if not left:
            return
        assert self._there is not None  # or else they were trained here
        fits = self._there(problem, left, earlier=earlier, **options)
        try:
            first = next(fits)
        except NotShared as error:  # the score of these runs is another one
            self._give_up(str(error))
            fits = self._here(problem, left, earlier=earlier, **options)
            first = next(fits)
        yield first
        yield from fits

    def _goes_there(self, problem: Problem, bundles: Sequence[Sequence[Run]], cost: float) -> bool:
        """Return whether the others train these bundles; they are started if that pays."""
        if not self._is_possible or len(bundles) < 2:
            return False
        if self._there is not None:
            return True
        run = bundles[0][0]
        if self._done:
            self._pace = self._spent_s / self._done
        elif not self._pace and cost:
            one = ChosenEngine(self._here, {})
            seconds = seconds_of_run(one, problem, run, steps=PROBE_STEPS)
            self._pace = seconds / (run.epochs * problem.rows[run.fold].training.size)
        saved = 1.0 - 1.0 / min(self._n_processes, len(bundles))
        # What was spent before counts: where there is always a little more to do, it adds up.
        if (self._spent_s + self._pace * cost) * saved < STARTING_S:
            return False
        self._start(problem, run, min(self._n_processes, len(bundles)))
        return self._there is not None

    def _start(self, problem: Problem, run: Run, number: int) -> None:
        """Start so many at once, and give all up if they do not give the numbers of this one."""
        few = few_steps(problem, run, PROBE_STEPS)
        (here,) = self._here(few.problem, [few.run])
        try:
            self._processes = Processes(self._n_processes, self._folder)
            there = spread(self._processes, self._here)
            fits = [*there(few.problem, [few.run] * number)]
        except (NotShared, Unfinished) as error:
            self._give_up(str(error))
            return
        except Exception as error:  # noqa: BLE001  # whatever the user's network needs there
            said = f"{type(error).__name__}: {first_line_of(error)}"
            self._give_up(f"In another process they fail ({said}).")
            return
        if all(_same(here, fit) for fit in fits):
            self._there = there
        else:
            self._give_up("Their losses are others in another process.")

    def _give_up(self, why: str) -> None:
        self._is_possible, self._there = False, None
        self._close()
        if self._on_notice is not None:
            self._on_notice(f"Networks are trained in one process, one after another. {why}")

    def _close(self) -> None:
        if self._processes is not None:
            self._processes.close()
            self._processes = None


def _cost(problem: Problem, together: Sequence[Run], earlier: Mapping[Run, Fit] | None) -> float:
    """Return how many rows the runs of a bundle train on from here, as a rule."""
    rows = 0.0
    for run in together:
        before = None if earlier is None else earlier.get(run)
        n_training = problem.rows[run.fold].training.size
        epochs = run.epochs
        if run.ends_with_point:
            epochs = min(epochs, usual_epochs(n_training, run.setting.schedule.batch_size))
        if before is not None:
            is_over = before.ending not in ("", PAUSED)
            epochs = 0 if is_over else max(0, epochs - before.end)
        rows += epochs * n_training
    return rows


def _same(one: Fit, other: Fit) -> bool:
    """Return whether two fits are equal bit for bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in CURVES
    )
