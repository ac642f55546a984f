"""A table as two matrices, for networks with embeddings: numbers, and categories as whole numbers.

Which columns are coded and which code a category has is decided once, on the whole table: codes
hold nothing of the target, and tables of embeddings must be as long in every fold. Which categories
are known is learnt from the training rows of each fold, so that a network meets new ones in its
validation rows as it will meet them later.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import AnyArray, Float32, Int64
from dropdecay.table.encode import MAX_CATEGORIES, make_encoder

UNSEEN, MISSING, FIRST = 0, 1, 2
"""Codes: of what the training rows do not have, of an empty cell, of the first category."""

LEAST_ROWS = 2
"""In how many training rows a category is known: one that is met once is coded as unseen, so that a
network learns what to make of those."""

ROWS_A_CATEGORY = 10
"""A column with many categories is coded if they have so many rows on average; else it is text."""

Categories = Mapping[str, tuple[str, ...]]
"""Of every coded column, in the order of their codes."""


def categories_of(typed: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the columns to be coded, with their categories.

    Parameters
    ----------
    typed : DataFrame
        The whole table, from ``Reading.typed``.
    """
    most = max(MAX_CATEGORIES, len(typed) // ROWS_A_CATEGORY)
    coded = {}
    for name, column in typed.items():
        if pd.api.types.is_bool_dtype(column) or isinstance(column.dtype, pd.CategoricalDtype):
            words = sorted(_words(column)[1])
            if len(words) < most:
                coded[str(name)] = tuple(words)
    return coded


class NumbersAndCodes(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Encodes coded columns as whole numbers, and all others as ``encode.make_encoder`` does.

    Parameters
    ----------
    categories : mapping
        From ``categories_of``.

    Attributes
    ----------
    encoder_ : Pipeline or None
        Of the other columns; None: there are none.
    seen_ : dict
        Of every coded column, the categories in training rows; None stands for empty cells.
    known_ : dict
        Of every coded column, bool by code: whether enough training rows have it.
    """

    def __init__(self, categories: Categories):
        self.categories = categories

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """How many codes every coded column can have."""
        return tuple(FIRST + len(each) for each in self.categories.values())

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn from the training rows; ``y`` is ignored."""
        others = [name for name in X if name not in self.categories]
        self.encoder_ = make_encoder().fit(X[others]) if others else None
        self.seen_: dict[str, tuple[str | None, ...]] = {}
        self.known_: dict[str, AnyArray] = {}
        for name, words in self.categories.items():
            counts = np.bincount(_codes(X[name], words), minlength=FIRST + len(words))
            by_code = (None, None, *words)
            self.seen_[name] = tuple(by_code[code] for code in np.flatnonzero(counts))
            self.known_[name] = counts >= LEAST_ROWS
            self.known_[name][UNSEEN] = False
        return self

    def transform(self, X: pd.DataFrame) -> tuple[Float32, Int64]:
        """Return numbers, (n_rows, n_numeric), and codes, (n_rows, n_coded)."""
        numbers = np.zeros((len(X), 0), np.float32)
        if self.encoder_ is not None:
            numbers = self.encoder_.transform(X)
        codes = np.zeros((len(X), len(self.categories)), np.int64)
        for place, (name, words) in enumerate(self.categories.items()):
            own = _codes(X[name], words)
            codes[:, place] = np.where(self.known_[name][own], own, UNSEEN)
        return numbers, codes


def _codes(column: pd.Series, words: tuple[str, ...]) -> Int64:
    """Return the code of every cell; categories beyond the table's are unseen."""
    places, found = _words(column)
    codes = {word: FIRST + number for number, word in enumerate(words)}
    by_place = np.array([*(codes.get(word, UNSEEN) for word in found), MISSING], np.int64)
    return by_place[places]


def _words(column: pd.Series) -> tuple[Int64, list[str]]:
    """Return every different word, and which of them a cell holds; -1 where it is empty."""
    places, found = pd.factorize(column)
    return places, [str(each).lower() if _is_bool(each) else str(each) for each in found]


def _is_bool(value: object) -> bool:
    return isinstance(value, bool | np.bool_)
