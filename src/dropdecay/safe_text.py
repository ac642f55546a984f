"""Untrusted text made safe to show: one line, every character visible, of bounded length.

A column name, a file name or a value in somebody else's summary may contain a line break that fakes
a second message, an escape sequence that controls the terminal, or an override that reverses the
text after it. Python's ``str.isprintable`` rejects all of these; characters that it rejects are
shown as Python's escapes.
"""

import re
import shlex

MAX_QUOTED = 60
MAX_VISIBLE = 300
MAX_REASON = 100
MAX_DRAWN = 50
UNFIT_FOR_PAGES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of what follows."""

PLAIN_WORD = re.compile(r"[\w@%+=:,./-]+")
"""Nothing in it means anything to a shell; ``shlex.quote`` would put quotes around an umlaut."""


def visible(text: object, longest: int | None = MAX_VISIBLE) -> str:
    r"""Return ``text`` with control characters escaped, and the middle cut out if it is long.

    Both ends are kept, since the end of a path says most.

    Parameters
    ----------
    text : object
        Converted with ``str``.
    longest : int or None
        Maximum length of the result, at least 6; None: no limit.

    Examples
    --------
    >>> visible("age\x1b[2J\nerror")
    'age\\x1b[2J\\nerror'
    """
    found = str(text)
    if longest is None:
        return _escaped(found)
    start = _escaped(found[: longest + 1])
    if len(found) <= longest and len(start) <= longest:
        return start
    n_end = (longest - 3) // 3
    return f"{start[: longest - 3 - n_end]}...{_escaped(found[-longest:])[-n_end:]}"


def visible_in_page(text: str) -> str:
    """Return ``text`` with whatever a page cannot show, or would show in another order, escaped.

    Line breaks, spaces of every width and joiners within words stay: pages have them.
    """
    return UNFIT_FOR_PAGES.sub(lambda found: _escaped(found.group()), text)


def visible_in_picture(text: object) -> str:
    """Return ``text`` for matplotlib, which would draw what stands between dollars as a formula."""
    return visible(text, MAX_DRAWN).replace("$", r"\$")


def quoted(value: object) -> str:
    """Return ``value`` in quotes, as ``repr`` writes text, with the end cut off if it is long."""
    text = repr(str(value)[: MAX_QUOTED + 1])
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 4]}...{text[0]}"


def shell_option(option: str, value: str) -> str:
    """Return an option of the command line with its value, to be copied into a shell.

    Nothing in the value is run, and no dash in front makes it another option.
    """
    word = _shell_word(visible(value))
    return f"{option}={word}" if value.startswith("-") else f"{option} {word}"


def shell_path(path: object) -> str:
    """Return a path as one word of a command, to be copied into a shell, however long it is."""
    text = visible(path, None)
    return _shell_word(f"./{text}" if text.startswith("-") else text)


def _shell_word(text: str) -> str:
    return text if PLAIN_WORD.fullmatch(text) else shlex.quote(text)


def reason_of(error: BaseException) -> str:
    """Return an exception's message as part of a sentence, or its type if it has no message."""
    words = " ".join(str(error).split())
    return visible(words, MAX_REASON).rstrip(". ") or type(error).__name__


def first_line_of(error: BaseException) -> str:
    """Return the first line of an exception's message as part of a sentence: torch's go on long."""
    return str(error).strip().split("\n")[0].rstrip(".")


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
