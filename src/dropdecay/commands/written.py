"""What ``--json`` prints of a command that writes files."""

import json
from collections.abc import Sequence
from pathlib import Path

WRITTEN_SCHEMA = 1
"""The version of what is printed."""


def tell_written(paths: Sequence[Path], *, as_json: bool) -> None:
    """Print the paths of the files that were written, if JSON is asked for."""
    if as_json:
        told = {"schema": WRITTEN_SCHEMA, "written": list(map(str, paths))}
        print(json.dumps(told, indent=1))  # noqa: T201  # --json asks for this output
