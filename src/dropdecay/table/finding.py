"""What is said of a table: a code, a sentence, and the option that settles it."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from dropdecay.safe_text import shell_option
from dropdecay.table.names import listed

CODES = {
    "empty": "a column has no values",
    "constant": "a column holds one value",
    "row-numbers": "a nameless column counts the rows",
    "stray-word": "few words stand among numbers or dates",
    "stand-in": "a number stands for a missing value",
    "marks": "a mark may be of decimals or of thousands",
    "unit": "numbers have a unit",
    "minus-behind": "a minus stands behind negative numbers",
    "unread": "text that seems to be numbers or dates cannot be read as such",
    "clock": "times of day or durations",
    "codes": "digits are names",
    "date-numbers": "whole numbers are dates",
    "counted-times": "numbers may be seconds since 1970",
    "month-words": "words and numbers are dates, or names",
    "date-forms": "dates are written in two ways",
    "date-century": "years of two digits may be of two centuries",
    "date-order": "the day or the month may come first",
    "ordinal": "words have an order",
    "equal-rows": "rows are equal",
    "contradictions": "equal rows have different targets",
    "leak": "one column all but determines the target",
    "garbled": "text was decoded wrongly",
    "row-names": "a column names the rows",
    "hidden-groups": "rows with the same value share the target",
    "row-order": "the target follows the order of the rows",
    "sorted": "the rows are sorted by the target",
    "date-order-matters": "the target follows a date",
    "second-table": "a row holds names of columns",
    "totals": "rows sum up others",
    "spellings": "a category is spelled in several ways",
    "numbers-as-codes": "numbers are codes",
    "mostly-missing": "a column is nearly empty",
    "missing-target": "rows have no target",
    "rare-classes": "a class has fewer rows than there are folds",
    "ratings": "the target is a rating",
    "numbers-as-classes": "the target holds many numbers that are classes",
    "sparse": "a sparse table is not looked at",
}
"""Every finding by its code, and what it is about."""

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

    def as_dict(self) -> dict[str, str | bool | None]:
        """Return the finding as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.sentence} ({self.option})" if self.option else self.sentence


def typed_option(option: str, column: str, value: str = "") -> str:
    """Return an option for a column as it is typed into a shell, such as "--as 'a b=category'"."""
    return shell_option(option, f"{column}{value}")


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
