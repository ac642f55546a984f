"""Options in the text of a built page: a browser may not cut them behind their hyphens."""

import re

NO_TEXT = re.compile(r"(<(head|pre|script|style|svg)\b.*?</\2>|<[^>]*>)", re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def with_whole_options(html: str) -> str:
    """Return a page whose options, as ``--weight-decay``, stand in spans of class ``whole``."""
    written, last = [], 0
    for found in NO_TEXT.finditer(html):
        written += [with_options_marked(html[last : found.start()]), found[0]]
        last = found.end()
    return "".join([*written, with_options_marked(html[last:])])


def with_options_marked(text: str) -> str:
    """Return a text with its options in such spans."""
    return OPTION.sub(r'<span class="whole">\g<0></span>', text)
