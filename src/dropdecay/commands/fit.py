"""``dropdecay fit``: from a table to a folder with model, results, summary and page."""

import glob
import json
import os
import sys
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pandas as pd
from rich.console import Console

from dropdecay.cluster.find import check_answers, cluster_of
from dropdecay.commands.check import as_json_values, check_code, kept
from dropdecay.commands.finished import tell_finished
from dropdecay.commands.given import Given, files_of, given_files, given_frame, read_given
from dropdecay.commands.job_file import read_job, resumed, write_job
from dropdecay.commands.make_estimator import check_without_table, make_estimator
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import FitOptions
from dropdecay.commands.prepare import about_classes, about_times
from dropdecay.commands.reproduce import fit_command
from dropdecay.commands.rows_file import tell_rows, write_rows
from dropdecay.commands.run_config import config_text
from dropdecay.commands.run_folder import (
    check_run_folder,
    clear_half_written,
    final_name,
    last_words,
    resume_from_input,
    run_folder,
    working_name,
)
from dropdecay.commands.signals import prompt_interruption
from dropdecay.commands.summary import summarise
from dropdecay.commands.verbose import tell_fit, tell_machine
from dropdecay.errors import BadInput, BadTable, DropdecayWarning
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.files import write_file
from dropdecay.report.answer import answer_of
from dropdecay.report.page import page_html
from dropdecay.report.progress import Progress, progress_of
from dropdecay.report.run_files import CONFIG, MODEL, PAGE, STORE, SUMMARY
from dropdecay.report.stored import SUMMARY_SCHEMA, read_run, write_findings
from dropdecay.report.summary import Summary
from dropdecay.report.terminal.summary import print_files, print_summary
from dropdecay.storage.model_folder import check_reading
from dropdecay.storage.models import save_model
from dropdecay.table.file_table import FileTable
from dropdecay.table.finding import Finding, lines_of
from dropdecay.table.read import DASH, standard_input


def run_fit(
    options: FitOptions, *, as_json: bool, quiet: bool = False, force: bool = False
) -> None:
    """Read the table, train the surface, print the summary and write the folder."""
    out = options.out or Path(f"{_name_of(options.table)}-dropdecay")
    _fit(options, options.table, out, as_json=as_json, quiet=quiet, force=force)


