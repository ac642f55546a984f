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
    told = trained_until(results([60, 60, 60, 32], ["truncated", "unsettled", "futile", "flat"]))
    assert told == (
        "Points were trained until their own mean curves were flat or past their minima: 32 to 60 "
        "epochs. 2 of 4 had not settled by the last epoch, 60: 1 was still falling. 1 was given "
        "up, unable to catch up (--futility): its loss is an upper bound."
    )
    assert trained_until(results([60, 60], ["end of its schedule"] * 2)) is None


def test_points_given_up_are_not_said_to_have_been_trained_until_they_settled():
    told = trained_until(results([32, 60, 32], ["futile", "flat", "futile"]))
    assert told.startswith("Points were trained until")
    assert ": 60 epochs. 2 were given up" in told


def test_a_point_that_diverged_was_not_trained_until_it_settled():
    assert ": 20 epochs." in trained_until(results([20, 11], ["flat", "diverged"]))
    assert trained_until(results([11, 11], ["diverged"] * 2)) is None


def test_where_every_point_was_cut_off_none_is_said_to_have_settled():
    assert trained_until(results([60, 60, 60], ["truncated", "unsettled", "truncated"])) == (
        "None of 3 points had settled by the last epoch, 60: 2 were still falling."
    )
    assert trained_until(results([60], ["truncated"])) == (
        "The point had not settled by the last epoch, 60: it was still falling."
    )
    assert trained_until(results([60, 60], ["truncated"] * 2)) == (
        "None of 2 points had settled by the last epoch, 60: all were still falling."
    )
    assert trained_until(results([60, 20], ["truncated", "flat"])).endswith(
        "1 of 2 had not settled by the last epoch, 60: it was still falling."
    )
    assert trained_until(results([60, 60], ["unsettled"] * 2)) == (
        "None of 2 points had settled by the last epoch, 60."
    )
    told = trained_until(results([60, 32, 11], ["truncated", "futile", "diverged"]))
    assert told == (
        "None of 3 points had settled by the last epoch, 60: 1 was still falling. 1 was given up, "
        "unable to catch up (--futility): its loss is an upper bound."
    )


def test_points_cut_off_are_named_and_said_to_fall_only_where_they_did():
    found = results([60, 60, 32], ["truncated", "truncated", "flat"])
    points = points_in(found)
    (told,) = still_falling(found, points[2])
    assert told == (
        "2 points were still falling at the last epoch, 60 "
        f"({points[0].described()}; {points[1].described()}). Try --epochs 120."
    )
    assert still_falling(found, points[0]) == [
        "the chosen point was still falling at the last epoch, 60. Try --epochs 120."
    ]
    mixed = results([60, 60, 32], ["truncated", "unsettled", "flat"])
    assert still_falling(mixed, points[2])[0].startswith("2 points had not settled by the last")
    assert still_falling(mixed, points[1]) == [
        "the chosen point had not settled by the last epoch, 60. Try --epochs 120."
    ]
    assert still_falling(results([60, 60], ["flat"] * 2), points[0]) == []


def test_many_of_them_are_counted():
    found = results([60] * 6, ["truncated"] * 5 + ["flat"])
    (told,) = still_falling(found, points_in(found)[5])
    assert told.startswith("5 points were")
    assert "and 2 more)" in told


def test_with_fixed_epochs_the_chosen_point_alone_is_looked_at():
    found = results_of(np.ones((1, 2, 3)), curve=np.array([0.3, 0.2, 0.0]))
    assert still_falling(found, points_in(found)[0]) == [
        "the chosen point was still improving at the last epoch, 3. Try --epochs 6."
    ]
    assert still_falling(results_of(np.ones((1, 2, 3))), points_in(found)[0]) == []


def test_points_that_a_pilot_dropped_are_not_counted():
    told = trained_until(results([0, 60, 32, 0], ["", "truncated", "flat", ""]))
    assert ": 32 to 60 epochs. 1 of 2 had not settled" in told
    assert trained_until(results([0, 60], ["", "truncated"])).startswith("The point had not")
