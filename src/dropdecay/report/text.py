"""The summary in the terminal, and the progress before it."""

import math
import time
from types import TracebackType
from typing import Any, Self

import numpy as np
import xarray as xr
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Table

SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Say how many networks are trained: a bar in a terminal, a line every few seconds elsewhere."""

    def __init__(self, console: Console, unit: str) -> None:
        self._console, self._unit = console, unit
        self._began = self._said = time.monotonic()
        self._bar: RichProgress | None = None
        if console.is_terminal:
            self._bar = RichProgress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn(unit),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._row = self._bar.add_task("training", total=None)

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

    def update(self, done: int, total: int) -> None:
        """Take note of how far the work is."""
        if self._bar is not None:
            self._bar.update(self._row, completed=done, total=total)
            return
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES and done < total:
            self._said = now
            left = (now - self._began) / done * (total - done)
            self._console.print(
                f"{done} of {total} {self._unit} trained, about {left:.0f} s left",
                highlight=False,
            )
