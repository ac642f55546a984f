"""The states of paused runs, in a mapped file, so that memory does not grow with their number.

The file has no name of its own: it lies beside the store, or where temporary files go, and is gone
as soon as nobody holds it, however the process ends.
"""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from dropdecay.engine.protocol import Fit, Run
from dropdecay.engine.state import NetworkState

ALIGNMENT = 4096
"""Places in the file begin at whole pages."""

PARTS = ("params", "first", "second")


@dataclass(frozen=True)
class _Place:
    """Where the arrays of a state lie, and what else belongs to it."""

    offset: int
    n_params: int
    dtype: np.dtype[np.floating]
    rest: NetworkState  # with empty arrays

    @property
    def size(self) -> int:
        """Bytes, whole pages."""
        n_bytes = len(PARTS) * self.n_params * self.dtype.itemsize
        return -(-n_bytes // ALIGNMENT) * ALIGNMENT


class WaitingStates(Mapping[Run, NetworkState]):
    """States by run; use it in a ``with`` block, by one thread.

    A run finds its state whatever length it asks for: ``Run.epochs`` is not part of the name.

    Parameters
    ----------
    folder : path, optional
        Where the file lies. Default: the system's place for temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(prefix="dropdecay-", dir=folder)  # noqa: SIM115  # closed by the block
        self._places: dict[Run, _Place] = {}
        self._free: list[_Place] = []
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def keep(self, run: Run, state: NetworkState) -> None:
        """Keep a copy of a state in place of the one that the run had."""
        self.drop(run)
        nothing = state.params[:0]
        rest = replace(state, params=nothing, first=nothing, second=nothing)
        place = self._room_for(_Place(0, state.params.size, state.params.dtype, rest))
        arrays = self._mapped(place)
        for array, name in zip(arrays, PARTS, strict=True):
            array[:] = getattr(state, name)
        self._places[_name(run)] = place

    def drop(self, run: Run) -> None:
        """Forget the state of a run, if it has one; its place is used again."""
        place = self._places.pop(_name(run), None)
        if place is not None:
            self._free.append(place)

    def __getitem__(self, run: Run) -> NetworkState:
        place = self._places[_name(run)]
        params, first, second = (np.array(array) for array in self._mapped(place))
        return replace(place.rest, params=params, first=first, second=second)

    def __contains__(self, run: object) -> bool:
        # What Mapping does instead would read the whole state from the file.
        return isinstance(run, Run) and _name(run) in self._places

    def __iter__(self) -> Iterator[Run]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _room_for(self, place: _Place) -> _Place:
        for free in self._free:
            if free.size == place.size:
                self._free.remove(free)
                return replace(place, offset=free.offset)
        placed = replace(place, offset=self._end)
        self._end += placed.size
        self._file.truncate(self._end)
        return placed

    def _mapped(self, place: _Place) -> np.memmap[tuple[int, int], np.dtype[np.floating]]:
        shape = (len(PARTS), place.n_params)
        return np.memmap(self._file, place.dtype, "r+", place.offset, shape)


class PausedFits(Mapping[Run, Fit]):
    """Fits together with the states that wait for them.

    Parameters
    ----------
    fits : mapping of Run to Fit
        Without their states.
    states : WaitingStates
    """

    def __init__(self, fits: Mapping[Run, Fit], states: WaitingStates) -> None:
        self._fits, self._states = fits, states

    def __getitem__(self, run: Run) -> Fit:
        fit = self._fits[run]
        return replace(fit, state=self._states[run]) if run in self._states else fit

    def __iter__(self) -> Iterator[Run]:
        return iter(self._fits)

    def __len__(self) -> int:
        return len(self._fits)


def _name(run: Run) -> Run:
    return replace(run, epochs=0)
