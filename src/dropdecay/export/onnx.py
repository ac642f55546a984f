"""The network as an ONNX model, and before it, where possible, what happens to a table's numbers.

ONNX knows no dates, and no letter groups of text: a model whose table has only numbers and truths
takes them raw; any other takes what the encoder gives.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import dropdecay
from dropdecay.errors import BadInput
from dropdecay.export.encoder_arrays import Scaling, TableNumbers, raw_input
from dropdecay.export.torch import properties
from dropdecay.parts import ACTIVATIONS, LOSSES, OnnxStep
from dropdecay.settings import Network
from dropdecay.table.scaling import FURTHEST, LIMIT

OPSET, IR = 17, 8
"""Old enough for every onnxruntime of the last years."""


@dataclass(frozen=True)
class Graph:
    """Nodes and constants of an ONNX graph while it is put together."""

    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, name: str, value: Any, dtype: Any = np.float32) -> str:
        """Add a constant, and return its name."""
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        """Add a node, and return the name of its output."""
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name


def onnx_bytes(estimator: Any) -> bytes:
    """Return the network as an ONNX model.

    Its input is ``table`` where ``raw_input`` finds one: the columns of the fit in their order, as
    float64, NaN where missing, 1 for true and 0 for false (float32 where the fit was on an array).
    Else it is ``encoded``: what the encoder gives (``encoder_.transform``, float32). The output is
    probabilities of the classes in the order of ``classes_``, or values in the units of ``y``.

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
        from onnx import TensorProto, helper
    except ImportError:
        raise BadInput('ONNX needs onnx. Install it: pip install "dropdecay[onnx]".') from None
    network: Network = estimator.network_
    graph = Graph()
    raw = raw_input(estimator)
    at, width, number = "encoded", network.n_inputs, TensorProto.FLOAT
    if isinstance(raw, TableNumbers):
        at, width, number = "table", len(raw.names), TensorProto.DOUBLE
        _table_numbers(graph, raw)
    elif raw is not None:
        at = "table"
        _scaled(graph, raw, at, "encoded")
    _layers(graph, estimator, network)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "dropdecay",
            [helper.make_tensor_value_info(at, number, ["rows", width])],
            [helper.make_tensor_value_info("output", TensorProto.FLOAT,
                                           ["rows", _output_width(estimator, network)])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR,
        producer_name="dropdecay",
        producer_version=dropdecay.__version__,
    )  # fmt: skip
    names = raw.names if isinstance(raw, TableNumbers) else None
    helper.set_model_props(model, properties(estimator, names))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _layers(graph: Graph, estimator: Any, network: Network) -> None:
    """From ``encoded`` to ``output``."""
    at, n_layers = "encoded", len(estimator.coefs_)
    for i, (weights, biases) in enumerate(
        zip(estimator.coefs_, estimator.intercepts_, strict=True)
    ):
        w, b = graph.constant(f"weights_{i}", weights), graph.constant(f"biases_{i}", biases)
        at = graph.node("Gemm", [at, w, b], f"layer_{i}")
        if i < n_layers - 1:
            at = apply_recipe(graph, ACTIVATIONS[network.activation].onnx, at, f"active_{i}")
    _outputs(graph, estimator, network, at)


def apply_recipe(graph: Graph, recipe: tuple[OnnxStep, ...], at: str, name: str) -> str:
    """Put the operators of a recipe behind ``at``, and return the name of their output."""
    known = {"z": at}
    for step in recipe:
        output = name if step is recipe[-1] else f"{name}_{step.result}"
        inputs = [
            known[each] if isinstance(each, str) else graph.constant(f"{output}_{i}", each)
            for i, each in enumerate(step.inputs)
        ]
        attributes = {} if step.axis is None else {"axis": step.axis}
        known[step.result] = graph.node(step.operator, inputs, output, **attributes)
    return name


def _outputs(graph: Graph, estimator: Any, network: Network, at: str) -> None:
    """From the last layer's logits to what ``predict_proba`` or ``predict`` gives."""
    recipe = LOSSES[network.loss].output.onnx
    if _output_width(estimator, network) != network.n_outputs:
        second = apply_recipe(graph, recipe, at, "second")
        first = graph.node("Sub", [graph.constant("one", 1.0), second], "first")
        graph.node("Concat", [first, second], "output", axis=1)
    elif hasattr(estimator, "target_scale_"):
        values = apply_recipe(graph, recipe, at, "values")
        scale = graph.constant("target_scale", estimator.target_scale_)
        center = graph.constant("target_center", np.ravel(estimator.target_center_))
        graph.node("Add", [graph.node("Mul", [values, scale], "scaled"), center], "output")
    else:
        apply_recipe(graph, recipe, at, "output")


