"""The only way files are written: under a random name, then renamed, so complete or not at all.

Anyone who can write to the folder may have planted a link there. The random name cannot be guessed
and is opened with ``O_EXCL`` and ``O_NOFOLLOW``; a link at the final name is replaced, never
followed. A library that insists on writing a file itself gets an ``io.BytesIO``.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from dropdecay.errors import BadInput
from dropdecay.safe_text import visible

Content = str | bytes | memoryview
NEW_FILE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)  # not on Windows
    | getattr(os, "O_CLOEXEC", 0)  # not on Windows
    | getattr(os, "O_BINARY", 0)  # only on Windows
)


def write_file(path: Path, content: Content, otherwise: str = "Name another file.") -> None:
    """Write a file completely or not at all, even if the power fails.

    Parameters
    ----------
    path : path
        Replaced if it exists, be it a file or a link.
    content : str, bytes or memoryview
        Text is written as UTF-8.
    otherwise : str
        The remedy if the disk is not full; it ends the message.

    Raises
    ------
    BadInput
        If the file cannot be written; no part of it is left, and an existing file is kept.
    """
    with _named_when_complete(path, otherwise) as file:
        file.write(_bytes_of(content))


@contextmanager
def growing_file(path: Path, otherwise: str = "Name another file.") -> Iterator[BinaryIO]:
    """Give a new file to write to, part by part; it gets its name when it is complete.

    Parameters
    ----------
    path : path
        Must not exist.
    otherwise : str
        As for :func:`write_file`.

    Raises
    ------
    BadInput
        If the name is taken, or the file cannot be written; no part of it is left.
    """
    check_new_file(path)
    with _named_when_complete(path, otherwise) as file:
        yield file


@contextmanager
def _named_when_complete(path: Path, otherwise: str) -> Iterator[BinaryIO]:
    """Give a file under a random name; it gets its own, whatever has it now, at the end."""
    partial = _random_name(path)
    try:
        with _new_file(partial) as file:
            yield file
        try:
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(why_not_written(path, error, otherwise)) from None
    _sync_folder(path.parent)


def write_folder(folder: Path, contents: Mapping[str, Content], otherwise: str) -> None:
    """Write a new folder of files, completely or not at all.

    Parameters
    ----------
    folder : path
        Must not exist; its parent folder must.
    contents : mapping of str to str, bytes or memoryview
        Content of each file by name.
    otherwise : str
        As for :func:`write_file`.

    Raises
    ------
    BadInput
        If the name is taken, or the folder cannot be written; no part of it is left.
    """
    with growing_folder(folder, otherwise) as new_file:
        for name, content in contents.items():
            with new_file(name) as file:
                file.write(_bytes_of(content))


@contextmanager
def growing_folder(
    folder: Path, otherwise: str = "Name another folder."
) -> Iterator[Callable[[str], AbstractContextManager[BinaryIO]]]:
    """Give what creates files in a new folder, which gets its name when it is complete.

    It takes the name of a file, below the folder, and gives the file to write to.

    Parameters
    ----------
    folder : path
        Must not exist; its parent folder must.
    otherwise : str
        As for :func:`write_file`.

    Raises
    ------
    BadInput
        If the name is taken, or the folder cannot be written; no part of it is left.
    """
    check_new_folder(folder)
    partial = _random_name(folder)

    def new_file(name: str) -> AbstractContextManager[BinaryIO]:
        path = partial / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return _new_file(path)

    try:
        partial.mkdir()
        try:
            yield new_file
            _sync_folder(partial)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise BadInput(why_not_written(folder, error, otherwise)) from None
    _sync_folder(folder.parent)


def check_new_folder(folder: Path) -> None:
    """Check that a folder can be created: its name is free and its parent exists.

    Raises
    ------
    BadInput
        If the name is taken, even by a dangling link, or the parent folder does not exist.
    """
    if os.path.lexists(folder):
        raise BadInput(
            f"{visible(folder)} exists already; nothing is overwritten. Choose another folder."
        )
    _check_parent(folder)


def check_new_file(path: Path) -> None:
    """Check, before the work for it, that a file can be created and overwrites nothing.

    Raises
    ------
    BadInput
        If the name is taken, even by a dangling link, or the parent folder does not exist.
    """
    if os.path.lexists(path):
        raise BadInput(f"{visible(path)} exists already. Name another file, or remove it.")
    _check_parent(path)


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise BadInput(f"There is no folder {visible(path.parent)} to write into. Create it first.")


def why_not_written(path: Path, error: OSError, otherwise: str) -> str:
    """Return a sentence that says why writing failed, and one that says what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    todo = "Make room and try again." if full else otherwise
    return f"{visible(path)} cannot be written: {error.strerror}. {todo}"


def other_schema(what: str, found: int, current: int, writer: object, again: str) -> str:
    """Explain why a file of another schema version cannot be read, and what to do.

    Parameters
    ----------
    what : str
        What the file holds; it begins the sentence.
    found, current : int
        Schema version of the file, and the one that this version of dropdecay reads.
    writer : object
        Version of dropdecay that wrote the file, according to the file.
    again : str
        What to do about an older schema: how to create the file again.
    """
    todo = "Install a later dropdecay." if found > current else again
    return (
        f"{what} was written by dropdecay {visible(writer, 20)} in schema version "
        f"{visible(found, 20)}; this dropdecay reads version {current}. {todo}"
    )


PARTIAL_NAME = re.compile(r"\.[0-9a-f]{16}\.partial")
"""What is written has such a name until it is complete."""


def _random_name(path: Path) -> Path:
    # The final name is left out: it may already have the maximum length.
    return path.with_name(f".{secrets.token_hex(8)}.partial")


def _bytes_of(content: Content) -> bytes | memoryview:
    # A class or column name may hold half a surrogate pair, which UTF-8 cannot encode.
    return content.encode(errors="backslashreplace") if isinstance(content, str) else content


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """Give a file that must not exist yet; at the end it is on disk, or removed if that fails."""
    descriptor = os.open(path, NEW_FILE, 0o666)  # reduced by the umask
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk, if the system can."""
    with suppress(OSError):  # Windows cannot open folders, and some file systems cannot sync them
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
