"""Bytes of a text file -> the encoding to read them in.

UTF-8 is preferred wherever the bytes are valid in it: text in another encoding almost never is.
"""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from encodings.aliases import aliases

from dropdecay.errors import BadSetting, BadTable
from dropdecay.table.code_pages import likeliest
from dropdecay.table.names import did_you_mean

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    # UTF-32 first: its mark begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, and the encoding that takes the mark off."""

MARK = "\ufeff"

SAMPLED = 1 << 16
MAX_CELLS = 2000
DAMAGE = 0.5
"""Invalid bytes for each valid character beyond ASCII, up to which text is UTF-8 with damage."""

TWICE = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
"""A letter in UTF-8, which would be nonsense in Windows-1252: "Ã¶"."""

NAMES = {
    "gb18030": "GB18030 (Chinese)", "big5": "Big5 (Chinese)", "cp932": "Shift-JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)", "cp949": "CP949 (Korean)", "cp1250": "Windows-1250",
    "cp1251": "Windows-1251", "cp1252": "Windows-1252", "cp1253": "Windows-1253",
    "cp1254": "Windows-1254", "koi8_r": "KOI8-R", "mac_roman": "Mac Roman",
}  # fmt: skip
"""How notes call an encoding, where that is not its name in capitals."""


@dataclass(frozen=True)
class Encoding:
    """The encoding of a file.

    Parameters
    ----------
    name : str
        As Python's codecs call it.
    notes : tuple of str
    """

    name: str
    notes: tuple[str, ...] = ()


def find_encoding(
    data: bytes, file: str, asked: str | None = None, likely: str | None = None
) -> Encoding:
    """Return the encoding of the bytes, having decoded all of them in it.

    Parameters
    ----------
    data : bytes
    file : str
        Name of the file in messages.
    asked : str, optional
        The encoding that the user named.
    likely : str, optional
        That of a file of the same kind: few letters may not tell.

    Raises
    ------
    BadSetting
        If there is no encoding of that name.
    BadTable
        If the bytes are not text in the encoding asked for, or in any that can be recognised.
    """
    if asked is not None:
        name = _ordered(check_encoding(asked), data)
        _check(data, name, file, f"is not {asked}. Name another with --encoding, or omit it.")
        return Encoding(name)
    for mark, name in MARKS.items():
        if data.startswith(mark):
            _check(data, name, file, f"is not {name.removesuffix('-sig').upper()}, as its first "
                   "bytes say. Copy the file again.")  # fmt: skip
            return _announced(name)
    if (wide := _without_mark(data)) is not None:
        return _announced(wide)
    if b"\x1b$" in data and _decodes(data, "iso2022_jp"):
        return _announced("iso2022_jp")
    if _decodes(data, "utf-8"):
        _refuse_zero(data, "utf-8", file)
        return Encoding("utf-8")
    _refuse_damaged(data, file)
    for name in (*([likely] if likely else []), *likeliest(_cells(data))):
        if _decodes(data, name):
            if name == "cp1252" and (mixed := TWICE.search(data)):
                raise BadTable(
                    f"{file} mixes UTF-8 (line {_line(data[: mixed.start()], name)}) with another "
                    "encoding. Save it as UTF-8, or name the encoding with --encoding."
                )
            _refuse_zero(data, name, file)
            return _announced(name)
    _check(data, "utf-8", file, "is in no encoding that can be recognised. Name it with "
           "--encoding, or save the file as UTF-8.")  # fmt: skip
    raise AssertionError("text that is not UTF-8 has passed as UTF-8")


def decoded_lines(data: bytes, encoding: Encoding) -> Iterator[str]:
    """Return the lines of a text with their ends, without ever holding the whole text."""
    if data.endswith((b"\n\x1a", b"\r\x1a")):  # how DOS ends a file
        data = data[:-1]
    lines = io.TextIOWrapper(io.BytesIO(data), encoding=encoding.name, newline="")
    if not _has_inner_mark(data, encoding.name):
        return lines
    return (line.replace(MARK, "") for line in lines)


def _has_inner_mark(data: bytes, name: str) -> bool:
    """Whether a byte order mark stands where it is not taken off: in files put together."""
    code = "utf-8" if name == "utf-8-sig" else name
    try:
        return data.find(MARK.encode(code), 1 if name == "utf-8-sig" else 0) >= 0
    except UnicodeEncodeError:
        return False


