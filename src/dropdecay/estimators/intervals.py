"""``predict_interval`` and ``predict_set``: what the networks of the folds make of new rows."""

from __future__ import annotations

import warnings
from numbers import Real
from typing import TYPE_CHECKING, Protocol

import numpy as np
from sklearn.utils.validation import check_is_fitted

from dropdecay.arrays import Bool, Float64, Floating
from dropdecay.data.encoding import Encoding, RowsLike, Transformer
from dropdecay.data.targets import class_probabilities
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadInput, BadSetting, Parameter, UnseenWarning
from dropdecay.explain.fold_networks import FoldNetworks
from dropdecay.statistics.cv_plus import plus_intervals, plus_sets

if TYPE_CHECKING:
    from dropdecay.estimators.fold_networks import KeptFolds

LEVEL = 0.9


class FittedOnFolds(Protocol):
    """A fitted search over multilayer perceptrons."""

    encoding_: Encoding
    fold_networks_: FoldNetworks | None
    target_center_: Float64
    target_scale_: Float64 | float
    _kept_folds: KeptFolds
    _many_labels: bool


def value_intervals(estimator: FittedOnFolds, X: RowsLike, level: float) -> Float64:
    """Return lower and upper end for each row and output, (n_rows, n_outputs, 2)."""
    level = check_level(level)
    networks = fold_networks_of(estimator, "predict_interval")
    said = estimator.target_center_ + estimator.target_scale_ * _outputs(
        estimator, networks, X
    ).astype(np.float64)
    return np.stack(
        [
            plus_intervals(said[:, :, output], networks.misfits(output), level)
            for output in range(said.shape[2])
        ],
        axis=1,
    )


def class_sets(estimator: FittedOnFolds, X: RowsLike, level: float, best: Floating) -> Bool:
    """Return which classes are in the set of each row, (n_rows, n_classes).

    Parameters
    ----------
    estimator : fitted classifier
    X : rows
    level : float
    best : shape (n_rows, n_classes)
        Probabilities by the refitted network: its class is always in the set.
    """
    level = check_level(level)
    networks = fold_networks_of(estimator, "predict_set")
    if estimator._many_labels:
        raise BadInput(
            "predict_set needs one class a row; this model predicts many labels at once. Fit a "
            "classifier for each label."
        )
    outputs = _outputs(estimator, networks, X).astype(np.float64)
    misfits = np.stack([1.0 - class_probabilities(each) for each in outputs])
    found = plus_sets(misfits, networks.misfits(0), level)
    found[np.arange(len(best)), best.argmax(axis=1)] = True
    return found


def check_level(level: object) -> float:
    """Return the share of targets that is to be covered, or refuse it."""
    if isinstance(level, bool) or not isinstance(level, Real) or not 0.0 < float(level) < 1.0:
        raise BadSetting(
            Parameter("level"), f" must be between 0 and 1, such as 0.9. Got {level!r}."
        )
    return float(level)


def fold_networks_of(estimator: FittedOnFolds, wanted_by: str) -> FoldNetworks:
    """Return the networks of the folds, or say why there are none."""
    check_is_fitted(estimator)
    networks: FoldNetworks | None = getattr(estimator, "fold_networks_", None)
    if networks is None:
        kept = getattr(estimator, "_kept_folds", None)
        why = "" if kept is None else f" ({kept.why_not})"
        raise BadInput(
            f"{wanted_by} needs the networks of the folds, which this model was fitted or saved "
            f"without{why}. Fit it again with ", Parameter("keep_folds", True), ".",
        )  # fmt: skip
    return networks


def _outputs(estimator: FittedOnFolds, networks: FoldNetworks, X: RowsLike) -> Floating:
    encoded: dict[int, Matrix] = {}  # where all folds have one encoder, rows are encoded once

    def of_encoder(encoder: Transformer | None) -> Matrix:
        if id(encoder) not in encoded:
            encoded.clear()
            encoded[id(encoder)] = estimator.encoding_.apply(estimator, X, encoder)
        return encoded[id(encoder)]

    with warnings.catch_warnings():
        # The network that predicts tells of them; a fold may not have seen what that one has.
        warnings.simplefilter("ignore", UnseenWarning)
        return networks.outputs(of_encoder)
