"""How far the work is: a bar in a terminal or a notebook, elsewhere a line now and then."""

import math
import time
from importlib import import_module
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from markupsafe import Markup
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from dropdecay.axes import Point
from dropdecay.engine.protocol import Fit
from dropdecay.search import OnFit

SECONDS_BETWEEN_LINES = 5.0
SECONDS_BETWEEN_LOOKS = 0.2
"""A notebook keeps every change of a bar on its way to the browser."""


class Progress:
    """Say how many networks are trained; use it in a ``with`` block.

    Rich's own bar needs ipywidgets in a notebook, and shows nothing without them. So a notebook
    gets an element of its browser's, which needs nothing and stays, filled, where it is saved.
    """

    def __init__(self, console: Console, unit: str) -> None:
        self._console, self._unit = console, unit
        self._began = self._said = time.monotonic()
        self._bar: RichProgress | None = None
        self._cell: _Cell | None = None
        self._last: tuple[int, int, str] = (0, 0, "")
        if console.quiet:
            return
        if console.is_jupyter:
            self._cell = _notebook_cell(self._html())
        elif console.is_terminal:
            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(unit),
                TimeRemainingColumn(),
                TextColumn("{task.fields[note]}"),
                console=console,
                transient=True,
            )
            self._row = self._bar.add_task("training", total=None, note="")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
        if self._cell is not None:
            self._cell.update(_HTML(self._html()))

    def note(self, sentence: str) -> None:
        """Say something between networks."""
        self._console.print(sentence, markup=False, highlight=False)

    def update(self, done: int, total: int, note: str = "") -> None:
        """Take note of how far the work is; ``note`` is said beside it."""
        self._last = done, total, note
        if self._bar is not None:
            self._bar.update(self._row, completed=done, total=total, note=note)
            return
        now = time.monotonic()
        if done == 1:
            # The first network waits for the compiler: it says nothing of the rest.
            self._began = self._said = now
        elif self._cell is not None:
            if now - self._said >= SECONDS_BETWEEN_LOOKS:
                self._said = now
                self._cell.update(_HTML(self._html()))
        elif now - self._said >= SECONDS_BETWEEN_LINES and done < total:
            self._said = now
            self._console.print(
                f"{done} of {total} {self._unit} trained, {self._time_left()}"
                + (f"; {note}" if note else ""),
                highlight=False,
            )

    def _time_left(self) -> str:
        done, total, _ = self._last
        left = (time.monotonic() - self._began) / (done - 1) * (total - done)
        return f"about {left:.0f} s left"

    def _html(self) -> str:
        done, total, note = self._last
        said = [f"{done} of {total} {self._unit} trained" if done else f"Training {self._unit}"]
        if 1 < done < total:
            said.append(self._time_left())
        if note:
            said.append(note)
        # Without a value the browser shows that the end is not known.
        value = Markup('value="{}" max="{}"').format(done, total) if done else ""
        return Markup('<progress {} style="width:16em"></progress> {}').format(
            value, "; ".join(said)
        )


class _HTML:
    """HTML for a notebook, with the same in words for one that shows text alone."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return Markup(self._html).striptags()


class _Cell(Protocol):
    """A place in a notebook's output that can be changed."""

    def update(self, content: _HTML) -> None:
        """Put something else in its place."""
        ...


def _notebook_cell(html: str) -> _Cell:
    """Open a place in the notebook's output that can be changed later."""
    cell: _Cell = import_module("IPython.display").display(_HTML(html), display_id=True)
    return cell


def progress_of(progress: Progress) -> OnFit:
    """Report every finished network to the progress, and the best point so far.

    A point counts once it has as many folds and seeds as any: one lucky fold makes no best.
    """
    lowest: dict[Point, list[float]] = {}

    def on_fit(fit: Fit, done: int, total: int) -> None:
        losses = lowest.setdefault(fit.run.point, [])
        losses.append(math.inf if fit.diverged else float(np.nanmin(fit.validation_loss)))
        most = max(map(len, lowest.values()))
        best = min(
            (point for point, found in lowest.items() if len(found) == most),
            key=lambda point: sum(lowest[point]),
        )
        progress.update(done, total, f"best so far: {best.described()}")

    return on_fit
