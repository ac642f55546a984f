"""What is to be made of a table in files, decided by the size of the table before rows are read."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from dropdecay.arrays import Int64
from dropdecay.data.column_pass import Roles
from dropdecay.data.dealing import Shares, teaching_rows
from dropdecay.data.time_places import TimePlaces, time_places
from dropdecay.errors import BadSetting, Parameter
from dropdecay.table.files import ParquetFiles

FROM_ROWS = 1_000_000
"""From so many rows on the encoder is taught by teaching rows alone, without being asked to."""

ENCODER_ROWS, MOST_OF_SEARCHED = 100_000, 0.1
"""How many teaching rows there are by default, but at most this share of the rows searched."""

VALIDATED, MOST_VALIDATED = 0.1, 1_000_000
"""Where not all rows are searched, this share of all, but no more rows, say how long to train."""


def searched_of(n_rows: int, search_rows: int | None) -> int:
    """Return how many rows are searched: all, where hardly any would be left."""
    if search_rows is None or search_rows > (1.0 - VALIDATED) * n_rows:
        return n_rows
    return search_rows


@dataclass(frozen=True)
class Asked:
    """What is to be made of a table in files.

    Parameters
    ----------
    files : ParquetFiles
        Features and the columns of ``roles``.
    roles : Roles
    numeric : bool
        Whether the target is a quantity.
    n_folds : int
    search_rows : int or None
        How many rows are searched; None: all.
    random_state : int
    """

    files: ParquetFiles
    roles: Roles
    numeric: bool
    n_folds: int
    search_rows: int | None
    random_state: int

    @property
    def features(self) -> list[str]:
        """Names of the columns that are learnt from."""
        return [name for name in self.files.names if name not in self.roles.names]

    @property
    def n_searched(self) -> int:
        """How many rows are searched."""
        return searched_of(len(self.files), self.search_rows)

    @property
    def shares(self) -> Shares:
        """How many rows each place is to have."""
        n_rows, searched = len(self.files), self.n_searched
        last = min(int(VALIDATED * n_rows), MOST_VALIDATED) if searched < n_rows else 0
        return Shares(self.n_teaching, searched, last, n_rows, self.n_folds)

    @property
    def n_teaching(self) -> int:
        """How many rows teach the encoder.

        Raises
        ------
        BadSetting
            If they would leave too few rows to validate.
        """
        asked, searched = self.files.encoder_rows, self.n_searched
        if asked is None:
            return min(ENCODER_ROWS, int(MOST_OF_SEARCHED * searched))
        if asked < 2 or asked > searched // 2:
            raise BadSetting(
                Parameter("encoder_rows", asked), f" must be 2 to {searched // 2:,}, half "
                "of the rows that are searched: the others are held out.",
            )  # fmt: skip
        return asked

    @cached_property
    def places(self) -> TimePlaces | None:
        """Where rows lie that come in time; None: they do not.

        Raises
        ------
        BadInput
            If their times do not make so many folds.
        """
        name = self.roles.times
        if name is None:
            return None
        parts = [part[name] for part in self.files.parts([name])]
        return time_places(pd.concat(parts, ignore_index=True), self.n_folds)

    @property
    def sizes(self) -> Int64:
        """About how many rows each place gets."""
        return self.shares.of_all() if self.places is None else self.places.sizes

    def teaching_rows(self) -> Int64:
        """Draw the numbers of the rows that teach the encoder, ascending; groups are not heeded.

        Raises
        ------
        BadSetting
            If more are wanted than all folds train on.
        """
        wanted = self.n_teaching
        if self.places is None:
            return teaching_rows(len(self.files), wanted, self.random_state)
        rows = self.places.trained_on_by_all()
        if rows.size < 2 or (self.files.encoder_rows is not None and wanted > rows.size):
            raise BadSetting(
                Parameter("encoder_rows", wanted), f" is too much: all {self.n_folds} blocks of "
                f"time train on {rows.size:,} rows alone. Use fewer rows or fewer folds.",
            )  # fmt: skip
        return rows[teaching_rows(rows.size, wanted, self.random_state)]

    @property
    def identity(self) -> str:
        """A hash of all that decides what is made."""
        about = (
            self.files.identity, self.roles, self.numeric, self.shares, self.random_state,
        )  # fmt: skip
        return hashlib.sha256(repr(about).encode()).hexdigest()
