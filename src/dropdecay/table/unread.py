"""Columns of text that a person would take for numbers or dates, but that cannot be read as such.

"<3.2" among measurements, two currencies, dates in two forms: as text they tell a network little,
so it is said.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dropdecay.safe_text import quoted
from dropdecay.table.date_form import date_forms_of, parsed_dates
from dropdecay.table.typed_signs import plainly
from dropdecay.table.units import CURRENCIES, MAGNITUDES, UNITS

FEWEST = 8
"""Fewer different values may as well be categories."""

SAMPLED = 500
MOST = 0.9
"""So many of the values must look like it."""

SOME = 0.1
"""So many of the numbers must have a fraction, a mark of thousands, a currency or a unit: whole
numbers with letters are codes."""

_NUMBER = r"(?:\d{1,3}(?:[,' ]\d{3})+(?:[.,]\d+)?|\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?)"
_MONEY = "|".join(map(re.escape, sorted(CURRENCIES, key=len, reverse=True)))
_PART = (
    rf"{_NUMBER} ?(?:hours?|hrs?|h|min(?:ute)?s?|m|sec(?:ond)?s?|s|days?|d|weeks?|w|ft|in|lbs?|oz"
    r"|y(?:(?:ea)?rs?)?|mo(?:nth)?s?"
    r"|['\"\u00b0\u2032\u2033]|小时|時間|分钟|分|秒|年|个月|か月|ヶ月|万|億|亿|千|円|元|만|억|원)"
)

AMOUNT = re.compile(
    r"(?:[a-z][\w.]*\()?(?:[\u3041-\u9fff]{1,4})?[(=\"]*[<>≤≥~≈±+-]?=? ?"
    rf"(?:(?P<money>{_MONEY}) ?)?[+-]?(?P<number>{_NUMBER})"
    rf"(?: ?±/?-? ?{_NUMBER})?(?P<power> ?[x\u00d7\u00b7*] ?10\^?-?\d+)?(?:\[\w{{1,3}}\])?"
    rf" ?(?P<after>[^\d]{{0,12}})",
    re.IGNORECASE,
)
SEVERAL_PARTS = re.compile(rf"-?{_PART}(?: ?{_PART})*(?: ?{_PART}| ?{_NUMBER})(?: ?[NSEWO])?",
                           re.IGNORECASE)  # fmt: skip
SEVERAL = re.compile(
    r"\d+(?:,\d+){2,}|-?\d+(?:[.,]\d+)?(?:(?: ?[/x\u00d7*:;] ?|, )-?\d+(?:[.,]\d+)?)+"
)
FRACTION = re.compile(r"-?\d+[ -]\d{1,2}/\d{1,2}(?: ?[\"'a-z]{1,4})?", re.IGNORECASE)
ISO_DURATION = re.compile(r"-?P(?=.)(?:\d+[YMWD])*(?:T(?:[\d.]+[HMS])+)?", re.IGNORECASE)
WITH_SPREAD = re.compile(
    rf"-?{_NUMBER} ?%? ?[\[(]-?{_NUMBER} ?%?(?: ?(?:[-,;–]|to) ?-?{_NUMBER} ?%?)?[\])]"  # noqa: RUF001  # a dash
)
"""An estimate with its interval or spread, or a count with its share: "70.1 [68.0-72.3]"."""

IN_BRACKETS = re.compile(
    r"(?:point ?)?[(\[] ?-?\d+(?:\.\d*)?(?:[,; ]+-?\d+(?:\.\d*)?)+ ?[)\]]", re.IGNORECASE
)
COMPARED = tuple("<>≤≥~≈")
"""Before a number, these leave no doubt that it is a quantity, were it one value of all."""

AFTER_QUANTITIES = frozenset(
    each
    for each in (*UNITS, *CURRENCIES, *MAGNITUDES, "+", "*", "**", "***", "†", "‡")
    if len(each) > 1 or each == "k" or not (each.isascii() and each.isalpha())
)
"""Single letters after whole numbers are mostly names: "10A", "11B"."""

_YEAR = r"(?:1[89]|20)\d\d"
_TIME = r"(?:[ T,]+(?:上午|下午|午前|午後|오전|오후)? ?\d{1,2}[:h.]\d\d.*)?"
DATE = re.compile(
    rf"(?:\w{{2,10}}[.,]? +)?(?:"
    rf"{_YEAR}[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}日?|[0-3]?\d[-/.][0-3]?\d[-/.]{_YEAR}"
    rf"|[0-3]?\d[-/][0-3]?\d[-/]\d\d"
    rf"|[0-3]?\d(?:\.|st|nd|rd|th)?[ -](?:de )?[^\W\d]{{3,10}}\.?,?[ -](?:de )?(?:{_YEAR}|\d\d)"
    rf"|[^\W\d]{{3,10}}\.? [0-3]?\d(?:st|nd|rd|th)?,? {_YEAR}"
    rf"|{_YEAR}-?W\d\d(?:-?\d)?"
    rf"|(?:明治|大正|昭和|平成|令和|民国|民國)\d{{1,3}}年\d{{1,2}}月\d{{1,2}}日){_TIME}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unread:
    """What a column of text seems to hold.

    Parameters
    ----------
    sentence : str
        Its end, after the name of the column.
    remedy : str
        How the values can be written so that they are read.
    """

    sentence: str
    remedy: str


REMEDIES = {
    "dates": "write dates as 2026-01-31",
    "numbers": "write them as plain numbers, in one unit",
    "several numbers a cell": "split the column into several",
}


def what_is_unread(values: Sequence[str]) -> Unread | None:
    """Return what a column of text seems to hold; None: nothing but text.

    Parameters
    ----------
    values : sequence of str
        The different values of a column that is neither of numbers nor of dates.
    """
    if len(values) < FEWEST or not _has_digits(values[:SAMPLED:10]):
        return None
    texts = [plainly(each) for each in values[:: max(len(values) // SAMPLED, 1)][:SAMPLED]]
    for held, looks in zip(REMEDIES, (_are_dates, _are_amounts, _are_parts), strict=True):
        if looks(texts):
            first, other = _no_date_in(values) if held == "dates" else _unlike(values)
            shown = f"such as {quoted(first)}" + (f" and {quoted(other)}" if other else "")
            sentence = f"seems to hold {held}, {shown}, which cannot be read: it is taken as text."
            return Unread(sentence, REMEDIES[held])
    return None


def _has_digits(texts: Sequence[str]) -> bool:
    return sum(any(map(str.isdecimal, each)) for each in texts) >= MOST * len(texts)


def _are_dates(texts: Sequence[str]) -> bool:
    return sum(DATE.fullmatch(each) is not None for each in texts) >= MOST * len(texts)


def _are_amounts(texts: Sequence[str]) -> bool:
    found = [each for each in map(AMOUNT.fullmatch, texts) if each]
    if len(found) < MOST * len(texts):
        return False
    if any(each.startswith(COMPARED) for each in texts):
        return True
    certain = [
        each
        for each in found
        if not each["number"].isdecimal()
        or each["money"]
        or each["power"]
        or each["after"].strip(' ")').lower() in AFTER_QUANTITIES
    ]
    return len(certain) >= SOME * len(texts)


def _are_parts(texts: Sequence[str]) -> bool:
    """Whether values have several numbers each: "109/77", "2h 11min", "1 1/2", "1920x1080"."""
    forms = (SEVERAL_PARTS, SEVERAL, IN_BRACKETS, FRACTION, ISO_DURATION, WITH_SPREAD)
    return sum(any(form.fullmatch(each) for form in forms) for each in texts) >= MOST * len(texts)


def _no_date_in(values: Sequence[str]) -> tuple[str, str]:
    """Return the first value, and the first one that is no date in the form of others."""
    forms = date_forms_of(values[:FEWEST]) or date_forms_of(values[-FEWEST:])
    if not forms:
        return _unlike(values)
    others = parsed_dates(values, forms[0]).isna().to_numpy()
    return values[int((~others).argmax())], values[int(others.argmax())]


def _unlike(values: Sequence[str]) -> tuple[str, str]:
    """Return the first value, and the first one that is written otherwise."""
    first = values[0]
    own = _form(first)
    return first, next((each for each in values if _form(each) != own), "")


def _form(text: str) -> str:
    """Return what a text has besides digits: marks, letters, blanks."""
    return re.sub(r"\d+", "9", text)
