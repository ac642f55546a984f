"""The estimate of nested cross-validation, put together from its outer folds."""

import json
from dataclasses import replace

import numpy as np
from numpy.testing import assert_allclose

from dropdecay.axes import Point
from dropdecay.selection.choice import choose
from dropdecay.selection.nested import OuterFold, summarise_nested
from dropdecay.statistics.corrected import paired_difference
from tests.selection.worlds import at, results_of

POINTS = (
    at(0.0, 0.0),
    Point.of(dropout=0.2, limit=None, step_size=0.003),
    at(0.0, 0.0),
)
LOSSES = np.array([0.5, 0.4, 0.6])


def nested():
    figures = choose(results_of(np.ones((1, 1, 2)))).chosen
    folds = [
        OuterFold(replace(figures, point=point), loss, -loss)
        for point, loss in zip(POINTS, LOSSES, strict=True)
    ]
    return summarise_nested(folds, np.array([40, 40, 40]), np.array([20, 20, 20]))


def test_the_estimate_is_the_mean_over_outer_folds_with_the_corrected_interval():
    expected = paired_difference(LOSSES, 0.5)

    assert nested().loss == expected
    assert_allclose([nested().loss.mean, nested().score.mean], [0.5, -0.5])


def test_settings_are_counted_by_what_they_switch_on_the_commonest_first():
    assert list(nested().settings.items()) == [
        ("no regularization", 2),
        ("dropout 0.2, step size 0.003", 1),
    ]


def test_it_is_plain_json():
    plain = json.loads(json.dumps(nested().as_dict(), allow_nan=False))

    assert set(plain) == {"loss", "score", "folds", "settings"}
    assert plain["folds"][1]["chosen"]["point"] == {
        "dropout": 0.2, "limit": None, "step_size": 0.003,
    }  # fmt: skip
