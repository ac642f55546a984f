"""Whether a folder is one that a run wrote, and nothing else: only such a one is replaced."""

import json
from pathlib import Path

from dropdecay.errors import BadInput
from dropdecay.report.run_files import CONFIG, GROWING, MODEL, PAGE, RESULTS, SUMMARY
from dropdecay.safe_text import visible

WRITTEN = (MODEL, RESULTS, SUMMARY, PAGE, CONFIG, "rows.csv")
PICTURES = (".png", ".svg")


def check_own(folder: Path) -> None:
    """Refuse to replace what is not surely the folder of a finished run.

    Raises
    ------
    BadInput
        If it is a link or a file, lacks what every run writes, or holds anything else.
    """
    name = visible(folder)
    if folder.is_symlink():
        raise BadInput(f"{name} is a link, which --force does not replace. Choose another --out.")
    if not folder.is_dir() or not _is_of_run(folder):
        raise BadInput(
            f"{name} is no folder of a finished run, so --force does not replace it. Choose "
            "another --out."
        )
    for entry in sorted(folder.iterdir()):
        known = entry.name in (*WRITTEN, *GROWING) or entry.suffix in PICTURES
        if not known or entry.is_symlink() or (entry.is_dir() and entry.name != MODEL):
            raise BadInput(
                f"{name} holds {visible(entry.name)}, which no run wrote, so --force does not "
                "replace it. Move that, or choose another --out."
            )


def _is_of_run(folder: Path) -> bool:
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    model = folder / MODEL / "model.json"
    return isinstance(summary, dict) and "dropdecay" in summary and model.is_file()