def resume_fit(
    out: Path,
    given: Mapping[str, Value],
    *,
    as_json: bool,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Continue an interrupted run; of a finished one, tell its result.

    Parameters
    ----------
    out : path
        The folder that the run was writing to, by its final name or the one until then.
    given : mapping
        Values of the options on the command line, by key; all but the speed must be unchanged.
    """
    out = final_name(out)
    if (out / SUMMARY).is_file() and not working_name(out).exists():
        tell_finished(out, as_json=as_json, quiet=quiet)
        return
    job = read_job(working_name(out))
    options = resumed(job, given)
    if job.options.table == DASH and standard_input().isatty():
        raise BadInput(
            "The rows of this run came from standard input. Give the same ones again: "
            f"{resume_from_input(out, force=force)}"
        )
    _fit(options, job.table, out, as_json=as_json, quiet=quiet, resume=True, force=force)


def _name_of(table: Path) -> str:
    """Return what a run is named after: its file without endings, or the folder of a pattern."""
    if table == DASH:
        return "table"
    table = table.parent if glob.has_magic(table.name) and not table.exists() else table
    return Path(os.path.realpath(table)).name.split(".")[0]


def _fit(
    options: FitOptions, table: Path, out: Path, *, as_json: bool, quiet: bool,
    resume: bool = False, force: bool = False,
) -> None:  # fmt: skip
    """Fit the table of the options, which lies at ``table`` now."""
    check_without_table(options)
    check_run_folder(out, resume=resume, force=force)
    tell_machine()
    check_answers(cluster_of(options.values["cluster"]))
    files = files_of(options, table)
    if files is not None:
        given = given_files(options, files)
        _run(options, given, out, as_json=as_json, quiet=quiet, resume=resume, force=force)
        return
    found = _read(table, options, quiet=quiet)
    run_frame(options, found.frame, out, encoding=found.encoding, as_json=as_json, quiet=quiet,
              resume=resume, force=force,
              resume_command=resume_from_input(out, force=force) if table == DASH else None,
              )  # fmt: skip


def _read(table: Path, options: FitOptions, *, quiet: bool) -> FileTable:
    """Read a table, and print what was found out about its file."""
    found = read_given(table, options.encoding)
    notices = Console(file=sys.stderr, quiet=quiet)
    for note in found.notes:
        notices.print(note, highlight=False, markup=False)
    return found


def run_frame(
    options: FitOptions,
    frame: pd.DataFrame,
    out: Path,
    *,
    encoding: str | None = None,
    as_json: bool,
    quiet: bool = False,
    resume: bool = False,
    force: bool = False,
    command: str | None = None,
    resume_command: str | None = None,
) -> None:
    """Fit a table that is in memory.

    ``encoding`` is that of its file. ``command`` reproduces the run and ``resume_command``
    continues it, where that is not ``dropdecay fit`` and ``dropdecay fit --resume``.
    """
    _run(
        options, given_frame(options, frame), out, encoding=encoding, as_json=as_json, quiet=quiet,
        resume=resume, force=force, command=command, resume_command=resume_command,
    )  # fmt: skip


def _run(
    options: FitOptions,
    given: Given,
    out: Path,
    *,
    encoding: str | None = None,
    as_json: bool,
    quiet: bool = False,
    resume: bool = False,
    force: bool = False,
    command: str | None = None,
    resume_command: str | None = None,
) -> None:
    """Fit a table that was looked at."""
    found = given.found
    findings = kept(found.findings, options.ignored)
    # Progress goes to standard error, so that standard output is pure JSON under --json.
    console, notices = Console(quiet=quiet), Console(file=sys.stderr, quiet=quiet)
    n_columns, task = found.features.shape[1], found.task
    for line in (
        f"{given.about}, {n_columns} columns, {task}{about_classes(found)}. {found.reason}",
        *about_times(found.roles), *lines_of(findings),
    ):  # fmt: skip
        notices.print(line, highlight=False, markup=False, soft_wrap=not notices.is_terminal)
    _refuse(findings, options)
    check_reading(found.reading)
    estimator = make_estimator(options, task, found.target)
    began = time.perf_counter()
    with (
        prompt_interruption(lambda: last_words(out, resume_command, force=force)),
        run_folder(out, resume=resume, resume_command=resume_command, force=force) as folder,
    ):
        if not resume:
            write_job(folder, options)
        estimator.store = folder / STORE
        with Progress(notices, unit="networks") as progress, quiet_warnings():
            show = progress_of(progress)
            estimator.fit_with_hooks(
                given.X, given.y, given.groups, given.weights, times=given.times,
                reading=found.reading,
                on_fit=show, on_notice=progress.note, on_nested_fit=show,
                on_forecast=progress.forecast, on_part=progress.begin,
                on_workers=progress.count,
                on_equal_rows=lambda _: None,  # it is among the findings
            )  # fmt: skip
        estimator.store = None
        estimator.ignored_columns_ = list(found.roles.names)
        estimator.id_columns_ = list(found.roles.ids)
        estimator.file_encoding_ = encoding
        wall_s = time.perf_counter() - began
        tell_fit(estimator, wall_s)
        summary = summarise(options, estimator, given, wall_s)
        summary["asked"] = {**options.as_dict(), "out": str(out)}
        summary["table"] = as_json_values(given, findings)
        summary["command"] = command or fit_command(options)
        summary["answer"] = answer_of(cast(Summary, summary)).as_dict()
        clear_half_written(folder)
        write_run(folder, estimator, summary, "" if command else config_text(options))
        write_rows(folder, estimator.out_of_fold(), found.kept)
    if as_json:
        stored = {"schema": SUMMARY_SCHEMA, **summary}
        print(json.dumps(stored, indent=1))  # noqa: T201  # --json asks for this output
        return
    print_summary(console, estimator.results_, cast(Summary, summary))
    tell_rows(console, estimator.out_of_fold())
    print_files(console, estimator.results_, cast(Summary, summary), out, "" if command else CONFIG)


def write_run(
    folder: Path, estimator: BaseMLPCV, summary: Mapping[str, object], config: str = ""
) -> None:
    """Write model, results, summary, page, and options for another run if there are any."""
    if config:
        write_file(folder / CONFIG, config)
    save_model(estimator, folder / MODEL)
    write_findings(folder, estimator.results_, summary)
    # Read back as ``dropdecay report`` does, so that both write the same page.
    run = read_run(folder)
    write_file(folder / PAGE, page_html(run.results, run.summary))


def _refuse(findings: Sequence[Finding], options: FitOptions) -> None:
    """Stop where a finding is there on which the user wants to stop."""
    fatal = [check_code(code, "--fail-on") for code in options.fatal]
    for each in findings:
        if each.code in fatal:
            raise BadTable(f"{each.sentence} Stopped by --fail-on {each.code}.")


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Silence the package's own warnings, which the summary repeats."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        yield
