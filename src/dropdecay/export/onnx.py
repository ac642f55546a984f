"""The network as an ONNX model, with the encoding of the table in front of it if possible.

ONNX can encode neither dates nor character n-grams. If the table has only numbers and booleans,
the model takes them raw; otherwise it takes the encoder's output.
"""

import numpy as np
from numpy.typing import ArrayLike

import dropdecay
from dropdecay.arrays import Int64
from dropdecay.data.output_losses import LARGEST, SMALLEST
from dropdecay.errors import BadInput
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.export.encoder_arrays import Scaling, TableNumbers, raw_input
from dropdecay.export.numeric_encoding import add_numeric_encoding
from dropdecay.export.onnx_graph import Graph
from dropdecay.export.stacked import ensemble_temperature, stacked_layers
from dropdecay.export.torch import properties
from dropdecay.parts import ACTIVATIONS, LOSSES, OnnxStep
from dropdecay.settings import Network
from dropdecay.table.scaling import LIMIT, MAX_DISTANCE

OPSET, IR = 17, 8
"""Old enough for any recent onnxruntime."""


def onnx_bytes(estimator: NetworkEstimator) -> bytes:
    """Return the network as an ONNX model.

    Its input is called ``table`` if ``raw_input`` can express the encoder: the columns in the order
    of the fit, as float64, NaN where missing, 1 for true and 0 for false (float32 if the fit was
    on an array). Otherwise it is ``encoded``: the output of ``encoder_.transform``, float32. The
    model's output holds the class probabilities in the order of ``classes_``, or values in the
    units of ``y``.

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
        raise BadInput(
            'ONNX export needs the onnx package. Install it: pip install "dropdecay[onnx]".'
        ) from None
    network = estimator.network_
    graph = Graph()
    raw = raw_input(estimator)
    at, width, number = "encoded", network.n_inputs, TensorProto.FLOAT
    if isinstance(raw, TableNumbers):
        at, width, number = "table", len(raw.names), TensorProto.DOUBLE
        _table_numbers(graph, raw)
    elif raw is not None:
        at, width = "table", raw.center.size
        name = "encoded" if raw.numeric is None else "scaled"
        _scaled(graph, raw, at, name)
        if raw.numeric is not None:
            add_numeric_encoding(graph, raw.numeric, name, "encoded")
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
    if isinstance(raw, Scaling) and raw.numeric is not None:
        # The encoder knows only the names of what it returns.
        names = [f"x{i}" for i in range(raw.center.size)]
    helper.set_model_props(model, properties(estimator, names))
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _layers(graph: Graph, estimator: NetworkEstimator, network: Network) -> None:
    """From ``encoded`` to ``output``."""
    at, n_layers = "encoded", len(estimator.coefs_)
    for i, (weights, biases) in enumerate(stacked_layers(estimator)):
        w, b = graph.constant(f"weights_{i}", weights), graph.constant(f"biases_{i}", biases)
        if weights.ndim == 2:
            at = graph.node("Gemm", [at, w, b], f"layer_{i}")
        else:
            # All networks of an ensemble at once: (networks, rows, units).
            at = graph.node(
                "Add", [graph.node("MatMul", [at, w], f"products_{i}"), b], f"layer_{i}"
            )
        if i < n_layers - 1:
            at = apply_recipe(graph, ACTIVATIONS[network.activation].onnx, at, f"active_{i}")
    _outputs(graph, estimator, network, at)


def apply_recipe(
    graph: Graph, recipe: tuple[OnnxStep, ...], at: str, name: str, n_before: int = 0
) -> str:
    """Append the operators of a recipe after ``at``, and return the name of their output.

    ``n_before`` axes come before those that the recipe counts.
    """
    known = {"z": at}
    for step in recipe:
        output = name if step is recipe[-1] else f"{name}_{step.result}"
        inputs = [
            known[each] if isinstance(each, str) else graph.constant(f"{output}_{i}", each)
            for i, each in enumerate(step.inputs)
        ]
        attributes = {} if step.axis is None else {"axis": step.axis + n_before}
        known[step.result] = graph.node(step.operator, inputs, output, **attributes)
    return name


def _outputs(graph: Graph, estimator: NetworkEstimator, network: Network, at: str) -> None:
    """From the last layer's logits to the output of ``predict_proba`` or ``predict``."""
    recipe = LOSSES[network.loss].output.onnx
    if _output_width(estimator, network) != network.n_outputs:
        second = _said(graph, estimator, recipe, at, "second")
        first = graph.node("Sub", [graph.constant("one", 1.0), second], "first")
        graph.node("Concat", [first, second], "output", axis=1)
    elif hasattr(estimator, "target_scale_"):
        values = _said(graph, estimator, recipe, at, "values")
        scale = graph.constant("target_scale", estimator.target_scale_)
        center = graph.constant("target_center", np.ravel(estimator.target_center_))
        graph.node("Add", [graph.node("Mul", [values, scale], "scaled"), center], "output")
    else:
        _said(graph, estimator, recipe, at, "output")


