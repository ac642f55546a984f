"""The encoded data of every fold, each encoded once and kept for the duration of a search.

Small tables stay in memory. If all folds together exceed ``IN_MEMORY_BYTES``, each is put into a
memory-mapped file of its own before the next is encoded, so that memory holds one at a time.
"""

import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import numpy as np
from scipy.sparse import issparse

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.encoding import (
    Encoding,
    NumericRows,
    Table,
    Transformer,
    categories_of,
    encode_rows,
)
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.errors import FailedWork, Unfinished
from dropdecay.files import why_not_written

IN_MEMORY_BYTES = 2**30


class CutNotEncoded(FailedWork):
    """The encoder failed on a cut beyond those of the surface."""


class EncodedFolds:
    """Provides each fold's data; use it in a ``with`` block and from one thread.

    Parameters
    ----------
    encoding : Encoding
    rows : table or array
        All rows, checked.
    targets : shape (n_rows, n_targets)
    sample_weight : shape (n_rows,) or None
    n_folds : int
        Folds that are kept, numbered from 0; of those beyond only the latest is.
    training_of : callable
        Fold -> rows that its encoder learns from.
    folder : path, optional
        Where mapped files are created. Default: the system's folder for temporary files.
    lesson : shape (n_rows, n_outputs), optional
        Targets that the encoder learns from, as ``encoding.lesson_of`` returns them.
    """

    def __init__(
        self,
        encoding: Encoding,
        rows: Table,
        targets: Floating,
        sample_weight: Floating | None,
        n_folds: int,
        training_of: Callable[[int], Int64],
        folder: Path | None = None,
        lesson: Floating | None = None,
    ) -> None:
        self._encoding, self._rows = encoding, rows
        self._targets, self._sample_weight = targets, sample_weight
        self._n_folds, self._training_of, self._folder = n_folds, training_of, folder
        self._lesson = lesson
        self._made: dict[int, Dataset] = {}
        self._encoders: dict[int, Transformer | None] = {}
        self._files: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._made.clear()
        if self._files is not None:
            self._files.cleanup()

    def __call__(self, fold: int) -> Dataset:
        """Return the data of a fold, with the encoder fitted on its training rows only."""
        if fold not in self._made:
            same_for_all = self._encoding.transformer is None
            if same_for_all and self._made:
                self._made[fold] = next(iter(self._made.values()))
                return self._made[fold]
            for beyond in [each for each in self._made if each >= self._n_folds]:
                self._forget(beyond)
            X = self._encode(fold)
            if not same_for_all and not issparse(X):
                X = self._mapped(X, fold)
            categories = categories_of(self._encoders[fold])
            self._made[fold] = Dataset(X, self._targets, self._sample_weight, categories)
        return self._made[fold]

    def encoder(self, fold: int) -> Transformer | None:
        """Return the encoder of a fold, fitted; None: rows are used as they are."""
        self(fold)
        return self._encoders.get(fold)

    def _forget(self, fold: int) -> None:
        """Forget a fold; networks that are still trained on it hold it until they end."""
        del self._made[fold]
        self._encoders.pop(fold, None)
        if self._files is not None:
            for path in Path(self._files.name).glob(f"fold-{fold}[.-]*"):
                # Windows keeps a file that is mapped; the folder goes at the end.
                with suppress(PermissionError):
                    path.unlink()

    def _encode(self, fold: int) -> NumericRows:
        try:
            X, self._encoders[fold] = encode_rows(
                self._encoding, self._rows, self._training_of(fold), self._lesson
            )
            return X
        except Exception as error:
            if fold < self._n_folds:
                raise
            # Whatever the user's encoder raises: the surface, which it could encode, is done.
            raise CutNotEncoded(
                f"The encoder failed on further cuts of the rows ({error}), so the verdict rests "
                "on those before. It must be able to encode rows that it was not fitted on."
            ) from error

    def _mapped(self, X: NumericRows, fold: int) -> NumericRows:
        """Move what is dense into files if all folds would take too much memory."""
        given: object = X
        arrays = given.arrays if isinstance(given, Inputs) else (np.asarray(X),)
        if sum(each.nbytes for each in arrays) * self._n_folds <= IN_MEMORY_BYTES:
            return X
        if not isinstance(given, Inputs):
            return self._in_file(arrays[0], f"fold-{fold}.float32")
        names = [f"fold-{fold}-{number}.{each.dtype}" for number, each in enumerate(arrays)]
        return cast(NumericRows, Inputs(tuple(map(self._in_file, arrays, names)), given.names))

    def _in_file(self, X: AnyArray, name: str) -> AnyArray:
        folder = Path(tempfile.gettempdir()) if self._folder is None else self._folder
        try:
            if self._files is None:
                self._files = tempfile.TemporaryDirectory(prefix="dropdecay-", dir=folder)
            path = Path(self._files.name) / name
            # Not through the map: a process that does so on a full disk is killed.
            path.write_bytes(np.ascontiguousarray(X).data)
        except OSError as error:
            raise Unfinished(why_not_written(folder, error, "Make the folder writable.")) from None
        return np.asarray(np.memmap(path, X.dtype, "r", shape=X.shape))
