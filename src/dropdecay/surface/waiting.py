"""The states of paused runs, in a file, so that memory does not grow with their number."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from dropdecay.engine.protocol import Fit, Run
from dropdecay.engine.state import State
from dropdecay.surface.out_of_fold import OutOfFold
from dropdecay.surface.stored_fit import blob_of, state_of
from dropdecay.surface.unnamed_file import UnnamedFile

PAGE = 4096
"""Places in the file are whole pages: a state whose numbers have more digits than before mostly
fits where it was."""


@dataclass(frozen=True)
class _Place:
    """Where a state lies, and how many bytes of the room there it takes."""

    offset: int
    room: int
    size: int


class WaitingStates(UnnamedFile, Mapping[Run, State]):
    """States by run; use it in a ``with`` block, by one thread.

    A run finds its state whatever length it asks for: ``Run.epochs`` is not part of the name.

    Parameters
    ----------
    folder : path, optional
        Where the file lies. Default: the system's place for temporary files.

    Raises
    ------
    Unfinished
        If there can be no file.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, "States of paused networks")
        self._places: dict[Run, _Place] = {}
        self._free: list[_Place] = []
        self._end = 0

    def keep(self, run: Run, state: State) -> None:
        """Keep a copy of a state in place of the one that the run had.

        Raises
        ------
        Unfinished
            If it cannot be written, for instance because the disk is full.
        """
        self.drop(run)
        blob = blob_of(state)
        place = self._place_for(len(blob))
        self.write(place.offset, blob)
        self._places[_name(run)] = place

    def drop(self, run: Run) -> None:
        """Forget the state of a run, if it has one; its place is used again."""
        place = self._places.pop(_name(run), None)
        if place is not None:
            self._free.append(place)

    def __getitem__(self, run: Run) -> State:
        place = self._places[_name(run)]
        return state_of(self.read(place.offset, place.size))

    def __contains__(self, run: object) -> bool:
        # What Mapping does instead would read the whole state from the file.
        return isinstance(run, Run) and _name(run) in self._places

    def __iter__(self) -> Iterator[Run]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def _place_for(self, size: int) -> _Place:
        """Return the smallest free place that a state fits into, or a new one at the end."""
        fitting = [each for each in self._free if each.room >= size]
        if fitting:
            free = min(fitting, key=lambda each: each.room)
            self._free.remove(free)
            return replace(free, size=size)
        placed = _Place(self._end, -(-size // PAGE) * PAGE, size)
        self._end += placed.room
        return placed


class PausedFits(Mapping[Run, Fit]):
    """Fits together with their losses and the states that wait for them.

    Parameters
    ----------
    fits : mapping of Run to Fit
        Without their states.
    states : WaitingStates
    out_of_fold : OutOfFold
    """

    def __init__(
        self, fits: Mapping[Run, Fit], states: WaitingStates, out_of_fold: OutOfFold
    ) -> None:
        self._fits, self._states, self._out_of_fold = fits, states, out_of_fold

    def __getitem__(self, run: Run) -> Fit:
        fit = self._out_of_fold.whole(self._fits[run])
        return replace(fit, state=self._states[run]) if run in self._states else fit

    def __iter__(self) -> Iterator[Run]:
        return iter(self._fits)

    def __len__(self) -> int:
        return len(self._fits)


def _name(run: Run) -> Run:
    return replace(run, epochs=0)
