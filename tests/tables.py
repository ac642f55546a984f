"""Tables as users bring them, drawn at random: every type, gaps, odd names, extreme values."""

import string
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

LETTERS = [*string.printable, *"äßé漢字العربية😀\u200b\u0301"]
EXTREMES = [0.0, -0.0, 1e-300, 1e300, -1e300, 1e38, 1e-38, 1.0, -1.0, 123456789.0]
MIXED = [1, "one", None, 2.5, True, pd.Timestamp("2020-01-01")]
WIDTHS = st.sampled_from([*list(range(1, 7)) * 10, 12, 12, 30, 120])
DAY = np.timedelta64(1, "D")


def texts(n, rng, length=5):
    """Every row its own text."""
    return np.array(["".join(rng.choice(LETTERS, length)) for _ in range(n)], object)


def gappy(values, rng, share=0.3):
    """The same values, some missing."""
    values = pd.Series(values)
    return values.mask(rng.random(len(values)) < share)


COLUMNS = {
    "normal": lambda n, rng: rng.normal(size=n),
    "float32": lambda n, rng: rng.normal(size=n).astype(np.float32),
    "extreme": lambda n, rng: rng.choice(EXTREMES, n),
    "tiny": lambda n, rng: rng.normal(size=n) * 1e-310,
    "constant": lambda n, rng: np.full(n, 3.5),
    "small": lambda n, rng: rng.integers(-100, 100, n).astype(np.int8),
    "whole": lambda n, rng: rng.integers(-(2**62), 2**62, n),
    "nullable": lambda n, rng: gappy(rng.integers(0, 9, n), rng).astype("Int64"),
    "truth": lambda n, rng: rng.random(n) < 0.5,
    "perhaps": lambda n, rng: gappy(rng.random(n) < 0.5, rng).astype("boolean"),
    "text": texts,
    "long": lambda n, rng: texts(n, rng, 25),
    "holes in text": lambda n, rng: gappy(texts(n, rng, 3), rng),
    "words": lambda n, rng: rng.choice(["red", "green", "n/a", ""], n).astype(object),
    "one word": lambda n, rng: np.full(n, "same", object),
    "numbers in text": lambda n, rng: rng.choice(["1", "2.5", "-3e4", "?"], n).astype(object),
    "mixed": lambda n, rng: np.array([MIXED[i] for i in rng.integers(0, 6, n)], object),
    "date": lambda n, rng: np.datetime64("1999-12-31", "ns") + rng.integers(0, 9000, n) * DAY,
    "time": lambda n, rng: np.datetime64("1600-01-01", "s") + rng.integers(0, 2**34, n),
    "zone": lambda n, rng: pd.Series(
        np.datetime64("2020-03-01", "s") + rng.integers(0, 2**25, n)
    ).dt.tz_localize("UTC").dt.tz_convert("Europe/Berlin"),
    "written date": lambda n, rng: pd.Series(
        np.datetime64("1999-12-31") + rng.integers(0, 9000, n) * DAY
    ).dt.strftime("%d.%m.%Y"),
    "duration": lambda n, rng: rng.integers(0, 10**6, n).astype("timedelta64[s]"),
    "category": lambda n, rng: pd.Categorical(rng.choice(["a", "b", "c"], n)),
    "numbered": lambda n, rng: pd.Categorical(rng.choice([3, 1, 2], n)),
    "gaps": lambda n, rng: np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
    "nearly empty": lambda n, rng: np.where(np.arange(n) == 0, 1.0, np.nan),
}  # fmt: skip
FLAWS = {
    "infinite": lambda n, rng: np.where(np.arange(n) == n - 1, np.inf, rng.normal(size=n)),
    "minus infinite": lambda n, rng: np.where(rng.random(n) < 0.5, -np.inf, 0.0),
    "empty": lambda n, rng: np.full(n, np.nan),
    "lists": lambda n, rng: pd.Series([[1, 2]] * n),
    "complex": lambda n, rng: rng.normal(size=n) * 1j,
}
SIZES = st.sampled_from([8, 13, 20, 20, 30, 30, 60, 60, 60, 60, 60, 2, 3, 5, 1])
TARGETS = ["truth", "normal", "category", "class", "small", "float32", "words", "one in ten"]


@dataclass(frozen=True)
class Drawn:
    """A table to fit, its target, and another table with columns of these names to predict."""

    features: pd.DataFrame
    target: pd.Series
    later: pd.DataFrame


def column(kind: str, n_rows: int, rng: Any) -> Any:
    """Draw a column."""
    if kind == "class":
        return np.arange(n_rows) % 3
    if kind == "one in ten":
        return np.where(np.arange(n_rows) % 10 < 9, "no", "yes")
    return pd.Series({**COLUMNS, **FLAWS}[kind](n_rows, rng))


def table(kinds, names, n_rows, rng):
    """Draw a table."""
    columns = [column(kind, n_rows, rng) for kind in kinds]
    found = pd.concat([pd.Series(each) for each in columns], axis=1)
    found.columns = names
    return found


@st.composite
def tables(draw):
    """Draw a table, its target, and a later table; one in ten has a column that must be refused.

    Sizes are drawn by hypothesis, which makes them smaller where a case fails; the rest comes from
    a drawn seed, since hypothesis likes to repeat what it drew.
    """
    n_rows, width = draw(SIZES), draw(WIDTHS)
    rng = np.random.default_rng(draw(st.integers(0, 2**64 - 1)))
    kinds = [*rng.choice(sorted(COLUMNS), min(width, 6))]
    kinds = [kinds[i % len(kinds)] for i in range(width)]
    if rng.random() < 0.1:
        kinds[-1] = rng.choice(sorted(FLAWS))
    some = ["".join(rng.choice(LETTERS, rng.integers(1, 12))) for _ in range(min(width, 6))]
    names = [some[i] if i < len(some) else f"c{i}" for i in range(width)]
    if rng.random() < 0.05:
        names[-1] = names[0]
    features = table(kinds, names, n_rows, rng)
    kind = rng.choice(TARGETS if rng.random() < 0.8 else sorted(COLUMNS))
    target = pd.Series(column(kind, n_rows, rng), name="target")
    if draw(st.booleans()):  # one column of another kind, as after a slip in a spreadsheet
        kinds[rng.integers(width)] = rng.choice(sorted(COLUMNS | FLAWS))
    return Drawn(features, target, table(kinds, names, draw(SIZES), rng))
