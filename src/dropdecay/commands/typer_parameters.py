"""The table of options as parameters that typer understands."""

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from dropdecay.commands.completion import completer
from dropdecay.commands.option import Option
from dropdecay.commands.option_kinds import Typed

Command = TypeVar("Command", bound=Callable[..., None])

TYPES = {"text": str | None, "repeated": list[str] | None, "flag": bool, "switch": bool}
"""What typer passes on: values stay strings, which the table parses."""

KEYWORD = inspect.Parameter.KEYWORD_ONLY


def takes(options: Sequence[Option]) -> Callable[[Command], Command]:
    """Decorate a command with the options of a table.

    The command takes typer's context, ``ctx``, and what was typed, by key. Typer inspects the
    signature of a function, so one is built from the rows.
    """

    def decorate(command: Command) -> Command:
        context = inspect.Parameter("ctx", KEYWORD, annotation=typer.Context)
        parameters = [context, *map(_parameter, options)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return decorate


def given(ctx: typer.Context) -> dict[str, Typed]:
    """Return the options that are on the command line, without those at their default."""
    return {
        name: typed for name, typed in ctx.params.items()
        if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }  # fmt: skip


def _parameter(option: Option) -> inspect.Parameter:
    default = option.written(option.default)
    if option.is_argument:
        info = typer.Argument(
            default, help=option.help, metavar=option.name.upper(), show_default=False
        )
    else:
        opposite = f"/{option.opposite}" if option.opposite else ""
        info = typer.Option(
            default, f"{option.name}{opposite}", *option.aliases, help=option.help,
            metavar=option.metavar or option.kind.metavar or None, rich_help_panel=option.group,
            autocompletion=completer(option),
        )  # fmt: skip
    annotation = TYPES[option.kind.form]
    return inspect.Parameter(option.key, KEYWORD, default=info, annotation=annotation)
