"""Shuffled folds beside later rows, in one sentence."""

import math

from dropdecay.selection.time_order import TimeOrder

FIGURES = TimeOrder("log loss", "accuracy", 0.3812, 0.84, 0.3104, 0.871)


def test_both_figures_stand_in_one_sentence():
    assert str(FIGURES) == (
        "Shuffled folds would say a log loss of 0.31 (accuracy 0.87); later rows give 0.381 "
        "(accuracy 0.84), which is what you will predict."
    )


def test_a_score_that_is_not_defined_is_left_out():
    figures = TimeOrder("log loss", "roc_auc", 0.38, math.nan, 0.31, 0.9)
    assert str(figures).endswith("later rows give 0.38, which is what you will predict.")


def test_shuffled_folds_that_diverged_say_so():
    figures = TimeOrder("log loss", "accuracy", 0.38, 0.84, math.nan, math.nan)
    assert str(figures) == (
        "Log loss of later rows: 0.38 (accuracy 0.84), which is what you will predict. On shuffled "
        "folds the training diverged."
    )
    assert figures.as_dict()["shuffled_loss"] is None
