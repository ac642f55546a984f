"""X and y as a user of torch has them -> arrays, checked before anything is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator

from dropdecay.arrays import AnyArray
from dropdecay.data.encoding import NumericRows, RowsLike, Table, Transformer, single_target
from dropdecay.data.target_values import target_values
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.torch_state import numpy_of
from dropdecay.errors import BadInput, DropdecayWarning
from dropdecay.safe_text import first_line_of
from dropdecay.table.reading import Reading
from dropdecay.warn_user import warn_user

LEAST_ROWS = 2

READ_TWICE = 8
"""Items of a Dataset that are read again, to see whether they are drawn."""


@dataclass(frozen=True)
class GivenRows:
    """Rows are handed to the module as they are; see ``data.encoding.Encoding``.

    Parameters
    ----------
    is_other : bool
        Whether targets are whatever the user's loss takes.
    """

    is_other: bool = False
    transformer: Transformer | None = None
    reading: Reading | None = None
    uses_target: bool = False

    def check(
        self, estimator: BaseEstimator, X: RowsLike, y: ArrayLike | None, *, numeric: bool
    ) -> tuple[Table, AnyArray]:
        """Return rows and targets as arrays."""
        given: Any = X
        if is_dataset(given):
            given, y = materialised(given, y)
            warn_of_chance(X)
        inputs = inputs_of(given)
        if y is None:
            names = f" Those of X are dicts of {', '.join(inputs.names)}." if inputs.names else ""
            raise BadInput(
                f"{type(estimator).__name__} requires y, unless X is a Dataset whose items are "
                f"pairs of inputs and target.{names if is_dataset(X) else ''}"
                f"{' Where the loss needs no target, give zeros.' if self.is_other else ''}"
            )
        targets = self._targets(y, estimator, len(inputs), numeric=numeric)
        if len(inputs) != len(targets):
            several = isinstance(given, list) and all(np.shape(each)[:1] == (len(targets),)
                                                      for each in given)  # fmt: skip
            remedy = "Give one target for each row."
            if several:
                remedy = "Give several inputs as a tuple or a dict, not as a list."
            raise BadInput(f"X has {len(inputs)} rows but y has {len(targets)}. {remedy}")
        if len(inputs) < LEAST_ROWS:
            raise BadInput(f"X has {len(inputs)} rows. Give at least {LEAST_ROWS}.")
        estimator.n_features_in_ = inputs.shape[1]
        return cast(Table, inputs), targets

    def _targets(self, y: Any, estimator: BaseEstimator, n_rows: int, *, numeric: bool) -> AnyArray:
        is_tuple = isinstance(y, tuple) and len(y) != n_rows
        if isinstance(y, Mapping) or is_tuple or _are_columns(y, n_rows):
            raise BadInput(
                f"y is a {type(y).__name__}, but targets are one array. Join its parts, as "
                "np.column_stack((first, second)), and let the loss take them apart."
            )
        if self.is_other:
            return _array(y)
        values = _plain(y)
        # Of an array alone: lists may be ragged, which is told below.
        if getattr(values, "ndim", 0) > 2:
            raise BadInput(
                f"y has the shape {np.shape(values)}, but {type(estimator).__name__} takes one "
                "column or several. ModuleCV takes targets of any shape, with "
                "loss=torch.nn.MSELoss() or another."
            )
        return single_target(target_values(values, numeric=numeric))

    def apply(
        self, estimator: BaseEstimator, X: RowsLike, fitted: Transformer | None
    ) -> NumericRows:
        """Return new rows as arrays."""
        given: Any = X
        if is_dataset(given):
            given, second = materialised(given, None)
            if second is not None and inputs_of(given).shape[1] != estimator.n_features_in_:
                given = (given, second)  # of two inputs without targets
        inputs = inputs_of(given)
        if not len(inputs):
            raise BadInput("X has no rows. Give at least one.")
        if inputs.shape[1] != estimator.n_features_in_:
            raise BadInput(
                f"X has {inputs.shape[1]} numbers in a row, but the network was fitted on "
                f"{estimator.n_features_in_}."
            )
        return cast(NumericRows, inputs)


def is_dataset(X: object) -> bool:
    """Return whether these are rows of torch that are read one by one."""
    return isinstance(X, torch.utils.data.Dataset)


def materialised(dataset: Any, y: object) -> tuple[Any, Any]:
    """Return inputs and targets of a map-style Dataset, read once.

    Where y is given, items hold inputs alone.

    Raises
    ------
    BadInput
        If it has no length, or another one than it says, or its items have no target.
    """
    if isinstance(dataset, torch.utils.data.IterableDataset) or not hasattr(dataset, "__len__"):
        raise BadInput(
            "X is a Dataset without a length, so it cannot be cut into folds. Give a map-style "
            "Dataset, with __len__ and __getitem__."
        )
    n_rows = len(dataset)
    try:
        items = [dataset[number] for number in range(n_rows)]
    except IndexError:
        raise BadInput(
            f"The Dataset says that it has {n_rows} rows, but it ends before. Its length must not "
            "change while it is read."
        ) from None
    if len(dataset) != n_rows:
        raise BadInput(
            f"The Dataset had {n_rows} rows and now has {len(dataset)}. Its length must not change "
            "while it is read."
        )
    try:
        collated = torch.utils.data.default_collate(items)
    except (RuntimeError, TypeError) as error:
        remedy = "Give all of them the same shape, by padding or cropping."
        if isinstance(error, TypeError):
            remedy = "Let them be tensors, arrays or numbers, as torchvision's ToTensor makes them."
        raise BadInput(
            f"The items of the Dataset cannot be stacked ({first_line_of(error)}). {remedy}"
        ) from None
    if isinstance(items[0], tuple | list):
        if y is None and len(collated) == 2:
            return collated[0], collated[1]
        if y is None and len(collated) > 2:
            raise BadInput(
                f"The items of the Dataset have {len(collated)} parts, which does not say which is "
                "the target. Give pairs of inputs and target, with several inputs as a tuple: "
                "((a, b), target)."
            )
        collated = tuple(collated)
    return collated, y


def with_targets(X: Any, y: Any) -> tuple[Any, Any]:
    """Return rows and their targets: of a Dataset without y, those in its items.

    Raises
    ------
    BadInput
        If there are none.
    """
    if y is None and is_dataset(X):
        X, y = materialised(X, None)
    if y is None:
        raise BadInput("A score needs y, unless X is a Dataset whose items are pairs.")
    return X, _plain(y)


def warn_of_chance(dataset: Any) -> None:
    """Warn where the first items are others when they are read again."""
    numbers = range(min(len(dataset), READ_TWICE))
    once, again = (_leaves([dataset[number] for number in numbers]) for _ in range(2))
    if len(once) == len(again) and all(map(_same, once, again)):
        return
    warn_user(
        "The items of the Dataset are others each time that they are read. They are read once, and "
        "stay as they were drawn, held-out rows included. Take what is random out of it, and give "
        "it as augment=, which draws anew for every batch and in training alone.",
        DropdecayWarning,
    )


def _are_columns(y: Any, n_rows: int) -> bool:
    """Return whether these are several targets, each with all rows, as of a Dataset's items."""
    return (
        isinstance(y, list)
        and 0 < len(y) != n_rows
        and all(np.shape(_plain(each))[:1] == (n_rows,) for each in y)
    )


