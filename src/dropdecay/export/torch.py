"""A fitted network for other tools: its names, and torch's state_dict as safetensors."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as save_arrays
from sklearn.pipeline import Pipeline

from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Network
from dropdecay.table.columns import Columns


def properties(estimator: Any, inputs: list[str] | None = None) -> dict[str, str]:
    """Return what a user of the file must know, as JSON texts.

    Parameters
    ----------
    inputs : list, optional
        The columns that the network takes. Default: those that the encoder gives.
    """
    said: dict[str, Any] = {"inputs": input_names(estimator) if inputs is None else inputs}
    if hasattr(estimator, "classes_"):
        said["classes"] = [str(each) for each in estimator.classes_]
    return {name: json.dumps(value) for name, value in said.items()}


def input_names(estimator: Any) -> list[str]:
    """Return the columns that the encoder gives, in order."""
    encoder = getattr(estimator, "encoder_", None)
    if isinstance(encoder, Pipeline) and isinstance(encoder[0], Columns):
        encoder = encoder[1]  # the columns before it and the matrix after it have no names
    if encoder is None or not hasattr(encoder, "get_feature_names_out"):
        return [f"x{i}" for i in range(estimator.network_.n_inputs)]
    return [str(name) for name in encoder.get_feature_names_out()]


def torch_bytes(estimator: Any) -> bytes:
    """Return the network's weights as torch's state_dict of an ``nn.Sequential``."""
    arrays: dict[str, Any] = {}
    for i, (weights, biases) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        # torch keeps (n_outputs, n_inputs), and every layer but the last has two modules after it.
        arrays[f"{3 * i}.weight"] = np.ascontiguousarray(weights.T, np.float32)
        arrays[f"{3 * i}.bias"] = np.ascontiguousarray(biases, np.float32)
    return save_arrays(arrays, metadata=properties(estimator))


def torch_lines(estimator: Any, path: Path) -> list[str]:
    """Return the lines of Python that rebuild the network in torch."""
    network: Network = estimator.network_
    rates = _rates(estimator, len(network.hidden_layer_sizes))
    parts = []
    for i, (n_in, n_out) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
        parts.append(f"nn.Linear({n_in}, {n_out})")
        if i < len(rates):
            parts.append(f"nn.{ACTIVATIONS[network.activation].torch}")
            parts.append(f"nn.Dropout({rates[i]:g})")
    return [
        "from torch import nn; from safetensors.torch import load_file",
        f"network = nn.Sequential({', '.join(parts)})",
        f"network.load_state_dict(load_file({str(path)!r})); network.eval()",
    ]


def _rates(estimator: Any, n_hidden: int) -> list[float]:
    if hasattr(estimator, "chosen_params_"):
        return [float(estimator.chosen_params_["dropout"])] * n_hidden
    rate = estimator.dropout
    return [float(each) for each in rate] if np.ndim(rate) else [float(rate)] * n_hidden


def what_comes_out(estimator: Any) -> str:
    """Say how the torch network's logits become what ``predict`` gives."""
    network: Network = estimator.network_
    output = LOSSES[network.loss].output
    if hasattr(estimator, "target_scale_"):
        center = np.ravel(estimator.target_center_).tolist()
        return f"values are {center} + {float(estimator.target_scale_)!r} * outputs"
    return output.meaning
