"""Tables as users bring them, drawn at random: every type, gaps, odd names, extreme values."""

import string

import numpy as np
import pandas as pd
from hypothesis import strategies as st

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
EXTREMES = [0.0, -0.0, 1e-300, 1e300, -1e300, 1e38, 1e-38, 1.0, -1.0, 123456789.0]
WIDTHS = st.one_of(st.integers(1, 6), st.integers(1, 6), st.just(30))
MIXED = [1, "one", None, 2.5, True, pd.Timestamp("2020-01-01")]
LETTERS = [*string.printable, *"äß漢字😀"]
COLUMNS = {
    "normal": lambda n, rng: rng.normal(size=n),
    "extreme": lambda n, rng: rng.choice(EXTREMES, n),
    "constant": lambda n, rng: np.full(n, 3.5),
    "text": lambda n, rng: np.array(["".join(rng.choice(LETTERS, 5)) for _ in range(n)], object),
    "mixed": lambda n, rng: np.array([MIXED[i] for i in rng.integers(0, 6, n)], object),
    "truth": lambda n, rng: rng.random(n) < 0.5,
    "date": lambda n, rng: (
        np.datetime64("1999-12-31", "ns") + rng.integers(0, 9000, n).astype("timedelta64[D]")
    ),
    "category": lambda n, rng: pd.Categorical(rng.choice(["a", "b", "c"], n)),
    "gaps": lambda n, rng: np.where(rng.random(n) < 0.4, np.nan, rng.normal(size=n)),
    "infinite": lambda n, rng: np.where(rng.random(n) < 0.1, np.inf, rng.normal(size=n)),
    "whole": lambda n, rng: rng.integers(-(2**62), 2**62, n),
    "empty": lambda n, rng: np.full(n, np.nan),
}
KINDS = st.sampled_from(sorted(COLUMNS))


@st.composite
def tables(draw):
    """Draw a table, its target column's name last."""
    n_rows = draw(st.integers(1, 40))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    width = draw(WIDTHS)
    kinds = draw(st.lists(KINDS, min_size=min(width, 6), max_size=min(width, 6)))
    kinds = [kinds[i % len(kinds)] for i in range(width)]
    names = draw(st.lists(NAMES, min_size=min(width, 6), max_size=min(width, 6)))
    named = [names[i] if i < len(names) else f"c{i}" for i in range(width)]
    features = pd.concat([pd.Series(COLUMNS[kind](n_rows, rng)) for kind in kinds], axis=1)
    features.columns = named
    kind = draw(st.one_of(st.just("truth"), st.just("normal"), KINDS))
    return features, pd.Series(COLUMNS[kind](n_rows, rng), name="target")
