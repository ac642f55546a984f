"""Each rival in a process of its own, on cores of its own, and all take turns."""

import importlib
import multiprocessing
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection

import numpy as np

from benchmarks.rivals.task import Task, validation_losses
from benchmarks.timing import Timing

STEPS_AT_ONCE = 8
"""Every turn takes a multiple of this many steps."""

REST = 0.3
"""Seconds before every turn: the threads of OpenMP and OpenBLAS wait busily for new work a while,
which would slow whoever comes next."""

JUDGED = 8
"""Networks whose validation losses are compared, at most."""


def _serve(orders: Connection, rival: str, task: Task) -> None:
    """Answer ("time", steps) with seconds and ("losses", steps) with the losses after so many."""
    module = importlib.import_module(f"benchmarks.rivals.{rival}")
    trained = module.prepare(task)
    while (order := orders.recv()) is not None:
        what, n_steps = order
        if what == "time":
            began = time.perf_counter()
            trained.train(n_steps)
            orders.send(time.perf_counter() - began)
        else:
            fresh = module.prepare(replace(task, n_networks=min(JUDGED, task.n_networks)))
            fresh.train(n_steps)
            orders.send(validation_losses(task, fresh))


@contextmanager
def at_work(rival: str, task: Task) -> Iterator[Connection]:
    """Start a rival on the first ``task.threads`` cores; every library then sees only these."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[: task.threads])  # a child inherits it
    process = context.Process(target=_serve, args=(theirs, rival, task), daemon=True)
    try:
        process.start()
    finally:
        os.sched_setaffinity(0, allowed)
    theirs.close()
    try:
        yield ours
        ours.send(None)
    finally:
        process.join(5)
        process.kill()
        ours.close()


def _ask(rival: Connection, what: str, n_steps: int) -> float | np.ndarray:
    time.sleep(REST)
    rival.send((what, n_steps))
    return rival.recv()  # type: ignore[no-any-return]  # what _serve sends


def _steps_for(rival: Connection, seconds: float) -> int:
    """Find how many steps take about so long; the first call, which may compile, does not count."""
    n_steps = STEPS_AT_ONCE
    _ask(rival, "time", n_steps)
    while (taken := float(_ask(rival, "time", n_steps))) < seconds / 4:
        n_steps *= 2
    return max(1, round(n_steps * seconds / taken / STEPS_AT_ONCE)) * STEPS_AT_ONCE


def take_turns(
    tasks: dict[str, tuple[str, Task]], rounds: int, seconds: float, steps_to_judge: int
) -> tuple[dict[str, Timing], dict[str, np.ndarray]]:
    """Time named rivals in turns; return seconds a step and network, and their validation losses.

    A turn lasts about ``seconds``. The losses are those of fresh networks after
    ``steps_to_judge`` steps, (at most JUDGED,) for each name.
    """
    with ExitStack() as running:
        rivals = {
            name: running.enter_context(at_work(rival, task))
            for name, (rival, task) in tasks.items()
        }
        steps = {name: _steps_for(rival, seconds) for name, rival in rivals.items()}
        timed: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(rounds):
            for name, rival in rivals.items():
                each = steps[name] * tasks[name][1].n_networks
                timed[name].append(float(_ask(rival, "time", steps[name])) / each)
        losses = {
            name: np.asarray(_ask(rival, "losses", steps_to_judge))
            for name, rival in rivals.items()
        }
    return {name: Timing(np.array(each)) for name, each in timed.items()}, losses
