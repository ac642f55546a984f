"""Which categories of a later table the fitted encoder has not seen."""

from collections.abc import Iterable

import pandas as pd
from sklearn.pipeline import Pipeline

from dropdecay.safe_text import quoted
from dropdecay.table.encode import Vectorizer
from dropdecay.table.names import listed
from dropdecay.table.numbers_and_codes import NumbersAndCodes


def unseen_in(encoder: object, typed: pd.DataFrame) -> list[str]:
    """Return a sentence for each column with categories that tell the network nothing.

    Parameters
    ----------
    encoder : Pipeline or NumbersAndCodes
        Fitted, the pipeline from ``encode.make_encoder``.
    typed : DataFrame
        From ``Reading.typed``.
    """
    sentences = []
    for name, known in _known(encoder):
        column = typed[name]
        if not isinstance(column.dtype, pd.CategoricalDtype):
            continue
        counts = column.value_counts()
        unseen = counts[(counts > 0) & ~counts.index.isin(known)]
        words = [str(each) for each in unseen.index]
        n_rows = int(unseen.sum())
        n_missing = int(column.isna().sum())
        has_missing = any(each is None or each != each for each in known)
        if n_missing and not has_missing:
            n_rows += n_missing
        if n_rows:
            what = listed(words) if words else "an empty cell"
            rows = "1 row" if n_rows == 1 else f"{n_rows} rows"
            sentences.append(
                f"Column {quoted(name)}, {rows}: the model has not seen {what}. Its predictions "
                "there use the other columns alone."
            )
    return sentences


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