def _announced(name: str) -> Encoding:
    if name == "utf-8-sig":
        return Encoding(name)
    words = f"Read as {NAMES.get(name, name.upper().replace('_', '-'))}, not UTF-8."
    if name.startswith("utf"):
        return Encoding(name, (words,))
    return Encoding(name, (f"{words} If words look wrong, name the encoding with --encoding.",))


def check_encoding(asked: str) -> str:
    """Return the name of an encoding, or refuse one that does not exist."""
    try:
        name = codecs.lookup(asked).name
        b"a".decode(name, "ignore")  # refuses codecs that are not of text, such as "hex"
    except (LookupError, ValueError):
        raise BadSetting(
            f"--encoding: there is no encoding {asked!r}."
            f"{did_you_mean(asked, sorted(set(aliases.values())))} Use a name such as utf-8, "
            "cp1252, gb18030 or shift_jis."
        ) from None
    return "utf-8-sig" if name == "utf-8" else name


def _ordered(name: str, data: bytes) -> str:
    """Return UTF-16 or UTF-32 with its order of bytes, where no mark says it."""
    if name in ("utf-16", "utf-32") and MARKS.get(data[:2], MARKS.get(data[:4])) is None:
        return f"{name}-le"
    return name


def _decodes(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeError:
        return False
    return True


def _check(data: bytes, name: str, file: str, wrong: str) -> None:
    try:
        data.decode(name)
    except UnicodeDecodeError as error:
        line = _line(data[: error.start], name)
        # The byte stays in the message: an editor of bytes finds it.
        raise BadTable(
            f"{file}, line {line}: the text (byte 0x{data[error.start]:02x}) {wrong}"
        ) from None
    except UnicodeError:  # such as UTF-16 text without its mark
        raise BadTable(f"{file}, line 1: the text {wrong}") from None
    _refuse_zero(data, name, file)


def _line(before: bytes, name: str) -> int:
    text = before.decode(name, "ignore")
    return 1 + (text.count("\n") or text.count("\r"))


def _refuse_zero(data: bytes, name: str, file: str) -> None:
    if b"\0" not in data:
        return
    before, found, _ = data.decode(name).partition("\0")
    if found:
        line = 1 + (before.count("\n") or before.count("\r"))
        raise BadTable(
            f"{file}, line {line} contains zero bytes: the file is damaged, or not a text file. "
            "Copy it again, or give it the extension of its real format."
        )


def _without_mark(data: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if the zero bytes lie where digits and commas have them."""
    sample = data[:SAMPLED]
    zeros = [sample[start::4].count(0) for start in range(4)]
    total = sum(zeros)
    if total < len(sample) / 8:
        return None
    places = {
        "utf-32-le": zeros[1:], "utf-32-be": zeros[:3], "utf-16-le": zeros[1::2],
        "utf-16-be": zeros[::2],
    }  # fmt: skip
    for name, at in places.items():
        enough = total > len(sample) / 2 if name.startswith("utf-32") else True
        if enough and sum(at) >= 0.9 * total and _decodes(data, name):
            return None if "\0" in data.decode(name) else name
    return None


def _refuse_damaged(data: bytes, file: str) -> None:
    """Refuse UTF-8 with a few invalid bytes, which is not text in another encoding."""
    beyond_ascii = re.sub(rb"[\x00-\x7f]+", b" ", data)
    text = beyond_ascii.decode("utf-8", "replace")
    n_invalid = text.count("\ufffd")
    n_valid = len(text) - text.count(" ") - n_invalid
    if n_invalid > DAMAGE * n_valid:
        return
    if n_invalid == 1 and text.endswith("\ufffd"):
        wrong = "ends in the middle of a character: it seems cut off. Copy or download it again."
    else:
        wrong = (
            "is not UTF-8, though other lines are. Correct this one, or name the encoding with "
            "--encoding."
        )
    _check(data, "utf-8", file, wrong)


def _cells(data: bytes) -> list[bytes]:
    """Return the different cells that are not pure ASCII, from the whole file."""
    cells: dict[bytes, None] = {}
    for line in io.BytesIO(data):
        if not line.isascii():
            # No bar: it may be the second byte of a character.
            parts = re.split(rb'[,;\t\r\n"]', line)
            cells.update(dict.fromkeys(part for part in parts if not part.isascii()))
            if len(cells) > MAX_CELLS:
                break
    return list(cells)
