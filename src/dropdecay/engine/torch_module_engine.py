"""The engine for networks of the user's own: one after another, or stacked where that is faster."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import torch

from dropdecay.arrays import Int64
from dropdecay.engine.bundle import bundles_of
from dropdecay.engine.protocol import Dataset, Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.state import State
from dropdecay.engine.torch_datasets import Latest, datasets_of
from dropdecay.engine.torch_engine import torch_threads
from dropdecay.engine.torch_module import ModuleTrainer, recipe_of
from dropdecay.engine.torch_module_stack import ModuleStack
from dropdecay.engine.torch_probe import Stacking, largest_stack, obstacle_to_stacking, probe
from dropdecay.engine.torch_recipe import products_in
from dropdecay.engine.torch_rows import DeviceRows, inputs_in
from dropdecay.engine.trainer import Part
from dropdecay.errors import BadSetting, Parameter

AUTO = "auto"


@dataclass(frozen=True)
class ModuleEngine:
    """Trains modules; it is called as ``engine.protocol.Engine`` says.

    Products have one thread: on several they are others in the last digits.

    Parameters
    ----------
    stack : "auto" or bool
        Whether networks that share fold and seed are trained as one. "auto": on a GPU, where that
        was tried and found to be faster.
    on_notice : callable, optional
        Hears, once, why networks cannot be stacked.
    """

    stack: str | bool = AUTO
    on_notice: Callable[[str], None] | None = None
    _found: dict[Hashable, Stacking] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __call__(
        self,
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,  # one network at a time: torch's own generator is one for all threads
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        """Train every point to its end before the next one, or all of them side by side.

        Raises
        ------
        BadSetting
            If networks are to be stacked that cannot be.
        """
        if not runs:
            return
        rows, precision = _LatestRows(), recipe_of(runs[0].setting).precision
        options: dict[str, Any] = {
            "earlier": earlier, "keep_states": keep_states, "on_checkpoint": on_checkpoint,
            "pause": pause,
        }  # fmt: skip
        with torch_threads(1), products_in(precision):
            for alike in _by_network(runs):
                most = self._most(problem, alike, rows)
                if most > 1:
                    engine = StackedEngine(
                        _Stacks(rows), kind_of, most,
                        _together if recipe_of(alike[0].setting).is_on_gpu else None,
                        in_flight=most * len({(r.fold, r.seed) for r in alike}),
                        out_of_memory=(torch.OutOfMemoryError,),
                    )  # fmt: skip
                    yield from engine(problem, alike, **options)
                else:
                    yield from _one_by_one(problem, alike, rows, **options)

    def _most(self, problem: Problem, runs: Sequence[Run], rows: "_LatestRows") -> int:
        """Return how many of these networks are trained as one."""
        together = _largest_group(runs)
        if self.stack is False or len(together) < 2:
            return 1
        if self.stack == AUTO and _on_processor(together[0]):
            # Which way is faster would depend on what else the machine does, and the last digits
            # on that; on a processor stacking pays for small networks alone.
            return 1
        kind = together[0].setting.network
        if kind not in self._found:
            self._found[kind] = self._decided(problem, together, rows)
            notice = self._found[kind].notice
            if notice and self.on_notice is not None:
                self.on_notice(notice)
        return self._found[kind].most

    def _decided(self, problem: Problem, together: Sequence[Run], rows: "_LatestRows") -> Stacking:
        """Return what was decided before; it hung on a clock and on the memory that was free."""
        name = f"networks in a stack of {kind_of(together[0])}"
        if problem.decisions is not None and name in problem.decisions:
            return Stacking(problem.decisions[name])
        found = self._tried(problem, together, rows)
        if problem.decisions is not None:
            problem.decisions[name] = found.most
        return found

    def _tried(self, problem: Problem, together: Sequence[Run], rows: "_LatestRows") -> Stacking:
        run = together[0]
        dataset, training = problem.dataset_of(run.fold), problem.rows[run.fold].training
        if self.stack is not True:
            return probe(together, dataset, training, rows.of([dataset], run))
        obstacle = obstacle_to_stacking(
            run, dataset, training, several_folds=recipe_of(run.setting).is_on_gpu
        )
        if "cannot be" in obstacle:
            raise BadSetting(f"{obstacle} Use ", Parameter("stack", AUTO), ".")
        return Stacking(largest_stack(together, rows.of([dataset], run), training))


def _one_by_one(
    problem: Problem,
    runs: Sequence[Run],
    rows: "_LatestRows",
    *,
    earlier: Mapping[Run, Fit] | None,
    keep_states: bool,
    on_checkpoint: OnCheckpoint | None,
    pause: int | None,
) -> Iterator[Fit]:
    for bundle in bundles_of(problem, runs, _Trainers(rows), earlier, pause):
        while behind := bundle.next_trainings():
            for each in behind:
                each.train_to(bundle.at, Event())
                bundle.end_trainings()
            bundle.tell(on_checkpoint)
        yield from bundle.fits(keep_states=keep_states)
        if on_checkpoint is not None:
            on_checkpoint(())


def _by_network(runs: Sequence[Run]) -> list[list[Run]]:
    """Return runs of one network each: where its arguments are axes, there are several."""
    found: dict[Hashable, list[Run]] = {}
    for run in runs:
        found.setdefault(run.setting.network, []).append(run)
    return [*found.values()]


def _on_processor(run: Run) -> bool:
    return bool(torch.device(recipe_of(run.setting).device).type == "cpu")


def kind_of(run: Run) -> Hashable:
    """Return what networks of one stack must have in common besides fold, seed and epoch."""
    return run.setting.network, run.setting.schedule


def _largest_group(runs: Sequence[Run]) -> list[Run]:
    """Return the most runs that could be one stack."""
    groups: dict[Hashable, list[Run]] = {}
    for run in runs:
        groups.setdefault((kind_of(run), run.fold, run.seed), []).append(run)
    return max(groups.values(), key=len, default=[])


def _together(run: Run, dataset: Dataset, rows: Int64) -> Hashable:
    """Return what folds and seeds have in common whose steps can be taken as one."""
    inputs = inputs_in(dataset)
    forms = tuple((each.shape[1:], each.dtype.str) for each in inputs.arrays)
    return rows.size, forms, inputs.names, dataset.y.shape[1:], dataset.y.dtype.str


class _LatestRows(Latest[DeviceRows]):
    """Keeps the latest data sets as the networks of a run take them."""

    def __init__(self) -> None:
        super().__init__(lambda datasets, run: DeviceRows(datasets, recipe_of(run.setting)))


@dataclass(frozen=True)
class _Trainers:
    """Makes trainers."""

    rows: _LatestRows

    def __call__(
        self, run: Run, dataset: Dataset, rows: Int64, state: State | None
    ) -> ModuleTrainer:
        return ModuleTrainer(run, self.rows.of([dataset], run), rows, state)


@dataclass(frozen=True)
class _Stacks:
    """Makes stacks."""

    rows: _LatestRows

    def __call__(self, parts: Sequence[Part]) -> ModuleStack:
        return ModuleStack(parts, self.rows.of(datasets_of(parts), parts[0].runs[0]))
