"""Spellings of one category, such as "NY", "ny" and "N.Y.", which would be learnt as several."""

import re
import unicodedata
from collections import defaultdict
from itertools import islice

import pandas as pd

from dropdecay.safe_text import quoted
from dropdecay.table.codes_of import codes_of
from dropdecay.table.finding import Finding

MAX_CATEGORIES = 20_000
MAX_SHOWN = 3
_BETWEEN_LETTERS = re.compile(
    r"(?<=\w)[_/\u2019'](?=\w)|(?<=\w)-(?=[^\W\d])|(?<=[^\W\d])\.|\.(?=[^\W\d])|[,;:!?\"“”]"
)
"""Marks between letters; signs that stand alone, as in "A+" and "<5", or before a number, as in
"c-1", mean something."""


def spellings(typed: pd.DataFrame) -> tuple[Finding, ...]:
    """Return the columns of categories that differ only in case, blanks, marks or accents."""
    found = []
    for name, column in typed.items():
        if isinstance(column.dtype, pd.CategoricalDtype):
            found += _of_column(str(name), column)
    return tuple(found)


def _of_column(name: str, column: pd.Series) -> list[Finding]:
    words = [str(each) for each in column.cat.categories]
    if len(words) > MAX_CATEGORIES:
        return []
    alike: dict[str, list[int]] = defaultdict(list)
    for place, word in enumerate(words):
        alike[plain(word)].append(place)
    several = [places for key, places in alike.items() if key and len(places) > 1]
    if not several:
        return []
    codes = codes_of(column)
    counts = pd.Series(codes[codes >= 0]).value_counts()
    shown = "; ".join(
        ", ".join(f"{quoted(words[each])} ({counts.get(each, 0)})" for each in places)
        for places in islice(several, MAX_SHOWN)
    )
    more = f" and {len(several) - MAX_SHOWN} more" if len(several) > MAX_SHOWN else ""
    sentence = f"Column {quoted(name)} seems to spell the same in several ways: {shown}{more}."
    return [Finding("spellings", name, sentence, "write them alike in the table")]


def plain(word: str) -> str:
    """Return a word without case, accents, blanks, and marks between letters."""
    wide = unicodedata.normalize("NFKD", word).casefold()
    bare = "".join(each for each in wide if not unicodedata.combining(each))
    return re.sub(r"\s+", "", _BETWEEN_LETTERS.sub("", bare))
