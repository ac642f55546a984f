"""skrub, which makes a folder in the home directory when it is imported, where there is none.

Containers and services often have no home directory, or one that cannot be written to.
"""

import os
import tempfile
from pathlib import Path

VARIABLES = ("SKB_DATA_DIRECTORY", "SKRUB_DATA_DIRECTORY")
"""Where skrub keeps data sets that it downloads, of which nothing here makes use; now, and once."""


def need_no_home() -> None:
    """Let skrub be imported whatever the home directory is; call it before."""
    if any(map(os.environ.get, VARIABLES)) or _is_usable():
        return
    os.environ.update(dict.fromkeys(VARIABLES, tempfile.gettempdir()))


def _is_usable() -> bool:
    try:
        home = Path.home()
    except RuntimeError:  # nobody knows where it is
        return False
    return (home / "skrub_data").is_dir() or os.access(home, os.W_OK)
