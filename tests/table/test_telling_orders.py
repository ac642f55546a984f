"""Of many dates in a large table only those that may tell are looked at closely."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table import row_order as module
from dropdecay.table.row_order import row_order

N_ROWS = 7_000


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    day = rng.permutation(N_ROWS)
    season = np.repeat(rng.normal(size=N_ROWS // 50 + 1), 50)[:N_ROWS]
    x = rng.normal(size=N_ROWS)
    start = pd.Timestamp("2001-01-01")
    columns = {f"date{i}": start + pd.to_timedelta(rng.permutation(N_ROWS), "D") for i in range(4)}
    columns["told"] = start + pd.to_timedelta(day, "D")
    features = pd.DataFrame({**columns, "x": x, "flag": pd.array(rng.random(N_ROWS) < 0.5)})
    return features, 2 * x + season[day]


@pytest.mark.parametrize("is_classes", [False, True])
def test_the_date_that_tells_is_found_as_it_would_be_alone(table, is_classes, monkeypatch):
    features, values = table
    target = values > 0 if is_classes else values

    found = row_order(features, target, None, is_classes=is_classes)

    assert [(each.code, each.column) for each in found] == [("date-order-matters", "told")]
    monkeypatch.setattr(module, "FEW_DATES", 100)
    assert found == row_order(features, target, None, is_classes=is_classes)


def test_the_others_are_not_looked_at_closely(table, monkeypatch):
    looked = []
    monkeypatch.setattr(module, "_alike", lambda *given, **_: looked.append(given[3]) and None)

    row_order(*table, None, is_classes=False)

    assert len(looked) == 2  # the order of the rows, and the date that tells
