"""Tables in files given to ``fit``: small ones are read, large ones are encoded on disk."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from sklearn.base import is_regressor
from sklearn.utils.class_weight import compute_class_weight

from dropdecay.arrays import AnyArray, Floating
from dropdecay.cluster.find import check_answers, cluster_of
from dropdecay.data.asked_of_files import FROM_ROWS, Asked
from dropdecay.data.class_weights import row_weights
from dropdecay.data.column_pass import Roles
from dropdecay.data.encoded_files import EncodedFiles, encoded_files
from dropdecay.data.encoding import RowEncoding
from dropdecay.data.folds import check_weights
from dropdecay.data.pilot_rows import PilotRows, pilot_among
from dropdecay.data.row_maps import RowMaps
from dropdecay.data.targets import Target
from dropdecay.data.time_folds import check_goes_with_times
from dropdecay.errors import BadInput, BadSetting, Parameter
from dropdecay.estimators.alternatives import check_tune_on_disk
from dropdecay.estimators.base import drawn_state
from dropdecay.estimators.grave_findings import warn_of
from dropdecay.estimators.nested import LEAST_OUTER, check_nested
from dropdecay.estimators.part_of_rows import check_goes_with_part, rows_to_search
from dropdecay.estimators.pilot import can_have_pilot
from dropdecay.estimators.surface_task import (
    EncodedBefore,
    SurfaceTask,
    Whole,
    in_blocks,
    smallest_training,
)
from dropdecay.settings import check_count
from dropdecay.table.files import ParquetFiles
from dropdecay.table.reading import Reading

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV


def stays_on_disk(files: ParquetFiles) -> bool:
    """Return whether a table is encoded part by part; others are read into memory."""
    return len(files) >= FROM_ROWS or files.encoder_rows is not None


def _roles(
    files: ParquetFiles, y: object, groups: object, sample_weight: object, times: object
) -> Roles:
    """Return the columns that are no features, all given by name.

    Raises
    ------
    BadInput
        If one is not given by name.
    BadTable
        If there is no such column.
    """
    for name, given in (
        ("y", y), ("groups", groups), ("sample_weight", sample_weight), ("times", times),
    ):  # fmt: skip
        if not isinstance(given, str) and (given is not None or name == "y"):
            raise BadInput(
                f"Where X are files, {name} is the name of a column. Got {type(given).__name__}."
            )
    assert isinstance(y, str)
    roles = Roles(y, groups, sample_weight, times)  # type: ignore[arg-type]  # names, as was checked
    files.with_columns(roles.names)
    if len(set(roles.names)) < len(roles.names):
        raise BadInput("y, groups, sample_weight and times must be names of different columns.")
    return roles


def in_memory(
    files: ParquetFiles, y: object, groups: object, sample_weight: object, times: object
) -> tuple[pd.DataFrame, pd.Series, pd.Series | None, pd.Series | None, pd.Series | None]:
    """Return features, target, groups, weights and times of a small table, all given by name."""
    roles = _roles(files, y, groups, sample_weight, times)
    (frame,) = files.parts(size=len(files))
    of_groups, weights, moments = (
        None if name is None else frame[name] for name in (roles.groups, roles.weights, roles.times)
    )
    return frame.drop(columns=roles.names), frame[roles.target], of_groups, weights, moments


@contextmanager
def task_from_files(
    search: "BaseSurfaceCV",
    files: ParquetFiles,
    y: object,
    groups: object,
    sample_weight: object,
    times: object,
    reading: Reading | None,
) -> Iterator[SurfaceTask]:
    """Give the task of a fit on a large table; its rows lie on disk as long as they are needed.

    Raises
    ------
    BadSetting
        If a parameter is for tables in memory alone.
    BadTable
        If a cell cannot be used; the message names its file.
    """
    _check(search)
    check_answers(cluster_of(search.cluster))
    roles = _roles(files, y, groups, sample_weight, times)
    if times is not None:
        check_goes_with_times(None if roles.groups is None else np.empty(0), search.nested)
        if rows_to_search(search) is not None:
            check_goes_with_part(search.cv, times)
    drawn = drawn_state(search.random_state)
    asked = Asked(
        files, roles, is_regressor(search), check_count("cv", search.cv, minimum=2),
        rows_to_search(search), drawn,
    )  # fmt: skip

    def target_of(y: AnyArray) -> Target:
        return search._target(y, None, y)

    folder = None if search.store is None else Path(search.store).parent
    with encoded_files(
        asked, search, lambda features: search._encoding(features, reading), target_of, folder
    ) as encoded:
        search.ignored_columns_ = roles.names
        if reading is None:
            _warn_of_leaks(encoded)
        yield _task(search, encoded)


def _task(search: "BaseSurfaceCV", encoded: EncodedFiles) -> SurfaceTask:
    asked, maps, n_searched = encoded.asked, encoded.maps, encoded.n_searched
    rows, target = maps.X[:n_searched], encoded.searched_target()
    own = None if maps.sample_weight is None else maps.sample_weight[:n_searched]
    weights = row_weights(target, own, search._class_weight(), np.float32)
    groups = None if maps.groups is None else maps.groups[:n_searched]
    setting, folds = in_blocks(search._setting(target, rows)), encoded.folds()
    check_weights(folds, weights)
    axes = search._axes(setting, smallest_training(folds))
    pilot: PilotRows | None = None
    cv = folds if asked.places is not None else search.cv
    if can_have_pilot(axes, setting, cv, search.race, adaptive=not search.fixed_epochs):
        labels = None if target.labels is None else np.asarray(target.labels)
        pilot = pilot_among(
            encoded.n_teaching, n_searched, labels, groups, weights, asked.random_state
        )
    before = EncodedBefore(
        encoded.taught.encoding, encoded.taught.encoder, asked.identity, encoded.folder.resolve()
    )
    return search._task_of(
        rows=rows, target=target, encoding=RowEncoding(False, None), encoded=before,
        sample_weight=weights, own_weight=own, groups=groups, cv=folds, folds=tuple(folds),
        moments=encoded.moments(), numbers=maps.rows[:n_searched], pilot=pilot,
        random_state=asked.random_state, setting=setting, axes=axes,
        whole=None if n_searched == maps.numbers.size else _whole(search, encoded, target),
    )  # fmt: skip


def _whole(search: "BaseSurfaceCV", encoded: EncodedFiles, part: Target) -> Whole:
    """Return all rows, of which a part is searched."""
    maps = encoded.maps
    target = replace(part, matrix=maps.y, labels=None, values=None)
    return Whole(
        maps.X, maps.y, _weights_of_all(search, maps, part), maps.numbers,
        encoded.rows_of_refit(), in_blocks(search._setting(target, maps.X)),
    )  # fmt: skip


def _weights_of_all(search: "BaseSurfaceCV", maps: RowMaps, part: Target) -> Floating | None:
    """Return the weights of all rows, where classes weigh what they weigh in the part."""
    if search._class_weight() is None:
        return maps.sample_weight
    of_class = compute_class_weight(
        search._class_weight(), classes=np.asarray(part.classes), y=np.asarray(part.labels)
    )
    weights: Floating = of_class.astype(np.float32)[maps.y[:, 0].astype(np.int64)]
    return weights if maps.sample_weight is None else weights * maps.sample_weight


def _check(search: "BaseSurfaceCV") -> None:
    """Refuse parameters that need all rows in memory."""
    if not isinstance(search.cv, (int, np.integer)) or isinstance(search.cv, bool):
        raise BadSetting(
            Parameter("cv"), " must be a number of folds where X are files that do not fit into "
            "memory: a splitter would need all rows.",
        )  # fmt: skip
    if check_nested(search.nested, search.cv) and search.cv == LEAST_OUTER - 1:
        raise BadSetting(
            Parameter("nested", True), f" needs {LEAST_OUTER} folds or more where rows lie on "
            "disk: each search has one less. Use a larger ", Parameter("cv"), ".",
        )  # fmt: skip
    if hasattr(search, "tune"):
        check_tune_on_disk(search)
    if not hasattr(search, "engine"):
        raise BadSetting(
            f"{type(search).__name__} takes a whole table. Give it a Dataset of torch, or train "
            "on rows in memory.",
        )  # fmt: skip


def _warn_of_leaks(encoded: EncodedFiles) -> None:
    """Look at the teaching rows, and warn of what makes the answer worth nothing."""
    taught, roles = encoded.taught, encoded.asked.roles
    if taught.encoding.reading is None:
        return
    from dropdecay.table.look import look  # takes a second to import

    features = taught.frame[encoded.asked.features].reset_index(drop=True)
    known = taught.frame[roles.target].reset_index(drop=True)
    kept = None if roles.groups is None else taught.frame[roles.groups].to_numpy()
    task = "regression" if encoded.asked.numeric else "classification"
    typed = taught.encoding.reading.typed(features)
    warn_of(look(typed, known, task, encoded.asked.n_folds, kept))
