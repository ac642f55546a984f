"""Copies of rows in a table are on one side of every fold, of the further cuts too."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import StratifiedKFold

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import TableWarning
from dropdecay.estimators import fit_surface
from dropdecay.estimators.fit_surface import cuts_of
from tests.table.copies import measured, with_copies

TABLE, SHOWN = with_copies(measured(200), 0.2)
TARGET = TABLE["height"].to_numpy() + TABLE["weight"].to_numpy() > 0


class Stopped(Exception):
    """The task is known; nothing needs to be trained."""


def task_of(estimator, X, y, monkeypatch, groups=None):
    """Return what a fit would train."""
    found = []

    def stop(task, **_):
        found.append(task)
        raise Stopped

    monkeypatch.setattr(fit_surface, "memory_of", stop)
    with pytest.raises(Stopped):
        estimator.fit(X, y, groups)
    return found[0]


def parted(task, n_cuts=3):
    """Return the rows that are judged while their copy is trained on, over several cuts."""
    cuts = cuts_of(task)
    return [
        row
        for fold in range(n_cuts * cuts.n_folds)
        for row in np.flatnonzero(np.isin(SHOWN, SHOWN[cuts[fold].training]))
        if row in cuts[fold].validation
    ]


@pytest.mark.parametrize(("kind", "y"), [(MLPClassifierCV, TARGET), (MLPRegressorCV, 1.0 * TARGET)])
def test_copies_are_on_one_side_of_every_cut(kind, y, monkeypatch):
    with pytest.warns(TableWarning, match=r"40 of 240 rows equal earlier ones in all features\. F"):
        task = task_of(kind(random_state=0), TABLE, y, monkeypatch)

    assert not parted(task)


def test_groups_and_copies_are_kept_together(monkeypatch):
    patients = np.arange(240) // 3
    with pytest.warns(TableWarning, match="Folds keep equal rows together"):
        task = task_of(MLPClassifierCV(random_state=0), TABLE, TARGET, monkeypatch, patients)

    assert not parted(task)
    for training, validation in task.folds:
        assert not np.isin(patients[training], patients[validation]).any()


def test_folds_that_the_user_gives_are_left_as_they_are(monkeypatch):
    cv = StratifiedKFold(5, shuffle=True, random_state=0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        task = task_of(MLPClassifierCV(cv=cv), TABLE, TARGET, monkeypatch)

    given = list(cv.split(TABLE, TARGET))
    assert all(np.array_equal(a, b) for one in zip(task.folds, given, strict=True)
               for a, b in zip(*one, strict=True))  # fmt: skip


def test_rows_of_an_array_stand_alone(monkeypatch):
    X = np.asarray(TABLE[["height", "weight"]])

    assert task_of(MLPClassifierCV(), X, TARGET, monkeypatch).groups is None


def test_a_table_without_copies_is_cut_as_ever(monkeypatch):
    table = measured(200)
    y = np.arange(200) % 3 == 0

    task = task_of(MLPClassifierCV(random_state=0), table, y, monkeypatch)

    assert task.groups is None
    ever = StratifiedKFold(5, shuffle=True, random_state=task.random_state).split(table, y)
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(task.folds, ever, strict=True))
