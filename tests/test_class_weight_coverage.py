"""The loss to expect with class weights lies around what new rows show, weighted and plain."""

import numpy as np
import pytest

from benchmarks.class_weight_coverage import CASES, coverage, look, sample


def test_a_class_is_as_rare_as_its_world_says():
    for case, share in zip(CASES, (1 / 4, 1 / 12), strict=True):
        _, y = sample(case, np.random.default_rng(0), 50_000)
        assert y.mean() == pytest.approx(share, abs=0.015)


def test_figures_are_of_the_loss_that_they_name_and_intervals_hold_the_truth_of_most_tables():
    case = CASES[1]
    looks = [look(case, seed) for seed in range(4)]
    weighted, plain = coverage(case, looks)
    assert (weighted["loss"], plain["loss"]) == ("weighted", "plain")
    # The rare class is the harder one, and weighs five times what it is.
    assert weighted["truth"] > plain["truth"] + 0.03
    for row in (weighted, plain):
        assert row["covers"][3] >= 2
        assert abs(row["off by"]) < 0.1
