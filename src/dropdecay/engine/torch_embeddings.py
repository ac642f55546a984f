"""Embeddings of categories in a stack: multiplied out before a batch, pulled back after it.

The formulas are those of ``kernels.embeddings``.
"""

import torch

from dropdecay.engine.buffers import n_params
from dropdecay.engine.embeddings import Embedded, Segment
from dropdecay.engine.torch_passes import lined_up


class Product:
    """What the networks of a stack are when their embeddings are multiplied out.

    Parameters
    ----------
    embedded : Embedded
        Of all networks.
    params : shape (K, lined_up(n_params)), contiguous
        With embeddings.

    Attributes
    ----------
    params : shape (K, lined_up(n_params)), contiguous
        Of the networks that are evaluated, as of the latest :meth:`multiply_out`.
    """

    def __init__(self, embedded: Embedded, params: torch.Tensor) -> None:
        self._embedded, self._given = embedded, params
        self.params = params.new_zeros(len(params), lined_up(n_params(embedded.network)))

    def multiply_out(self) -> None:
        """Compute ``params`` from what is given."""
        for each in self._embedded.segments:
            out, below = self._columns(each, self.params), self._rows(each, self._given)
            if each.start < 0:
                out.copy_(below)
            else:
                torch.bmm(_values(each, self._given), below, out=out)
        self._rest(self.params).copy_(self._rest_of_given(self._given))

    def pull_back(self, found: torch.Tensor, grads: torch.Tensor) -> None:
        """Write the gradient of what is given from that of ``params``."""
        for each in self._embedded.segments:
            of_columns, of_rows = self._columns(each, found), self._rows(each, grads)
            if each.start < 0:
                of_rows.copy_(of_columns)
                continue
            values, below = _values(each, self._given), self._rows(each, self._given)
            torch.bmm(values.transpose(1, 2), of_columns, out=of_rows)
            torch.bmm(of_columns, below.transpose(1, 2), out=_values(each, grads))
        self._rest_of_given(grads).copy_(self._rest(found))

    def _columns(self, each: Segment, flat: torch.Tensor) -> torch.Tensor:
        return self._matrix(flat, each.column, each.n_columns)

    def _rows(self, each: Segment, flat: torch.Tensor) -> torch.Tensor:
        return self._matrix(flat, each.row, each.n_rows)

    def _matrix(self, flat: torch.Tensor, first: int, number: int) -> torch.Tensor:
        width = self._embedded.network.sizes[1]
        return flat[:, first * width : (first + number) * width].view(-1, number, width)

    def _rest(self, flat: torch.Tensor) -> torch.Tensor:
        """View what comes after the first layer's weights, of what is multiplied out."""
        first, width = self._embedded.network.sizes[:2]
        return flat[:, first * width : n_params(self._embedded.network)]

    def _rest_of_given(self, flat: torch.Tensor) -> torch.Tensor:
        first, width = self._embedded.inner.sizes[:2]
        return flat[:, first * width : n_params(self._embedded.inner)]


def _values(each: Segment, flat: torch.Tensor) -> torch.Tensor:
    size = each.n_columns * each.n_rows
    return flat[:, each.start : each.start + size].view(-1, each.n_columns, each.n_rows)


def multiplied_out(embedded: Embedded, params: torch.Tensor) -> torch.Tensor:
    """Return the parameters that are evaluated, (K, lined_up(n_params))."""
    product = Product(embedded, params)
    product.multiply_out()
    return product.params
