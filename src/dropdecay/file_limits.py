"""How much other people's files may ask for, all in one place.

A file of a few kilobytes can unpack to gigabytes, or describe an array of terabytes. What it asks
for is known from its headers, and compared with these limits before it is read. Whoever trusts a
file raises all of them at once, by an environment variable.
"""

import math
import os
from dataclasses import dataclass

from dropdecay.errors import BadInput, BadSetting
from dropdecay.safe_text import visible

VARIABLE = "DROPDECAY_FILE_LIMITS"
"""A number of 1 or more in the environment, by which every limit is multiplied."""

MIB = 2**20
GIB = 2**30


@dataclass(frozen=True)
class Limit:
    """What one kind of file may ask for.

    Parameters
    ----------
    bytes : int
        However small the file is.
    ratio : int
        Times the size of the file, where that is more; what is compressed honestly stays below it.
    """

    bytes: int
    ratio: int = 0

    def allowed(self, size: int = 0) -> int:
        """Return how many bytes a file of this size may ask for.

        Raises
        ------
        BadSetting
            If the environment variable is no number of 1 or more.
        """
        return int(_factor() * max(self.bytes, self.ratio * size))

    def check(self, name: str, asked: int, size: int = 0, kind: type[BadInput] = BadInput) -> None:
        """Refuse what asks for more.

        Parameters
        ----------
        name : str
            What asks, for the message; safe to print.
        asked : int
            Number of bytes.
        size : int
            Of the file, in bytes.
        kind : type
            Of the error.

        Raises
        ------
        BadInput
            Of that type, with the figures and the remedy.
        """
        allowed = self.allowed(size)
        if asked > allowed:
            enough = math.ceil(_factor() * asked / allowed)
            raise kind(
                f"{name} asks for {in_bytes(asked)}, more than the {in_bytes(allowed)} that such a "
                f"file may take. If you trust it, set {VARIABLE}={enough} in the environment."
            )


MODEL_JSON = Limit(16 * MIB)
WEIGHTS_OF_MODEL = Limit(GIB)
ENCODER = Limit(32 * MIB, ratio=100)
"""Unpacked. Vocabularies compress to a thirtieth."""

TEXT_ARRAY = Limit(256 * MIB)
"""NumPy gives every text of an array the length of the longest."""

RUN_JSON = Limit(64 * MIB)
RESULTS = Limit(2 * GIB)
OPTIONS = Limit(MIB)

PACKED_TABLE = Limit(256 * MIB, ratio=100)
"""Unpacked, of a table of text or a spreadsheet."""

CELLS = Limit(GIB, ratio=100)
"""Of a table in columns, eight bytes a cell: equal ones take next to nothing in the file."""


def in_bytes(count: int) -> str:
    """Return a number of bytes for people, such as "4.3 GB"."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{min(count, 10**18) / size:,.3g} {unit}"
    return f"{count} bytes"


def _factor() -> float:
    written = os.environ.get(VARIABLE, "1")
    try:
        factor = float(written)
    except ValueError:
        factor = math.nan
    if not 1 <= factor <= 10**6:
        raise BadSetting(
            f"{VARIABLE} must be a number from 1 to 1,000,000. Got {visible(written, 60)}."
        )
    return factor
