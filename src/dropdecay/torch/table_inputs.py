"""A DataFrame as one tensor, or as numbers and codes for a module that takes these two."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import nn

from dropdecay.data.encoding import RowEncoding, RowsLike, Transformer, encoding_of
from dropdecay.engine.torch_recipe import own_generator
from dropdecay.errors import BadInput
from dropdecay.table.frames import as_frame
from dropdecay.table.numbers_and_codes import NumbersAndCodes, categories_of
from dropdecay.table.reading import Reading
from dropdecay.torch.making import parameters_of

ASKS = "cardinalities"
"""The parameter by which a class or function says that it wants codes."""


def table_encoding(
    X: RowsLike,
    encoder: Transformer | str | None,
    reading: Reading | None,
    module: Any,
    arguments: Mapping[str, Any],
) -> RowEncoding:
    """Return how a DataFrame becomes what a module takes.

    Raises
    ------
    BadInput
        If its ``forward`` takes numbers and codes, but there are no categories.
    """
    encoding = encoding_of(X, encoder, reading)
    n_taken = _n_taken(module, arguments)
    asks = ASKS in parameters_of(module)
    if encoding.reading is None or not (asks or n_taken == 2):
        return encoding
    categories = categories_of(encoding.reading.typed(as_frame(X)))
    if categories:
        return replace(encoding, transformer=NumbersAndCodes(categories))
    if n_taken == 2:
        raise BadInput(
            "The module's forward takes two inputs, numbers and categories, but X has no column of "
            "categories. Let its second input be optional, or give columns the dtype category."
        )
    return encoding


def cardinalities_in(encoding: object) -> tuple[int, ...] | None:
    """Return how many codes each column of categories has; None: rows are no table."""
    if not isinstance(encoding, RowEncoding) or encoding.reading is None:
        return None
    encoder = encoding.transformer
    return encoder.cardinalities if isinstance(encoder, NumbersAndCodes) else ()


def _n_taken(module: Any, arguments: Mapping[str, Any]) -> int | None:
    """Return how many inputs ``forward`` needs; None where no network can be made to see it."""
    if not isinstance(module, type | nn.Module):
        try:
            with own_generator("cpu"):
                module = module(**arguments)
        except Exception:  # noqa: BLE001  # it needs what follows from the rows, or fails later
            return None
    taken = [*parameters_of(getattr(module, "forward", None)).values()]
    taken = taken[1:] if isinstance(module, type) else taken
    return sum(
        each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD for each in taken
    )
