"""``job.json``: the options of an unfinished run, which ``--resume`` reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dropdecay
from dropdecay.checked_json import json_text, read_json
from dropdecay.commands.option import Option
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import ASKED, FitOptions, read_options
from dropdecay.errors import BadInput
from dropdecay.file_limits import OPTIONS
from dropdecay.files import other_schema, write_file
from dropdecay.report.run_files import JOB
from dropdecay.safe_text import reason_of, visible

JOB_SCHEMA = 2
"""Dropdecay 0.1.0 wrote no version; its files count as version 1."""

AGAIN = "Run dropdecay fit again."


@dataclass(frozen=True)
class Job:
    """The options of a run, and the absolute path of its table."""

    options: FitOptions
    table: Path


def write_job(folder: Path, options: FitOptions) -> None:
    """Store the options of a run, each as it would be typed."""
    given = str(options.table)
    stored = {
        "schema": JOB_SCHEMA,
        "dropdecay": dropdecay.__version__,
        "table": given if given == "-" else os.path.realpath(given),
        "options": {each.key: each.written(options.values[each.key]) for each in ASKED},
    }
    write_file(folder / JOB, json_text(stored))


def read_job(folder: Path) -> Job:
    """Read what :func:`write_job` wrote, and check it against the table of options.

    Raises
    ------
    BadInput
        If the file is missing, damaged or of another version.
    """
    path = folder / JOB
    if not path.is_file():
        raise BadInput(
            f"There is no unfinished run {visible(folder)}. Give the --out folder of that run."
        )
    OPTIONS.check(JOB, path.stat().st_size)
    try:
        stored = read_json(path, OPTIONS)
        schema = stored.get("schema", 1)
        if schema == JOB_SCHEMA:
            return _checked(stored)
        if not isinstance(schema, int):
            raise ValueError("its schema version is not a whole number")
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{visible(path)} cannot be read: {reason_of(error)}. {AGAIN}") from None
    raise BadInput(
        other_schema(visible(path), schema, JOB_SCHEMA, stored.get("dropdecay", "0.1.0"), AGAIN)
    )


def _checked(stored: Mapping[str, object]) -> Job:
    """Return the job, if it has exactly the options of the table, each as it would be typed."""
    typed, table = stored.get("options"), stored.get("table")
    if not isinstance(typed, dict) or not isinstance(table, str):
        raise ValueError("it needs 'table', a string, and 'options', an object")
    if others := {option.key for option in ASKED} ^ set(typed):
        raise ValueError(f"the option {min(others)!r} is missing or unknown")
    return Job(FitOptions(read_options(typed)), Path(table))


def resumed(job: Job, given: Mapping[str, Value]) -> FitOptions:
    """Return the options of the resumed run: the original ones, with the speed asked for now.

    Parameters
    ----------
    job : Job
    given : mapping
        Values of the options on the command line, by key.

    Raises
    ------
    BadInput
        If an option other than the speed has changed; the message names it.
    """
    original = job.options.values
    again = {option.key: given[option.key] for option in ASKED if option.key in given}
    changed = [
        f"{option.spoken} was {_typed(option, original[key])}, now {_typed(option, again[key])}"
        for option in ASKED
        if (key := option.key) in again
        and option.decides != "speed"
        and again[key] != original[key]
    ]
    if changed:
        raise BadInput(
            f"The run was started with other settings: {'; '.join(changed)}. Omit them to resume."
        )
    return job.options.changed(**again)


def _typed(option: Option, value: Value) -> str:
    typed = option.written(value)
    if typed is None:
        return "not given"
    if isinstance(typed, bool):
        return "on" if typed else "off"
    return typed if isinstance(typed, str) else " ".join(typed)
