"""The networks of the folds, averaged, in place of one that is trained on all rows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.data.encoding import RowsLike
from dropdecay.errors import BadSetting, Parameter, UnseenWarning
from dropdecay.estimators.base import FOLDS, averages_folds
from dropdecay.estimators.intervals import fold_networks_of
from dropdecay.settings import check_count

if TYPE_CHECKING:
    from dropdecay.estimators.base_cv import BaseMLPCV
    from dropdecay.estimators.surface_cv import BaseSurfaceCV


def trained_together(search: BaseSurfaceCV, of_rows: Mapping[str, object]) -> int:
    """Return how many networks of the chosen point are trained on the same rows.

    Parameters
    ----------
    search : estimator
    of_rows : mapping
        Fields of its task: ``whole`` is not None where a part of the rows is searched, ``moments``
        where folds are blocks of time.

    Raises
    ------
    BadSetting
        If ``n_ensemble`` is not allowed, or the networks of the folds cannot be the model.
    """
    asked = getattr(search, "n_ensemble", 1)
    if not averages_folds(search):
        return check_count("n_ensemble", asked)
    how = Parameter("n_ensemble", FOLDS)
    if getattr(search, "keep_folds", True) is False:
        raise BadSetting(
            how, " predicts by the networks of the folds. Leave ", Parameter("keep_folds", False),
            " out.",
        )  # fmt: skip
    if of_rows.get("whole") is not None:
        raise BadSetting(
            how, " averages networks that have seen the rows of the search alone. Leave ",
            Parameter("search_rows"), " out, or give a number of networks.",
        )  # fmt: skip
    if of_rows.get("moments") is not None:
        raise BadSetting(
            how, " would average networks that have seen the earliest rows alone. Give a number of "
            "networks: they are trained on all rows.",
        )  # fmt: skip
    return 1


def mean_of_folds(estimator: BaseMLPCV, X: RowsLike) -> Floating:
    """Return the mean outputs of the networks of the folds, each by its own encoder.

    Returns
    -------
    shape (n_rows, n_outputs), float32
        Probabilities, or values in the units of the networks.
    """
    networks = fold_networks_of(estimator, "n_ensemble='folds'")
    said = []
    with warnings.catch_warnings():
        for each in networks.folds:
            said.append(each.outputs(estimator.encoding_.apply(estimator, X, each.encoder)))
            # The first tells of what it never saw; the others need not say the same.
            warnings.simplefilter("ignore", UnseenWarning)
    return np.asarray(np.mean(said, axis=0, dtype=np.float64), np.float32)
