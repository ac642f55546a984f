"""The findings of a run in its folder, written and read: ``results.nc`` and ``summary.json``.

Each carries a schema version. A folder of another version is refused with a message, since it could
be misread.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import cast

import msgspec
import numpy as np
import xarray as xr

from dropdecay.checked_json import json_text, read_json
from dropdecay.errors import BadInput, DropdecayError
from dropdecay.file_limits import RESULTS as RESULTS_LIMIT
from dropdecay.file_limits import RUN_JSON
from dropdecay.files import other_schema, write_file
from dropdecay.report.answer import answer_of
from dropdecay.report.run_files import RESULTS, SUMMARY
from dropdecay.report.summary import Summary
from dropdecay.safe_text import reason_of, visible
from dropdecay.selection.jsonable import JsonObject
from dropdecay.surface.results import MEASURES, check_form
from dropdecay.table.names import did_you_mean_path

RESULTS_SCHEMA = SUMMARY_SCHEMA = 2
"""Dropdecay 0.1.0 wrote no version; its files count as version 1."""

NEEDED: dict[str, type | tuple[type, ...]] = {
    "task": str, "loss": str, "score": str, "rows": int, "verdict": dict, "choice": dict,
    "optimism": (dict, NoneType), "settings": dict, "asked": dict, "command": str,
}  # fmt: skip
NEEDED_ATTRIBUTES = ("loss_name", "score_name")
RESULTS_HASH = "results_sha256"
AGAIN = "Run dropdecay fit again."


@dataclass(frozen=True)
class StoredRun:
    """The findings and options of a finished ``dropdecay fit``."""

    results: xr.Dataset
    summary: Summary


def write_findings(folder: Path, results: xr.Dataset, summary: Mapping[str, object]) -> None:
    """Write results and summary to the folder of a run.

    Raises
    ------
    BadInput
        If they cannot be written.
    """
    data = results.assign_attrs(schema=RESULTS_SCHEMA).to_netcdf(engine="scipy")
    write_file(folder / RESULTS, data)
    sealed = {"schema": SUMMARY_SCHEMA, **summary, RESULTS_HASH: hash_of(data)}
    write_file(folder / SUMMARY, json_text(sealed, finite=False))


def hash_of(data: bytes | memoryview) -> str:
    """Return what the summary keeps of the bytes of the results, by which damage is noticed."""
    return hashlib.sha256(data).hexdigest()


def read_run(folder: Path) -> StoredRun:
    """Read the folder that ``dropdecay fit`` wrote.

    Raises
    ------
    BadInput
        If it is not such a folder, is damaged, or has another schema version.
    """
    if not folder.exists():
        raise BadInput(
            f"There is no folder {visible(folder)}.{did_you_mean_path(folder)} Check the path."
        )
    if not (folder / SUMMARY).is_file() or not (folder / RESULTS).is_file():
        raise BadInput(
            f"{visible(folder)} holds no finished run: it needs {RESULTS} and {SUMMARY}. Give a "
            "folder written by dropdecay fit."
        )
    try:
        summary: JsonObject = read_json(folder / SUMMARY, RUN_JSON, finite=False)
        results = _results(folder / RESULTS, summary.get(RESULTS_HASH))
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001  # a damaged file may break the reader anywhere
        raise BadInput(
            f"The run in {visible(folder)} cannot be read: {reason_of(error)}. {AGAIN}"
        ) from None
    if not isinstance(summary.get("dropdecay"), str):
        raise BadInput(f"{visible(folder / SUMMARY)} does not describe a run. {AGAIN}")
    writer = summary["dropdecay"]
    _check_schema(folder, summary.get("schema", 1), SUMMARY_SCHEMA, writer)
    _check_schema(folder, results.attrs.get("schema", 1), RESULTS_SCHEMA, writer)
    _check_complete(folder, summary, results)
    try:
        msgspec.convert(summary, Summary)
        check_form(results)
    except (msgspec.ValidationError, ValueError) as error:
        file = SUMMARY if isinstance(error, msgspec.ValidationError) else RESULTS
        raise BadInput(
            f"{visible(folder / file)} is damaged: {reason_of(error)}. {AGAIN}"
        ) from None
    found = cast(Summary, summary)
    if "answer" not in found:  # written by an earlier version
        try:
            found["answer"] = answer_of(found).as_dict()
        except Exception as error:  # noqa: BLE001  # so may damaged parts of it break this
            raise BadInput(
                f"{visible(folder / SUMMARY)} is damaged: {reason_of(error)}. {AGAIN}"
            ) from None
    return StoredRun(results, found)


def _results(path: Path, expected: object) -> xr.Dataset:
    """Return the results in a file, which is read once."""
    RESULTS_LIMIT.check(path.name, path.stat().st_size)
    data = path.read_bytes()
    if expected is not None and expected != hash_of(data):
        raise ValueError(f"{RESULTS} has changed since it was written")
    with xr.open_dataset(io.BytesIO(data), engine="scipy", decode_times=False) as opened:
        return opened.load()


@contextmanager
def as_one_sentence(folders: str) -> Iterator[None]:
    """Turn whatever breaks on the contents of a stored run into one sentence.

    The parts of a forged run may each be of the right form and still contradict each other.
    """
    try:
        yield
    except (DropdecayError, OSError):
        raise
    except Exception as error:
        raise BadInput(
            f"{folders} cannot be shown ({type(error).__name__}: {reason_of(error)}): the files of "
            f"a run contradict each other. {AGAIN}"
        ) from error


def _check_schema(folder: Path, found: object, current: int, writer: str) -> None:
    if isinstance(found, bool) or not isinstance(found, (int, np.integer)):
        raise BadInput(
            f"The run in {visible(folder)} is damaged: its schema version is not a whole number. "
            f"{AGAIN}"
        )
    if found != current:
        what = f"The run in {visible(folder)}"
        again = "Run dropdecay fit again with this one."
        raise BadInput(other_schema(what, int(found), current, writer, again))


def _check_complete(folder: Path, summary: JsonObject, results: xr.Dataset) -> None:
    """Refuse a run that lacks anything that pages and comparisons show."""
    lacking = [
        name for name, kind in NEEDED.items()
        if name not in summary or not isinstance(summary[name], kind)
    ]  # fmt: skip
    if lacking:
        raise BadInput(f"{visible(folder / SUMMARY)} lacks {', '.join(lacking)}. {AGAIN}")
    lacking = [name for name in (*MEASURES, "diverged") if name not in results]
    lacking += [name for name in NEEDED_ATTRIBUTES if name not in results.attrs]
    if lacking:
        raise BadInput(f"{visible(folder / RESULTS)} lacks {', '.join(lacking)}. {AGAIN}")
