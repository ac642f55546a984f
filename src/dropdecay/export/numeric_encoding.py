"""A numeric encoding as nodes of an ONNX graph: the numbers of ``table.numeric_encoding``."""

import numpy as np

from dropdecay.export.onnx_graph import Graph
from dropdecay.table.numeric_encoding import NumericEncoding, Periodic, PiecewiseLinear


def add_numeric_encoding(graph: Graph, encoding: NumericEncoding, at: str, name: str) -> str:
    """Append what each scaled number becomes, and return the name of the output."""
    source = graph.constant(f"{name}_source", encoding.source_, np.int64)
    x = graph.node("Gather", [at, source], f"{name}_x", axis=1)
    if isinstance(encoding, Periodic):
        return _waves(graph, encoding, x, name)
    return _bins(graph, encoding, x, name)


def _bins(graph: Graph, encoding: PiecewiseLinear, x: str, name: str) -> str:
    from_low = graph.node("Sub", [x, graph.constant(f"{name}_low", encoding.low_)], f"{name}_from")
    width = graph.constant(f"{name}_width", encoding.width_)
    at = graph.node("Div", [from_low, width], f"{name}_share")
    at = graph.node("Max", [at, graph.constant(f"{name}_least", encoding.least_)], f"{name}_risen")
    return graph.node("Min", [at, graph.constant(f"{name}_most", encoding.most_)], name)


def _waves(graph: Graph, encoding: Periodic, x: str, name: str) -> str:
    """Choose, number by number, from x itself, its sine and its cosine."""
    frequency = encoding.frequency_
    itself = np.zeros((len(frequency), 1))
    angles = np.hstack([itself, 2 * np.pi * frequency, 2 * np.pi * frequency]).ravel()
    wide = graph.node("Cast", [x], f"{name}_wide", to=11)  # 11: float64
    factors = graph.constant(f"{name}_angles", angles, np.float64)
    angle = graph.node("Mul", [wide, factors], f"{name}_angle")
    # Few runtimes have waves in float64.
    angle = graph.node("Cast", [angle], f"{name}_narrow", to=1)
    kinds = np.tile(np.repeat([0, 1, 2], [1, *2 * [frequency.shape[1]]]), len(frequency))
    sine = graph.node("Sin", [angle], f"{name}_sin")
    cosine = graph.node("Cos", [angle], f"{name}_cos")
    is_sine = graph.constant(f"{name}_is_sine", kinds == 1, bool)
    is_itself = graph.constant(f"{name}_is_itself", kinds == 0, bool)
    waves = graph.node("Where", [is_sine, sine, cosine], f"{name}_waves")
    return graph.node("Where", [is_itself, x, waves], name)
