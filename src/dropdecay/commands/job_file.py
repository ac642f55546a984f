"""``job.json``: what an unfinished run was asked for, so that ``--resume`` can go on with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dropdecay
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import ASKED, FitOptions, Option, read_options
from dropdecay.errors import BadInput
from dropdecay.files import other_schema, write_file
from dropdecay.report.run_files import JOB
from dropdecay.safe_text import reason_of, visible

JOB_SCHEMA = 2
"""Dropdecay 0.1.0 wrote no number; what it wrote counts as 1."""

AGAIN = "Run dropdecay fit again."


@dataclass(frozen=True)
class Job:
    """What a run was asked for, and where its table is, whatever folder one is in."""

    options: FitOptions
    table: Path


def write_job(folder: Path, options: FitOptions) -> None:
    """Write down what a run was asked for, every option as it would be typed."""
    stored = {
        "schema": JOB_SCHEMA,
        "dropdecay": dropdecay.__version__,
        "table": str(options.table.resolve()),
        "options": {each.key: each.written(options.values[each.key]) for each in ASKED},
    }
    write_file(folder / JOB, json.dumps(stored, indent=1))


def read_job(folder: Path) -> Job:
    """Read what :func:`write_job` wrote, and check it against the table of options.

    Raises
    ------
    BadInput
        If there is none, or it is damaged or of another version.
    """
    path = folder / JOB
    if not path.is_file():
        raise BadInput(f"There is no unfinished run {visible(folder)}. Give the --out of that run.")
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(stored, dict):
            raise ValueError("it must be a JSON object")
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
    """Return a job if it holds exactly the options of the table, each as it would be typed."""
    typed, table = stored.get("options"), stored.get("table")
    if not isinstance(typed, dict) or not isinstance(table, str):
        raise ValueError("it needs 'table', a text, and 'options', an object")
    if others := {option.key for option in ASKED} ^ set(typed):
        raise ValueError(f"the option {min(others)!r} is missing or unknown")
    return Job(FitOptions(read_options(typed)), Path(table))


def resumed(job: Job, given: Mapping[str, Value]) -> FitOptions:
    """Return the options to go on with: those of the beginning, but as fast as is asked for now.

    Parameters
    ----------
    job : Job
    given : mapping
        Values that were given again, by key.

    Raises
    ------
    BadInput
        If another one than the speed is not that of the beginning; the message names it.
    """
    begun = job.options.values
    again = {option.key: given[option.key] for option in ASKED if option.key in given}
    others = [
        f"{option.name} was {_said(option, begun[key])}, now {_said(option, again[key])}"
        for option in ASKED
        if (key := option.key) in again and option.decides != "speed" and again[key] != begun[key]
    ]
    if others:
        raise BadInput(
            f"The run was begun with other settings: {'; '.join(others)}. Leave them out to go on."
        )
    return job.options.changed(**again)


def _said(option: Option, value: Value) -> str:
    typed = option.written(value)
    if typed is None:
        return "not given"
    if isinstance(typed, bool):
        return "on" if typed else "off"
    return typed if isinstance(typed, str) else " ".join(typed)
