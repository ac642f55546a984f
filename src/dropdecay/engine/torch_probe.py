"""Finds out whether the networks of a recipe are trained as one, and how many at a time.

What can be stacked is tried, never looked up: a batch is trained both ways, in float64. Where both
ways agree they are timed. The result is the same either way, up to the order of sums.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from linecache import getline
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import numpy as np
import torch

from dropdecay.arrays import AnyArray, Int64
from dropdecay.engine.protocol import Dataset, Run
from dropdecay.engine.torch_memory import most_in_memory
from dropdecay.engine.torch_module import ModuleTrainer, recipe_of
from dropdecay.engine.torch_module_stack import ModuleStack
from dropdecay.engine.torch_rows import DeviceRows, inputs_in
from dropdecay.engine.trainer import Part
from dropdecay.safe_text import first_line_of

ELEMENTWISE = frozenset(
    getattr(torch.optim, name)
    for name in (
        "SGD", "Adam", "AdamW", "NAdam", "RAdam", "Adamax", "RMSprop", "Adagrad", "Adadelta",
        "Rprop", "ASGD",
    )
)  # fmt: skip
"""Optimizers that treat every number alike, so that a stack of networks is no other task to them.

Others take norms or products of whole tensors, which would couple the networks.
"""

AGREEMENT = 1e-9
"""How far losses and outputs may lie apart, relative to 1 plus their size."""

STEPS = 3
"""Steps that are timed at once."""

GAIN = 1.25
"""How much faster a stack must be on a processor: less is within the error of so few steps."""

SLOW_STEP = 0.05
"""Seconds for a step of one network on a processor from which on a stack cannot be faster: it
saves calls of torch, of which a step makes some hundred, at some microseconds each."""

SIZES = (8, 32)
"""Networks in a stack that are timed on a processor, whose caches large stacks overflow."""

MOST = 512
"""Networks in a stack on a GPU: more hardly pay."""

_READS = "depends on the value of a tensor"

_REASONS = {
    ".item()": _READS,
    "data-dependent control flow": _READS,
    "random operation": "draws random numbers other than dropout",
    "requires_grad_()": "takes gradients itself, other than by torch.func",
    "inplace": "writes into a tensor that the networks share",
    "dynamic shape": "gives a tensor whose shape depends on values",
    "data pointer of Tensor": "keeps the weights of a layer as one block",
}
"""By what torch's message says."""

_SAME = "Networks are trained one by one; the results are the same."


@dataclass(frozen=True)
class Stacking:
    """How many networks are trained as one, at most; 1: they are trained one by one.

    ``notice`` says why, where the user could change it.
    """

    most: int
    notice: str = ""


