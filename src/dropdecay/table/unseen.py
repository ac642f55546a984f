"""Which categories of a later table the fitted encoder has not seen."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd
from sklearn.pipeline import Pipeline

from dropdecay.safe_text import quoted
from dropdecay.table.encode import Vectorizer
from dropdecay.table.names import listed
from dropdecay.table.numbers_and_codes import NumbersAndCodes


@dataclass(frozen=True)
class Unseen:
    """Categories of a column that tell the network nothing; prints as a sentence.

    Parameters
    ----------
    column : str
    words : tuple of str
        Empty: empty cells alone.
    n_rows : int
        Rows that hold them.
    """

    column: str
    words: tuple[str, ...]
    n_rows: int

    def __str__(self) -> str:
        what = listed(self.words) if self.words else "an empty cell"
        rows = "1 row" if self.n_rows == 1 else f"{self.n_rows} rows"
        return (
            f"Column {quoted(self.column)}, {rows}: the model has not seen {what}. Its predictions "
            "there use the other columns alone."
        )


def unseen_in(encoder: object, typed: pd.DataFrame) -> list[Unseen]:
    """Return what the model has not seen, column by column.

    Parameters
    ----------
    encoder : Pipeline or NumbersAndCodes
        Fitted, the pipeline from ``encode.make_encoder``.
    typed : DataFrame
        From ``Reading.typed``.
    """
    found = []
    for name, known in _known(encoder):
        column = typed[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            continue
        counts = column.value_counts()
        unseen = counts[(counts > 0) & ~counts.index.isin(known)]
        words = tuple(str(each) for each in unseen.index)
        n_rows = int(unseen.sum())
        n_missing = int(column.isna().sum())
        has_missing = any(each is None or each != each for each in known)
        if n_missing and not has_missing:
            n_rows += n_missing
        if n_rows:
            found.append(Unseen(str(name), words, n_rows))
    return found


def in_all_parts(found: Iterable[Unseen]) -> list[Unseen]:
    """Return what was not seen in the parts of a table as what was not seen in the table."""
    by_column: dict[str, Unseen] = {}
    for each in found:
        before = by_column.get(each.column, Unseen(each.column, (), 0))
        words = tuple(dict.fromkeys((*before.words, *each.words)))
        by_column[each.column] = Unseen(each.column, words, before.n_rows + each.n_rows)
    return list(by_column.values())


def _known(encoder: object) -> Iterable[tuple[str, Iterable[object]]]:
    """Return the columns of categories, each with those that the encoder has seen."""
    if isinstance(encoder, NumbersAndCodes):
        return encoder.seen_.items()
    if not isinstance(encoder, Pipeline):
        return ()
    vectorizer = encoder[1]
    assert isinstance(vectorizer, Vectorizer)  # by make_encoder
    if vectorizer.one_hot_ is None:
        return ()
    return zip(vectorizer.few_, vectorizer.one_hot_.categories_, strict=True)
