from hypothesis import given
from hypothesis import strategies as st

from dropdecay.report.terminal.thinning import spread_over


def test_few_places_are_all_there():
    assert spread_over(4, 6, [2]) == [0, 1, 2, 3]


def test_those_between_lie_far_from_the_others():
    assert spread_over(9, 3, []) == [0, 4, 8]
    assert spread_over(9, 5, []) == [0, 2, 4, 6, 8]
    assert spread_over(9, 4, [1]) == [0, 1, 4, 8]


@given(st.integers(5, 60), st.data())
def test_both_ends_and_those_that_must_be_are_there_in_order(n, data):
    must = data.draw(st.lists(st.integers(0, n - 1), max_size=3))
    found = spread_over(n, 5, must)
    assert found == sorted(set(found))
    assert {0, n - 1, *must} <= set(found)
    assert len(found) == 5