def probe(runs: Sequence[Run], dataset: Dataset, rows: Int64, data: DeviceRows) -> Stacking:
    """Return how networks are trained fastest.

    Parameters
    ----------
    runs : sequence of Run
        Of one fold and seed, recipe and schedule: all that would be stacked.
    dataset : Dataset
    rows : shape (n_rows,), int64
        The training rows.
    data : DeviceRows
        Of ``dataset``.
    """
    run, n_networks = runs[0], len(runs)
    few = rows[: STEPS * run.setting.schedule.batch_size]
    on_gpu = _on_gpu(run)
    alone = _Timed(run, lambda: ModuleTrainer(run, data, few))
    if not on_gpu and alone.seconds() > SLOW_STEP:
        return Stacking(1)
    obstacle = obstacle_to_stacking(run, dataset, rows, several_folds=on_gpu)
    if obstacle:
        return Stacking(1, f"{obstacle} {_SAME}")
    sizes, in_memory = SIZES, n_networks
    if on_gpu:
        in_memory = most_in_memory(runs, data, few, MOST)
        fitting = min(n_networks, in_memory)
        sizes = (max(1, fitting // 4), fitting)
    gain = 1.0 if on_gpu else GAIN
    best, most = alone.seconds() / gain, 1
    for size in sorted({min(size, n_networks) for size in sizes} - {1}):
        stack = _Timed(run, partial(_stack_of, runs[:size], data, few))
        try:
            seconds = stack.seconds() / size
        except torch.OutOfMemoryError:
            break
        # Again, since other work on the machine may have come and gone.
        best = min(best, alone.seconds() / gain) if most == 1 else best
        if seconds < best:
            best, most = seconds, size
    # Where all were fastest together, so are those of further folds and seeds.
    return Stacking(in_memory if on_gpu and most == n_networks > 1 else most)


def largest_stack(runs: Sequence[Run], data: DeviceRows, rows: Int64) -> int:
    """Return how many networks are stacked where that was asked for."""
    if not _on_gpu(runs[0]):
        return SIZES[-1]
    return max(2, most_in_memory(runs, data, rows[: STEPS * _batch_size(runs[0])], MOST))


def _stack_of(runs: Sequence[Run], data: DeviceRows, rows: Int64) -> ModuleStack:
    states: list[None] = [None] * len(runs)
    return ModuleStack([Part(runs, data.datasets[0], rows, states)], data)


def _on_gpu(run: Run) -> bool:
    return recipe_of(run.setting).is_on_gpu


def _batch_size(run: Run) -> int:
    return run.setting.schedule.batch_size


class _Timed:
    """Something that trains epoch by epoch, made when it is first timed."""

    def __init__(self, run: Run, make: Callable[[], ModuleTrainer | ModuleStack]) -> None:
        self._make, self._is_gpu = make, _on_gpu(run)
        self._trained: ModuleTrainer | ModuleStack | None = None

    def seconds(self) -> float:
        """Return the seconds that a step takes."""
        if self._trained is None:
            self._trained = self._make()
            self._trained.train_one_epoch()  # warms up
        best = np.inf
        for _ in range(2):
            self._wait()
            began = time.perf_counter()
            self._trained.train_one_epoch()
            self._wait()
            best = min(best, time.perf_counter() - began)
        return best / STEPS

    def _wait(self) -> None:
        if self._is_gpu:
            torch.cuda.synchronize()


def obstacle_to_stacking(
    run: Run, dataset: Dataset, rows: Int64, *, several_folds: bool = False
) -> str:
    """Return a sentence that says why networks cannot be stacked; empty: they can.

    Parameters
    ----------
    run : Run
    dataset : Dataset
    rows : shape (n_rows,), int64
        The first batch of them is tried.
    several_folds : bool
        Whether a stack is to take several folds and seeds, each with batches of its own: a module
        that reads a value of its inputs can be stacked within a fold alone.
    """
    recipe = recipe_of(run.setting)
    name, optimizer = recipe.name, optimizer_class(recipe.optimizer)
    if optimizer not in ELEMENTWISE:
        kind = getattr(optimizer, "__name__", str(optimizer))
        return f"{name} cannot be stacked: {kind} may look at whole tensors."
    pair, batch = _two_points(run), _first_batch(run, dataset, rows)
    every = np.arange(len(batch.y))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            data = DeviceRows([batch], recipe_of(pair[0].setting))
            alone = [_shown_alone(each, data, every) for each in pair]
        except Exception as error:  # noqa: BLE001  # whatever a user's module raises
            return f"{name} cannot be compared in float64: {_why(error)}."
        caught.clear()
        try:
            stacked = _shown_stacked(pair, data, every)
            apart = _shown_apart(pair, data, every) if several_folds else stacked
            if recipe.precision == "bf16":  # its backward pass is another
                _shown_stacked([run, run], DeviceRows([batch], recipe), every)
        except Exception as error:  # noqa: BLE001  # whatever torch cannot map
            return f"{name} cannot be stacked: {_why(error)}."
    for each in caught:
        if "performance drop" in str(each.message):
            return f"{name} gains nothing from stacking: {_slow(str(each.message))}."
    for one, *others in zip(alone, stacked, apart, strict=True):
        if not all(_agree(*pair) for other in others for pair in zip(one, other, strict=True)):
            return f"{name} cannot be stacked: its losses are others then."
    return ""


def optimizer_class(make: object) -> object:
    """Return the class behind a factory of optimizers."""
    while isinstance(make, partial):
        make = make.func
    return make


def _two_points(run: Run) -> list[Run]:
    """Return a run at two points of dropout and decay, in float64."""
    setting, network = run.setting, cast(Any, run.setting.network)
    recipe = replace(recipe_of(setting), precision="float64")
    runs = []
    for rate, factor, decay in ((0.25, 0.5, 0.1), (0.5, 1.0, 0.3)):
        values: dict[str, Any] = {"weight_decay": decay}
        if network.n_sites:
            values |= {"dropout_factor": factor} if recipe.mode == "scale" else {"dropout": rate}
        point = replace(setting.regularization, **values)
        own = replace(setting, network=replace(network, recipe=recipe), regularization=point)
        runs.append(replace(run, setting=own))
    return runs


def _first_batch(run: Run, dataset: Dataset, rows: Int64) -> Dataset:
    few = rows[: _batch_size(run)]
    weights = dataset.sample_weight
    return Dataset(
        cast(Any, inputs_in(dataset)[few]), dataset.y[few],
        None if weights is None else weights[few],
    )  # fmt: skip


def _shown_alone(run: Run, data: DeviceRows, rows: Int64) -> list[AnyArray]:
    """Return the losses of two steps, and what they lead to in evaluation mode."""
    trainer = ModuleTrainer(run, data, rows)
    losses = np.array([trainer.train_one_epoch() for _ in range(2)])
    found = trainer.evaluate(rows, keep_outputs=True)
    return [losses, found.losses, found.outputs]


def _shown_stacked(runs: Sequence[Run], data: DeviceRows, rows: Int64) -> list[list[AnyArray]]:
    stack = _stack_of(runs, data, rows)
    losses = np.array([stack.train_one_epoch() for _ in range(2)])
    found, _, outputs = stack.evaluate(rows, keep_outputs=True)
    return [[losses[:, at], found[at], outputs[at]] for at in range(len(runs))]


def _shown_apart(runs: Sequence[Run], data: DeviceRows, rows: Int64) -> list[list[AnyArray]]:
    """Return the same, with each network in the stack as one of another fold would be."""
    stack = ModuleStack([Part([run], data.datasets[0], rows, [None]) for run in runs], data)
    losses = np.array([stack.train_one_epoch() for _ in range(2)])
    found = [stack.evaluate(rows, keep_outputs=True, part=at) for at in range(len(runs))]
    return [[losses[:, at], own[0], outputs[0]] for at, (own, _, outputs) in enumerate(found)]


def _agree(one: AnyArray, other: AnyArray) -> bool:
    close = one.shape == other.shape and np.allclose(
        one, other, rtol=AGREEMENT, atol=AGREEMENT, equal_nan=True
    )
    return bool(close)


def _why(error: BaseException) -> str:
    """Say where in the user's code it happened, and what."""
    while error.__cause__ is not None:  # ours says what torch said before
        error = error.__cause__
    said = first_line_of(error)
    reason = next((words for sign, words in _REASONS.items() if sign in said), "")
    place, code = _line_of_user(error.__traceback__)
    if reason == _READS and ".item()" in code:
        reason = "uses .item()"
    return f"{place} {reason or f'raises {type(error).__name__} ({said})'}"


def _line_of_user(trace: TracebackType | None) -> tuple[str, str]:
    """Return the innermost line that is neither torch's nor ours: its place and its text."""
    place, text = "it", ""
    others = (torch.__path__[0], str(Path(__file__).parents[1]), "<frozen")
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(others):
            place = f"{code.co_name} line {trace.tb_lineno}"
            text = getline(code.co_filename, trace.tb_lineno, trace.tb_frame.f_globals)
        trace = trace.tb_next
    return place, text


def _slow(message: str) -> str:
    _, _, operation = message.partition("aten::")
    called = operation.split(".")[0].split(" ")[0]
    return f"torch would take {called or 'a part'} of each network in turn"
