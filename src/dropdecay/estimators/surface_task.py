"""The input of one fit of a surface, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.axes import Axes
from dropdecay.baselines.models import Model
from dropdecay.data.encoding import Encoding, Table, Transformer
from dropdecay.data.fold_rows import Fold
from dropdecay.data.pilot_rows import PilotRows
from dropdecay.data.scoring import Scoring
from dropdecay.data.targets import Target
from dropdecay.decay_memory import Pace, pace_of
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.protocol import Engine
from dropdecay.policies.contenders import PlainWeight
from dropdecay.settings import BLOCKS, Setting


@dataclass(frozen=True)
class EncodedBefore:
    """By what the rows of a task were encoded before it began, and what they were then.

    Parameters
    ----------
    encoding : Encoding
    encoder : transformer or None
        Fitted on rows that no fold holds out.
    identity : str
        A hash of the rows, and of all that was decided about them.
    folder : path
        Where they lie, in files.
    """

    encoding: Encoding
    encoder: Transformer | None
    identity: str
    folder: Path


@dataclass(frozen=True)
class Whole:
    """All rows, where a part of them is searched.

    Parameters
    ----------
    rows : table or array
    targets : shape (n_rows, n_targets)
    sample_weight : shape (n_rows,) or None
    numbers : shape (n_rows,), int64
        Of all rows.
    fold : (training rows, validation rows)
        The latter say how long a network on all rows is trained.
    setting : Setting
        What all points share on all rows: a batch size and a maximum of epochs of their own.
    """

    rows: Table
    targets: Floating
    sample_weight: Floating | None
    numbers: Int64
    fold: Fold
    setting: Setting


@dataclass(frozen=True)
class SurfaceTask:
    """The input of one fit of a surface, validated before anything is trained.

    Parameters
    ----------
    rows : table or array
        Validated, not yet encoded.
    target : Target
    encoding : Encoding
        How to encode the rows within each fold.
    sample_weight : shape (n_rows,) or None
        Product of sample weights and class weights.
    plain_weight : PlainWeight or None
        Sample weights alone, where classes are weighted too.
    groups : shape (n_rows,) or None
    cv : int, splitter or iterable
    folds : tuple of (training rows, validation rows)
        The folds that ``cv`` gives.
    moments : shape (n_rows,) or None
        Order of the rows in time, if the folds are blocks of it.
    pilot : PilotRows or None
        Rows that all folds train on, and on which the surface is trained first.
    random_state : int
        The seed of all random numbers.
    setting : Setting
        The setting that all points share.
    adaptive : bool
        Whether each point is trained until its own mean curve ends it.
    axes : Axes
    n_seeds : int
    n_ensemble : int
        Networks of the chosen point that are averaged; 1: there is a single one.
    rule, criterion : str
    extend : bool
    race : bool or "auto"
    futility : bool
        Whether points that could not catch up are not trained on.
    scoring : scorer, name or None
    n_repeats : int
        How often the contenders are trained for the verdict, at most; 1: once.
    budget : float or None
        Seconds for everything but what cannot be left out.
    records : bool
        Whether outputs are recorded by row.
    n_jobs : int
        Number of threads or processes that train networks.
    cluster : str, live object or None
        As ``cluster.find.cluster_of`` returns it.
    engine : ChosenEngine
    train : Engine
        What really trains: that engine, or workers that have it.
    store : path or None
        File that keeps every finished run.
    encoded : EncodedBefore or None
        None: ``encoding`` is applied within each fold.
    whole : Whole or None
        None: all rows are searched.
    numbers : shape (n_rows,), int64, or None
        Of the rows in the table given to ``fit``; None: they are that table.
    baselines : tuple of Model
        Other models that are judged on the same folds.
    mixed : tuple of str
        Axes that a cocktail has added: neutral, and the value that it kept.
    """

    rows: Table
    target: Target
    encoding: Encoding
    sample_weight: Floating | None
    plain_weight: PlainWeight | None
    groups: AnyArray | None
    cv: object
    folds: tuple[Fold, ...]
    moments: Int64 | None
    pilot: PilotRows | None
    random_state: int
    setting: Setting
    adaptive: bool
    axes: Axes
    n_seeds: int
    n_ensemble: int
    rule: str
    criterion: str
    extend: bool
    race: bool | str
    futility: bool
    scoring: Scoring
    n_repeats: int
    budget: float | None
    records: bool
    n_jobs: int
    cluster: object
    engine: ChosenEngine
    train: Engine
    store: Path | None
    encoded: EncodedBefore | None = None
    whole: Whole | None = None
    numbers: Int64 | None = None
    baselines: tuple[Model, ...] = ()
    mixed: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.target.matrix)

    @property
    def folder(self) -> Path | None:
        """Where large files of a search lie; None: in the system's folder for temporary ones."""
        return None if self.store is None else self.store.parent

    @property
    def by_time(self) -> bool:
        """Whether the folds are blocks of time."""
        return self.moments is not None

    @property
    def row_weight(self) -> Floating | None:
        """Sample weights alone; None: rows have none."""
        return self.sample_weight if self.plain_weight is None else self.plain_weight.own

    @property
    def loss_weight(self) -> Floating | None:
        """What rows count in the loss that chooses, if class weights weigh it; else None."""
        return None if self.plain_weight is None else self.sample_weight

    @property
    def pace(self) -> Pace | None:
        """What turns weight decays into epochs of memory on these folds; None: they have none."""
        return pace_of(self.axes, self.setting, smallest_training(self.folds))


def in_blocks(setting: Setting) -> Setting:
    """Return a setting for rows on disk, which are shuffled block by block."""
    return replace(setting, schedule=replace(setting.schedule, shuffle=BLOCKS))


def smallest_training(folds: Sequence[Fold]) -> int:
    """Return the training rows of the fold that has the fewest."""
    return min(len(training) for training, _ in folds)
