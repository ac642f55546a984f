import numpy as np

from dropdecay.report.training_length import still_falling, trained_until
from dropdecay.selection.points import points_in
from dropdecay.statistics.smoothing import evaluated_epochs
from tests.selection.worlds import adaptive, results_of

N_EPOCHS = len(evaluated_epochs(60))


def results(ends, endings):
    found = adaptive(np.ones((len(ends), 4, N_EPOCHS)), ends)
    found["ending"] = ("point", np.array(endings))
    return found


def test_it_is_said_how_long_points_were_trained():
    assert trained_until(results([11, 60, 32], ["flat"] * 3)) == (
        "Points were trained until their own mean curves were flat or past their minima: "
        "11 to 60 epochs."
    )
    assert trained_until(results([32, 32], ["flat"] * 2)).endswith(": 32 epochs.")
    assert trained_until(results_of(np.ones((1, 2, 3)))) is None


def test_points_cut_off_or_given_up_are_counted():
    told = trained_until(results([60, 60, 32], ["truncated", "futile", "flat"]))
    assert told.endswith(
        "32 to 60 epochs. 1 of 3 had not settled when the most epochs were reached. 1 was given up "
        "before, unable to catch up (--futility): its loss is an upper bound."
    )
    assert trained_until(results([60, 60], ["end of its schedule"] * 2)) is None


def test_points_given_up_while_they_fell_are_named():
    found = results([60, 60, 32], ["truncated", "truncated", "flat"])
    points = points_in(found)
    (told,) = still_falling(found, points[2])
    assert told == (
        "2 points had not settled by the last epoch, 60 "
        f"({points[0].described()}; {points[1].described()}). Try --epochs 120."
    )
    assert still_falling(found, points[0]) == [
        "the chosen point had not settled by the last epoch, 60. Try --epochs 120."
    ]
    assert still_falling(results([60, 60], ["flat"] * 2), points[0]) == []


def test_many_of_them_are_counted():
    found = results([60] * 6, ["truncated"] * 5 + ["flat"])
    (told,) = still_falling(found, points_in(found)[5])
    assert told.startswith("5 points had")
    assert "and 2 more)" in told


def test_with_fixed_epochs_the_chosen_point_alone_is_looked_at():
    found = results_of(np.ones((1, 2, 3)), curve=np.array([0.3, 0.2, 0.0]))
    assert still_falling(found, points_in(found)[0]) == [
        "the chosen point was still improving at the last epoch, 3. Try --epochs 6."
    ]
    assert still_falling(results_of(np.ones((1, 2, 3))), points_in(found)[0]) == []
