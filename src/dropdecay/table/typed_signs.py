"""Signs of numbers as typesetters, other scripts and East Asian keyboards write them -> plain ones.

No-break and thin spaces, minus signs, full-width digits and marks, apostrophes between thousands,
and the marks of Arabic numbers all mean what a sign of ASCII means.
"""

import unicodedata

FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
"""Signs of ASCII, each as wide as an ideograph, from the exclamation mark to the tilde."""

PLAIN = FULL_WIDTH | {
    ord(each): plain
    for each, plain in {
        "\t": " ", "\xa0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
        "\u2212": "-", "\u2012": "-", "\u2013": "-", "\u2019": "'", "\u02bc": "'", "\uffe5": "¥",
        "\u066b": ".", "\u066c": ",", "\u066a": "%",
    }.items()
}  # fmt: skip
"""For ``str.translate``."""


MINUSES = frozenset(["-", *(chr(code) for code, plain in PLAIN.items() if plain in ("-", 0x2D))])


def plainly(text: str) -> str:
    """Return a text with plain signs, blanks cut."""
    return (text if text.isascii() else text.translate(PLAIN)).strip()


def with_plain_digits(text: str) -> str:
    """Return a text with plain signs and digits, blanks cut: those of other scripts are decimal."""
    if text.isascii():
        return text
    text = plainly(text)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in text)
