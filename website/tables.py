"""Cells of tables whose numbers belong together: they break in front of an interval, not within."""

import re

NUMBER = r"[+\u2212-]?\d[\d.,]*"
TOGETHER = (
    re.compile(rf"\({NUMBER} to {NUMBER}\)"),
    re.compile(r"\b\d+, \d+, \d+\b"),
    re.compile(r"\(\d[\d.,]*-\d[\d.,]*\)"),
)
"""An interval; counts of three kinds; a range."""

BETWEEN_NUMBERS = re.compile(r"(?<=\d)-(?=\d)")


def with_unbroken_numbers(text: str) -> str:
    """Return a page whose tables break no interval and no row of counts."""

    def unbroken(found: re.Match[str]) -> str:
        return BETWEEN_NUMBERS.sub("\u2011", found[0].replace(" ", "\u00a0"))

    def row(line: str) -> str:
        for pattern in TOGETHER:
            line = pattern.sub(unbroken, line)
        return line

    return "\n".join(
        row(line) if line.startswith("| ") else line for line in text.split("\n")
    )  # fmt: skip
