"""A new folder that appears whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropdecay.errors import BadInput


@contextmanager
def new_folder(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a folder to write into; on leaving it takes its name, on an error it vanishes.

    It is made before any work, so that a folder that cannot be written is told at once.

    Parameters
    ----------
    folder : path
        Must not exist; the folder it lies in must.

    Raises
    ------
    BadInput
        If the folder is there already or cannot be written.
    """
    folder = Path(folder)
    if os.path.lexists(folder):
        raise BadInput(f"{folder} exists already; nothing is overwritten. Choose another folder.")
    if not folder.parent.is_dir():
        raise BadInput(f"There is no folder {folder.parent} to write into. Create it.")
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        partial.mkdir()
        yield partial
        partial.rename(folder)
    except OSError as error:
        raise BadInput(
            f"{folder} cannot be written: {error.strerror}. Choose a folder you may write to."
        ) from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
