"""Targets of values are made from the tables as their page says, and predictions turned back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression

from benchmarks.recipe_of_values import CANDIDATES, measure, values_of

pytestmark = pytest.mark.filterwarnings("ignore:The best:dropdecay.errors.EdgeWarning")


def test_the_column_with_most_values_is_predicted_from_the_others_and_the_class():
    assert values_of(Path(), "iris", 0) is None  # 43 different lengths at most
    split = values_of(Path(), "wine", 0)
    assert not split.is_classes
    assert set(split.X["target_class"]) == {"class 0", "class 1", "class 2"}
    assert split.X_test.shape[1] == split.X.shape[1] == 13
    assert not set(split.y) <= {0, 1, 2}
    for name in ("breast_cancer", "wine"):  # whatever rows a split holds
        assert len({tuple(values_of(Path(), name, number).X) for number in range(3)}) == 1


def test_rows_whose_target_is_missing_are_left_out(tmp_path):
    rng = np.random.default_rng(0)
    numbers = pd.DataFrame(rng.normal(size=(200, 2)), columns=["a", "b"])
    numbers.loc[::4, "b"] = np.nan
    numbers["a"] = numbers["a"].round(1)
    frame = numbers.assign(target=np.arange(200) % 2)
    frame.to_parquet(tmp_path / "heart.parquet")

    split = values_of(tmp_path, "heart", 0)

    assert list(split.X) == ["a", "target_class"]
    assert len(split.y) + len(split.y_test) == 150
    assert np.isfinite(split.y).all()


@pytest.mark.parametrize("name", ["targets normal by quantiles", "targets by a signed logarithm"])
def test_a_transformed_target_is_turned_back(name):
    X, y = np.zeros((401, 1)), np.exp(np.linspace(-4, 4, 401))

    model = CANDIDATES[name](DummyRegressor()).fit(X, y)

    # The mean of what is drawn together at its long end lies nearer to the median.
    assert 0.9 * np.median(y) < float(model.predict(X)[0]) < 0.7 * y.mean()


def test_predictions_stay_within_the_values_seen():
    model = CANDIDATES["predictions within the values seen"](LinearRegression())
    model.fit(np.arange(5.0)[:, None], np.arange(5.0))

    np.testing.assert_allclose(model.predict([[-3.0], [2.0], [9.0]]), [0.0, 2.0, 4.0])


def test_errors_are_shares_of_what_the_mean_of_the_training_rows_errs(monkeypatch):
    monkeypatch.setitem(CANDIDATES, "default", lambda regressor: DummyRegressor())

    row = measure(Path(), "wine", 0, "default")

    assert row["rmse_share"] == pytest.approx(1.0)
    assert 0.5 < row["mae_share"] < 1.0
