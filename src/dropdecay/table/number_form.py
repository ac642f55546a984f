"""How a column of text writes its numbers: marks, units and clocks, found from all its values."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import infer_dtype

from dropdecay.arrays import AnyArray, Float64
from dropdecay.table.clock import seconds_of
from dropdecay.table.date_form import NO_DAYS, may_be_date
from dropdecay.table.digits_as_names import NAME_AMONG
from dropdecay.table.thousands import tell_thousands
from dropdecay.table.typed_signs import MINUSES, plainly
from dropdecay.table.typed_signs import PLAIN as PLAIN_SIGNS
from dropdecay.table.units import CURRENCIES, GLUED_NAMES, MAGNITUDES, NUMBERING, SCALED, UNITS

POINTED = frozenset(
    ["$", "us$", "usd", "£", "gbp", "¥", "jpy", "円", "\\", "₩", "krw", "원", "₹", "cny", "rmb"]
)
"""Money that is written with a point before its decimals wherever it is used."""

ONES = dict.fromkeys(map(ord, "23456789"), "1")
MARKED = re.compile(r"[-+\d.,' \n]*")
SIGN = "[+-]? ?"
TRAILING_MINUS = re.compile(r"([^-+()]*\d[.,]\d+) ?-")
"""As SAP and COBOL write negative amounts; "2-" alone may be a grade."""

NO_DECIMALS = re.compile(r"(\d)([.,])--?(?![\d-])")
PARENTHESES = re.compile(r"([^\d()]*)\(([^()]*\d[^()]*)\)([^\d()]*)")

FIRST_IDEOGRAPH = "\u3041"
PLURALS = ("s", "e", "n", "en", "es")
LONGEST_WORD = 20
"""Characters of a unit that is not known."""

N_TRIED = 50


@dataclass(frozen=True)
class NumberForm:
    """How numbers are written.

    Parameters
    ----------
    decimal, thousands : str
        The marks; no thousands mark if empty.
    unit : str
        What stands before or after every number, such as "$" or "kg", in lower case.
    clock : bool
        Hours and minutes, which become seconds.
    """

    decimal: str = "."
    thousands: str = ""
    unit: str = ""
    clock: bool = False


PLAIN = NumberForm()
FORMS = tuple(
    NumberForm(decimal, thousands)
    for decimal, thousands in (
        (".", ""), (".", ","), (",", ""), (",", "."), (".", " "), (",", " "), (".", "'"),
        (",", "'"),
    )
)  # fmt: skip
"""In the order in which they are preferred."""


def numbers_in(texts: Sequence[str], form: NumberForm) -> Float64:
    """Return what texts mean in a form, NaN for those that are no numbers in it."""
    if form == PLAIN:
        return plain_numbers(texts)
    values = _alike(texts, form)
    if values is None:
        values = np.array([_number(each, form) for each in texts], np.float64)
    return values


def _alike(texts: Sequence[str], form: NumberForm) -> Float64 | None:
    """Return numbers that all are written in the usual way of a form; None: some may not be.

    All texts are treated as one, which takes a tenth of the time.
    """
    if not texts or form == PLAIN or form.clock or form.unit == "e":
        return None
    joined = "\n".join(texts)
    if not joined.isascii():
        joined = joined.translate(PLAIN_SIGNS)
    lines = joined.split("\n")
    if len(lines) != len(texts) or not all(map(_usual(form).fullmatch, lines)):
        return None
    for mark in (form.unit, form.thousands, " "):
        joined = joined.replace(mark, "") if mark else joined
    numbers = joined.replace(form.decimal, ".").split("\n")
    return np.array(numbers, object).astype(np.float64)


def plain_numbers(texts: Sequence[str]) -> Float64:
    """Return numbers as most programs write them, NaN for what is none."""
    if not any("_" in each for each in texts):
        try:
            return np.array(texts, object).astype(np.float64)
        except ValueError:
            pass
    return np.array([_plain(each) for each in texts], np.float64)


def written_plainly(column: pd.Series) -> Float64 | None:
    """Return a column of text that is plain numbers, NaN for empty cells; None: it may be more.

    Most columns of most files are, and a look at each value by itself would take ten times as long.

    Returns
    -------
    shape (n_rows,), float64; None where any value is another word, has a mark that may be of
    thousands, or begins with a zero as names do.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return None  # pandas has no objects for dates beyond the calendar
    cells = column.to_numpy(object)
    no_dates = ("", *NO_DAYS)
    first = next((each for each in cells if isinstance(each, str) and each not in no_dates), "")
    if not first[-1:].isdecimal() or may_be_date(first):
        return None
    if np.isnan(_plain(first)) or infer_dtype(cells, skipna=False) != "string":
        return None
    try:
        texts = pa.array(cells, pa.string())
        numbers = pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.float64())
    except ValueError:  # pyarrow's errors are such
        return None
    values = np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64)
    known = values[~np.isnan(values)]
    if known.size < len(texts) - numbers.null_count:
        return None
    return None if _may_be_more(cells, known) else values


