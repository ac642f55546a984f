"""What a cell of text looks like: a number, nothing, or a date by its shape.

Only the structure of a file is decided from this; what its columns hold is decided elsewhere.
"""

import re

from dropdecay.table.missing import MISSING_WORDS

NUMBER = re.compile(r"\s*[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?\s*%?\s*")
BLANK_WORDS = MISSING_WORDS | {"-", "--", ".", "*", "n.a.", "missing", "unknown", "unk"}


def is_number(text: str) -> bool:
    """Whether the text is a number, with a decimal point or comma."""
    return NUMBER.fullmatch(text) is not None


def is_blank(text: str) -> bool:
    """Whether the text stands for a missing value."""
    return text.strip().lower() in BLANK_WORDS


def are_numbers(texts: tuple[str, ...]) -> bool:
    """Whether a column holds numbers and missing values only, and at least one number."""
    given = [text for text in texts if not is_blank(text)]
    return bool(given) and all(map(is_number, given))


def shape(text: str) -> str:
    """Return the text with every digit as 9: what dates and codes of one format share."""
    return re.sub(r"\d", "9", text.strip())