def _said(
    graph: Graph, estimator: NetworkEstimator, recipe: tuple[OnnxStep, ...], at: str, name: str
) -> str:
    """From logits to what the network says, or what those of an ensemble say on average."""
    if estimator.ensemble_params_ is None:
        return apply_recipe(graph, recipe, at, name)
    each, temperature = (
        apply_recipe(graph, recipe, at, "said_by_each", 1),
        ensemble_temperature(estimator),
    )
    if temperature is None:
        return graph.node("ReduceMean", [each], name, axes=[0], keepdims=0)
    mean = graph.node("ReduceMean", [each], "mean", axes=[0], keepdims=0)
    least, most = graph.constant("smallest", SMALLEST), graph.constant("largest", LARGEST)
    is_softmax = LOSSES[estimator.network_.loss].output.name == "softmax"
    inside = graph.node("Clip", [mean, least, "" if is_softmax else most], "inside")
    logits = graph.node("Log", [inside], "mean_logits")
    if not is_softmax:
        others = graph.node("Sub", [graph.constant("all", 1.0), inside], "others")
        against = graph.node("Log", [others], "against")
        logits = graph.node("Sub", [logits, against], "mean_odds")
    cooled = graph.node("Div", [logits, graph.constant("temperature", temperature)], "cooled")
    return apply_recipe(graph, recipe, cooled, name)


def _output_width(estimator: NetworkEstimator, network: Network) -> int:
    """Return the number of output columns: two for a single sigmoid output."""
    of_labels = LOSSES[network.loss].targets == "labels"
    if of_labels and network.n_outputs == 1 and not getattr(estimator, "_many_labels", False):
        return 2
    return network.n_outputs


def _table_numbers(graph: Graph, raw: TableNumbers) -> None:
    """From ``table`` to ``encoded``: scale numbers, mark missing ones, one-hot encode booleans."""
    parts = []
    if raw.scaling is not None:
        x = graph.node("Gather", ["table", _indices(graph, "numbers", raw.numbers)], "x", axis=1)
        missing = _is_missing(graph, x, "missing")
        known = graph.node("Where", [missing, _double(graph, "nothing", 0.0), x], "known")
        near = _near_zero(graph, raw, known)
        scaled = _scaled(graph, raw.scaling, near, "squashed", missing)
        if raw.scaling.numeric is not None:
            scaled = add_numeric_encoding(graph, raw.scaling.numeric, scaled, "numeric")
        parts.append(scaled)
        if raw.with_indicator.size:
            all_indicators = graph.node("Cast", [missing], "all_indicators", to=1)  # 1: float32
            chosen = [all_indicators, _indices(graph, "with_indicator", raw.with_indicator)]
            parts.append(graph.node("Gather", chosen, "indicators", axis=1))
    if raw.booleans.size:
        parts.append(_booleans(graph, raw))
    joined = graph.node("Concat", parts, "joined", axis=1)
    graph.node("Gather", [joined, _indices(graph, "order", raw.order)], "encoded", axis=1)


def _near_zero(graph: Graph, raw: TableNumbers, at: str) -> str:
    """(x - center) / 2 ** exponent in float64, as ``table.scaling.moved``."""
    quartered = graph.node("Mul", [at, _double(graph, "quarter", 0.25)], "quartered")
    centers = _double(graph, "centers", raw.centers / 4)
    at = graph.node("Sub", [quartered, centers], "from_center")
    # The power of two may overflow a float64; its square root does not.
    half = (2 - raw.exponents) // 2
    for name, power in (("partly_scaled", half), ("scaled_x", 2 - raw.exponents - half)):
        factors = _double(graph, f"{name}_by", np.ldexp(1.0, power))
        at = graph.node("Mul", [at, factors], name)
    least, most = _double(graph, "least", -MAX_DISTANCE), _double(graph, "most", MAX_DISTANCE)
    return graph.node("Cast", [graph.node("Clip", [at, least, most], "clipped")], "near", to=1)


def _scaled(graph: Graph, scaling: Scaling, at: str, name: str, missing: str | None = None) -> str:
    """Scale like ``table.scaling`` or the scalers of arrays; missing numbers become 0."""
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
    if missing is None:
        return graph.node("Div", [at, root], name)
    bounded = graph.node("Div", [at, root], f"{name}_bounded")
    return graph.node("Where", [missing, graph.constant(f"{name}_median", 0.0), bounded], name)


def _booleans(graph: Graph, raw: TableNumbers) -> str:
    """One column each for true, false and missing, if the fit had it."""
    at = graph.node("Gather", ["table", _indices(graph, "booleans", raw.booleans)], "b", axis=1)
    equal = graph.node("Equal", [at, _double(graph, "matched", raw.matched)], "b_equal")
    match_missing = graph.constant("b_match_missing", np.isnan(raw.matched), bool)
    missing = _is_missing(graph, at, "b_missing")
    both_missing = graph.node("And", [missing, match_missing], "b_both_missing")
    matches = graph.node("Or", [equal, both_missing], "b_matches")
    return graph.node("Cast", [matches], "one_hot", to=1)


def _is_missing(graph: Graph, at: str, name: str) -> str:
    return graph.node("IsNaN", [graph.node("Cast", [at], f"{name}_cast", to=1)], name)


def _double(graph: Graph, name: str, value: ArrayLike) -> str:
    return graph.constant(name, value, np.float64)


def _indices(graph: Graph, name: str, values: Int64) -> str:
    return graph.constant(f"{name}_at", values, np.int64)
