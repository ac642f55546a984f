"""A file without a name, for what would take too much memory in the course of a search.

It lies beside the store, or where temporary files go, and is gone as soon as nobody holds it,
however the process ends. It is written and read, never mapped: a process that writes to a mapped
file on a full disk is killed.
"""

import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from dropdecay.errors import Unfinished
from dropdecay.files import why_not_written


class UnnamedFile:
    """Bytes by their place; use it in a ``with`` block, by one thread.

    Parameters
    ----------
    folder : path or None
        Where the file lies. None: the system's place for temporary files.
    content : str
        What it holds, to begin the message if it cannot be written.

    Raises
    ------
    Unfinished
        If there can be no file.
    """

    def __init__(self, folder: Path | None, content: str) -> None:
        self._folder = Path(tempfile.gettempdir()) if folder is None else folder
        self._content = content
        try:
            # Without a buffer: one that could not be written would be tried again at the end.
            self._file = tempfile.TemporaryFile(  # noqa: SIM115  # closed by the block
                prefix="dropdecay-", dir=self._folder, buffering=0
            )
        except OSError as error:
            raise self._unfinished(error) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, offset: int, blob: bytes) -> None:
        """Write bytes.

        Raises
        ------
        Unfinished
            If they cannot be written, for instance because the disk is full.
        """
        try:
            self._file.seek(offset)
            left = memoryview(blob)
            while left:
                left = left[self._file.write(left) :]
        except OSError as error:
            raise self._unfinished(error) from None

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes that were written."""
        self._file.seek(offset)
        return self._file.read(size)

    def _unfinished(self, error: OSError) -> Unfinished:
        why = why_not_written(self._folder, error, "Make the folder writable.")
        return Unfinished(f"{self._content} could not be kept: {why}")
