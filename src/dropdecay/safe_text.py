"""Text from strangers made safe to show: one line, every character visible, of bounded length.

A column name, a file name or a value in somebody else's summary may hold a line break that forges a
second message, an escape sequence that drives the terminal, or an override that reverses what
follows. Python's ``str.isprintable`` tells all of these apart from text; what fails it is shown as
the escape that Python would write for it.
"""

MAX_QUOTED = 60
MAX_VISIBLE = 300
MAX_REASON = 100


def visible(text: object, longest: int | None = MAX_VISIBLE) -> str:
    r"""Return ``text`` with control characters as escapes, its middle cut out where it is long.

    Both ends stay, since a path says most at its end.

    Parameters
    ----------
    text : object
        Shown as ``str`` gives it.
    longest : int or None
        Characters of the result at most, 6 or more; None: no limit.

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


def quoted(value: object) -> str:
    """Return ``value`` in quotes, as ``repr`` writes text, its end cut off where it is long."""
    text = repr(str(value)[: MAX_QUOTED + 1])
    return text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 4]}...{text[0]}"


def reason_of(error: BaseException) -> str:
    """Return what an exception says as part of a sentence, or its type where it says nothing."""
    words = " ".join(str(error).split())
    return visible(words, MAX_REASON).rstrip(". ") or type(error).__name__


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode() for each in text
    )
