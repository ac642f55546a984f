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
from dropdecay.errors import BadInput, DropdecayWarning
from dropdecay.estimators.folders import new_folder
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV, fit_surface
from dropdecay.estimators.models import load_model, save_model
from dropdecay.kernels.products import find_blas
from dropdecay.report.text import Progress, print_summary
from dropdecay.search import OnFit
from dropdecay.settings import check_choice
from dropdecay.table.check import TASKS, check_features, check_folds, check_target, recognise_task
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
    task, reason = _task_of(job, y)
    X, target = check_features(X), check_target(y, task)
    check_folds(target, task, job.folds)
    # Standard error carries the progress, so that --json leaves clean output.
    console, notices = Console(), Console(file=sys.stderr)
    notices.print(f"{len(X)} rows, {X.shape[1]} columns, {task}. {reason}", highlight=False)
    estimator = make_estimator(job, task)
    began = time.perf_counter()
    with new_folder(out) as folder:
        with Progress(notices, unit="networks") as progress, quiet():
            fit_surface(estimator, X, target, groups, on_fit=progress_of(progress))
        estimator.set_aside_ = [name for name in (job.target, job.group) if name is not None]
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


def _task_of(job: Job, y: pd.Series) -> tuple[str, str]:
    """Return the task and why it is taken to be this one."""
    check_choice("--task", job.task, ("auto", *TASKS))
    if job.task != "auto":
        return job.task, "You asked for it."
    recognition = recognise_task(y)
    return recognition.task, f"{recognition.reason} (--task says otherwise.)"


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


def progress_of(progress: Progress) -> OnFit:
    """Let the progress hear of every finished network."""

    def on_fit(_: Fit, done: int, total: int) -> None:
        progress.update(done, total)

    return on_fit


@contextmanager
def quiet() -> Iterator[None]:
    """Keep our own warnings back: the summary says the same, once and in its place."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        yield


def summarise(
    job: Job, estimator: Any, X: pd.DataFrame, task: str, reason: str, wall_s: float
) -> dict[str, Any]:
    """Return everything the run found and was told, as plain JSON values."""
    asked = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(job).items()
    }
    return {
        "dropdecay": dropdecay.__version__,
        "task": task,
        "task_reason": reason,
        "rows": len(X),
        "columns": X.shape[1],
        "loss": estimator.results_.attrs["loss_name"],
        "score": estimator.results_.attrs["score_name"],
        "verdict": estimator.verdict_.as_dict(),
        "choice": estimator.choice_.as_dict(),
        "optimism": estimator.optimism_.as_dict(),
        "settings": settings_of(job, estimator),
        "asked": asked,
        "wall_s": round(wall_s, 2),
        "blas": find_blas()[1],
    }


def settings_of(job: Job, estimator: Any) -> dict[str, Any]:
    """Return what the surface was trained with, automatic values filled in."""
    results = estimator.results_
    schedule = estimator._schedule(int(results["n_training"][0] + results["n_validation"][0]))
    return {
        "hidden": "-".join(map(str, job.hidden_layer_sizes)),
        "activation": job.activation,
        "folds": results.sizes["fold"],
        "seeds": results.sizes["seed"],
        "epochs up to": schedule.epochs,
        "batch size": schedule.batch_size,
        "learning rate": job.learning_rate,
        "optimizer": job.solver,
        "decay": job.decay,
        "rule": job.rule,
        "seed": job.seed,
    }


def predict_table(model: Path, table: Path, out: Path | None, *, proba: bool) -> None:
    """Predict the rows of a table; print them as CSV or write them to a file."""
    if out is not None and out.exists():
        raise BadInput(f"{out} exists already. Name another file, or remove it.")
    estimator = load_model(model / "model" if (model / "model").is_dir() else model)
    frame = read_table(table)
    predicted = prediction_frame(estimator, frame, proba=proba)
    text = predicted.to_csv(index=False, lineterminator="\n")
    if out is None:
        print(text, end="")  # noqa: T201  # the output that was asked for
        return
    write_whole(out, text)


def prediction_frame(estimator: Any, frame: pd.DataFrame, *, proba: bool) -> pd.DataFrame:
    """Return predictions as a table: one column, or one a class."""
    if not proba:
        return pd.DataFrame({"prediction": estimator.predict(frame)})
    if not hasattr(estimator, "predict_proba"):
        raise BadInput("--proba needs a classifier; this model predicts values.")
    columns = [f"proba_{name}" for name in estimator.classes_]
    return pd.DataFrame(estimator.predict_proba(frame), columns=columns)


def write_whole(path: Path, text: str) -> None:
    """Write a file under a temporary name, then rename it: whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BadInput(f"{path} cannot be written: {error.strerror}. Name another file.") from None


def run_demo(out: Path) -> None:
    """Run the main job on three data sets that come with scikit-learn."""
    from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits

    console = Console()
    try:
        out.mkdir()
    except OSError as error:
        raise BadInput(f"{out} cannot be made: {error.strerror}. Choose another folder.") from None
    for name, load in (
        ("digits", load_digits), ("breast_cancer", load_breast_cancer), ("diabetes", load_diabetes),
    ):  # fmt: skip
        console.rule(name)
        bunch = load(as_frame=True)
        frame = bunch.frame
        if name == "breast_cancer":
            frame = frame.assign(target=bunch.target_names[frame["target"]])
        run_frame(demo_job(name), frame, out / name, as_json=False)
    console.print(f"\nAll three are in {out}.", highlight=False)
    console.print("Next: dropdecay fit YOUR_TABLE --target COLUMN", highlight=False, markup=False)


def demo_job(name: str) -> Job:
    """Return the defaults of the command line on a smaller surface, so that it takes a minute."""
    return Job(
        table=Path(name), target="target", out=None, task="auto", group=None,
        dropouts=(0.0, 0.2, 0.4, 0.6), weight_decays=(0.0, 0.3, 1.0, 3.0, 10.0),
        decay="decoupled", input_dropout=0.0, hidden_layer_sizes=(128, 128), activation="relu",
        folds=5, n_seeds=1, max_iter=60, batch_size="auto", learning_rate=0.001, solver="adam",
        n_jobs=-1, rule="best", scoring=None, criterion="loss", seed=0,
    )  # fmt: skip
