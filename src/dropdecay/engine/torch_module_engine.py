"""The engine for networks of the user's own: one after another, each with all that torch has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event

from dropdecay.arrays import Int64
from dropdecay.engine.bundle import bundles_of
from dropdecay.engine.protocol import Dataset, Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.state import State
from dropdecay.engine.torch_engine import torch_threads
from dropdecay.engine.torch_module import ModuleTrainer, recipe_of
from dropdecay.engine.torch_rows import DeviceRows


@dataclass(frozen=True)
class ModuleEngine:
    """Trains modules one by one; it is called as ``engine.protocol.Engine`` says.

    Parameters
    ----------
    n_threads : int
        Of the processor, for the products of one network.
    """

    n_threads: int = 1

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
        """Train every point to its end before the next one."""
        with torch_threads(self.n_threads):
            for bundle in bundles_of(problem, runs, _Trainers(), earlier, pause):
                while behind := bundle.next_trainings():
                    for each in behind:
                        each.train_to(bundle.at, Event())
                        bundle.end_training()
                    bundle.tell(on_checkpoint)
                yield from bundle.fits(keep_states=keep_states)


class _Trainers:
    """Makes trainers, and keeps the latest data set on the device."""

    def __init__(self) -> None:
        self._latest: tuple[Dataset, DeviceRows] | None = None

    def __call__(
        self, run: Run, dataset: Dataset, rows: Int64, state: State | None
    ) -> ModuleTrainer:
        if self._latest is None or self._latest[0] is not dataset:
            self._latest = None  # its memory is given back first
            self._latest = dataset, DeviceRows(dataset, recipe_of(run.setting))
        return ModuleTrainer(run, self._latest[1], rows, state)
