"""The command line's work: a table in, a folder with model, results and summary out."""

import json
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

import dropdecay
from dropdecay.engine.seam import Fit
from dropdecay.errors import BadInput, BadTable, DropdecayWarning
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV, fit_surface
from dropdecay.estimators.models import load_model, save_model
from dropdecay.estimators.saving import writing_folder
from dropdecay.kernels.products import find_blas
from dropdecay.report.text import Progress, print_summary
from dropdecay.search import OnFit
from dropdecay.table.check import check_table, recognise_task
from dropdecay.table.read import read_table, split_target


@dataclass(frozen=True)
class Job:
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
    seed: int


def run_job(job: Job, *, as_json: bool) -> None:
    """Read the table, train the surface, print the summary and write the folder."""
    frame = read_table(job.table)
    name = job.table.name.split(".")[0]
    run_frame(job, frame, job.out or Path(f"{name}-dropdecay"), as_json=as_json)


def run_frame(job: Job, frame: pd.DataFrame, out: Path, *, as_json: bool) -> None:
    """Do the job on a table in memory."""
    X, y = split_target(frame, job.target)
    groups = None
    if job.group is not None:
        X, groups = split_target(X, job.group)
    task, reason = recognise_task(y) if job.task == "auto" else (job.task, "as you asked")
    check_table(X, y, task, n_folds=job.folds)
    # Standard error carries the progress, so that --json leaves clean output.
    console, notices = Console(), Console(file=sys.stderr)
    notices.print(f"{len(X)} rows, {X.shape[1]} columns; {task}: {reason}.", highlight=False)
    estimator = make_estimator(job, task)
    began = time.perf_counter()
    with writing_folder(out) as folder:
        with Progress(notices, unit="networks") as progress, quiet():
            fit_surface(estimator, X, y, groups, on_fit=progress_of(progress))
        summary = summarise(job, estimator, X, task, reason, time.perf_counter() - began)
        save_model(estimator, folder / "model")
        estimator.results_.to_netcdf(folder / "results.nc", engine="scipy")
        (folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    if as_json:
        print(json.dumps(summary, indent=1))  # noqa: T201  # the output that --json asks for
        return
    print_summary(console, estimator.results_, estimator.choice_, estimator.optimism_,
                  estimator.verdict_, summary["settings"])  # fmt: skip
    console.print(f"\nWritten to {out}: model/, results.nc, summary.json", highlight=False)
    console.print(f"Next: dropdecay predict {out} TABLE", highlight=False, markup=False)


def make_estimator(job: Job, task: str) -> Any:
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
        scoring=job.scoring,
        solver=job.solver,
        batch_size=job.batch_size,
        learning_rate_init=job.learning_rate,
        max_iter=job.max_iter,
        random_state=job.seed,
        n_jobs=job.n_jobs,
    )
