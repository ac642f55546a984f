"""The other networks of an ensemble of ``MLPClassifier`` or ``MLPRegressor``: fits of their own."""

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from dropdecay.arrays import Floating
from dropdecay.data.encoding import RowsLike
from dropdecay.errors import BadSetting
from dropdecay.settings import check_count


class Fitted(Protocol):
    """An estimator with one network, which has just been trained."""

    n_ensemble: int
    warm_start: bool
    ensemble_params_: Floating | None
    _seed: int

    def _flat_params(self) -> Floating: ...


Estimator = TypeVar("Estimator", bound=Fitted)


def check_trains_anew(estimator: Fitted, *, incremental: bool) -> None:
    """Refuse an ensemble that would have to go on from where it last ended.

    Raises
    ------
    BadSetting
    """
    if check_count("n_ensemble", estimator.n_ensemble) == 1:
        return
    if incremental or estimator.warm_start:
        what = "partial_fit goes on" if incremental else "warm_start=True would go on"
        raise BadSetting(
            f"n_ensemble={estimator.n_ensemble} trains every network from scratch, but {what} with "
            "one. Leave one of the two out."
        )


def with_others(
    estimator: Estimator, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None
) -> Estimator:
    """Train the other networks on the same rows, each with a seed that follows from the first's."""
    params = [estimator._flat_params()]
    for number in range(1, estimator.n_ensemble):
        other = clone(estimator).set_params(n_ensemble=1, random_state=seed_of(estimator, number))
        params.append(other.fit(X, y, sample_weight)._flat_params())
    if len(params) > 1:
        estimator.ensemble_params_ = np.array(params)
    return estimator


def seed_of(estimator: Fitted, number: int) -> int:
    """Return the ``random_state`` of another network of the ensemble, from number 1 on."""
    drawn = np.random.SeedSequence((estimator._seed, number)).generate_state(1)
    return int(drawn[0] >> 1)