def _leaves(item: Any) -> list[Any]:
    """Return the arrays and numbers of an item, however they are nested."""
    if isinstance(item, Mapping):
        item = tuple(item.values())
    if isinstance(item, tuple | list):
        return [each for part in item for each in _leaves(part)]
    return [_plain(item)]


def _same(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    is_nan = one.dtype.kind == "f" and one.shape == other.shape and np.isnan(one) & np.isnan(other)
    return bool(np.array_equal(np.where(is_nan, 0, one), np.where(is_nan, 0, other)))


def inputs_of(X: Any) -> Inputs:
    """Return one array, a tuple of them, or a dict of them, as inputs.

    Raises
    ------
    BadInput
        If they differ in length, hold something else than numbers, or a NaN.
    """
    names: tuple[str, ...] | None = None
    if isinstance(X, torch.utils.data.DataLoader):
        raise BadInput(
            "X is a DataLoader, but batches are drawn here, by batch_size. Give its dataset: "
            "loader.dataset."
        )
    if isinstance(X, Mapping):
        names, given = tuple(map(str, X)), tuple(X.values())
    else:
        given = tuple(X) if isinstance(X, tuple) else (X,)
    if not given:
        raise BadInput("X holds no inputs. Give at least one array.")
    labels = names or tuple(
        "X" if len(given) == 1 else f"X[{number}]" for number in range(len(given))
    )
    arrays = tuple(_numbers(each, label) for each, label in zip(given, labels, strict=True))
    for label, each in zip(labels, arrays, strict=True):
        if len(each) != len(arrays[0]):
            raise BadInput(
                f"{labels[0]} has {len(arrays[0])} rows but {label} has {len(each)}. All inputs "
                "need one entry for each row."
            )
    return Inputs(arrays, names)


def _numbers(values: Any, label: str) -> AnyArray:
    if issparse(values):
        raise BadInput(f"{label} is sparse, which modules do not take. Give {label}.toarray().")
    array = _array(values)
    if array.dtype.kind not in "fiub":
        raise BadInput(
            f"{label} holds {array.dtype}, not numbers. Encode it first; a DataFrame is encoded "
            "by itself."
        )
    if array.ndim == 0:
        raise BadInput(f"{label} is a single number. Give one entry for each row.")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            row = int(np.argwhere(~np.isfinite(array.reshape(len(array), -1)).all(axis=1))[0, 0])
            raise BadInput(
                f"{label} contains NaN or infinity (row {row + 1}; rows count from 1). Fill it in "
                "first."
            )
        array = array.astype(np.float32) if array.dtype != np.float64 else array
    return np.ascontiguousarray(array)


def _plain(values: Any) -> Any:
    return numpy_of(values) if isinstance(values, torch.Tensor) else values


def _array(values: Any) -> AnyArray:
    try:
        array = np.asarray(_plain(values))
    except ValueError:
        array = np.empty(0, object)
    if array.dtype == object:
        if isinstance(values, list) and isinstance(values[0], tuple | Mapping):
            raise BadInput(
                f"X is a list whose items are no rows of numbers, but a {type(values[0]).__name__} "
                "each. Give arrays X and y apart, or a Dataset of torch."
            )
        raise BadInput(
            "Rows of different lengths cannot be stacked. Pad them to one length, or give a tuple "
            "of arrays for several inputs."
        )
    return array
