"""``dropdecay compare``: finished runs side by side."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from dropdecay.report.compare import compare_runs, print_comparison
from dropdecay.report.stored import read_run

COMPARE_SCHEMA = 1
"""The version of what --json prints."""


def compare_folders(folders: Sequence[Path], *, as_json: bool) -> None:
    """Print stored runs side by side."""
    rows = compare_runs({str(folder): read_run(folder) for folder in folders})
    if as_json:
        print(json.dumps({"schema": COMPARE_SCHEMA, "runs": rows}, indent=1))  # noqa: T201  # --json asks for this output
        return
    print_comparison(Console(), rows)
