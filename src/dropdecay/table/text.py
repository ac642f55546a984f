"""skrub's encoders of text and dates, and the date format of a column of text.

skrub takes more than a second to import and most tables do not need it, so other files import
this one only when a column requires it.
"""

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from dropdecay.table.skrub_folder import need_no_home

need_no_home()
from skrub import DatetimeEncoder, StringEncoder, ToDatetime  # noqa: E402  # only now
from skrub.core import RejectColumn  # noqa: E402

N_TEXT_FEATURES = 30


class TextEncoder(StringEncoder):  # type: ignore[misc]  # skrub has no types
    """skrub's StringEncoder, with fewer features for columns with few character n-grams.

    skrub itself would warn, and truncate, if there are fewer n-grams than features.
    """

    n_components: int

    def fit_transform(self, X: pd.Series, y: object = None) -> pd.DataFrame:
        """Encode a column of text."""
        requested = self.n_components
        self.n_components = self._at_most_n_ngrams(X, requested)
        try:
            encoded: pd.DataFrame = super().fit_transform(X, y)
        finally:
            self.n_components = requested
        return encoded

    def _at_most_n_ngrams(self, X: pd.Series, requested: int) -> int:
        shape = {"ngram_range": self.ngram_range, "analyzer": self.analyzer}
        ngrams_of = TfidfVectorizer(**shape).build_analyzer()
        ngrams: set[str] = set()
        for value in X.dropna().astype(str).unique():
            ngrams.update(ngrams_of(value))
            if len(ngrams) > requested:
                return requested
        return len(ngrams)


def text_encoder(random_state: int) -> TextEncoder:
    """Return an encoder of text: 30 features from its character n-grams of length 3 and 4."""
    return TextEncoder(n_components=N_TEXT_FEATURES, random_state=random_state)


def date_encoder() -> DatetimeEncoder:
    """Return an encoder of dates: their parts, weekday and total seconds."""
    return DatetimeEncoder(add_weekday=True)


def date_format(column: pd.Series) -> str | None:
    """Return the format shared by all texts of a column, if they are dates with a year."""
    try:
        guess = ToDatetime()
        guess.fit_transform(column.astype("str"))
    except (RejectColumn, UnicodeEncodeError):
        return None
    found: str = guess.format_
    return found if "%y" in found.lower() and "%d" in found else None
