"""The command line: arguments in, files and text out.

Only typer is imported at the top, so that ``--help`` answers at once.
"""

import logging
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    name="dropdecay",
    help="Find the right dropout and weight decay for a neural network on your own data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

OK, FAILED_WORK, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

FIELDS = {
    "dropout": "dropouts",
    "weight_decay": "weight_decays",
    "hidden": "hidden_layer_sizes",
    "seeds": "n_seeds",
    "epochs": "max_iter",
    "lr": "learning_rate",
    "optimizer": "solver",
    "jobs": "n_jobs",
}
"""Options whose field of a job has another name."""


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        from dropdecay import __version__

        typer.echo(f"dropdecay {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Take what stands before a command."""


@app.command()
def fit(
    ctx: typer.Context,
    table: Annotated[
        Path | None,
        typer.Argument(help="CSV or TSV (.gz too), Parquet or Feather file.", show_default=False),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The column to predict.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write; must not exist. Default: named after the table."),
    ] = None,
    task: Annotated[str, typer.Option(help="auto, classification or regression.")] = "auto",
    group: Annotated[
        str | None,
        typer.Option(help="Column whose equal values stay in one fold (a patient, a customer)."),
    ] = None,
    dropout: Annotated[
        str, typer.Option(help="Rates to try, in [0, 1).", metavar="LIST")
    ] = "0,0.1,0.2,0.3,0.4,0.5",
    weight_decay: Annotated[
        str, typer.Option(help="Strengths to try, 0 or larger.", metavar="LIST")
    ] = "0,0.01,0.03,0.1,0.3,1,3,10",
    decay: Annotated[
        str, typer.Option(help="decoupled (as AdamW) or l2 (penalty in the loss).")
    ] = "decoupled",
    input_dropout: Annotated[float, typer.Option(help="Rate on the inputs.")] = 0.0,
    hidden: Annotated[
        str, typer.Option(help="Units of each hidden layer.", metavar="LIST")
    ] = "128,128",
    activation: Annotated[
        str, typer.Option(help="relu, tanh, logistic, gelu, silu or identity.")
    ] = "relu",
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 5,
    seeds: Annotated[int, typer.Option(help="Networks at every point and fold.")] = 1,
    epochs: Annotated[
        str, typer.Option(help="Epochs at most; auto: enough for 4000 steps, 20 to 100.")
    ] = "auto",
    batch_size: Annotated[
        str, typer.Option(help="Rows a step; auto: about rows / 64, in 32 to 256.")
    ] = "auto",
    lr: Annotated[float, typer.Option(help="Learning rate.")] = 0.001,
    optimizer: Annotated[str, typer.Option(help="adam or sgd.")] = "adam",
    jobs: Annotated[int, typer.Option(help="Threads; -1: all cores.")] = -1,
    rule: Annotated[str, typer.Option(help="Which point to refit: best or one_se.")] = "best",
    scoring: Annotated[
        str | None,
        typer.Option(
            help="Any scikit-learn scorer to report. Default: accuracy (balanced where classes "
            "are not), or r2."
        ),
    ] = None,
    criterion: Annotated[
        str, typer.Option(help="Choose by loss, or by the score of --scoring.")
    ] = "loss",
    extend: Annotated[
        bool, typer.Option(help="Make an axis longer while the best point lies at its end.")
    ] = True,
    race: Annotated[
        str, typer.Option(help="Drop points that fall behind after three folds: auto, on or off.")
    ] = "auto",
    nested: Annotated[
        bool,
        typer.Option(
            "--nested", help="Nested cross-validation too; takes as many times longer as folds."
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Everything random follows from it.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    resume: Annotated[
        Path | None,
        typer.Option(
            help="Go on with the interrupted run that was to write this folder; needs no table.",
            metavar="DIR",
        ),
    ] = None,
) -> None:
    """Train the surface on a table, say what is best and how sure, and write a fitted model."""
    if resume is None and (table is None or target is None):
        missing = "a table" if table is None else "--target COLUMN"
        _leave(f"fit needs {missing}: dropdecay fit TABLE --target COLUMN.", BAD_INPUT)

    from dropdecay.commands.fit import FitOptions, resume_fit, run_fit

    job = FitOptions(
        table=table or Path(),
        target=target or "",
        out=out,
        task=task,
        group=group,
        dropouts=_numbers("--dropout", dropout),
        weight_decays=_numbers("--weight-decay", weight_decay),
        decay=decay,
        input_dropout=input_dropout,
        hidden_layer_sizes=tuple(_whole("--hidden", part) for part in _parts(hidden)),
        activation=activation,
        folds=folds,
        n_seeds=seeds,
        max_iter=epochs if epochs == "auto" else _whole("--epochs", epochs),
        batch_size=batch_size if batch_size == "auto" else _whole("--batch-size", batch_size),
        learning_rate=lr,
        solver=optimizer,
        n_jobs=jobs,
        rule=rule,
        scoring=scoring,
        criterion=criterion,
        extend=extend,
        race=race,
        nested=nested,
        seed=seed,
    )
    if quiet:
        logging.getLogger("dropdecay").setLevel(logging.ERROR)
    if resume is None:
        _answer(lambda: run_fit(job, as_json=as_json, quiet=quiet))
        return
    given = {FIELDS.get(name, name): getattr(job, FIELDS.get(name, name))
             for name in _given(ctx) if name not in ("as_json", "quiet", "resume")}  # fmt: skip
    _answer(lambda: resume_fit(resume, given, as_json=as_json, quiet=quiet))


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(help="Folder that fit wrote.", show_default=False)],
    table: Annotated[Path, typer.Argument(help="Table with the same columns.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option(help="CSV file to write; must not exist. Default: print.")
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Probabilities of all classes.")] = False,
) -> None:
    """Predict the rows of a table with a model that fit wrote."""
    from dropdecay.commands.predict import predict_table

    _answer(lambda: predict_table(model, table, out, proba=proba))


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="Folder that fit wrote.", show_default=False)],
) -> None:
    """Make the page of a finished run again, and its pictures (PNG and SVG)."""
    from dropdecay.commands.report import write_report

    _answer(lambda: write_report(run))


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Folder that fit wrote.", show_default=False)],
    onnx: Annotated[Path | None, typer.Option(help="ONNX file to write.")] = None,
    torch: Annotated[
        Path | None, typer.Option(help="State dict of torch to write, as safetensors.")
    ] = None,
) -> None:
    """Write the fitted network for other tools: ONNX, torch."""
    from dropdecay.commands.export import export_model

    _answer(lambda: export_model(run, onnx=onnx, torch=torch))


