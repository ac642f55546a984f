"""When a surface has a pilot, and the problem that its rows are."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from dropdecay.arrays import Floating, Int64
from dropdecay.axes import Axes
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import Encoding, Table
from dropdecay.data.fold_rows import fold_rows
from dropdecay.data.pilot_rows import PilotRows
from dropdecay.decay_memory import pace_of, steps_per_epoch
from dropdecay.engine.ending import MOST_AUTO, usual_epochs
from dropdecay.engine.protocol import Problem, Score
from dropdecay.estimators.defaults import auto_batch
from dropdecay.policies.race import FROM_POINTS, races
from dropdecay.settings import HORIZON_SCHEDULES, Setting
from dropdecay.surface.pilot import FIRST_FOLD, Pilot


def can_have_pilot(
    axes: Axes, setting: Setting, cv: object, race: bool | str, *, adaptive: bool
) -> bool:
    """Return whether a pilot would save time on a large table, and its decays can be carried.

    It is a race of a kind, so that ``race=False`` means none. Networks that are all trained for a
    fixed number of epochs would need as many steps on the pilot as on all rows. A splitter or a
    list of folds says itself which rows are held out.
    """
    if not isinstance(cv, (int, np.integer)) or not adaptive:
        return False
    if setting.schedule.learning_rate_schedule in HORIZON_SCHEDULES:
        return False
    if not races(race, axes.n_points, int(cv)) or axes.n_points < FROM_POINTS:
        return False
    has_memory = pace_of(axes, setting, 1) is not None
    decays = (value for axis in axes if axis.knob.has_memory for value in axis.values)
    return has_memory or not any(decays)


def setting_on_pilot(setting: Setting, pilot: PilotRows, n_rows: int, n_training: int) -> Setting:
    """Return the setting that all points share on the pilot.

    An automatic batch size follows the rows. Networks take no more steps than on all rows, and no
    more epochs than they would by default.

    Parameters
    ----------
    setting : Setting
        On all rows.
    pilot : PilotRows
    n_rows : int
        Of the table.
    n_training : int
        Training rows of the smallest fold of the surface.
    """
    schedule, n_pilot = setting.schedule, pilot.rows.size
    batch_size = schedule.batch_size
    if batch_size == auto_batch(n_rows):
        batch_size = auto_batch(n_pilot)
    steps = steps_per_epoch(min(len(training) for training, _ in pilot.folds), batch_size)
    most = schedule.epochs * steps_per_epoch(n_training, schedule.batch_size)
    epochs = min(math.ceil(most / steps), MOST_AUTO * usual_epochs(n_pilot, batch_size))
    return replace(setting, schedule=replace(schedule, epochs=epochs, batch_size=batch_size))


@contextmanager
def encoded_pilot(
    pilot: PilotRows,
    setting: Setting,
    n_training: int,
    encoding: Encoding,
    rows: Table,
    targets: Floating,
    sample_weight: Floating | None,
    score: Score | None,
    random_state: int,
    folder: Path | None,
    lesson: Floating | None = None,
) -> Iterator[Pilot]:
    """Give the pilot as a problem of its own, with an encoder that sees none of the other rows.

    Parameters
    ----------
    pilot : PilotRows
    setting : Setting
        On the pilot.
    n_training : int
        Training rows of the smallest fold of the surface.
    encoding : Encoding
    rows, targets, sample_weight
        Of the whole table.
    score : callable, optional
        Of rows of the whole table.
    random_state : int
    folder : path, optional
        Where mapped files are created.
    lesson : shape (n_rows, n_outputs), optional
        Targets of the whole table that the encoder learns from.
    """
    here = pilot.rows
    part = rows.iloc[here] if isinstance(rows, pd.DataFrame) else rows[here]
    weights = None if sample_weight is None else sample_weight[here]

    def training_of(number: int) -> Int64:
        return pilot.folds[number][0]

    own = {
        FIRST_FOLD + number: fold_rows(*fold, random_state, FIRST_FOLD + number, min_measured=0)
        for number, fold in enumerate(pilot.folds)
    }
    with EncodedFolds(
        encoding,
        part,
        targets[here],
        weights,
        len(pilot.folds),
        training_of,
        folder,
        None if lesson is None else lesson[here],
    ) as encoded:
        problem = Problem(
            own,
            lambda fold: encoded(fold - FIRST_FOLD),
            None if score is None else _ScoreHere(score, here),
        )
        yield Pilot(problem, setting, n_training, here.size)


@dataclass(frozen=True, eq=False)
class _ScoreHere:
    """A score of rows of a whole table, for rows of a part of it."""

    score: Score
    here: Int64

    def __call__(self, rows: Int64, outputs: Floating) -> float:
        return self.score(self.here[rows], outputs)