def _may_be_more(cells: AnyArray, known: Float64) -> bool:
    """Whether plain numbers may be written with a mark of thousands, or be names."""
    early = [each for each in cells[:N_TRIED] if each]
    may_be_marked = _all_are(early, FORMS[3])  # what it is not shows early
    may_be_names = bool((known == np.round(known)).all())
    if not may_be_marked and not may_be_names:
        return False
    texts = [each for each in cells.tolist() if each]
    joined = "\n".join(texts)
    if may_be_marked and "." in joined and _all_are(texts, FORMS[3]):
        return True
    return may_be_names and NAME_AMONG.search(joined) is not None


def _plain(text: str) -> float:
    try:
        # float() would accept "1_000", which is not a number in a data file.
        return np.nan if "_" in text else float(_signed(text))
    except ValueError:
        return np.nan


def forms_of(texts: Sequence[str]) -> tuple[NumberForm, ...]:
    """Return the forms in which every text is a number, the preferred one first; () if in none.

    Several only where a mark may be that of decimals or of thousands, as in "1,964".
    """
    if not texts:
        return ()
    shapes = texts
    if len(texts) > N_TRIED:
        if not forms_of(texts[:N_TRIED]):  # what is no number shows early
            return ()
        shapes = _shapes(texts)
    if _all_are(shapes, PLAIN):
        other = FORMS[3]
        if not any("." in each for each in shapes) or not _all_are(shapes, other):
            return (PLAIN,)
        return (other, PLAIN) if tell_thousands(texts, "") else (PLAIN, other)
    if not any(each.isdecimal() for text in texts[:20] for each in text):
        return ()
    if not any(np.isnan(seconds_of(plainly(each))) for each in texts):
        return (NumberForm(clock=True),)
    unit = _unit_of(shapes, len(texts))
    if unit is None:
        return ()
    joined = "\n".join(map(plainly, shapes))
    forms = [NumberForm(each.decimal, each.thousands, unit) for each in FORMS]
    # A mark of thousands that is nowhere makes no difference, but to PLAIN.
    forms = [*forms[:2], *(each for each in forms[2:] if each.thousands in joined)]
    found = [each for each in forms if _all_are(shapes, each)]
    return _preferred(found, texts) if found else ()


def _preferred(found: list[NumberForm], texts: Sequence[str]) -> tuple[NumberForm, ...]:
    """Return the one of several forms that is most likely, and another if numbers differ in it."""
    told = len(found) > 1 and tell_thousands(texts, found[0].unit)
    if found[0].unit in POINTED and found[0].decimal == "." and not told:
        return (found[0],)
    if told:
        found.sort(key=lambda each: not each.thousands or each.thousands not in "".join(texts))
    # Where no text shows a mark of decimals or thousands, there is nothing to choose.
    values = numbers_in(texts, found[0])
    others = [each for each in found[1:] if not np.array_equal(numbers_in(texts, each), values)]
    return tuple([found[0], *others][:2])


