"""The command line: arguments in, files and text out.

Only typer is imported at the top, so that ``--help`` answers at once.
"""

import errno
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dropdecay.commands.grouped_help import CommandInGroups
from dropdecay.commands.heard import heard
from dropdecay.commands.option_kinds import Typed
from dropdecay.commands.options import (
    CHECK_OPTIONS,
    OPTIONS,
    READING,
    FitOptions,
    fit_options,
    read_options,
    spelled,
)
from dropdecay.commands.typer_parameters import given, takes

app = typer.Typer(
    name="dropdecay",
    help="Find the right dropout and weight decay for a neural network on your own data.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

FIT_EXAMPLES = """\
dropdecay fit customers.csv -t left
dropdecay fit visits.parquet -t cost --group patient --time date -o run
dropdecay fit customers.csv -t left --dropout 0,0.2,0.4 --hidden 64 --budget 10m"""

OF_COMMAND = ("json", "quiet", "resume", "dry_run", "verbose", "force", "config", "log_file")
"""Options of fit that are not stored with a run."""

AsJson = Annotated[bool, typer.Option("--json", help="Print as JSON.")]

OK, FAILED_WORK, BAD_INPUT = 0, 1, 2


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
            "--version",
            "-V",
            help="Show the version and exit.",
            callback=show_version,
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Handle options given before a command."""


@app.command(cls=CommandInGroups, epilog=FIT_EXAMPLES)
@takes(OPTIONS)
def fit(ctx: typer.Context, **typed: Typed) -> None:
    """Find the best regularization for a table and save the model.

    Trains every combination in cross-validation, reports the best one with its uncertainty, and
    refits it on all rows.
    """
    log = typed["log_file"]
    _answer(lambda: _fit(typed, given(ctx)), log if isinstance(log, str) else None)


def _fit(typed: Mapping[str, Typed], on_line: Mapping[str, Typed]) -> None:
    """Start a run, or resume one with only the options that are on the command line."""
    from dropdecay.commands.run_config import with_config

    values = read_options(with_config(typed, on_line))
    of_command = {key: values.pop(key) for key in OF_COMMAND}
    with heard(quiet=bool(of_command["quiet"]), verbose=bool(of_command["verbose"])):
        _start_or_resume(values, of_command, on_line)


def _start_or_resume(
    values: dict[str, Any], of_command: Mapping[str, Any], on_line: Mapping[str, Typed]
) -> None:
    """Do the work of ``fit`` with options that are read."""
    as_json, resume = bool(of_command["json"]), of_command["resume"]
    shown = {
        "as_json": as_json,
        "quiet": bool(of_command["quiet"]),
        "force": bool(of_command["force"]),
    }
    if isinstance(resume, Path):
        from dropdecay.commands.fit import resume_fit

        resume_fit(resume, {key: values[key] for key in on_line if key in values}, **shown)
        return
    options = FitOptions(values)
    if of_command["dry_run"]:
        _check(options, every=False, as_json=as_json, with_cost=True)
        return
    from dropdecay.commands.fit import run_fit

    run_fit(options, **shown)


@app.command(cls=CommandInGroups)
@takes([*(each for each in OPTIONS if each.name in READING), *CHECK_OPTIONS])
def check(ctx: typer.Context, **typed: Typed) -> None:
    """Show how a table is read, and what was noticed in it.

    Nothing is trained. The exit code is 1 if anything was noticed.
    """

    def work() -> None:
        every, as_json = (bool(typed.pop(key)) for key in ("all", "json"))
        _check(fit_options(**read_options(typed)), every=every, as_json=as_json)

    _answer(work)


def _check(options: FitOptions, *, every: bool, as_json: bool, with_cost: bool = False) -> None:
    from dropdecay.commands.check import check_table_file

    if check_table_file(
        options, options.ignored, every=every, as_json=as_json, with_cost=with_cost
    ):
        raise typer.Exit(FAILED_WORK)


@app.command(cls=CommandInGroups)
def predict(
    model: Annotated[
        Path, typer.Argument(help="Folder written by fit.", metavar="RUN", show_default=False)
    ],
    table: Annotated[
        Path,
        typer.Argument(
            metavar="TABLE",
            help="Table with the same columns, or a folder of Parquet files; -: CSV from standard "
            "input.",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="File to create: .csv or .tsv (.gz too), .parquet, .feather or .arrow, .jsonl, or "
            ".xlsx. For a folder of Parquet files, a name without ending creates a folder with a "
            "file for each. Default, and -: print CSV.",
        ),
    ] = None,
    proba: Annotated[bool, typer.Option("--proba", help="Predict class probabilities.")] = False,
    ids: Annotated[
        list[str] | None,
        typer.Option(
            "--id",
            metavar="COLUMN",
            help="Column to copy in front of the predictions, such as a customer number. May be "
            "repeated.",
        ),
    ] = None,
    encoding: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Encoding of a text file. Default: found out."),
    ] = None,
    as_json: AsJson = False,
    interval: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            help="Add an interval of each value (columns lower and upper), or a set of classes "
            "(column set), that holds the truth in this share of new rows, such as 0.9.",
        ),
    ] = None,
) -> None:
    """Predict the rows of a table with a saved model."""
    from dropdecay.commands.predict import predict_table

    _answer(
        lambda: predict_table(
            model,
            table,
            out,
            proba=proba,
            ids=ids or (),
            encoding=encoding,
            as_json=as_json,
            interval=interval,
        )
    )


@app.command(cls=CommandInGroups)
def report(
    run: Annotated[
        Path, typer.Argument(help="Folder written by fit.", metavar="RUN", show_default=False)
    ],
    as_json: AsJson = False,
) -> None:
    """Rebuild the page of a finished run, with PNG and SVG pictures."""
    from dropdecay.commands.report import write_report

    _answer(lambda: write_report(run, as_json=as_json))


@app.command(cls=CommandInGroups)
def export(
    run: Annotated[
        Path, typer.Argument(help="Folder written by fit.", metavar="RUN", show_default=False)
    ],
    onnx: Annotated[Path | None, typer.Option(metavar="FILE", help="ONNX file to create.")] = None,
    torch: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="safetensors file to create, a torch state dict."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export the fitted network to ONNX or torch."""
    from dropdecay.commands.export import export_model

    _answer(lambda: export_model(run, onnx=onnx, torch=torch, as_json=as_json))


@app.command(cls=CommandInGroups)
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Folders written by fit.", metavar="RUN", show_default=False),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Write a page, such as compare.html.",
            show_default=False,
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare finished runs: choices, losses, settings that differ."""
    from dropdecay.commands.compare import compare_folders

    _answer(lambda: compare_folders(runs, as_json=as_json, out=out))


@app.command(cls=CommandInGroups)
def demo(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="DIR",
            help="Folder to write to; an interrupted demo goes on there.",
        ),
    ] = Path("dropdecay-demo"),
    as_json: AsJson = False,
) -> None:
    """Run fit on three data sets that come with scikit-learn."""
    from dropdecay.commands.demo import run_demo

    _answer(lambda: run_demo(out, as_json=as_json))


@app.command(cls=CommandInGroups)
def info(
    as_json: AsJson = False,
    schema: Annotated[
        str | None,
        typer.Option(
            metavar="COMMAND", help="Print the JSON Schema of what this command prints with --json."
        ),
    ] = None,
) -> None:
    """Show versions, cores and compiled kernels, for bug reports."""
    from dropdecay.commands.about_install import print_installation, print_schema

    _answer(lambda: print_installation(as_json=as_json) if schema is None else print_schema(schema))


@app.command("warm-up", cls=CommandInGroups)
def warm_up_kernels(as_json: AsJson = False) -> None:
    """Compile all kernels now, so that no later run waits for it."""
    from dropdecay.commands.warm_up import warm_up

    _answer(lambda: warm_up(as_json=as_json))


def _answer(work: Callable[[], None], log: str | None = None) -> None:
    """Run a command, with all that it prints in a log if one is named."""
    if log is None:
        _answer_in_words(work)
        return
    from dropdecay.commands.session_log import logged

    def work_with_log() -> None:
        with logged(Path(log)):
            _answer_in_words(work)

    _answer_in_words(work_with_log)


def _answer_in_words(work: Callable[[], None]) -> None:
    """Run a command; turn an error into one line and an exit code."""
    from dropdecay.commands.signals import exit_code_of, interrupted_by_signals
    from dropdecay.errors import BadInput, EndedBySignal, FailedWork, not_enough_memory

    try:
        with interrupted_by_signals():
            work()
    except (typer.Exit, typer.Abort):
        raise
    except BadInput as error:
        _leave(error.spelled(spelled), BAD_INPUT)
    except EndedBySignal as error:
        _leave(str(error), error.exit_code)
    except FailedWork as error:
        _leave(error.spelled(spelled), FAILED_WORK)
    except MemoryError as error:
        _leave(not_enough_memory(error), FAILED_WORK)
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # who read the output has seen enough
        _leave(_of_system(error), FAILED_WORK)
    except Exception as error:  # noqa: BLE001  # the last one who could tell it
        traceback.print_exc()
        _leave(_unexpected(error), FAILED_WORK)
    except KeyboardInterrupt as error:
        _leave("Stopped.", exit_code_of(error))  # a finished run may be there, half printed


def _of_system(error: OSError) -> str:
    from dropdecay.safe_text import reason_of

    if error.errno is None:  # as where memory does not suffice for it
        return (
            f"A library cannot be loaded: {reason_of(error)}. End other programs, raise the limits "
            "of memory, or install dropdecay again."
        )
    return f"{error.strerror or error}: {error.filename or 'what is printed'}."


def _unexpected(error: Exception) -> str:
    from dropdecay.safe_text import reason_of

    notes = " ".join(getattr(error, "__notes__", ()))
    return (
        f"Something went wrong that should not ({type(error).__name__}: {reason_of(error)}). It is "
        "a fault of dropdecay: please report it, with the lines above and what dropdecay info "
        f"prints.{f' {notes}' if notes else ''}"
    )


def _leave(message: str, code: int) -> NoReturn:
    from dropdecay.safe_text import visible

    typer.echo(f"dropdecay: {visible(message, None)}", err=True)
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    from dropdecay.commands.narrow_encodings import print_whatever_is_printed
    from dropdecay.commands.signals import listen

    listen()
    print_whatever_is_printed()
    try:
        app()
    except OSError as error:  # of what is printed without a command, such as --help
        if error.errno == errno.EPIPE:
            raise
        typer.echo(f"dropdecay: {error.strerror or error}: what is printed.", err=True)
        sys.exit(FAILED_WORK)
