"""What is said of a table: a code, a sentence, and the option that settles it."""

from collections.abc import Iterable
from dataclasses import dataclass

from dropdecay.table.names import listed

TOGETHER = {
    "empty": "{n} columns have no values and are left out: {names}.",
    "constant": "{n} columns hold the same value in every row and are left out: {names}.",
}
"""What is said once where it holds for several columns."""


@dataclass(frozen=True)
class Finding:
    """One thing that was noticed in a table, or decided about it.

    Parameters
    ----------
    code : str
        Its name, for ``--ignore`` and ``--fail-on``.
    column : str or None
        None: it is about rows.
    sentence : str
        What was found and what was done, without the option.
    option : str
        The option of the command line that decides otherwise; may be empty.
    grave : bool
        Whether the answer is worth nothing if this is so and stays so.
    """

    code: str
    column: str | None
    sentence: str
    option: str = ""
    grave: bool = False

    def __str__(self) -> str:
        return f"{self.sentence} ({self.option})" if self.option else self.sentence


def lines_of(findings: Iterable[Finding]) -> list[str]:
    """Return a line for each finding; those that are alike share one."""
    by_code: dict[str, list[Finding]] = {}
    for each in findings:
        by_code.setdefault(each.code, []).append(each)
    lines = []
    for code, alike in by_code.items():
        if len(alike) > 1 and code in TOGETHER:
            names = listed(each.column for each in alike)
            lines.append(TOGETHER[code].format(n=len(alike), names=names))
        else:
            lines += map(str, alike)
    return lines
