"""Text that was decoded wrongly before it came here: "KÃ¶ln" for "Köln", letters that are lost.

As categories such words work as well as others, but nobody knows them again, and no later file that
is decoded rightly has them; a currency or a no-break blank among them makes text of numbers.
"""

import re
from collections.abc import Iterable

from dropdecay.safe_text import quoted
from dropdecay.table.finding import Finding

LOST = ("\ufffd", "ï¿½", "锟斤拷")
"""What takes the place of letters that could not be decoded, and what is made of that."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_USUAL = re.compile(
    "[\xa0-\u017f\u01a0\u01a1\u01af\u01b0\u0218-\u021b\u0370-\u03ff\u0400-\u045f\u0490-\u0493"
    "\u049a-\u04b3\u04ba\u04bb\u04d8\u04d9\u04e8\u04e9\u2010-\u203a\u20a0-\u20bf\u2100-\u2122"
    "\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+"
)
"""Letters and signs of tables, which other pairs of letters become by chance alone."""


def meant_by(text: str) -> str:
    """Return what a text was before its UTF-8 was read as Windows-1252; "" if it was not.

    Only whole runs of letters beyond ASCII count that are valid UTF-8 again.
    """
    found = []
    for run in _BEYOND_ASCII.findall(text):
        try:
            again = _bytes_of(run).decode("utf-8")
        except UnicodeError:
            return ""
        if not _USUAL.fullmatch(again):
            return ""
        found.append(again)
    meant = iter(found)
    return _BEYOND_ASCII.sub(lambda _: next(meant), text) if found else ""


def _bytes_of(run: str) -> bytes:
    """Return text as Windows-1252; its five bytes without a letter are those of Latin-1."""
    return b"".join(
        each.encode("latin-1") if "\x80" <= each <= "\x9f" else each.encode("cp1252")
        for each in run
    )


def garbled(name: str, values: Iterable[str]) -> tuple[Finding, ...]:
    """Return that the name of a column, or text in it, was decoded wrongly, if it was.

    Parameters
    ----------
    name : str
    values : iterable of str
        The different texts of the column.
    """
    for text in (name, *values):
        if text.isascii() or not (wrong := _what_is_wrong(text)):
            continue
        where = "The name of column" if text == name else "Text in column"
        sentence = f"{where} {quoted(name)} {wrong}."
        remedy = "--encoding utf-8 if you named another, else save the table again, as UTF-8"
        return (Finding("garbled", name, sentence, remedy),)
    return ()


def _what_is_wrong(text: str) -> str:
    if any(each in text for each in LOST):
        return f"lost letters when it was decoded, such as in {quoted(text)}"
    meant = meant_by(text)
    return f"was decoded wrongly: {quoted(text)} seems to be {quoted(meant)}" if meant else ""