@cache
def _usual(form: NumberForm) -> re.Pattern[str]:
    """Return what most numbers of a form look like: with a unit, it is there once."""
    body, unit = _pattern(form.decimal, form.thousands).pattern, re.escape(form.unit)
    unsigned = body.removeprefix(SIGN)
    return re.compile(f"-?{unit}{unsigned}|-?{unsigned} ?{unit}" if unit else body)


def _all_are(texts: Sequence[str], form: NumberForm) -> bool:
    # What a form is not shows early.
    early, late = texts[:N_TRIED], texts[N_TRIED:]
    if any(np.isnan(_number(each, form)) for each in early):
        return False
    if form == PLAIN:
        return not np.isnan(plain_numbers(late)).any()
    return _alike(late, form) is not None or all(not np.isnan(_number(each, form)) for each in late)


def _number(text: str, form: NumberForm) -> float:
    if form.clock:
        return seconds_of(plainly(text))
    text = _signed(text)
    if not form.unit and form.thousands == "" and form.decimal == ".":
        return _plain(text)
    body, factor = _without_unit(text, form.unit) if form.unit else (text, 1.0)
    if body == "-" and form.unit in CURRENCIES:  # how spreadsheets show an amount of nothing
        return 0.0
    if body is None or _pattern(form.decimal, form.thousands).fullmatch(body) is None:
        return np.nan
    if form.thousands:
        body = body.replace(form.thousands, "")
    return float(body.replace(form.decimal, ".").replace(" ", "")) * factor


def has_minus_behind(text: str) -> bool:
    """Whether a text is a number with its minus behind it."""
    return text[-1:] in MINUSES and TRAILING_MINUS.fullmatch(plainly(text)) is not None


def _signed(text: str) -> str:
    """Return a text with plain signs, and before a negative number its minus.

    It may stand behind it, or be said by parentheses, within which a currency may be or not. A dash
    in place of decimals, "19,-", is none.
    """
    text = plainly(text)
    if "-" in text[1:]:
        text = NO_DECIMALS.sub(r"\1\g<2>0", text)
    if TRAILING_MINUS.fullmatch(text):
        return f"-{text[:-1].strip()}"
    if "(" in text and (found := PARENTHESES.fullmatch(text)):
        return f"-{found[1].strip()}{found[2].strip()}{found[3]}"
    return text


@cache
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    point, mark = re.escape(decimal), re.escape(thousands)
    plain = rf"(?:\d+(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
    if not thousands:
        return re.compile(SIGN + plain)
    # By threes, or as in India by twos before the last three, with commas; never after a leading
    # zero, and never beside a power of ten.
    whole = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
    if thousands == ",":
        whole = rf"(?:{whole}|[1-9]\d?(?:,\d\d)+,\d{{3}})"
    return re.compile(rf"{SIGN}(?:{whole}(?:{point}\d*)?|{plain})")


def _without_unit(text: str, unit: str) -> tuple[str | None, float]:
    """Return what is left without the unit, and by what it is multiplied."""
    sign = ""
    if text[:1] in ("-", "+"):
        sign, text = text[0], text[1:].strip()
    lower, is_money = text.lower(), unit in CURRENCIES
    if lower.startswith(unit):
        text = text[len(unit) :].strip()
    elif lower.endswith(unit):
        text = text[: -len(unit)].strip()
    elif not is_money and (singular := _singular_in(lower, unit)):
        text = text[: -len(singular)].strip()
    elif not is_money:
        return (None, 1.0) if sign or not _may_be_bare(text, unit) else (text, 1.0)
    factor = 1.0
    if is_money:
        letters = re.search(r"[a-z]+$", text.lower())
        if letters is not None and letters[0] in MAGNITUDES:
            factor, text = MAGNITUDES[letters[0]], text[: -len(letters[0])].strip()
    if sign and text[:1] in ("-", "+"):
        return None, 1.0
    return sign + text, factor


