"""Embeddings of categories: which columns have one, where its values lie, and how they begin.

A column of categories is one-hot encoded by the encoder, with or without an embedding. In place of
the first layer's weights for each category, the network learns 8 values a category and weights for
these: a layer without bias over the one-hot columns, with everything else passing through. Only
training knows of it. What is evaluated, kept, saved and exported is the ordinary network over
one-hot columns that results when both are multiplied out, so a category that training rows did not
have is what it is without embeddings: nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from dropdecay.arrays import Floating, Int64, UInt32
from dropdecay.engine.buffers import (
    aligned_zeros,
    initial_params,
    n_params,
    shape_of,
    uniform,
)
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.settings import Network

if TYPE_CHECKING:
    from dropdecay.engine.protocol import Dataset
    from dropdecay.engine.state import NetworkState
    from dropdecay.kernels.embeddings import Embedding
    from dropdecay.kernels.network import Shape

SIZE = 8
"""Values of an embedding."""

FEWEST = 9
"""A column with fewer categories stays one-hot; both as for RealMLP (Holzmueller et al. 2024)."""


@dataclass(frozen=True)
class Segment:
    """Neighbouring columns of the encoded rows: of one embedding, or such that pass through.

    Parameters
    ----------
    column, n_columns : int
        The first one, and how many there are.
    row, n_rows : int
        Where what they become enters the first layer, and how many values that are.
    start : int
        Where the values of the embedding begin, (n_columns, n_rows), among the parameters; -1: the
        columns pass through.
    """

    column: int
    n_columns: int
    row: int
    n_rows: int
    start: int


@dataclass(frozen=True)
class Embedded:
    """A network some of whose columns are embedded.

    Its parameters are those of ``inner``, then the values of all embeddings. Neither weight decay
    nor any other penalty acts on values, which stand in place of inputs: so it is usual (Gorishniy
    et al. 2021, arXiv 2106.11959), and so are embeddings of the user's own modules treated.

    Parameters
    ----------
    network : Network
        That is evaluated: over the one-hot columns.
    inner : Network
        Over the embedded columns.
    segments : tuple of Segment
        All columns, in their order.
    """

    network: Network
    inner: Network
    segments: tuple[Segment, ...]

    @property
    def n_params(self) -> int:
        """Number of all parameters."""
        return n_params(self.inner) + sum(
            each.n_columns * each.n_rows for each in self.segments if each.start >= 0
        )

    def initial_params(self, key: UInt32, dtype: DTypeLike = np.float32) -> Floating:
        """Draw initial parameters.

        Values are uniform in +-1/sqrt(8), as those of Gorishniy et al. 2021.
        """
        from dropdecay.kernels.philox import PURPOSE_WEIGHTS, stream_words

        params, size = aligned_zeros(self.n_params, dtype), n_params(self.inner)
        params[:size] = initial_params(self.inner, key, dtype)
        # Layers count from 1.
        words = stream_words(key, 0, PURPOSE_WEIGHTS << 16, params.size - size)
        params[size:] = uniform(words) / np.sqrt(SIZE)
        return params

    def for_kernels(self, dtype: DTypeLike) -> Embedding:
        """Return the form that kernels take, with its own scratch memory."""
        from dropdecay.kernels.embeddings import Embedding

        scratch = (aligned_zeros(n_params(self.network), dtype) for _ in range(2))
        table: Int64 = np.array([astuple(each) for each in self.segments], np.int64)
        return Embedding(table, shape_of(self.inner), *scratch)

    def multiplied_out(self, params: Floating) -> Floating:
        """Return the parameters of ``network``; BLAS is to have one thread."""
        from dropdecay.kernels.embeddings import multiply_out
        from dropdecay.kernels.products import find_blas

        into: Floating = aligned_zeros(n_params(self.network), params.dtype)
        multiply_out(find_blas()[0], self.for_kernels(params.dtype), params, into)
        return into


def embedded(network: Network, categories: Sequence[tuple[int, int]]) -> Embedded | None:
    """Return a network with the embeddings that it asks for; None: there are none.

    Parameters
    ----------
    network : Network
        With the number of inputs filled in.
    categories : sequence of (int, int)
        First column and number of columns of each column of categories, ascending.
    """
    wide = [each for each in categories if each[1] >= FEWEST]
    if not network.category_embeddings or not wide:
        return None
    n_inputs = network.sizes[0]
    size = n_inputs - sum(n_columns - SIZE for _, n_columns in wide)
    inner = network.of_inputs(size)
    segments, column, row, start = [], 0, 0, n_params(inner)
    for first, n_columns in [*wide, (n_inputs, 0)]:
        if first > column:
            segments.append(Segment(column, first - column, row, first - column, -1))
            row += first - column
        if n_columns:
            segments.append(Segment(first, n_columns, row, SIZE, start))
            row, start = row + SIZE, start + n_columns * SIZE
        column = first + n_columns
    return Embedded(network.of_inputs(n_inputs), inner, tuple(segments))


def no_embedding(shape: Shape, dtype: DTypeLike) -> Embedding:
    """Return what kernels take where there is none."""
    from dropdecay.kernels.embeddings import Embedding

    nothing: Floating = np.empty(0, dtype)
    return Embedding(np.empty((0, 5), np.int64), shape, nothing, nothing)


def embedded_of(network: Network, dataset: Dataset) -> Embedded | None:
    """Return what :func:`embedded` does for the rows that a network is trained on."""
    whole = replace(network, n_inputs=dataset.X.shape[1])
    return embedded(whole, dataset.categories)


def outcome_of(network: Network, dataset: Dataset, state: NetworkState) -> Floating:
    """Return the parameters to keep of a trained network, those of an ordinary one.

    Parameters
    ----------
    network : Network
        Of its setting.
    dataset : Dataset
        That it was trained on.
    state : NetworkState
    """
    found = embedded_of(network, dataset)
    if found is None:
        return state.outcome
    with one_blas_thread():
        return found.multiplied_out(state.outcome)
