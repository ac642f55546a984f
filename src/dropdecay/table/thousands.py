"""Whether a mark before three digits is that of thousands, told by the numbers without one.

Beside "975", "1.300" is one thousand and three hundred: a fraction that is written in full would
give "975.000", and one that is not would end in no zero. Money has no third decimal at all.
"""

import re
from collections.abc import Sequence

from dropdecay.table.units import CURRENCIES

FEWEST_COLORS, BRIGHTEST = 5, 255

_DIGITS = re.compile(r"\d[\d.,]*")
_MARKED = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")


def tell_thousands(texts: Sequence[str], unit: str) -> bool:
    """Whether numbers that may have a mark of decimals or of thousands have one of thousands.

    Parameters
    ----------
    texts : sequence of str
        Different numbers, with a unit or without.
    unit : str
        In lower case.
    """
    bodies = [found[0] for text in texts if (found := _DIGITS.search(text))]
    marked = [each for each in bodies if not each.isdecimal()]
    others = [each for each in bodies if each.isdecimal()]
    if not marked or not all(map(_MARKED.fullmatch, marked)):
        return False
    # They go up to the smallest thousand; a hundred may be the end of percents.
    is_below = any(len(each) == 3 and each != "100" for each in others)
    if not is_below or max(map(len, others)) > 3:
        return False
    return unit in CURRENCIES or any(each.endswith("0") for each in marked)


def may_be_versions(texts: Sequence[str]) -> bool:
    """Whether thousands in every text may be parts of something else.

    So are those of versions, "10.100.200", and of colors, "131,204,198".
    """
    if all(each.count(".") > 1 and "," not in each for each in texts):
        return True
    return len(texts) >= FEWEST_COLORS and all(
        each.count(",") == 2 and all(part.isdecimal() and int(part) <= BRIGHTEST
                                     for part in each.split(",")) for each in texts
    )  # fmt: skip