@app.command()
def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders that fit wrote.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Put finished runs side by side: what was chosen, how good it is, which settings differ."""
    from dropdecay.commands.compare import compare_folders

    _answer(lambda: compare_folders(runs, as_json=as_json))


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder to write into; goes on where it was interrupted.")
    ] = Path("dropdecay-demo"),
) -> None:
    """Run the main job on data that come with scikit-learn: digits, breast cancer, diabetes."""
    from dropdecay.commands.demo import run_demo

    _answer(lambda: run_demo(out))


def _answer(work: Any) -> None:
    """Do the work; turn what went wrong into one line and an exit code."""
    from dropdecay.errors import BadInput, FailedWork, Unfinished

    try:
        work()
    except BadInput as error:
        _leave(str(error), BAD_INPUT)
    except Unfinished as error:
        stopped = str(error).startswith("Stopped.")
        _leave(str(error), INTERRUPTED if stopped else FAILED_WORK)
    except FailedWork as error:
        _leave(str(error), FAILED_WORK)
    except KeyboardInterrupt:
        _leave("Stopped. Nothing was written.", INTERRUPTED)


def _leave(message: str, code: int) -> NoReturn:
    from dropdecay.safe_text import visible

    typer.echo(f"dropdecay: {visible(message, None)}", err=True)
    raise typer.Exit(code)


def _given(ctx: typer.Context) -> list[str]:
    """Return the parameters that stand on the command line, not those left at their default."""
    return [
        name for name in ctx.params
        if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    ]  # fmt: skip


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _numbers(option: str, text: str) -> tuple[float, ...]:
    """Read a list such as 0,0.1,1e-3."""
    try:
        numbers = tuple(float(part) for part in _parts(text))
    except ValueError:
        _leave(
            f"{option} must be numbers with commas between, such as 0,0.1,1e-3. Got {text!r}.",
            BAD_INPUT,
        )
    if not numbers:
        _leave(f"{option} needs at least one number, such as 0,0.1,1e-3.", BAD_INPUT)
    return numbers


def _whole(option: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        _leave(f"{option} must be a whole number. Got {text!r}.", BAD_INPUT)


def main() -> None:
    """Run the command line."""
    app()
