"""Progress: a bar in a terminal or a notebook, elsewhere a line each tenth or each minute."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from markupsafe import Markup
from rich.console import Console, RenderableType
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from dropdecay.axes import Point
from dropdecay.engine.protocol import Fit
from dropdecay.report.numbers import UNBROKEN, duration
from dropdecay.report.pace import Pace
from dropdecay.search import OnFit
from dropdecay.selection.formatting import capitalized
from dropdecay.surface.forecast import Forecast, printed_time
from dropdecay.surface.pilot import is_of_pilot

SECONDS_BETWEEN_LINES = 5.0
"""A fast run does not print ten lines in a second."""

AT_LEAST_EVERY, TICKS = 60.0, 4
"""Seconds after which a line is printed whatever happens, and how often it is looked at then."""

TENTHS = 10
SECONDS_BETWEEN_UPDATES = 0.2
"""A notebook queues every update on its way to the browser."""

WIDTH_OF_BAR = 24


class Progress:
    """Show how many networks are trained; use it in a ``with`` block.

    In a notebook rich's bar needs ipywidgets and shows nothing without them. A notebook therefore
    gets an HTML progress element, which needs nothing and stays in a saved notebook.
    """

    def __init__(self, console: Console, unit: str) -> None:
        self._console, self._unit = console, unit
        self._began = self._updated = time.monotonic()
        self._pace = Pace(self._began)
        self._bar: _Bar | None = None
        self._cell: _Cell | None = None
        self._last: tuple[int, int, str] = (0, 0, "")
        self._part, self._tenth = "training", 0
        self._n_workers: Callable[[], int] = int
        self._lock, self._over = Lock(), Event()
        self._ticking: Thread | None = None
        if console.quiet:
            return
        if console.is_jupyter:
            self._cell = _notebook_cell(self._html())
        elif console.is_terminal:
            # Without a total the bar moves to and fro: something happens from the first second.
            self._bar = _Bar(
                TextColumn("{task.description}"),
                BarColumn(WIDTH_OF_BAR, complete_style="blue", finished_style="blue"),
                TextColumn("{task.fields[done]}"),
                TextColumn("{task.fields[times]}", style="dim"),
                console=console,
                transient=True,
            )
            self._row = self._bar.add_task("Preparing", total=None, done="", times="")
        else:
            self._ticking = Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        if self._ticking is not None:
            self._ticking.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        if self._ticking is not None:
            self._ticking.join()
        if self._bar is not None:
            self._bar.stop()
        elif self._cell is not None:
            self._cell.update(_HTML(self._html()))
        elif error is None:
            self._close_part()

    def forecast(self, cost: Forecast) -> None:
        """Tell how long it will take, before it begins."""
        self.note(cost.sentence)

    def begin(self, part: str) -> None:
        """Begin a part of the work: what follows is said to be part of it."""
        if self._bar is None and self._cell is None:
            self._close_part()
        self._part, self._tenth = part, 0
        if self._cell is None:  # a notebook keeps what it showed last
            self._last = (0, 0, "")
        self._began = self._updated = time.monotonic()
        self._pace = Pace(self._began)
        if self._bar is not None:
            self._bar.note = ""
            self._bar.reset(self._row, total=None, description=capitalized(part), done="",
                            times="")  # fmt: skip

    def count(self, n_workers: Callable[[], int]) -> None:
        """Say from now on how many workers train; 0: it is this process that does."""
        self._n_workers = n_workers

    def note(self, sentence: str) -> None:
        """Print a sentence between updates."""
        self._console.print(sentence, markup=False, highlight=False,
                            soft_wrap=not self._console.is_terminal)  # fmt: skip

    def update(self, done: int, total: int, note: str = "") -> None:
        """Show that ``done`` of ``total`` are done, with a note."""
        if n_workers := self._n_workers():
            workers = "1 worker" if n_workers == 1 else f"{n_workers} workers"
            note = f"{note}; {workers}" if note else workers
        self._last = done, total, note
        now = time.monotonic()
        self._pace.ended(done, now)
        if self._bar is not None:
            self._bar.note = note
            self._bar.update(self._row, completed=done, total=total,
                             done=f"{done:,} of {total:,}", times=self._times())  # fmt: skip
        elif self._cell is not None:
            if now - self._updated >= SECONDS_BETWEEN_UPDATES:
                self._updated = now
                self._cell.update(_HTML(self._html()))
        else:
            self._print_line(now)

    def _tick(self) -> None:
        """Print how far it is each minute, also while no network ends: one may take an hour."""
        while not self._over.wait(AT_LEAST_EVERY / TICKS):
            self._print_line(time.monotonic())

    def _print_line(self, now: float) -> None:
        """Print how far it is, when another tenth is done or a minute has passed."""
        with self._lock:
            self._print_due_line(now)

    def _print_due_line(self, now: float) -> None:
        done, total, note = self._last
        tenth = TENTHS * done // total if total else 0
        waited = now - self._updated
        due = (tenth > self._tenth and waited >= SECONDS_BETWEEN_LINES) or waited >= AT_LEAST_EVERY
        if not due or (total and done >= total):
            return
        self._updated, self._tenth = now, tenth
        if not total:
            self.note(f"{self._part}: {self._times()}, none of its {self._unit} is done yet")
            return
        self.note(
            f"{self._part} {100 * done // total:3d}{UNBROKEN}%, {done:,} of {total:,} "
            f"{self._unit}, {self._times()}{f'; {note}' if note else ''}".replace(UNBROKEN, " ")
        )

    def _close_part(self) -> None:
        """Say how long a part took, where it took long enough for a line."""
        done, _, note = self._last
        took = time.monotonic() - self._began
        if not done or took < SECONDS_BETWEEN_LINES:
            return
        said = f"{self._part} done in {duration(took)}, {done:,} {self._unit}"
        self.note(f"{said}; {note}".replace(UNBROKEN, " ") if note else said.replace(UNBROKEN, " "))
        self._last = (0, 0, "")

    def _times(self) -> str:
        """Write the time since the part began, and how long it will take."""
        passed = duration(time.monotonic() - self._began).replace(UNBROKEN, " ")
        return f"{passed}{self._time_left(', ')}"

    def _time_left(self, before: str) -> str:
        """Say how long it will take; nothing as long as nobody can know."""
        left = self._pace.seconds_left(self._last[1], time.monotonic())
        return "" if left is None else f"{before}about {printed_time(left)} left"

    def _html(self) -> str:
        done, total, note = self._last
        so_far = f"{self._part}: {done} of {total} {self._unit} trained"
        parts = [(so_far if done else f"Training {self._unit}") + self._time_left("; ")]
        if note:
            parts.append(note)
        # Without a value the browser shows indeterminate progress.
        value = Markup('value="{}" max="{}"').format(done, total) if done else ""
        return Markup('<progress {} style="width:16em"></progress> {}').format(
            value, "; ".join(parts)
        )


class _Bar(RichProgress):
    """A bar with a note below it."""

    note = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """Return the bar, and the note where there is one."""
        yield from super().get_renderables()
        if self.note:
            yield Text(f"  {self.note}", style="dim", no_wrap=True, overflow="ellipsis")


class _HTML:
    """HTML for a notebook, with a plain-text fallback."""

    def __init__(self, html: str) -> None:
        self._html = html

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return Markup(self._html).striptags()


class _Cell(Protocol):
    """A part of a notebook's output that can be updated."""

    def update(self, content: _HTML) -> None:
        """Replace the content."""
        ...


