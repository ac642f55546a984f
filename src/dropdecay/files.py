"""The one way a file is written: under a random name, then renamed, so whole or not at all.

Whoever can write to the folder may have planted a link there. The random name cannot be guessed
and is opened with ``O_EXCL`` and ``O_NOFOLLOW``; a link at the final name is replaced, never
followed. A library that insists on writing a file itself gets an ``io.BytesIO``.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dropdecay.errors import BadInput
from dropdecay.safe_text import visible

Content = str | bytes | memoryview
NEW_FILE = (
    os.O_WRONLY
    | os.O_CREAT
    | os.O_EXCL
    | getattr(os, "O_NOFOLLOW", 0)  # Windows has neither this
    | getattr(os, "O_CLOEXEC", 0)  # nor this,
    | getattr(os, "O_BINARY", 0)  # and only Windows has this.
)


def write_file(path: Path, content: Content, otherwise: str = "Name another file.") -> None:
    """Write a file: whole or not at all, also where the power fails.

    Parameters
    ----------
    path : path
        Replaced where it is there, as a file or a link.
    content : str, bytes or memoryview
        Text is written as UTF-8.
    otherwise : str
        What to do where the reason is not a full disk; it ends the message.

    Raises
    ------
    BadInput
        If the file cannot be written; nothing of it is left, and what was there before stays.
    """
    partial = _random_name(path)
    try:
        _write_new(partial, content)
        try:
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise BadInput(why_not_written(path, error, otherwise)) from None
    _sync_folder(path.parent)


def write_folder(folder: Path, contents: Mapping[str, Content], otherwise: str) -> None:
    """Write a new folder of files: all of it, or nothing.

    Parameters
    ----------
    folder : path
        Must not exist; the folder it lies in must.
    contents : mapping of str to str, bytes or memoryview
        What each file holds, by its name.
    otherwise : str
        As for :func:`write_file`.

    Raises
    ------
    BadInput
        If there is something of that name, or it cannot be written; nothing of it is left.
    """
    check_new_folder(folder)
    partial = _random_name(folder)
    try:
        partial.mkdir()
        try:
            for name, content in contents.items():
                _write_new(partial / name, content)
            _sync_folder(partial)
            partial.rename(folder)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
    except OSError as error:
        raise BadInput(why_not_written(folder, error, otherwise)) from None
    _sync_folder(folder.parent)


def check_new_folder(folder: Path) -> None:
    """Refuse a folder that cannot be made because of what is there, or is not there, already.

    Raises
    ------
    BadInput
        If there is something of that name, be it a dangling link, or no folder to make it in.
    """
    if os.path.lexists(folder):
        raise BadInput(
            f"{visible(folder)} exists already; nothing is overwritten. Choose another folder."
        )
    if not folder.parent.is_dir():
        raise BadInput(f"There is no folder {visible(folder.parent)} to write into. Create it.")


def why_not_written(path: Path, error: OSError, otherwise: str) -> str:
    """Return a sentence on what could not be written, and one on what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    todo = "Make room and try again." if full else otherwise
    return f"{visible(path)} cannot be written: {error.strerror}. {todo}"


def other_schema(what: str, found: int, current: int, writer: object, again: str) -> str:
    """Return why a file of another schema version cannot be read, and what to do.

    Parameters
    ----------
    what : str
        What the file holds, to begin the sentence with.
    found, current : int
        Schema version of the file, and the one that this version of dropdecay reads.
    writer : object
        The version of dropdecay that the file says it was written by.
    again : str
        What to do about an earlier schema: how the file is made again.
    """
    todo = "Install a later dropdecay." if found > current else again
    return (
        f"{what} was written by dropdecay {visible(writer, 20)} in schema version "
        f"{visible(found, 20)}; this dropdecay reads version {current}. {todo}"
    )


def _random_name(path: Path) -> Path:
    # Without the final name in it, which may be as long as a name can be.
    return path.with_name(f".{secrets.token_hex(8)}.partial")


def _write_new(path: Path, content: Content) -> None:
    """Write a file that must not be there, and leave nothing of it where that fails."""
    # A class or column may hold half of a surrogate pair, which UTF-8 does not have.
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    descriptor = os.open(path, NEW_FILE, 0o666)  # the umask takes away what it forbids
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk, where the system can."""
    with suppress(OSError):  # Windows opens no folder, and some file systems sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