def _output_width(estimator: Any, network: Network) -> int:
    """Return the columns of the output: two for a single logistic one."""
    of_labels = LOSSES[network.loss].targets == "labels"
    if of_labels and network.n_outputs == 1 and not getattr(estimator, "_many_labels", False):
        return 2
    return network.n_outputs


def _table_numbers(graph: Graph, raw: TableNumbers) -> None:
    """From ``table`` to ``encoded``: numbers near zero and squashed, gaps marked, truths apart."""
    parts = []
    if raw.scaling is not None:
        x = graph.node("Gather", ["table", _indices(graph, "numbers", raw.numbers)], "x", axis=1)
        gap = _is_missing(graph, x, "gap")
        known = graph.node("Where", [gap, _double(graph, "nothing", 0.0), x], "known")
        near = _near_zero(graph, raw, known)
        parts.append(_scaled(graph, raw.scaling, near, "squashed", gap))
        if raw.gappy.size:
            marks = graph.node("Cast", [gap], "marks", to=1)  # 1: float32
            chosen = [marks, _indices(graph, "gappy", raw.gappy)]
            parts.append(graph.node("Gather", chosen, "marked", axis=1))
    if raw.truths.size:
        parts.append(_truths(graph, raw))
    joined = graph.node("Concat", parts, "joined", axis=1)
    graph.node("Gather", [joined, _indices(graph, "order", raw.order)], "encoded", axis=1)


def _near_zero(graph: Graph, raw: TableNumbers, at: str) -> str:
    """(x - center) / 2 ** exponent in float64, as ``table.scaling.moved``."""
    quartered = graph.node("Mul", [at, _double(graph, "quarter", 0.25)], "quartered")
    centers = _double(graph, "centers", raw.centers / 4)
    at = graph.node("Sub", [quartered, centers], "from_center")
    # The whole power of two may be too large for a float64; each of its halves is not.
    half = (2 - raw.exponents) // 2
    for name, power in (("half_scaled", half), ("scaled_x", 2 - raw.exponents - half)):
        factors = _double(graph, f"{name}_by", np.ldexp(1.0, power))
        at = graph.node("Mul", [at, factors], name)
    least, most = _double(graph, "least", -FURTHEST), _double(graph, "most", FURTHEST)
    return graph.node("Cast", [graph.node("Clip", [at, least, most], "clipped")], "near", to=1)


def _scaled(graph: Graph, scaling: Scaling, at: str, name: str, gap: str | None = None) -> str:
    """Centre, scale and squash as ``table.scaling`` and the scalers of arrays; gaps become 0."""
    center = graph.constant(f"{name}_center", scaling.center)
    shifted = graph.node("Sub", [at, center], f"{name}_shifted")
    wide = graph.node("Cast", [shifted], f"{name}_wide", to=11)  # 11: float64
    divided = graph.node("Div", [wide, _double(graph, f"{name}_by", scaling.divisor)],
                         f"{name}_divided")  # fmt: skip
    narrow = graph.node("Cast", [divided], f"{name}_narrow", to=1)
    factor = graph.constant(f"{name}_factor", scaling.factor)
    at = graph.node("Mul", [narrow, factor], name if not scaling.is_squashed else f"{name}_z")
    if not scaling.is_squashed:
        return at
    share = graph.node("Div", [at, graph.constant(f"{name}_limit", LIMIT)], f"{name}_share")
    square = graph.node("Mul", [share, share], f"{name}_square")
    more = graph.node("Add", [square, graph.constant(f"{name}_one", 1.0)], f"{name}_more")
    root = graph.node("Sqrt", [more], f"{name}_root")
    if gap is None:
        return graph.node("Div", [at, root], name)
    bounded = graph.node("Div", [at, root], f"{name}_bounded")
    return graph.node("Where", [gap, graph.constant(f"{name}_gap", 0.0), bounded], name)


def _truths(graph: Graph, raw: TableNumbers) -> str:
    """One column for each of true, false and missing, where the fit knew it."""
    at = graph.node("Gather", ["table", _indices(graph, "truths", raw.truths)], "t", axis=1)
    known = graph.node("Equal", [at, _double(graph, "wanted", raw.wanted)], "t_known")
    missing = graph.constant("t_counts", np.isnan(raw.wanted), bool)
    unknown = graph.node("And", [_is_missing(graph, at, "t_gap"), missing], "t_unknown")
    return graph.node("Cast", [graph.node("Or", [known, unknown], "t_is")], "truth", to=1)


def _is_missing(graph: Graph, at: str, name: str) -> str:
    return graph.node("IsNaN", [graph.node("Cast", [at], f"{name}_cast", to=1)], name)


def _double(graph: Graph, name: str, value: Any) -> str:
    return graph.constant(name, value, np.float64)


def _indices(graph: Graph, name: str, values: Any) -> str:
    return graph.constant(f"{name}_at", values, np.int64)
