"""Whether what was read of a model belongs to one estimator that can predict."""

import math
from collections.abc import Mapping
from numbers import Real

from sklearn.base import is_classifier

from dropdecay.estimators.base import NetworkEstimator
from dropdecay.parts import LOSSES
from dropdecay.settings import Network

NEEDED = {
    "MLPClassifier": ("classes_", "_many_labels", "n_features_in_"),
    "MLPRegressor": ("_flat", "n_features_in_"),
    "MLPClassifierCV": ("classes_", "_many_labels", "n_features_in_", "encoding_"),
    "MLPRegressorCV": ("_flat", "n_features_in_", "encoding_", "target_center_", "target_scale_"),
}
"""What each kind must have, beside its network, to predict."""


def network_of(described: Mapping[str, object]) -> Network:
    """Return the network that a model describes, whose number of inputs is known.

    Raises
    ------
    TypeError, ValueError
        If it describes none.
    """
    sizes = described["hidden_layer_sizes"]
    if not isinstance(sizes, list) or type(described["n_inputs"]) is not int:
        raise ValueError("a network without sizes")
    return Network(**{**described, "hidden_layer_sizes": tuple(sizes)})  # type: ignore[arg-type]  # it checks them


def check_coherence(estimator: NetworkEstimator) -> None:
    """Refuse an estimator that would fail, or say something else, when it predicts.

    Raises
    ------
    ValueError
        Naming what is missing or does not go together.
    """
    missing = [name for name in NEEDED[type(estimator).__name__] if not hasattr(estimator, name)]
    if missing:
        raise ValueError(f"it has no {missing[0]}")
    if is_classifier(estimator):
        _check_classes(estimator)
    elif estimator._flat and estimator.n_outputs_ != 1:
        raise ValueError(f"one value a row, of {estimator.n_outputs_} outputs")
    _check_units(estimator)
    _check_columns(estimator)
    folds = getattr(estimator, "fold_networks_", None)
    if folds is not None and {each.network.n_outputs for each in folds.folds} != {
        estimator.n_outputs_
    }:
        raise ValueError("networks of folds with other outputs than the model's")


def _check_classes(estimator: NetworkEstimator) -> None:
    output = LOSSES[estimator.network_.loss].output.name
    n_classes, n_outputs = len(estimator.classes_), estimator.n_outputs_
    if output not in ("logistic", "softmax"):
        raise ValueError(f"classes of a network whose outputs are {output}")
    # Two classes share one output; so does the only one that partial_fit may begin with.
    needed = n_classes if estimator._many_labels or n_classes > 2 else 1
    fewest = 1 if estimator._many_labels or type(estimator).__name__ == "MLPClassifier" else 2
    if estimator.classes_.ndim != 1 or n_classes < fewest or n_outputs != needed:
        raise ValueError(f"{n_classes} classes of {n_outputs} outputs")
    threshold = getattr(estimator, "threshold_", None)
    if threshold is not None and not (
        n_classes == 2 and not estimator._many_labels and 0 <= threshold <= 1
    ):
        raise ValueError(f"a threshold of {threshold} for {n_classes} classes")
    temperature = getattr(estimator, "temperature_", None)
    if temperature is not None and not 0 < temperature < math.inf:
        raise ValueError(f"a temperature of {temperature}")


def _check_units(estimator: NetworkEstimator) -> None:
    if not hasattr(estimator, "target_scale_"):
        return
    centers, scale = estimator.target_center_, estimator.target_scale_
    n_scales = 1 if isinstance(scale, Real) else len(scale)
    if centers.shape != (estimator.n_outputs_,) or n_scales != estimator.n_outputs_:
        raise ValueError(f"units of {n_scales} values for {estimator.n_outputs_} outputs")


def _check_columns(estimator: NetworkEstimator) -> None:
    encoding, n_columns = getattr(estimator, "encoding_", None), estimator.n_features_in_
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and len(names) != n_columns:
        raise ValueError(f"{len(names)} names of {n_columns} columns")
    if encoding is not None and encoding.is_table:
        if names is None or not hasattr(estimator, "ignored_columns_"):
            raise ValueError("a table without names of columns")
    elif encoding is not None and estimator.encoder_ is not None:
        n_encoded = getattr(estimator.encoder_, "n_features_in_", n_columns)
        if n_encoded != n_columns:
            raise ValueError(f"{n_columns} columns for an encoder of {n_encoded}")
    if encoding is not None and encoding.reading is not None:
        read = [each.name for each in encoding.reading.learnt_from]
        unknown = set(read) - set(names if names is not None else ())
        if not encoding.is_table or unknown:
            raise ValueError("a reading of columns that it does not have")
    if (
        encoding is None or estimator.encoder_ is None
    ) and estimator.network_.n_inputs != n_columns:
        raise ValueError(f"{n_columns} columns for {estimator.network_.n_inputs} inputs")
