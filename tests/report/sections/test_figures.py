import math

from dropdecay.report.sections.figures import (
    count,
    decimals_of,
    range_text,
    share,
    spread,
    tick,
)


def test_the_smallest_error_of_a_table_decides_and_none_has_no_say():
    assert decimals_of([None, 0.0061, 0.02, math.nan]) == 3


def test_errors_and_intervals_that_there_are_not_are_empty():
    assert spread(0.0061, 3) == "±\u00a00.006"
    assert (spread(None, 3), spread(math.nan, 3)) == ("", "")
    assert range_text(-0.01, 0.004, 3) == "\u22120.010 to 0.004"
    assert range_text(None, 0.1, 3) == ""


def test_ticks_shares_and_counts():
    assert [tick(v) for v in (0.0, -0.5, 20000.0)] == ["0", "\u22120.5", "20,000"]
    assert (share(0.373), share(0.0131, 1)) == ("37\u00a0%", "1.3\u00a0%")
    assert [count(n, "row") for n in (1, 2501)] == ["1\u00a0row", "2,501\u00a0rows"]
