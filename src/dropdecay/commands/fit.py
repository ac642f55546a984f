"""The command line's work: a table in, a folder with model, results and summary out."""

import json
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from dropdecay.commands.run_folder import (
    clear_half_written,
    how_to_resume,
    run_folder,
    working_name,
)
from dropdecay.commands.signals import prompt_interruption
from dropdecay.commands.summary import plain_options, summarise
from dropdecay.errors import BadInput, DropdecayWarning, Unfinished
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV
from dropdecay.files import write_file
from dropdecay.report.page import page_html
from dropdecay.report.progress import Progress, progress_of
from dropdecay.report.run_files import JOB, MODEL, PAGE, STORE
from dropdecay.report.stored import read_run, write_findings
from dropdecay.report.text import print_summary
from dropdecay.settings import check_choice
from dropdecay.storage.models import save_model
from dropdecay.table.check import TASKS, check_features, check_folds, check_target, recognise_task
from dropdecay.table.read import read_table, split_target

RACES: dict[str, bool | str] = {"auto": "auto", "on": True, "off": False}


@dataclass(frozen=True)
class FitOptions:
    """Everything that ``dropdecay fit`` was asked for."""

    table: Path
    target: str
    out: Path | None
    task: str
    group: str | None
    dropouts: tuple[float, ...]
    weight_decays: tuple[float, ...]
    decay: str
    input_dropout: float
    hidden_layer_sizes: tuple[int, ...]
    activation: str
    folds: int
    n_seeds: int
    max_iter: int | str
    batch_size: int | str
    learning_rate: float
    solver: str
    n_jobs: int
    rule: str
    scoring: str | None
    criterion: str
    extend: bool
    race: str
    seed: int
    nested: bool = False


def run_fit(job: FitOptions, *, as_json: bool, quiet: bool = False) -> None:
    """Read the table, train the surface, print the summary and write the folder."""
    frame = read_table(job.table)
    name = job.table.name.split(".")[0]
    out = job.out or Path(f"{name}-dropdecay")
    run_frame(job, frame, out, as_json=as_json, quiet=quiet)


def resume_fit(out: Path, given: Mapping[str, Any], *, as_json: bool, quiet: bool = False) -> None:
    """Go on with a run that was interrupted.

    Parameters
    ----------
    out : path
        The folder that the run was to write.
    given : mapping
        Fields of the job that were given again; they must be those of the beginning.
    """
    job, table = read_options(working_name(out))
    other = [name for name, value in given.items() if value != getattr(job, name)]
    if other := [name for name in other if name != "n_jobs"]:
        said = ", ".join(f"{name} was {getattr(job, name)}, now {given[name]}" for name in other)
        raise BadInput(f"The run was begun with other settings: {said}. Leave them out to go on.")
    job = replace(job, n_jobs=given.get("n_jobs", job.n_jobs))
    run_frame(job, read_table(table), out, as_json=as_json, quiet=quiet, resume=True)


