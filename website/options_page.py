"""Every command with its options, from the table that ``dropdecay --help`` reads as well."""

from html import escape
from typing import Any

import typer.main

from dropdecay.commands.app import app
from dropdecay.commands.grouped_help import EXIT_CODES
from dropdecay.commands.options import OPTIONS

IN_PYTHON = {option.key: option.parameter for option in OPTIONS}
"""Of an option of fit, the parameter of the estimators."""


def options_of_commands() -> str:
    """Return a section for each command: what it does, its arguments, its options by group."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    return "\n\n".join(_section(name, command) for name, command in commands.items())


def exit_codes() -> str:
    """Return the table of exit codes."""
    rows = [f"| {code} | {_cell(meaning)} |" for code, meaning in EXIT_CODES]
    return "\n".join(["| code | meaning |", "|---|---|", *rows])


def _section(name: str, command: Any) -> str:
    context = command.make_context(name, [], resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    groups: dict[str, list[list[str]]] = {}
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if record is not None:
            argument = parameter.param_type_name == "argument"
            panel = getattr(parameter, "rich_help_panel", None)
            group = "Arguments" if argument else panel or "Options"
            in_python = IN_PYTHON.get(parameter.name, "") if name == "fit" else ""
            row = [_typed(record[0]), _cell(record[1]), f"`{in_python}=`" if in_python else ""]
            groups.setdefault(group, []).append(row)
    parts = [f"## dropdecay {name}", f"    dropdecay {name} {usage}", _cell(command.help)]
    for group, rows in groups.items():
        title = [f"### {group} of {name}"] if len(groups) > 1 else []
        parts += [*title, _table(rows)]
    return "\n\n".join(parts)


def _table(rows: list[list[str]]) -> str:
    """Return rows as a table; its third column only where one of them fills it."""
    width = 3 if any(row[2] for row in rows) else 2
    lines = [["option", "what it does", "in Python"], ["---"] * 3, *rows]
    return "\n".join(f"| {' | '.join(line[:width])} |" for line in lines)


def _typed(text: str) -> str:
    """Return what is typed as code that a narrow table may break between choices."""
    words = escape(" ".join(text.split())).replace(" ", "</code> <code>")
    return f"<code>{words.replace('|', '&#124;<wbr>')}</code>"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
