"""What is noticed in Python depends on the folds that a fit will use."""

import pytest

from dropdecay import MLPClassifierCV, check_table
from dropdecay.errors import BadSetting
from tests.estimators.test_grave_findings import told
from tests.table.test_leaks import in_periods


def noticed(*given, **folds):
    return "leak" in ", ".join(check_table(*given, **folds)["noticed"])


def test_leaks_are_looked_for_on_the_folds_that_are_given():
    table, target, in_time = in_periods()
    when = table["month"].to_numpy()

    assert noticed(table, target)
    assert not noticed(table, target, times=when)
    assert not noticed(table, target, cv=in_time)


def test_a_fit_warns_of_what_its_own_folds_show():
    table, target, _ = in_periods()

    assert any("month" in each for each in told(table, target, MLPClassifierCV))
    assert told(table, target, MLPClassifierCV, times=table["month"].to_numpy()) == []


def test_folds_that_are_none_are_refused():
    table, target, _ = in_periods()

    with pytest.raises(BadSetting, match="cv must be a number of folds"):
        check_table(table, target, cv="five")
