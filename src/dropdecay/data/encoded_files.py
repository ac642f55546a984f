"""A table in files -> numbers on disk in random order, encoded by what its teaching rows teach.

The teaching rows are drawn over the numbers of all rows, so that it does not matter how the files
are ordered. Every fold trains on them and none holds them out: what they teach leaks into no
validation loss, and one encoding serves all folds.
"""

import hashlib
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

from dropdecay.arrays import AnyArray, Float32, Floating, Int64
from dropdecay.data.asked_of_files import Asked
from dropdecay.data.column_pass import (
    Seen,
    codes_of,
    groups_in,
    pass_over,
    target_in,
    weights_in,
)
from dropdecay.data.dealing import (
    Dealer,
    GroupDealer,
    RowDealer,
    numbers_of_groups,
    teaching_rows,
)
from dropdecay.data.encoding import Encoding, Transformer
from dropdecay.data.fold_rows import Fold
from dropdecay.data.row_maps import Part, RowMaps, open_row_maps, write_row_maps
from dropdecay.data.targets import Target
from dropdecay.data.time_places import TimeDealer
from dropdecay.errors import (
    BadTable,
    FailedWork,
    Unfinished,
    UnseenWarning,
)
from dropdecay.files import why_not_written

SPARED = 4
"""A class of fewer rows than this many a fold teaches nothing: the folds need them all."""


@dataclass(frozen=True)
class Taught:
    """What the teaching rows have taught.

    Parameters
    ----------
    numbers : shape (n_teaching,), int64
        Of the rows, ascending.
    frame : DataFrame
        The rows as they stand in the files.
    encoding : Encoding
    encoder : transformer or None
        Fitted.
    """

    numbers: Int64
    frame: pd.DataFrame
    encoding: Encoding
    encoder: Transformer | None


@dataclass(frozen=True)
class EncodedFiles:
    """A table in files, encoded.

    Parameters
    ----------
    asked : Asked
    seen : Seen
    target : Target
        That of a few made-up rows, with the classes, or the mean and spread, of all rows.
    taught : Taught
    maps : RowMaps
        Place 0: teaching rows; then one place for each fold; then rows that are not searched, the
        last of which say how long to train on all. Rows in time: ``asked.places``.
    folder : path
        Where they lie.
    """

    asked: Asked
    seen: Seen
    target: Target
    taught: Taught
    maps: RowMaps
    folder: Path

    @property
    def n_teaching(self) -> int:
        """Rows that every fold trains on; the first ones."""
        return int(self.maps.sizes[0])

    @property
    def n_searched(self) -> int:
        """Rows that are searched, teaching rows among them; the first ones."""
        if self.asked.places is not None:
            return int(self.maps.numbers.size)
        return int(self.maps.sizes[: self.asked.n_folds + 1].sum())

    def folds(self) -> list[Fold]:
        """Return training and validation rows of each fold."""
        if self.asked.places is not None:
            return self.asked.places.rows_of(self.maps.sizes)
        rows, ends = np.arange(self.n_searched), np.cumsum(self.maps.sizes)
        held = [rows[ends[place - 1] : ends[place]] for place in range(1, self.asked.n_folds + 1)]
        return [(np.concatenate((rows[: each[0]], rows[each[-1] + 1 :])), each) for each in held]

    def rows_of_refit(self) -> Fold:
        """Return the rows that a network on all rows trains on, and those that say how long."""
        cut = self.maps.numbers.size - int(self.maps.sizes[-1])
        return self.maps.numbers[:cut], self.maps.numbers[cut:]

    def moments(self) -> Int64 | None:
        """Return the order of the rows in time; None: they have none."""
        places = self.asked.places
        return None if places is None else places.moments[self.maps.rows]

    def searched_target(self) -> Target:
        """Return the target of the rows that are searched."""
        return self.target.of_rows(self.maps.y[: self.n_searched])


@contextmanager
def encoded_files(
    asked: Asked,
    estimator: BaseEstimator,
    encoding_of: Callable[[pd.DataFrame], Encoding],
    target_of: Callable[[AnyArray], Target],
    folder: Path | None,
) -> Iterator[EncodedFiles]:
    """Give a table in files as numbers, which lie on disk as long as they are needed.

    Parameters
    ----------
    asked : Asked
    estimator : estimator
        Records the columns.
    encoding_of : callable
        Features of the teaching rows -> how rows become numbers.
    target_of : callable
        A few targets with the classes, or the mean and spread, of all -> the target.
    folder : path or None
        Where the numbers lie. An interrupted run leaves them there for when it is resumed. None:
        in the system's folder for temporary files, and nothing is left.

    Raises
    ------
    BadInput
        If the table cannot be used, or does not fit on the disk.
    """
    seen = pass_over(asked.files, asked.roles, asked.random_state, numeric=asked.numeric)
    target = target_of(_model_of(seen))
    taught, dealer = _taught(asked, seen, estimator, encoding_of)
    n_features = _encoded(taught, estimator, taught.frame[asked.features][:2]).shape[1]
    made_by = f"{asked.identity} {taught.encoding.transformer!r}".encode()
    with _place(folder, hashlib.sha256(made_by).hexdigest()) as place:
        if not (place / _DONE).exists():
            parts = _parts(asked, seen, target, taught, dealer, estimator)
            write_row_maps(
                place, parts, asked.sizes, n_features, asked.random_state,
                weighted=asked.roles.weights is not None, grouped=asked.roles.groups is not None,
            )  # fmt: skip
            (place / _DONE).touch()
        yield EncodedFiles(asked, seen, target, taught, open_row_maps(place, n_features), place)