def read_options(partial: Path) -> tuple[FitOptions, Path]:
    """Return what an unfinished run was asked for, and where its table is."""
    if not (partial / JOB).is_file():
        raise BadInput(f"There is no unfinished run {partial}. Give the --out of that run.")
    try:
        stored = json.loads((partial / JOB).read_text(encoding="utf-8"))
        described: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored["job"].items()
        }
        described["table"] = Path(described["table"])
        described["out"] = None if described["out"] is None else Path(described["out"])
        return FitOptions(**described), Path(stored["table"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{partial / JOB} cannot be read: {error!s:.100}. Run dropdecay fit again."
        ) from None


def run_frame(
    job: FitOptions,
    frame: pd.DataFrame,
    out: Path,
    *,
    as_json: bool,
    quiet: bool = False,
    resume: bool = False,
    command: str | None = None,
    again: str | None = None,
) -> None:
    """Do the job on a table in memory.

    ``command`` makes the run again where ``dropdecay fit`` does not, and ``again`` goes on with it
    where ``dropdecay fit --resume`` does not.
    """
    X, y = split_target(frame, job.target)
    groups = None
    if job.group is not None:
        X, groups = split_target(X, job.group)
    task, reason = _task_of(job, y)
    X, target = check_features(X), check_target(y, task)
    check_folds(target, task, job.folds)
    # Standard error carries the progress, so that --json leaves clean output.
    console, notices = Console(quiet=quiet), Console(file=sys.stderr, quiet=quiet)
    notices.print(f"{len(X)} rows, {X.shape[1]} columns, {task}. {reason}", highlight=False,
                  markup=False)  # fmt: skip
    estimator = make_estimator(job, task)
    began = time.perf_counter()
    with (
        prompt_interruption(how_to_resume("Stopped.", out, again)),
        run_folder(out, resume=resume, again=again) as folder,
    ):
        if not resume:
            asked = {"job": plain_options(job), "table": str(job.table.resolve())}
            write_file(folder / JOB, json.dumps(asked, indent=1))
        estimator.store = folder / STORE
        with Progress(notices, unit="networks") as progress, quiet_warnings():
            show = progress_of(progress)
            estimator.fit_watched(
                X, target, groups, on_fit=show, on_notice=progress.note, on_nested_fit=show
            )
        estimator.store = None
        estimator.ignored_columns_ = [name for name in (job.target, job.group) if name is not None]
        wall_s = time.perf_counter() - began
        summary = summarise(job, estimator, X, target, task, reason, wall_s)
        if command is not None:
            summary["command"] = command
        clear_half_written(folder)
        try:
            write_run(folder, estimator, summary)
        except BadInput as error:  # the training is done, and must not be lost for this
            raise Unfinished(str(error)) from None
    if as_json:
        print(json.dumps(summary, indent=1))  # noqa: T201  # the output that --json asks for
        return
    print_summary(console, estimator.results_, estimator.choice_, estimator.optimism_,
                  estimator.verdict_, summary["settings"], summary["carry"],
                  estimator.nested_)  # fmt: skip
    console.print(f"\nWritten to {out}: report.html, model/, results.nc, summary.json",
                  highlight=False, markup=False)  # fmt: skip
    console.print(f"Next: open {out / 'report.html'} in a browser, or", highlight=False,
                  markup=False)  # fmt: skip
    console.print(f"Next: dropdecay predict {out} TABLE", highlight=False, markup=False)


def write_run(folder: Path, estimator: Any, summary: Mapping[str, Any]) -> None:
    """Write model, results, summary and page."""
    save_model(estimator, folder / MODEL)
    write_findings(folder, estimator.results_, summary)
    # Read back as report does later, so that both make the same page.
    run = read_run(folder)
    write_file(folder / PAGE, page_html(run.results, run.summary))


def _task_of(job: FitOptions, y: pd.Series) -> tuple[str, str]:
    """Return the task and why it is taken to be this one."""
    check_choice("--task", job.task, ("auto", *TASKS))
    if job.task != "auto":
        return job.task, "You asked for it."
    recognition = recognise_task(y)
    return recognition.task, f"{recognition.reason} (--task says otherwise.)"


def make_estimator(job: FitOptions, task: str) -> Any:
    """Build the estimator that the job describes."""
    kind = MLPClassifierCV if task == "classification" else MLPRegressorCV
    return kind(
        hidden_layer_sizes=job.hidden_layer_sizes,
        activation=job.activation,
        dropouts=job.dropouts,
        weight_decays=job.weight_decays,
        decay=job.decay,
        input_dropout=job.input_dropout,
        cv=job.folds,
        n_seeds=job.n_seeds,
        rule=job.rule,
        criterion=job.criterion,
        extend=job.extend,
        race=RACES[check_choice("--race", job.race, RACES)],
        nested=job.nested,
        scoring=job.scoring,
        solver=job.solver,
        batch_size=job.batch_size,
        learning_rate_init=job.learning_rate,
        max_iter=job.max_iter,
        random_state=job.seed,
        n_jobs=job.n_jobs,
    )


@contextmanager
def quiet_warnings() -> Iterator[None]:
    """Keep our own warnings back: the summary says the same, once and in its place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        yield