def _singular_in(text: str, unit: str) -> str:
    """Return the singular of a unit in which a text ends, as "1 year" beside "2 years"; or ""."""
    word = re.search(r"[^\W\d_]*$", text)
    found = word[0] if word else ""
    return found if _is_singular(found, unit) else ""


def _is_singular(one: str, many: str) -> bool:
    return len(one) > 1 and many.startswith(one) and many[len(one) :] in PLURALS


def _may_be_bare(text: str, unit: str) -> bool:
    """Whether a text without a unit is a number in it: zeros are often written so.

    0.13 beside 12 % may be 13 %, 2000 beside 3k is two thousand, and 123X beside 1234 is a code.
    """
    if any(each.isalpha() or each in CURRENCIES for each in text):
        return False
    is_letter = len(unit) == 1 and unit.isascii() and unit.isalpha()
    return not (unit in SCALED or is_letter) or not text.strip("0.,")


def _unit_of(shapes: Sequence[str], n_texts: int) -> str | None:
    """Return the one unit that stands at the numbers; empty: there is none; None: no numbers."""
    if MARKED.fullmatch("\n".join(shapes)):
        return ""
    found: set[str] = set()
    spaced, all_with = True, True
    for text in shapes:
        text = _signed(text)
        if (dash := text.removesuffix("-").strip().lower()) in CURRENCIES:
            found.add(dash)
            continue
        parts = _AFFIXED.fullmatch(text)
        if parts is None:
            return None
        before, body, after = parts[1].strip().lower(), parts[2], parts[3].strip().lower()
        if before and (after and after not in MAGNITUDES):
            return None
        if before and before not in CURRENCIES and before != "%":
            return None
        all_with = all_with and bool(before or after)
        spaced = spaced and (not after or parts[3].startswith(" ") or body.endswith(" "))
        found.add(before or after)
        if len(found - {""}) > 2:
            return None
    one, unit = ("", "", *sorted(found - {""}, key=len))[-2:]
    if one and not _is_singular(one, unit):
        return None
    if not unit or unit in CURRENCIES or unit in UNITS:
        return None if unit in GLUED_NAMES and all(map(_is_glued, shapes)) else unit
    # Unknown words count as a unit where they follow every number: "3 rooms", not "12A". Ideographs
    # need no blank before them.
    is_apart = spaced or all(each >= FIRST_IDEOGRAPH for each in unit)
    is_word = any(each.isalpha() for each in unit) and unit not in NUMBERING
    is_word = is_word and len(unit) <= LONGEST_WORD
    return unit if is_apart and all_with and n_texts > 1 and is_word else None


def _is_glued(text: str) -> bool:
    """Whether letters stand right before a whole number, as in names, where "Rs500" is money."""
    letters = text.rstrip("0123456789")
    return letters.isalpha() and letters != "Rs" and letters != text


def _shapes(texts: Sequence[str]) -> Sequence[str]:
    """Return texts with 1 for the digits from 2 on, each once: many numbers, few shapes.

    Whether a text is a number in a form depends on its shape alone.
    """
    joined = "\n".join(texts)
    if joined.count("\n") >= len(texts):  # a text of several lines
        return texts
    return list(dict.fromkeys(joined.translate(ONES).split("\n")))


_AFFIXED = re.compile(
    r"\(?[+-]? ?([^\d+\-.,()]*(?:(?<=[^\W\d])\.)? ?)[+-]?"
    r"((?:\d|[.,](?=\d))[\d.,' ]*(?:[eE][+-]?\d+)?)(\D*?)\)?"
)
"""What stands before a number, the number, and what stands after it."""
