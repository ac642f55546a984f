"""Whether a mark is that of thousands is told by the numbers without one."""

import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.frames import as_frame
from dropdecay.table.thousands import may_be_versions, tell_thousands


@pytest.mark.parametrize(
    ("texts", "unit", "told"),
    [
        (["1,012 €", "975 €"], "€", True),
        (["1.012 €", "975 €"], "€", True),
        (["$1.012", "$975"], "$", True),
        (["1,459 €", "1,389 €"], "€", False),  # fuel
        (["1,459 €", "2 €"], "€", False),
        (["1,012 €", "975 €", "1,5 €"], "€", False),
        (["1,012 €", "1975 €"], "€", False),
        (["1.300", "975", "1.012"], "", True),
        (["1.301", "975", "1.012"], "", False),
        (["12.500", "37.125", "100"], "", False),
        (["12.500", "100", "0"], "", False),
        (["975", "980"], "", False),
    ],
)
def test_what_thousands_are_told_by(texts, unit, told):
    assert tell_thousands(texts, unit) == told


@pytest.mark.parametrize("money", [["1,012 €", "975 €", "12,300 €"], ["1.300", "975", "1.012"]])
def test_other_columns_do_not_overrule_what_a_column_tells_by_itself(money):
    other = {",": ["0,5", "1,25", "7,5"], ".": ["0.5", "1.25", "7.5"]}
    mark = "," if "," in money[0] else "."
    frame = as_frame(pd.DataFrame({"m": money, "o": other[mark], "n": [1, 5, 9]}))

    decided = decide(frame)

    values = decided.reading.typed(frame)["m"].tolist()
    assert values[:2] == [float(money[0].strip(" €").replace(",", "").replace(".", "")), 975.0]
    assert "marks" in [each.code for each in decided.findings]


def test_parts_of_versions_have_two_points_in_every_text():
    assert may_be_versions(["10.100.200", "1.100.300"])
    assert not may_be_versions(["10.100.200", "100.300"])
    assert not may_be_versions(["10.100.200,5", "1.100.300,2"])


def test_parts_of_colors_are_three_of_at_most_255():
    colors = ["131,204,198", "223,106,180", "135,121,200", "255,255,255", "100,100,101"]
    assert may_be_versions(colors)
    assert not may_be_versions([*colors, "131,204,256"])
    assert not may_be_versions(colors[:3])
    assert not may_be_versions([*colors, "1,131,204,198"])
