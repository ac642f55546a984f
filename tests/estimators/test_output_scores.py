"""Several values are reported one by one, each in its own units, and together."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.metrics import r2_score
from sklearn.model_selection import RepeatedKFold

from dropdecay import MLPRegressorCV
from tests.estimators.test_repeats import X, fitted

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

RNG = np.random.default_rng(3)
VALUES = np.column_stack(
    [50_000 * (X[:, 0] + 0.3 * RNG.normal(size=60)), 0.5 * (X[:, 1] + RNG.normal(size=60))]
)


def search_of(y=VALUES, **how):
    return fitted(y, kind=MLPRegressorCV, max_iter=100, **{"n_repeats": 1, **how})


def test_outputs_of_50000_and_of_a_half_have_an_r2_each_and_their_mean_is_the_score():
    search = search_of()
    scores = search.output_scores_

    assert scores.index.tolist() == ["0", "1"]
    assert scores["r2"]["0"] > 0.6
    assert 0.0 < scores["r2"]["1"] < scores["r2"]["0"]
    assert scores["r2"].mean() == pytest.approx(search.choice_.chosen.score, rel=1e-5)
    assert scores["loss"].mean() == pytest.approx(search.choice_.chosen.loss, rel=1e-5)
    assert "<th>together</th>" in search._repr_html_()
    assert scores["rmse"]["0"] / 50_000 == pytest.approx(scores["loss"]["0"] ** 0.5, rel=0.1)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_outputs_are_called_as_the_columns_of_the_target(frame):
    named = frame({"energy (kWh)": VALUES[:, 0], "cost": VALUES[:, 1]})
    scores = search_of(named).output_scores_
    assert scores.index.tolist() == ["energy (kWh)", "cost"]
    np.testing.assert_array_equal(scores, search_of().output_scores_)


def test_they_are_scikit_learns_figures_fold_by_fold_and_weighted_as_the_score():
    weights = RNG.uniform(0.2, 2.0, 60)
    search = search_of(sample_weight=weights)
    results = search.results_

    said = results["out_of_fold_output"][0].values
    for fold in range(3):
        here = results["held_out_by"].values == fold
        expected = r2_score(
            VALUES[here], said[here], sample_weight=weights[here], multioutput="raw_values"
        )
        np.testing.assert_allclose(results["output_r2"][0, fold].values, expected, rtol=1e-6)
    assert search.output_scores_["r2"].mean() == pytest.approx(
        search.choice_.chosen.score, rel=1e-5
    )


def test_the_table_of_points_has_them_where_outputs_were_recorded():
    search = search_of()
    table, chosen = search.cv_results_, search.chosen_params_

    at = table["params"].index(chosen)
    assert table["mean_test_r2_of_output_1"][at] == pytest.approx(search.output_scores_["r2"]["1"])
    recorded = ~np.isnan(table["mean_test_loss_of_output_0"])
    assert recorded.sum() == search.results_.sizes["recorded_point"]
    both = (table["mean_test_r2_of_output_0"] + table["mean_test_r2_of_output_1"]) / 2
    np.testing.assert_allclose(both[recorded], table["mean_test_score"][recorded], rtol=1e-5)


def test_an_output_that_does_not_vary_explains_nothing_and_spoils_nothing():
    scores = search_of(np.column_stack([VALUES, np.full(60, 3.0)])).output_scores_

    assert scores["r2"]["2"] == 0.0
    assert scores["r2"]["0"] > 0.6


def test_repeats_of_the_folds_judge_no_row_twice():
    scores = search_of(cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)).output_scores_

    assert np.isfinite(scores.to_numpy()).all()


@pytest.mark.parametrize(
    ("y", "kind"), [(VALUES[:, 0], MLPRegressorCV), (VALUES > 0, None), (VALUES[:, 0] > 0, None)]
)
def test_a_single_value_and_classes_have_none(y, kind):
    search = fitted(y.astype(float), **({} if kind is None else {"kind": kind}), n_repeats=1)

    assert search.output_scores_ is None
    assert "output_r2" not in search.results_
    assert not any("of_output" in name for name in search.cv_results_)
