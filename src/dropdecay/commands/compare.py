"""``dropdecay compare``: finished runs side by side."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from dropdecay.commands.options import OPTIONS
from dropdecay.files import check_new_file, write_file
from dropdecay.report.compare import compare_runs, print_comparison
from dropdecay.report.compare_page import compare_html
from dropdecay.report.stored import as_one_sentence, read_run
from dropdecay.safe_text import visible

COMPARE_SCHEMA = 1
"""The version of what --json prints."""


def compare_folders(folders: Sequence[Path], *, as_json: bool, out: Path | None = None) -> None:
    """Print stored runs side by side, and write a page of them to ``out``."""
    if out is not None:
        check_new_file(out)
    runs = {str(folder): read_run(folder) for folder in folders}
    called = "One of the runs" if len(runs) > 1 else "The run"
    with as_one_sentence(called):
        rows = compare_runs(runs)
        page = None if out is None else compare_html(runs, usual_settings())
    if out is not None and page is not None:
        write_file(out, page, "Name a file in a folder that can be written to.")
    if as_json:
        print(json.dumps({"schema": COMPARE_SCHEMA, "runs": rows}, indent=1))  # noqa: T201  # --json asks for this output
        return
    console = Console()
    with as_one_sentence(called):
        print_comparison(console, rows, usual_settings())
    if out is not None:
        console.print(f"Written: {visible(out)}", highlight=False, markup=False)


def usual_settings() -> dict[str, str]:
    """Return what settings are in runs that do not list them, by name."""
    return {
        each.setting: each.unset or ("off" if each.default in (None, False) else f"{each.default}")
        for each in OPTIONS
        if each.setting and each.if_given
    }
