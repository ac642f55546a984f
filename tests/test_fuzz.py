"""Whatever the table: finite predictions or one clear line, through fit, predict and files."""

import json
import os
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, seed, settings

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadInput, FailedWork
from dropdecay.table.check import check_features, check_target, recognise_task
from tests.tables import tables

N_CASES = int(os.environ.get("DROPDECAY_FUZZ_CASES", "15"))
SEED = int(os.environ.get("DROPDECAY_FUZZ_SEED", "0"))
ANY = settings(
    max_examples=N_CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
ended = Counter()
"""How the cases ended."""


def outcome(step, *given):
    """What the step gives, or the one line it is refused with."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return step(*given)
    except (BadInput, FailedWork) as error:
        line = str(error)
    assert 20 < len(line) < 600
    assert "\n" not in line
    return line


@ANY
@seed(SEED)
@given(tables())
def test_any_table_gives_finite_predictions_or_one_clear_line(drawn):
    fitted = outcome(fit, drawn.features, drawn.target)
    if isinstance(fitted, str):
        ended["refused by fit"] += 1
        return

    check_outputs(fitted, drawn.features)

    later = outcome(check_outputs, fitted, drawn.later)
    ended["refused by predict" if isinstance(later, str) else "predicted"] += 1


def test_most_tables_were_fitted_not_refused():
    """Runs after the test above: a fuzzer that is always refused tests nothing."""
    if not ended:
        pytest.skip("the tables of the test above were not tried")
    assert ended["predicted"] + ended["refused by predict"] >= ended.total() / 3
    assert min(ended["predicted"], ended["refused by fit"]) > 0
    print(f"\n{json.dumps(ended)}")  # noqa: T201  # pytest -s shows how many


def fit(features, target):
    """What the command line does with a table, without files."""
    task = recognise_task(target).task
    kind = MLPClassifierCV if task == "classification" else MLPRegressorCV
    search = kind(4, dropouts=(0, 0.3), weight_decays=(0.1,), cv=2, max_iter=2, random_state=0,
                  n_jobs=1, extend=False)  # fmt: skip
    return search.fit(check_features(features), check_target(target, task))


def check_outputs(fitted, table):
    """Let every row be predicted, finitely."""
    if hasattr(fitted, "classes_"):
        probabilities = fitted.predict_proba(table)
        assert probabilities.shape == (len(table), len(fitted.classes_))
        assert np.isfinite(probabilities).all()
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
        return
    predicted = fitted.predict(table)
    assert predicted.shape == (len(table),)
    assert np.isfinite(predicted).all()


def test_five_thousand_columns_are_fitted():
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(12, 5000)), columns=[f"c{i}" for i in range(5000)])
    target = pd.Series(features["c0"] > 0, name="target")

    check_outputs(fit(features, target), features)
