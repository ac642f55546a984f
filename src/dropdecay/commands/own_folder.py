"""What a run wrote, and nothing else, is replaced or removed: known names, regular files, no links.

Whatever else lies in a folder of a run is somebody's, and stays.
"""

import re
from contextlib import suppress
from pathlib import Path

from dropdecay.checked_json import read_json
from dropdecay.errors import BadInput
from dropdecay.file_limits import RUN_JSON
from dropdecay.files import PARTIAL_NAME
from dropdecay.report.run_files import CONFIG, GROWING, MODEL, PAGE, RESULTS, ROWS, SUMMARY
from dropdecay.safe_text import visible
from dropdecay.storage.model_folder import MODEL as DESCRIPTION
from dropdecay.storage.model_folder import MODEL_FILES

WRITTEN = (RESULTS, SUMMARY, PAGE, CONFIG, ROWS, *GROWING)
PICTURES = re.compile(
    r"(surface|gap|curves|path|weight_norm|near_zero_share|importance|dependence)\.(png|svg)"
)
"""What ``dropdecay report`` adds."""


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
        if not is_own(entry):
            raise BadInput(
                f"{name} holds {visible(entry.name)}, which no run wrote, so --force does not "
                "replace it. Move that, or choose another --out."
            )


def _is_of_run(folder: Path) -> bool:
    try:
        summary = read_json(folder / SUMMARY, RUN_JSON, finite=False)
    except (OSError, ValueError, RecursionError):
        return False
    return "dropdecay" in summary and (folder / MODEL / DESCRIPTION).is_file()


def is_own(entry: Path) -> bool:
    """Return whether a file or folder within the folder of a run is one that a run writes."""
    if entry.is_symlink():
        return False
    if not entry.is_dir():
        known = entry.name in WRITTEN or PICTURES.fullmatch(entry.name)
        return entry.is_file() and bool(known or PARTIAL_NAME.fullmatch(entry.name))
    if entry.name != MODEL and not PARTIAL_NAME.fullmatch(entry.name):
        return False
    return all(
        each.is_file() and not each.is_symlink() and each.name in MODEL_FILES
        for each in entry.iterdir()
    )


def remove_own(entry: Path) -> None:
    """Remove a file or folder within the folder of a run, if a run wrote it."""
    if not is_own(entry):
        return
    if not entry.is_dir():
        entry.unlink()
        return
    for each in entry.iterdir():
        each.unlink()
    entry.rmdir()


def remove_run(folder: Path) -> None:
    """Remove the folder of a run as far as a run wrote it; what cannot be removed stays."""
    with suppress(OSError):
        for entry in folder.iterdir():
            remove_own(entry)
        folder.rmdir()
