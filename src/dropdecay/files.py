"""The one way a file is written: under a random name, then renamed: whole or not at all."""

import errno
from pathlib import Path

from dropdecay.errors import BadInput


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name, then rename it: whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(why_not_written(path, error, "Name another file.")) from None


def why_not_written(path: Path, error: OSError, otherwise: str) -> str:
    """Return a sentence on what could not be written, and one on what to do."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    todo = "Make room and try again." if full else otherwise
    return f"{path} cannot be written: {error.strerror}. {todo}"
