import numpy as np

from dropdecay.report.plot_data import colour_positions, outline


def test_colours_run_from_the_best_and_one_ruined_cell_does_not_flatten_the_rest():
    values = np.array([[0.10, 0.11], [0.12, np.nan], [0.13, 9.0]])
    positions, good, bad = colour_positions(values, low_is_good=True)
    np.testing.assert_allclose(positions[[0, 0, 1, 2], [0, 1, 0, 0]], [0, 0.125, 0.25, 0.375])
    assert np.isnan(positions[1, 1])
    assert (positions[2, 1], good) == (1.0, 0.10)
    np.testing.assert_allclose(bad, 0.18)


def test_for_a_score_the_largest_is_good():
    positions, good, bad = colour_positions(np.array([[0.9, 0.5]]), low_is_good=False)
    np.testing.assert_array_equal(positions, [[0, 1]])
    assert (good, bad) == (0.9, 0.5)


def test_equal_values_have_one_colour_and_nothing_at_all_has_none():
    assert (colour_positions(np.ones((2, 2)), low_is_good=True)[0] == 0).all()
    assert np.isnan(colour_positions(np.full((1, 2), np.nan), low_is_good=True)[0]).all()


def test_the_outline_goes_round_a_region_and_not_through_it():
    region = np.array([[True, True], [False, True]])
    sides = outline(region)
    assert {at: "".join(sorted(sides[at[0]][at[1]])) for at in np.ndindex(2, 2)} == {
        (0, 0): "lru", (0, 1): "dl", (1, 0): "", (1, 1): "dru",
    }  # fmt: skip
