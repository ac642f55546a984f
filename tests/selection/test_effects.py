"""What each kind of regularization brings, and whether the two add up."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.selection.effects import table_of_effects

NOISE = np.array([[0.01], [-0.01], [0.005], [-0.005]])


def costs(**lower_by):
    """Cells whose cost is 1 less what they bring, with folds that differ a little."""
    return {
        name: 1.0 - gain + 2**i * NOISE
        for i, (name, gain) in enumerate({"none": 0.0, **lower_by}.items())
    }


def table(cells):
    found = table_of_effects(cells, 1 / 3, "log loss", lower_is_better=True)
    return {effect.name: effect for effect in found}


def test_gains_are_over_none_and_above_0_is_better():
    effects = table(costs(dropout=0.2, decay=-0.1, both=0.3))

    assert list(effects) == ["dropout", "decay", "both", "both beyond the sum"]
    assert_allclose([effects[name].gain.mean for name in effects], [0.2, -0.1, 0.3, 0.2])


def test_intervals_are_the_corrected_ones():
    cells = costs(dropout=0.2)
    gain = table(cells)["dropout"].gain

    differences = (cells["none"] - cells["dropout"])[:, 0]
    expected = stats.t.ppf(0.975, 3) * differences.std(ddof=1) * np.sqrt(1 / 4 + 1 / 3)
    assert_allclose(gain.upper - gain.mean, expected)


@pytest.mark.parametrize(
    ("both", "words"),
    [(0.7, "bring more than"), (0.1, "bring less than"), (0.31, "are not told apart from")],
)
def test_whether_they_add_up_is_said_in_words(both, words):
    effects = table(costs(dropout=0.2, decay=0.1, both=both))

    assert words in effects["both beyond the sum"].sentence


def test_a_sentence_says_direction_size_and_interval():
    effects = table(costs(dropout=0.2, decay=-0.1))

    assert effects["dropout"].sentence.startswith(
        "Dropout alone, at its best: log loss lower by 0.2 (95 % interval "
    )
    assert effects["decay"].sentence.startswith(
        "Weight decay alone, at its best: log loss higher by 0.1 (95 % interval "
    )


def test_what_the_surface_lacks_is_absent():
    assert list(table(costs(decay=0.1))) == ["decay"]
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
