"""Text that could be a number but is a name: 00501, 2E15."""

import re
from collections.abc import Sequence

from dropdecay.table.name_words import VERSIONS, words_of

CODE = re.compile(r"0\d+")
UNSIGNED_POWER = re.compile(r"\d+[eE]\d+")
"""Programs write 2e+15 or 2.0E15 for a number; "2E15" is what a counter of parts comes to between
2D15 and 2F15."""

NAME_AMONG = re.compile(rf"^(?:{CODE.pattern}|{UNSIGNED_POWER.pattern})$", re.MULTILINE)
"""For values a line each."""

ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
"""Of a computer in a network; all its parts may have three digits, as numbers with marks have."""

MIN_DIGITS, LARGEST_PART = 3, 255


def why_names(texts: Sequence[str], name: str = "") -> str:
    """Return why texts that are numbers are names; "" if they are quantities.

    Digits are names that have one length, of at least three, and sometimes a leading zero; whole
    numbers, some with a power of ten with a capital E and no sign; addresses of networks; and
    versions.

    Parameters
    ----------
    texts : sequence of str
        The different values of a column, blanks cut, all of them numbers.
    name : str
        Of the column; it may speak of versions.
    """
    if all(map(str.isdecimal, texts)):
        lengths = set(map(len, texts))
        if len(lengths) == 1 and lengths.pop() >= MIN_DIGITS and any(map(CODE.fullmatch, texts)):
            return "its numbers have leading zeros"
        return ""
    if all(map(_is_address, texts)):
        return "it holds addresses of networks"
    if words_of(name) & VERSIONS and _are_versions(texts):
        return "it holds versions, of which 1.10 follows 1.9"
    power = power_in(texts)
    return f"{power} would be a power of ten" if "E" in power else ""


def _is_address(text: str) -> bool:
    return ADDRESS.fullmatch(text) is not None and all(
        int(each) <= LARGEST_PART for each in text.split(".")
    )


def _are_versions(texts: Sequence[str]) -> bool:
    """Whether what stands behind points is counted: some of one digit, some of two, no 0 before."""
    behind = [each.partition(".")[2] for each in texts if "." in each]
    counted = all(each.isdecimal() and not CODE.fullmatch(each) for each in behind)
    return counted and len(set(map(len, behind))) > 1


def power_in(texts: Sequence[str]) -> str:
    """Return the first whole number with an unsigned power of ten where all are whole; or ""."""
    powers = [each for each in texts if UNSIGNED_POWER.fullmatch(each)]
    if not powers or not all(each.isdecimal() or UNSIGNED_POWER.fullmatch(each) for each in texts):
        return ""
    return next((each for each in powers if "E" in each), powers[0])
