"""How the fields of a text file are separated and quoted."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dropdecay.table.shapes import are_numbers, is_number

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
"""A blank stands for a run of blanks and tabs."""

LONGEST_CELL = 2**31 - 1
"""Characters in a cell: as many as csv can take anywhere, in place of 131,072."""

MIN_WORDS, MIN_ROWS_OF_WORDS = 4, 10
"""Words in a line and lines of them that are no accident, so that blanks separate columns."""

MIN_GAINED = 3
"""Columns of numbers that make blanks the separator in spite of regular tabs."""


class Records(Protocol):
    """What ``csv.reader`` returns; its type has no public name before Python 3.13."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


@dataclass(frozen=True)
class Dialect:
    """How the fields of a file are separated and quoted.

    Parameters
    ----------
    delimiter : str
        One of ``DELIMITERS``.
    quote : str
        The quotation mark around text.
    """

    delimiter: str
    quote: str = '"'

    @property
    def word(self) -> str:
        """The name of the delimiter."""
        return DELIMITERS[self.delimiter]

    def records(self, lines: Iterable[str]) -> Records:
        """Return the fields of every row."""
        # For the whole process, so it is never lowered again: another thread may read.
        if csv.field_size_limit() < LONGEST_CELL:
            csv.field_size_limit(LONGEST_CELL)
        if self.delimiter == " ":
            lines = (line.replace("\t", " ").rstrip() + "\n" for line in lines)
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            skipinitialspace=True,  # also makes a run of blanks one delimiter
            strict=True,
        )


def is_empty_line(record: Sequence[str]) -> bool:
    """Whether a record comes from a line without any text."""
    return not record or (len(record) == 1 and not record[0].strip())


def find_dialect(lines: Sequence[str], *, tabs_only: bool) -> Dialect:
    """Return the dialect in which most of the first lines have the same number of fields.

    Parameters
    ----------
    lines : sequence of str
        The first lines of the table, with their ends.
    tabs_only : bool
        Whether only tabs may separate fields.
    """
    ranks = {
        each: (_agreement_of_blanks if each.delimiter == " " else _agreement)(_sampled(each, lines))
        for each in dialects(lines, tabs_only=tabs_only)
    }
    best = max(ranks, key=ranks.__getitem__)
    # Some tables have blanks between numbers, and a tab before the text at their end.
    blanks = Dialect(" ", best.quote)
    if best.delimiter == "\t" and ranks.get(blanks, (0,))[0] >= ranks[best][0]:
        gained = _n_numbers(blanks, lines) - _n_numbers(best, lines)
        return blanks if gained >= MIN_GAINED else best
    return best


def dialects(lines: Sequence[str], *, tabs_only: bool) -> list[Dialect]:
    """Return every dialect that lines may be in, blanks last."""
    return [
        Dialect(delimiter, quote)
        for delimiter in ("\t" if tabs_only else ",;\t| ")
        for quote in "'\""
        if quote == '"' or _has_single_quotes(lines, delimiter)
    ]


def _n_numbers(dialect: Dialect, lines: Sequence[str]) -> int:
    """Return how many columns hold numbers below the first row."""
    sample = _sampled(dialect, lines)
    usual = usual_width(map(len, sample))
    rows = [record for record in sample[1:] if len(record) == usual]
    return sum(map(are_numbers, zip(*rows, strict=True)))


def _sampled(dialect: Dialect, lines: Iterable[str]) -> list[list[str]]:
    return list(readable(dialect.records(lines)))


def readable(records: Records) -> Iterator[list[str]]:
    """Return the records that hold text, up to the first with a wrong quotation mark."""
    try:
        for record in records:
            if not is_empty_line(record):
                yield record
    except csv.Error:
        return


def usual_width(widths: Iterable[int]) -> int:
    """Return the commonest number of fields, the larger one in a draw."""
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width), default=0)


_Rank = tuple[int, bool, bool, int]


def _agreement(sample: list[list[str]]) -> _Rank:
    """Return how well records fit a table: how many, whether with a whole header, how wide."""
    widths = [len(record) for record in sample]
    usual = usual_width(widths)
    if usual < 2:
        return (0, False, True, 0)
    # The header may be one field short; the lines before it count against this dialect.
    start = next(at for at, width in enumerate(widths) if width in (usual, usual - 1))
    whole = widths[start] == usual
    return (widths.count(usual) + (not whole) - start, whole, True, usual)


def _agreement_of_blanks(sample: list[list[str]]) -> _Rank:
    """Return the same for blanks, which words of a single field may also have between them."""
    nothing = (0, False, False, 0)
    usual = usual_width(map(len, sample))
    header = next((at for at, each in enumerate(sample) if len(each) in (usual, usual - 1)), 0)
    rows = sample[header + 1 :]
    if usual < 2 or not rows or any(len(row) != usual for row in rows):
        return nothing
    if any(re.search(r"[;|,]", field) and not is_number(field) for row in rows for field in row):
        return nothing
    n_numbers = sum(map(are_numbers, zip(*rows, strict=True)))
    is_text_table = usual >= MIN_WORDS and len(rows) >= MIN_ROWS_OF_WORDS
    if n_numbers < (2 if usual == 2 else 1) and not is_text_table:
        return nothing
    rank = _agreement(sample)
    return (rank[0], rank[1], False, rank[3])


def _has_single_quotes(lines: Sequence[str], delimiter: str) -> bool:
    """Whether fields begin with single quotes, and none with a double quote."""
    between = r"\s" if delimiter == " " else re.escape(delimiter)
    text = "".join(lines)
    if "'" not in text or re.search(rf'(?:^|{between})\s*"', text, re.MULTILINE):
        return False
    return re.search(rf"(?:^|{between}) *'", text, re.MULTILINE) is not None
