"""Categories that differ only in writing are named with their counts; signs that mean stay."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.spellings import spellings


def found(values):
    table = pd.DataFrame({"where": values, "n": np.arange(len(values)) / 3})
    return spellings(decide(table).reading.typed(table))


@pytest.mark.parametrize(
    ("one", "other"),
    [("NY", "ny"), ("NY", "N.Y."), ("New York", "new  york"), ("self-employed", "Self employed"),
     ("Zürich", "Zurich"), ("NY", "\uff2e\uff39"), ("São Paulo", "sao paulo"),
     ("straße", "STRASSE"), ("Yes", "yes!"), ("O'Brien", "OBrien"), ("a/b", "a b")],
)  # fmt: skip
def test_spellings_are_named_with_counts(one, other):
    (finding,) = found([one] * 5 + [other] * 2 + ["elsewhere"] * 3)

    assert finding.column == "where"
    assert f"{one!r} (5)" in finding.sentence
    assert f"{other!r} (2)" in finding.sentence


@pytest.mark.parametrize(
    "values",
    [["A+", "A-", "A"], ["<5", ">5", "5 or so"], ["1.5 l", "15 l"], ["C", "C++", "C#"],
     ["+", "-", "±"], ["-1 x", "1 x"], ["red", "green"], ["是", "否"]],
)  # fmt: skip
def test_signs_that_mean_something_are_no_spelling(values):
    assert found(values * 4) == ()


@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("seed", range(3))
def test_every_misspelt_category_is_found(share, seed):
    rng = np.random.default_rng(seed)
    values = rng.choice(["Berlin", "Köln", "München", "Ulm"], 400).astype(object)
    places = rng.random(400) < share
    values[places] = [each.upper() for each in values[places]]

    (finding,) = found(values)

    assert finding.sentence.count("(") == 2 * len(set(values[places])) or "more" in finding.sentence
