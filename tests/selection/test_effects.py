"""What each axis brings, and whether two of them add up."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.axes import Point
from dropdecay.selection.effects import table_of_effects
from tests.selection.worlds import at

NOISE = np.array([[0.01], [-0.01], [0.005], [-0.005]])


def costs(**lower_by):
    """Kinds whose cost is 1 less what they bring, with folds that differ a little."""
    return {
        name: 1.0 - gain + 2**i * NOISE
        for i, (name, gain) in enumerate({"none": 0.0, **lower_by}.items())
    }


TWO = at(0.1, 1.0)


def table(cells, chosen=TWO):
    found = table_of_effects(cells, chosen, 1 / 3, "log loss", lower_is_better=True)
    return {effect.name: effect for effect in found}


def test_gains_are_over_none_and_above_0_is_better():
    effects = table(costs(dropout=0.2, weight_decay=-0.1, together=0.3))

    assert list(effects) == ["dropout", "weight_decay", "together", "beyond_sum"]
    assert_allclose([effects[name].gain.mean for name in effects], [0.2, -0.1, 0.3, 0.2])


def test_intervals_are_the_corrected_ones():
    cells = costs(dropout=0.2)
    gain = table(cells)["dropout"].gain

    differences = (cells["none"] - cells["dropout"])[:, 0]
    expected = stats.t.ppf(0.975, 3) * differences.std(ddof=1) * np.sqrt(1 / 4 + 1 / 3)
    assert_allclose(gain.upper - gain.mean, expected)


@pytest.mark.parametrize(
    ("both", "words"),
    [(0.7, "larger than"), (0.1, "smaller than"), (0.31, "indistinguishable from")],
)
def test_a_sentence_says_whether_gains_add_up(both, words):
    effects = table(costs(dropout=0.2, weight_decay=0.1, together=both))

    assert words in effects["beyond_sum"].sentence


def test_a_sentence_says_direction_size_and_interval():
    effects = table(costs(dropout=0.2, weight_decay=-0.1))

    assert effects["dropout"].sentence.startswith(
        "Dropout alone, at its best: log loss lower by 0.200 (95 % interval "
    )
    assert effects["weight_decay"].sentence.startswith(
        "Weight decay alone, at its best: log loss higher by 0.10 (95 % interval "
    )


def test_what_the_surface_lacks_is_absent():
    assert list(table(costs(weight_decay=0.1))) == ["weight_decay"]
    assert table({"dropout": np.ones((4, 1))}) == {}
    assert table(costs()) == {}


def test_seeds_are_averaged_within_a_fold():
    rng = np.random.default_rng(0)
    none, dropout = rng.normal(size=(2, 5, 3))

    many = table({"none": none, "dropout": dropout})["dropout"].gain
    one = table({"none": none.mean(axis=1, keepdims=True),
                 "dropout": dropout.mean(axis=1, keepdims=True)})["dropout"].gain  # fmt: skip

    assert many.n_folds == 5
    assert_allclose([many.mean, many.lower], [one.mean, one.lower])


THREE = Point.of(dropout=0.1, weight_decay=1.0, limit=4.0)


def test_with_three_axes_each_has_a_row_and_no_sum_is_reported():
    cells = costs(dropout=0.2, weight_decay=0.1, limit=-0.1, together=0.3)

    effects = table(cells, THREE)

    assert list(effects) == ["dropout", "weight_decay", "limit", "together"]
    assert effects["limit"].sentence.startswith("Limit alone, at its best: log loss higher by 0.1")
    assert effects["together"].sentence.startswith("A combination, at its best: log loss")


def test_with_three_axes_no_sum_is_reported_even_if_only_two_have_points_alone():
    effects = table(costs(dropout=0.2, limit=0.1, together=0.3), THREE)

    assert list(effects) == ["dropout", "limit", "together"]


def test_the_one_axis_of_a_path_is_not_called_alone():
    effects = table(costs(limit=0.1), Point.of(limit=4.0))

    assert list(effects) == ["limit"]
    assert effects["limit"].sentence.startswith("Limit, at its best: log loss lower by 0.1")


def test_a_tuned_axis_has_a_row_without_a_gain_behind_the_others():
    chosen = Point.of(step_size=0.003, dropout=0.1, shape="round", weight_decay=1.0)

    effects = table(costs(dropout=0.2, weight_decay=0.1, together=0.3), chosen)

    assert list(effects) == [
        "dropout", "weight_decay", "together", "beyond_sum", "step_size", "shape",
    ]  # fmt: skip
    assert effects["step_size"].gain is None
    assert effects["step_size"].sentence == "Step size: tuned; 0.003 was chosen."
    assert effects["shape"].sentence == "Shape: tuned; round was chosen."
