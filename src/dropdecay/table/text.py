"""Text and dates, with skrub: letters and days -> numbers, text -> the format of its dates.

skrub takes more than a second to import, and most tables need nothing of it: other files import
this one where a column asks for it.
"""

from typing import Any

import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from skrub import DatetimeEncoder, StringEncoder, ToDatetime
from skrub.core import RejectColumn

TEXT_NUMBERS = 30


class TextEncoder(StringEncoder):  # type: ignore[misc]  # skrub has no types
    """skrub's StringEncoder that makes fewer numbers of a column with few letter groups.

    It would warn, and cut, where there are fewer groups than numbers asked for.
    """

    n_components: int

    def fit_transform(self, X: pd.Series, y: Any = None) -> Any:
        """Encode a column of text."""
        asked = self.n_components
        self.n_components = self._as_many_as_groups(X, asked)
        try:
            return super().fit_transform(X, y)
        finally:
            self.n_components = asked

    def _as_many_as_groups(self, X: pd.Series, most: int) -> int:
        shape = {"ngram_range": self.ngram_range, "analyzer": self.analyzer}
        groups_of = TfidfVectorizer(**shape).build_analyzer()
        groups: set[str] = set()
        for value in X.dropna().astype(str).unique():
            groups.update(groups_of(value))
            if len(groups) > most:
                return most
        return len(groups)


def text_encoder(random_state: int) -> TextEncoder:
    """Return what makes numbers of a column of text: 30 from its groups of 3 and 4 letters."""
    return TextEncoder(n_components=TEXT_NUMBERS, random_state=random_state)


def date_encoder() -> DatetimeEncoder:
    """Return what makes numbers of a column of dates: its parts and the time passed."""
    return DatetimeEncoder(add_weekday=True)


def date_format(column: pd.Series) -> str | None:
    """Return the one format that all of a column's texts have, if they are dates with a year."""
    try:
        guess = ToDatetime()
        guess.fit_transform(column.astype("str"))
    except (RejectColumn, UnicodeEncodeError):
        return None
    found: str = guess.format_
    return found if "%y" in found.lower() and "%d" in found else None
