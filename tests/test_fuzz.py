import os
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadInput, FailedWork
from dropdecay.table.check import check_features, check_target, recognise_task
from tests.tables import tables

N_CASES = int(os.environ.get("DROPDECAY_FUZZ_CASES", "15"))


@settings(
    max_examples=N_CASES,
    deadline=None,
    derandomize=N_CASES < 100,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(tables())
def test_any_table_gives_finite_predictions_or_one_clear_line(table):
    features, target = table
    refusal = None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            said = fit_and_predict(features, target)
    except (BadInput, FailedWork) as error:
        refusal = str(error)
    if refusal is not None:
        assert 20 < len(refusal) < 600
        return
    for outputs in said:
        assert len(outputs) == len(features)
        if np.asarray(outputs).dtype.kind == "f":
            assert np.isfinite(outputs).all()


def fit_and_predict(features, target):
    """What the command line does with a table, without files."""
    task = recognise_task(target).task
    kind = MLPClassifierCV if task == "classification" else MLPRegressorCV
    search = kind(4, dropouts=(0, 0.3), weight_decays=(0.1,), cv=2, max_iter=2, random_state=0,
                  n_jobs=1)  # fmt: skip
    search.fit(check_features(features), check_target(target, task))
    said = [search.predict(features)]
    if task == "classification":
        said.append(search.predict_proba(features))
    return said


@pytest.mark.skipif(N_CASES < 1000, reason="takes minutes: make fuzz runs it")
def test_five_thousand_columns_are_fitted():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(12, 5000)), columns=[f"c{i}" for i in range(5000)])
    for outputs in fit_and_predict(features, pd.Series(features["c0"] > 0, name="target")):
        assert len(outputs) == 12
