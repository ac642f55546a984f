"""A network with embeddings in plain NumPy and float64, twice: looked up, and as one matrix."""

import numpy as np

from dropdecay.engine.buffers import n_params, views


def looked_up(embedded, X, params):
    """Return what enters the first layer, (n_rows, n_inputs of the inner network).

    The values of a category are put in place of its one-hot columns, one row after the other.
    """
    parts = []
    for each in embedded.segments:
        columns = X[:, each.column : each.column + each.n_columns]
        if each.start < 0:
            parts.append(columns)
            continue
        table = values(each, params)
        found = np.zeros((len(X), each.n_rows))
        for row, one_hot in enumerate(columns):
            for category in np.flatnonzero(one_hot):
                found[row] += one_hot[category] * table[category]
        parts.append(found)
    return np.hstack(parts)


def values(segment, params):
    size = segment.n_columns * segment.n_rows
    return params[segment.start : segment.start + size].reshape(segment.n_columns, segment.n_rows)


def inner_params(embedded, params):
    return params[: n_params(embedded.inner)]


def layer(embedded, params):
    """Return the whole first layer as one matrix, (one-hot columns, embedded columns)."""
    matrix = np.zeros((embedded.network.sizes[0], embedded.inner.sizes[0]))
    for each in embedded.segments:
        block = np.eye(each.n_columns) if each.start < 0 else values(each, params)
        matrix[each.column :, each.row :][: each.n_columns, : each.n_rows] = block
    return matrix


def multiplied_out(embedded, params):
    """Return the parameters of the network over one-hot columns."""
    weights, biases = views(embedded.inner, inner_params(embedded, params))
    first = layer(embedded, params) @ weights[0]
    return np.concatenate([each.ravel() for each in (first, *weights[1:], *biases)])


def pulled_back(embedded, params, gradient):
    """Return the gradient of all parameters from that of those multiplied out."""
    weights, _ = views(embedded.inner, inner_params(embedded, params))
    of_weights, of_biases = views(embedded.network, gradient)
    of_layer = of_weights[0] @ weights[0].T
    of_first = layer(embedded, params).T @ of_weights[0]
    tables = [
        of_layer[each.column :, each.row :][: each.n_columns, : each.n_rows]
        for each in embedded.segments if each.start >= 0
    ]  # fmt: skip
    parts = (of_first, *of_weights[1:], *of_biases, *tables)
    return np.concatenate([each.ravel() for each in parts])