def _notebook_cell(html: str) -> _Cell:
    """Add a part to the notebook's output that can be updated later."""
    cell: _Cell = import_module("IPython.display").display(_HTML(html), display_id=True)
    return cell


def progress_of(progress: Progress) -> OnFit:
    """Return a callback that shows every finished network, and the best point so far.

    A point counts once it has as many folds and seeds as any other: a lucky fold is not enough.
    Networks that wait count with what they have become so far.
    """
    found: dict[Point, dict[tuple[int, int], float]] = {}
    best: Point | None = None

    def on_fit(fit: Fit, done: int, total: int) -> None:
        nonlocal best
        # A contender again, or the pilot: they say nothing of which point is best on all rows.
        if fit.run.record or is_of_pilot(fit.run):
            progress.update(done, total)
            return
        point, counting = fit.run.point, fit.validation_loss[: fit.counting_epochs.size]
        loss = math.inf if fit.diverged else float(np.nanmin(counting))
        found.setdefault(point, {})[fit.run.fold, fit.run.seed] = loss
        # Only the point that moved can take the lead: thousands of points are not looked through.
        if best is None or _is_ahead(found[point], found[best]):
            best = point
        progress.update(done, total, f"best so far: {best.described()}")

    return on_fit


def _is_ahead(one: Mapping[tuple[int, int], float], other: Mapping[tuple[int, int], float]) -> bool:
    """Compare losses by network: more networks first, then the lower sum."""
    return (-len(one), sum(one.values())) < (-len(other), sum(other.values()))
