"""``--log-file``: what a command prints, each line with its time, in a file."""

import re
import sys
from collections.abc import Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stderr,
    redirect_stdout,
)
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from dropdecay.files import growing_file

CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\].*?(?:\x07|\x1b\\)")
BAR = re.compile("[\u2501\u2578\u257a]")
"""Pieces of a progress bar, which is drawn anew all the time and is not kept."""


def logged(path: Path | None) -> AbstractContextManager[None]:
    """Return a context in which standard output and error are written to a new file too.

    Parameters
    ----------
    path : path or None
        None: they are not.

    Raises
    ------
    BadInput
        If the file exists or cannot be written; before anything is done.
    """
    return nullcontext() if path is None else _logged(path)


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    failed: BaseException | None = None
    with growing_file(path) as file:
        out, err = Doubled(sys.stdout, file), Doubled(sys.stderr, file)
        try:
            with redirect_stdout(out), redirect_stderr(err):
                yield
        except BaseException as error:  # noqa: BLE001  # the log of a failure is kept too
            failed = error
        for each in (out, err):
            each.end()
    if failed is not None:
        raise failed


class Doubled:
    """A text stream that writes complete lines to a log too.

    Parameters
    ----------
    stream : text stream
    log : binary file
    """

    def __init__(self, stream: TextIO, log: BinaryIO) -> None:
        self._stream, self._log, self._begun = stream, log, ""

    def write(self, text: str) -> int:
        """Write a text; what ends a line goes to the log."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._keep(line)
        return self._stream.write(text)

    def end(self) -> None:
        """Write a last line without an end to the log."""
        if self._begun:
            self._keep(self._begun)

    def _keep(self, line: str) -> None:
        shown = CONTROL.sub("", line).rsplit("\r", 1)[-1].rstrip()
        if shown and not BAR.search(shown):
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            self._log.write(f"{now} {shown}\n".encode(errors="backslashreplace"))
            self._log.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
