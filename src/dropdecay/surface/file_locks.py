"""Whether files of a folder can be locked: some network drives and shared folders know no locks."""

import errno
import sys
import tempfile
from pathlib import Path

UNKNOWN = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}
"""What a system call says where there are no locks."""


def has_locks(folder: Path) -> bool:
    """Return whether a new file in a folder can be locked; True where that cannot be told."""
    if sys.platform == "win32":
        return True
    import fcntl

    # A file of its own: to close a file lets go of all locks that this process has on it.
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in UNKNOWN
    return True
