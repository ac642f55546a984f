"""The table of options as parameters that typer understands."""

import inspect
from collections.abc import Callable, Sequence
from typing import TypeVar

import typer

from dropdecay.commands.option_kinds import Typed
from dropdecay.commands.options import Option

Command = TypeVar("Command", bound=Callable[..., None])

TYPES = {"text": str | None, "repeated": list[str] | None, "flag": bool, "switch": bool}
"""What typer hands over: values stay text, which the table reads."""

KEYWORD = inspect.Parameter.KEYWORD_ONLY


def takes(options: Sequence[Option]) -> Callable[[Command], Command]:
    """Give a command the options of a table.

    The command is a function of typer's context, ``ctx``, and of what was typed, by key. Typer
    looks at a function's signature, so one is made of the rows.
    """

    def decorate(command: Command) -> Command:
        context = inspect.Parameter("ctx", KEYWORD, annotation=typer.Context)
        parameters = [context, *map(_parameter, options)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # PEP 362
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return decorate


def given(ctx: typer.Context) -> dict[str, Typed]:
    """Return what stands on the command line, without what is at its default."""
    return {
        name: typed for name, typed in ctx.params.items()
        if getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE"
    }  # fmt: skip


def _parameter(option: Option) -> inspect.Parameter:
    default = option.written(option.default)
    if option.is_argument:
        info = typer.Argument(default, help=option.help, metavar=option.name, show_default=False)
    else:
        opposite = f"/{option.opposite}" if option.opposite else ""
        info = typer.Option(
            default, f"{option.name}{opposite}", *option.aliases, help=option.help,
            metavar=option.metavar or option.kind.metavar or None,
        )  # fmt: skip
    annotation = TYPES[option.kind.form]
    return inspect.Parameter(option.key, KEYWORD, default=info, annotation=annotation)
