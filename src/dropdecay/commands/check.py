"""``dropdecay check``: how a table is read and what was noticed in it; nothing is trained."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table

from dropdecay.commands.given import Given, files_of, given_files, given_frame, read_given
from dropdecay.commands.options import FitOptions
from dropdecay.commands.prepare import about_classes, about_times
from dropdecay.errors import BadSetting
from dropdecay.safe_text import visible
from dropdecay.table.finding import CODES, Finding, lines_of
from dropdecay.table.names import did_you_mean

CHECK_SCHEMA = 1
"""The version of what --json prints."""


def check_table_file(
    options: FitOptions,
    ignored: Collection[str],
    *,
    every: bool,
    as_json: bool,
    with_cost: bool = False,
) -> bool:
    """Print how a table is read; return whether anything was noticed.

    Parameters
    ----------
    options : FitOptions
    ignored : collection of str
        Codes of findings that do not count.
    every : bool
        Whether columns without a finding are listed too.
    as_json : bool
    with_cost : bool
        Whether to say what a fit would cost.
    """
    given = _given(options)
    findings = kept(given.found.findings, ignored)
    cost = None
    if with_cost:
        from dropdecay.commands.dry_run import cost_as_json, cost_in_words, forecast_of

        cost = forecast_of(options, given)
    if as_json:
        told = {"schema": CHECK_SCHEMA, **as_json_values(given, findings)}
        if cost is not None:
            told["forecast"] = cost_as_json(cost)
        print(json.dumps(told, indent=1))  # noqa: T201  # its output
        return bool(findings)
    console = Console()
    _print(console, given, findings, every=every)
    if cost is not None:
        console.print(cost_in_words(cost), markup=False, highlight=False)
    return bool(findings)


def _given(options: FitOptions) -> Given:
    files = files_of(options, options.table)
    if files is not None:
        return given_files(options, files)
    read = read_given(options.table, options.encoding)
    given = given_frame(options, read.frame)
    return replace(given, found=replace(given.found, notes=read.notes))


def kept(findings: Sequence[Finding], ignored: Collection[str]) -> tuple[Finding, ...]:
    """Return the findings whose codes are not ignored.

    Raises
    ------
    BadSetting
        If there is no such code.
    """
    for code in ignored:
        check_code(code, "--ignore")
    return tuple(each for each in findings if each.code not in ignored)


def check_code(code: str, option: str) -> str:
    """Return a code if there is a finding of that name.

    Raises
    ------
    BadSetting
        Otherwise; similar ones are suggested.
    """
    if code not in CODES:
        near = did_you_mean(code, list(CODES)) or f" There are {', '.join(CODES)}."
        raise BadSetting(f"{option} {visible(code)}: no finding has this code.{near}")
    return code


def as_json_values(given: Given, findings: Sequence[Finding]) -> dict[str, object]:
    """Return the account and the findings as JSON values."""
    found = given.found
    return {
        "rows": given.n_rows,
        "notes": list(found.notes),
        "task": found.task,
        "task_reason": found.reason,
        "columns": account_records(found.account),
        "findings": [each.as_dict() for each in findings],
    }


def account_records(account: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows of an account as JSON values."""
    plain = account.astype(object).where(account.notna(), None)
    return [
        {str(name).replace(" ", "_"): value for name, value in row.items()}
        for row in plain.to_dict("records")
    ]


def _print(console: Console, given: Given, findings: Sequence[Finding], *, every: bool) -> None:
    def say(line: str) -> None:
        console.print(line, markup=False, highlight=False)

    found, account = given.found, given.found.account
    for note in found.notes:
        say(note)
    say(
        f"{given.about}, {len(account)} columns besides the target, "
        f"{found.task}{about_classes(found)}. {found.reason}"
    )
    for line in about_times(found.roles):
        say(line)
    shown = account if every else account[account["column"].isin([f.column for f in findings])]
    if len(shown):
        console.print(_table(shown))
    for line in lines_of(findings):
        say(line)
    if not findings:
        say("Nothing was noticed.")
    if len(shown) < len(account):
        n_more, more = len(account) - len(shown), "more " if len(shown) else ""
        say(f"{n_more} {more}column{'s' if n_more > 1 else ''}: --all lists every one.")


def _table(account: pd.DataFrame) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in account.columns:
        table.add_column(str(name), justify="right" if name in ("missing", "distinct") else "left")
    for row in account.itertuples(index=False):
        column, read_as, missing, distinct, noticed = row
        table.add_row(
            visible(column, 40), visible(read_as, 60),
            "" if missing != missing or not missing else f"{missing:.1%}",
            "" if distinct is pd.NA else str(distinct), noticed,
        )  # fmt: skip
    return table
