"""The command line: arguments in, files and text out.

Only typer is imported at the top, so that ``--help`` answers at once.
"""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from dropdecay.commands.option_kinds import Typed
from dropdecay.commands.options import OPTIONS, FitOptions, read_options
from dropdecay.commands.typer_parameters import given, takes

app = typer.Typer(
    name="dropdecay",
    help="Find the right dropout and weight decay for a neural network on your own data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

OK, FAILED_WORK, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


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
@takes(OPTIONS)
def fit(ctx: typer.Context, **typed: Typed) -> None:
    """Train the surface on a table, say what is best and how sure, and write a fitted model."""
    _answer(lambda: _fit(typed, given(ctx)))


def _fit(typed: Mapping[str, Typed], on_line: Mapping[str, Typed]) -> None:
    """Begin a run, or go on with one: then only what stands on the line counts."""
    values = read_options(typed)
    as_json, quiet, resume = (values.pop(key) for key in ("json", "quiet", "resume"))
    shown = {"as_json": bool(as_json), "quiet": bool(quiet)}
    if quiet:
        logging.getLogger("dropdecay").setLevel(logging.ERROR)
    if isinstance(resume, Path):
        from dropdecay.commands.fit import resume_fit

        resume_fit(resume, {key: values[key] for key in on_line if key in values}, **shown)
        return
    options = FitOptions(values)
    from dropdecay.commands.fit import run_fit

    run_fit(options, **shown)


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


def _answer(work: Callable[[], None]) -> None:
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


def main() -> None:
    """Run the command line."""
    app()
