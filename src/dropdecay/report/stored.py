"""A run that was written to a folder, read back: its results and its summary."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from dropdecay.errors import BadInput

RESULTS, SUMMARY, PAGE = "results.nc", "summary.json", "report.html"
NEEDED = ("task", "loss", "score", "verdict", "choice", "optimism", "settings", "asked")


@dataclass(frozen=True)
class StoredRun:
    """What ``dropdecay fit`` found and was told."""

    results: xr.Dataset
    summary: Mapping[str, Any]


def read_run(folder: Path) -> StoredRun:
    """Read the folder that ``dropdecay fit`` wrote.

    Raises
    ------
    BadInput
        If it is no such folder, or damaged.
    """
    if not (folder / SUMMARY).is_file() or not (folder / RESULTS).is_file():
        raise BadInput(
            f"{folder} holds no finished run: it needs {RESULTS} and {SUMMARY}. Give a folder that "
            "dropdecay fit wrote."
        )
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        with xr.open_dataset(folder / RESULTS, engine="scipy") as opened:
            results = opened.load()
    except Exception as error:  # noqa: BLE001  # a damaged file may break the reader anywhere
        raise BadInput(
            f"The run in {folder} cannot be read: {error!s:.100}. Run dropdecay fit again."
        ) from None
    if missing := [name for name in NEEDED if name not in summary]:
        raise BadInput(f"{folder}/{SUMMARY} lacks {', '.join(missing)}. Run dropdecay fit again.")
    return StoredRun(results, summary)