_DONE = "complete"


@contextmanager
def _place(folder: Path | None, identity: str) -> Iterator[Path]:
    if folder is None:
        with tempfile.TemporaryDirectory(prefix="dropdecay-") as temporary:
            yield Path(temporary)
        return
    place = folder / f"encoded-{identity[:16]}"
    if not (place / _DONE).exists():
        shutil.rmtree(place, ignore_errors=True)  # half of it, from a run that was killed
        try:
            place.mkdir()
        except OSError as error:
            remedy = "Make the folder writable."
            raise Unfinished(why_not_written(place, error, remedy)) from None
    kept = False
    try:
        yield place
    except (KeyboardInterrupt, FailedWork):
        kept = (place / _DONE).exists()
        raise
    finally:
        if not kept:
            shutil.rmtree(place, ignore_errors=True)


def _model_of(seen: Seen) -> AnyArray:
    """Return a few targets with the classes, or the mean and spread, of all rows."""
    if seen.classes is not None:
        return seen.classes
    return np.array([seen.center - seen.scale, seen.center + seen.scale])


def _taught(
    asked: Asked,
    seen: Seen,
    estimator: BaseEstimator,
    encoding_of: Callable[[pd.DataFrame], Encoding],
) -> tuple[Taught, Dealer]:
    """Draw the teaching rows, let them teach the encoder, and deal the others."""
    shares, places = asked.shares, asked.places
    dealer: Dealer
    if asked.roles.groups is not None:
        dealer = by_group = GroupDealer(shares, seen.groups, asked.random_state)
        numbers = _rows_of_teaching_groups(asked, by_group)
    else:
        numbers = asked.teaching_rows()
    frame = asked.files.rows(numbers)
    classes = codes_of(target_in(frame, asked.roles, asked.files, numeric=asked.numeric), seen)
    if places is not None:
        dealer = TimeDealer(places)
    elif asked.roles.groups is None:
        spared = (seen.counts >= SPARED * asked.n_folds)[classes]
        numbers, frame, classes = numbers[spared], frame[spared], classes[spared]
        others = seen.counts - np.bincount(classes, minlength=seen.counts.size)
        _check_classes(seen, others, asked.n_folds)
        dealer = RowDealer(
            replace(shares, teaching=numbers.size), numbers, others, asked.random_state
        )
    features, y = frame[asked.features], frame[asked.roles.target]
    encoding = encoding_of(features)
    rows, _ = encoding.check(estimator, features, y, numeric=asked.numeric)
    encoder = None
    if encoding.transformer is not None:
        encoder = clone(encoding.transformer)
        if encoding.uses_target:
            encoder.fit(rows, _lesson(np.asarray(y), classes, seen))
        else:
            encoder.fit(rows)
    return Taught(numbers, frame, encoding, encoder), dealer


def _lesson(y: AnyArray, classes: Int64, seen: Seen) -> Floating:
    """Return the values, standardized, or a column of 0 and 1 for each class."""
    if seen.classes is not None:
        return np.eye(seen.classes.size)[classes]
    return ((y.astype(np.float64) - seen.center) / seen.scale)[:, None]


def _rows_of_teaching_groups(asked: Asked, dealer: GroupDealer) -> Int64:
    """Return the numbers of rows of teaching groups, no more than are wanted, ascending."""
    found = []
    for part in asked.files.parts(asked.roles.names):
        places = dealer.places_of(groups_in(part, asked.roles, asked.files))
        found.append(np.asarray(part.index)[places == 0])
    rows = np.concatenate(found)
    return rows[teaching_rows(rows.size, asked.n_teaching, asked.random_state)]


def _check_classes(seen: Seen, others: Int64, n_folds: int) -> None:
    """Refuse a class of fewer rows than there are folds."""
    if seen.classes is None or others.min() >= n_folds:
        return
    rare = int(others.argmin())
    raise BadTable(
        f"Class {seen.classes[rare]!r} has {seen.counts[rare]} rows, fewer than the {n_folds} "
        "folds, and every fold needs every class. Merge or leave out such classes, or use fewer "
        "folds."
    )


def _parts(
    asked: Asked,
    seen: Seen,
    target: Target,
    taught: Taught,
    dealer: Dealer,
    estimator: BaseEstimator,
) -> Iterator[Part]:
    """Yield the table in parts, encoded."""
    for part in asked.files.parts():
        values = target_in(part, asked.roles, asked.files, numeric=asked.numeric)
        classes = codes_of(values, seen)
        groups = None
        if asked.roles.groups is not None:
            groups = groups_in(part, asked.roles, asked.files)
        first = int(part.index[0])
        try:
            X = _encoded(taught, estimator, part[asked.features].reset_index(drop=True))
        except BadTable as error:
            place = asked.files.place(first)
            raise BadTable(f"In the {len(part):,} rows from {place} on: {error}") from None
        y = classes if seen.classes is not None else (values - target.center) / target.scale
        yield Part(
            dealer.deal(first, classes, groups), np.asarray(part.index), X, y.astype(np.float32),
            weights_in(part, asked.roles, asked.files),
            None if groups is None else numbers_of_groups(groups, asked.random_state),
        )  # fmt: skip


def _encoded(taught: Taught, estimator: BaseEstimator, features: pd.DataFrame) -> Float32:
    """Return rows as numbers, as predicting does."""
    with warnings.catch_warnings():
        # A few rows among millions hold what the teaching rows do not.
        warnings.simplefilter("ignore", UnseenWarning)
        X: Float32 = taught.encoding.apply(estimator, features, taught.encoder)
    return X
