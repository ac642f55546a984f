"""A fitted network for other tools: ONNX, and torch's state_dict as safetensors."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save as save_arrays

import dropdecay
from dropdecay.errors import BadInput
from dropdecay.settings import Network

OPSET, IR = 17, 8
"""Old enough for every onnxruntime of the last years."""

TORCH_ACTIVATIONS = {
    "relu": "ReLU()",
    "tanh": "Tanh()",
    "logistic": "Sigmoid()",
    "gelu": "GELU()",
    "silu": "SiLU()",
    "identity": "Identity()",
}


def onnx_bytes(estimator: Any) -> bytes:
    """Return the network as an ONNX model.

    It takes what the encoder gives (float32, ``encoder_.transform``) and gives probabilities of
    the classes in the order of ``classes_``, or values in the units of ``y``.

    Parameters
    ----------
    estimator : fitted estimator of this package

    Raises
    ------
    BadInput
        If onnx is not installed.
    """
    try:
        import onnx
        from onnx import TensorProto, helper, numpy_helper
    except ImportError:
        raise BadInput('ONNX needs onnx. Install it: pip install "dropdecay[onnx]".') from None
    network: Network = estimator.network_
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(np.asarray(value, np.float32), name))
        return name

    def node(kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    at = "encoded"
    n_layers = len(estimator.coefs_)
    for i, (weights, biases) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        parts = [at, constant(f"weights_{i}", weights), constant(f"biases_{i}", biases)]
        at = node("Gemm", parts, f"layer_{i}")
        if i < n_layers - 1:
            at = _activation(network.activation, at, f"active_{i}", node, constant)
    _outputs(estimator, network, at, node, constant)
    width = _output_width(estimator, network)
    graph = helper.make_graph(
        nodes,
        "dropdecay",
        [helper.make_tensor_value_info("encoded", TensorProto.FLOAT, ["rows", network.n_inputs])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["rows", width])],
        constants,
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="dropdecay",
        producer_version=dropdecay.__version__,
    )
    helper.set_model_props(model, _properties(estimator))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _activation(kind: str, at: str, name: str, node: Any, constant: Any) -> str:
    simple = {"relu": "Relu", "tanh": "Tanh", "logistic": "Sigmoid", "identity": "Identity"}
    if kind in simple:
        return str(node(simple[kind], [at], name))
    if kind == "silu":
        return str(node("Mul", [at, node("Sigmoid", [at], f"{name}_gate")], name))
    # gelu in its exact form: z / 2 * (1 + erf(z / sqrt(2))); an operator of its own is younger.
    scaled = node("Mul", [at, constant(f"{name}_root", np.sqrt(0.5))], f"{name}_scaled")
    bent = node("Erf", [scaled], f"{name}_erf")
    gate = node("Add", [bent, constant(f"{name}_one", 1.0)], f"{name}_gate")
    half = node("Mul", [at, constant(f"{name}_half", 0.5)], f"{name}_halved")
    return str(node("Mul", [half, gate], name))


def _outputs(estimator: Any, network: Network, at: str, node: Any, constant: Any) -> None:
    """From the last layer's sums to what ``predict_proba`` or ``predict`` gives."""
    if network.loss == "categorical_cross_entropy":
        node("Softmax", [at], "output", axis=1)
    elif network.loss == "half_poisson":
        node("Exp", [at], "output")
    elif network.loss != "half_squared_error":
        if _output_width(estimator, network) == network.n_outputs:
            node("Sigmoid", [at], "output")
            return
        second = node("Sigmoid", [at], "second")
        first = node("Sub", [constant("one", 1.0), second], "first")
        node("Concat", [first, second], "output", axis=1)
    elif hasattr(estimator, "target_scale_"):
        scaled = node("Mul", [at, constant("scale", estimator.target_scale_)], "scaled")
        node("Add", [scaled, constant("center", np.ravel(estimator.target_center_))], "output")
    else:
        node("Identity", [at], "output")


def _output_width(estimator: Any, network: Network) -> int:
    """Return the columns of the output: two for a single logistic one."""
    two = network.loss in ("binary_cross_entropy", "logistic_squared_error")
    if two and network.n_outputs == 1 and not getattr(estimator, "_many_labels", False):
        return 2
    return network.n_outputs


def _properties(estimator: Any) -> dict[str, str]:
    """Return what a user of the file must know, as JSON texts."""
    said: dict[str, Any] = {"inputs": input_names(estimator)}
    if hasattr(estimator, "classes_"):
        said["classes"] = [str(each) for each in estimator.classes_]
    return {name: json.dumps(value) for name, value in said.items()}


def input_names(estimator: Any) -> list[str]:
    """Return the columns that the encoder gives, in order."""
    encoder = getattr(estimator, "encoder_", None)
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
    return save_arrays(arrays, metadata=_properties(estimator))


def torch_lines(estimator: Any, path: Path) -> list[str]:
    """Return the lines of Python that rebuild the network in torch."""
    network: Network = estimator.network_
    rates = _rates(estimator, len(network.hidden_layer_sizes))
    parts = []
    for i, (n_in, n_out) in enumerate(zip(network.sizes[:-1], network.sizes[1:], strict=True)):
        parts.append(f"nn.Linear({n_in}, {n_out})")
        if i < len(rates):
            parts.append(f"nn.{TORCH_ACTIVATIONS[network.activation]}")
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
    """Say how the torch network's sums become what ``predict`` gives."""
    loss = estimator.network_.loss
    ends: Mapping[str, str] = {
        "categorical_cross_entropy": "softmax over the outputs gives the probabilities",
        "half_squared_error": "the outputs are values",
        "half_poisson": "exp of the outputs gives the values",
    }
    said = ends.get(loss, "sigmoid of the output gives the probability of the second class")
    if hasattr(estimator, "target_scale_"):
        center = np.ravel(estimator.target_center_).tolist()
        said = f"values are {center} + {float(estimator.target_scale_)!r} * outputs"
    return said
