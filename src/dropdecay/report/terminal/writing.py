"""Lines in a terminal: wrapped here, in signs that it has, and never read as markup."""

from textwrap import wrap

from rich.console import Console
from rich.text import Text

from dropdecay.report.numbers import MINUS, UNBROKEN, UNKNOWN
from dropdecay.safe_text import visible

PLAIN = {
    "★": "*", "●": "o", "◆": "+", "±": "+/-", "─": "-", "│": "|", "┼": "+", "τ": "tau", "∞": "inf",
    "◂": "<", "▸": ">", "²": "2", MINUS: "-", UNKNOWN: "-", "━": "=", "╸": "=",
}  # fmt: skip
"""What stands for signs that a terminal does not have."""

NARROWEST, LONGEST = 40, 120
"""Lines of prose are not made shorter or longer, whatever the terminal's width."""


class Page:
    """A terminal that lines are printed to.

    Parameters
    ----------
    console : rich.console.Console
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._is_plain = not _has(console, "".join(PLAIN))
        self.width = max(NARROWEST, console.width)
        self.is_shaded = console.color_system in ("256", "truecolor")

    def sign(self, text: str) -> str:
        """Return text in signs that the terminal has."""
        text = text.replace(UNBROKEN, " ")
        if not self._is_plain:
            return text
        for sign, instead in PLAIN.items():
            text = text.replace(sign, instead)
        encoding = self._console.encoding
        return text.encode(encoding, "backslashreplace").decode(encoding)

    def line(self, *parts: str | tuple[str, str]) -> None:
        """Print one line of parts, some of them (text, style); it is never wrapped."""
        line = Text()
        for part in parts:
            text, style = (part, "") if isinstance(part, str) else part
            line.append(self.sign(text), style=style)
        line.rstrip()
        self._console.print(line, soft_wrap=True, highlight=False)

    def prose(self, text: str, first: str = "", others: str = "", style: str = "") -> None:
        """Print sentences in lines that begin with ``first`` and ``others``."""
        for each in self.wrapped(text, first, others):
            self.line((each, style))

    def wrapped(self, text: str, first: str = "", others: str = "") -> list[str]:
        """Break sentences into lines; numbers and their units stay together."""
        return wrap(self.kept(text), min(self.width, LONGEST), initial_indent=first,
                    subsequent_indent=others, break_long_words=False,
                    break_on_hyphens=False)  # fmt: skip

    def kept(self, text: str) -> str:
        """Return text that may come from strangers, every character visible."""
        return UNBROKEN.join(visible(part, None) for part in text.split(UNBROKEN))


def _has(console: Console, signs: str) -> bool:
    try:
        signs.encode(console.encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
