"""Formulas in LaTeX become MathML while the site is built, so that no page needs a script."""

import re

from latex2mathml.converter import convert

DISPLAY = re.compile(r"^( *)```math\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"\$`([^`]+)`\$")


def with_formulas(text: str) -> str:
    """Return a page with its blocks of ``math`` and its inline formulas as MathML."""

    def block(found: re.Match[str]) -> str:
        formula = convert(found[2].strip(), display="block")
        return f'{found[1]}<div class="formula">{formula}</div>'

    def inline(found: re.Match[str]) -> str:
        return f"<span>{convert(found[1])}</span>"  # bare, it would begin a block of its own

    return INLINE.sub(inline, DISPLAY.sub(block, text))
