"""A fitted network for torch: its state_dict as safetensors, and the code that rebuilds it."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save as save_arrays

from dropdecay.arrays import AnyArray
from dropdecay.errors import BadInput
from dropdecay.estimators.base import NetworkEstimator, dropout_rates
from dropdecay.export.encoder_arrays import encoder_of, is_of_tables
from dropdecay.export.stacked import ensemble_temperature, stacked_layers
from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Regularization

SAID = {"softmax": "nn.Softmax(2)", "logistic": "nn.Sigmoid()", "identity": "nn.Identity()"}
MEANT = {
    "softmax": "the outputs are probabilities",
    "logistic": "the output is the probability of the second class",
}
"""What the networks of an ensemble say before the mean is taken, and what that means."""


def properties(estimator: NetworkEstimator, inputs: list[str] | None = None) -> dict[str, str]:
    """Return the names of inputs and classes, and the threshold if there is one, as JSON.

    Parameters
    ----------
    estimator : fitted estimator of this package
    inputs : list, optional
        Names of the network's inputs. Default: the columns that the encoder returns.
    """
    names = {"inputs": input_names(estimator) if inputs is None else inputs}
    if hasattr(estimator, "classes_"):
        names["classes"] = [str(each) for each in estimator.classes_]
    about: dict[str, object] = dict(names)
    if (threshold := getattr(estimator, "threshold_", None)) is not None:
        about["threshold"] = threshold
    return {name: json.dumps(value) for name, value in about.items()}


def input_names(estimator: NetworkEstimator) -> list[str]:
    """Return the names of the columns that the encoder returns, in order."""
    encoder = encoder_of(estimator)
    if is_of_tables(encoder):
        encoder = encoder[1]  # the only step that knows the names of what it returns
    if encoder is None or not hasattr(encoder, "get_feature_names_out"):
        return [f"x{i}" for i in range(estimator.coefs_[0].shape[0])]
    return [str(name) for name in encoder.get_feature_names_out()]


def torch_bytes(estimator: NetworkEstimator) -> bytes:
    """Return the network's weights as the state_dict of an ``nn.Sequential`` in torch."""
    arrays: dict[str, AnyArray] = {}
    if estimator.ensemble_params_ is not None:
        for i, (_, own) in enumerate(_ensemble_parts(estimator)):
            arrays |= {f"{i}.{name}": np.ascontiguousarray(own[name], np.float32) for name in own}
        return save_arrays(arrays, metadata=properties(estimator))
    for i, (weights, biases) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        # torch stores (n_outputs, n_inputs); two modules follow every layer but the last.
        arrays[f"{3 * i}.weight"] = np.ascontiguousarray(weights.T, np.float32)
        arrays[f"{3 * i}.bias"] = np.ascontiguousarray(biases, np.float32)
    return save_arrays(arrays, metadata=properties(estimator))


def torch_lines(estimator: NetworkEstimator, path: Path) -> list[str]:
    """Return the lines of Python that rebuild the network in torch."""
    network = estimator.network_
    rates = _rates(estimator, len(network.hidden_layer_sizes))
    parts = []
    if estimator.ensemble_params_ is not None:
        return _lines([part for part, _ in _ensemble_parts(estimator)], path)
    for i, (n_in, n_out) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
        parts.append(f"nn.Linear({n_in}, {n_out})")
        if i < len(rates):
            parts.append(f"nn.{ACTIVATIONS[network.activation].torch}")
            parts.append(f"nn.Dropout({rates[i]:g})")
    return _lines(parts, path)


def _lines(parts: Sequence[str], path: Path) -> list[str]:
    return [
        "from torch import nn; from safetensors.torch import load_file",
        f"network = nn.Sequential({', '.join(parts)})",
        f"network.load_state_dict(load_file({str(path)!r})); network.eval()",
    ]


def _ensemble_parts(estimator: NetworkEstimator) -> list[tuple[str, dict[str, AnyArray]]]:
    """Return the modules that are an ensemble together, and the arrays of each.

    The networks lie side by side: after the first layer each is a group of channels of its own.
    The last module takes the mean over them.
    """
    network = estimator.network_
    rates = _rates(estimator, network.n_hidden)
    layers, n_outputs = list(stacked_layers(estimator)), network.n_outputs
    n_networks = len(layers[0][0])
    parts: list[tuple[str, dict[str, AnyArray]]] = []
    for i, (weights, biases) in enumerate(layers):
        n_in, n_out = weights.shape[1], n_networks * weights.shape[2]
        # (networks, inputs, outputs) -> (networks * outputs, inputs), as torch stores it.
        own = weights.transpose(0, 2, 1).reshape(n_out, n_in)
        if i == 0:
            parts.append((f"nn.Linear({n_in}, {n_out})", {"weight": own, "bias": biases.ravel()}))
            parts.append((f"nn.Unflatten(1, ({n_out}, 1))", {}))
        else:
            kind = f"nn.Conv1d({n_networks * n_in}, {n_out}, 1, groups={n_networks})"
            parts.append((kind, {"weight": own[:, :, None], "bias": biases.ravel()}))
        if i < len(rates):
            parts.append((f"nn.{ACTIVATIONS[network.activation].torch}", {}))
            parts.append((f"nn.Dropout({rates[i]:g})", {}))
    output = LOSSES[network.loss].output.name
    if output not in SAID:
        raise BadInput(
            "torch has no module for the outputs of a Poisson loss, of which an ensemble takes the "
            "mean. Export it to ONNX."
        )
    mean = np.tile(np.eye(n_outputs), n_networks) / n_networks
    return [
        *parts,
        (f"nn.Unflatten(1, ({n_networks}, {n_outputs}))", {}),
        (SAID[output], {}),
        ("nn.Flatten(1)", {}),
        (f"nn.Linear({n_networks * n_outputs}, {n_outputs}, bias=False)", {"weight": mean}),
    ]


def _rates(estimator: NetworkEstimator, n_hidden: int) -> tuple[float, ...]:
    searched = hasattr(estimator, "chosen_params_")
    rate = estimator.chosen_params_["dropout"] if searched else estimator.dropout
    return Regularization(dropout=dropout_rates(rate)).hidden_rates(n_hidden)


def describe_output(estimator: NetworkEstimator) -> str:
    """Describe how the torch network's logits become the output of ``predict``."""
    output = LOSSES[estimator.network_.loss].output
    if hasattr(estimator, "target_scale_"):
        center = np.ravel(estimator.target_center_).tolist()
        scale = np.asarray(estimator.target_scale_).tolist()  # a number, or one for each output
        return f"values are {center} + {scale!r} * outputs"
    threshold = getattr(estimator, "threshold_", None)
    cut = "" if threshold is None else f"; from {threshold:.6g} on, that class is predicted"
    meaning = output.meaning
    if estimator.ensemble_params_ is not None:
        meaning = MEANT.get(output.name, "the outputs are values")
        if (temperature := ensemble_temperature(estimator)) is not None:
            meaning += f", whose logits are to be divided by {temperature:.6g}"
    return f"{meaning}{cut}"
