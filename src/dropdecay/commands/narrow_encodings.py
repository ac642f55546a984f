"""Standard output whose encoding lacks a sign: another stands for it, and nothing breaks off."""

import codecs
import sys
from io import TextIOWrapper

from dropdecay.errors import BadInput

HANDLER = "dropdecay"
STRICT = ("strict", "surrogateescape", "backslashreplace")
"""What Python does with what cannot be encoded, where the user has not said it."""


def print_whatever_is_printed() -> None:
    """Let no sign that an encoding lacks end a command."""
    codecs.register_error(HANDLER, _instead)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper) and stream.errors in STRICT:
            stream.reconfigure(errors=HANDLER)


def require_exact(text: str) -> None:
    """Refuse to print data that standard output's encoding lacks a sign of.

    Raises
    ------
    BadInput
        Naming the sign and the remedies; nothing may stand for it in data.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError as error:
        raise BadInput(
            f"The predictions hold {text[error.start]!a}, which {encoding}, the encoding of "
            "standard output, lacks. Write them to a file with --out, or set "
            "PYTHONIOENCODING=utf-8."
        ) from None


def _instead(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    from dropdecay.report.terminal.writing import PLAIN  # rarely needed, and takes rich along

    signs = error.object[error.start : error.end].replace("\N{NO-BREAK SPACE}", " ")
    text = "".join(PLAIN.get(sign, sign) for sign in signs)
    return text.encode("ascii", "backslashreplace").decode(), error.end
