"""``--help`` with its options under the headings of their groups, then examples and exit codes."""

from typing import Any

from typer.core import TyperCommand

from dropdecay.commands.option import hear

OTHERS = "Options"
"""The heading of options without a group."""

EXIT_CODES = (
    ("0", "done"),
    ("1", "the work failed or was cut short; check: something was noticed"),
    ("2", "an option, a table or a folder cannot be used"),
    ("130", "stopped with Ctrl-C"),
)


BRACES = dict.fromkeys(map(ord, "{}"))
"""What ``str.translate`` is to leave out."""


class CommandInGroups(TyperCommand):
    """A command whose help has groups, and at its end whatever its epilog says and the exit codes.

    Written with what all releases of typer that are allowed offer: some of them bring click along,
    others are built on it.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what was typed, and remember by which names."""
        hear(args)
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Write the arguments of the first line without braces, which some releases add."""
        pieces: list[str] = super().collect_usage_pieces(ctx)
        return [each.translate(BRACES) for each in pieces]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments, then options by the heading that they name as their panel."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                heading = getattr(parameter, "rich_help_panel", None) or OTHERS
                if parameter.param_type_name == "argument":
                    # Some releases add the Python type to the name.
                    heading, record = "Arguments", (str(parameter.metavar), record[1])
                sections.setdefault(heading, []).append(record)
        for heading, records in sections.items():
            with formatter.section(heading):
                formatter.write_dl(records)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write examples, a line each, and the exit codes."""
        if self.epilog:
            with formatter.section("Examples"):
                for line in self.epilog.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl(EXIT_CODES)
