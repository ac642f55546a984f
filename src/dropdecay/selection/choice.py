"""Which point is best, which are as good, and which of those overfits least."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import NONE, Point
from dropdecay.decay_memory import pace_in
from dropdecay.errors import BadSetting, EveryRunDiverged, Parameter
from dropdecay.selection.edges import COMPARED_BEFORE, Edge, find_edges
from dropdecay.selection.epochs import Figures, figures_at_epochs
from dropdecay.selection.jsonable import Plain, plain_fields
from dropdecay.selection.rules import (
    RULES,
    as_good_as,
    lowest,
    pick_one_standard_error,
)
from dropdecay.statistics.folds import standard_error, variance_components


@dataclass(frozen=True)
class PointFigures:
    """The figures of a point at its own epoch, averaged over folds.

    Losses and their standard errors are in nats or squared target units. ``fold_variance`` and
    ``seed_variance`` are the variance components of the loss, the latter NaN with one seed.
    ``accuracy`` accompanies the score if classes are imbalanced, and is NaN otherwise;
    ``plain_loss``, without class weights, accompanies a loss that they weigh.
    """

    point: Point
    epochs: int
    loss: float
    standard_error: float
    training_loss: float
    gap: float
    score: float
    score_standard_error: float
    accuracy: float
    accuracy_standard_error: float
    plain_loss: float
    plain_loss_standard_error: float
    fold_variance: float
    seed_variance: float

    @property
    def is_none(self) -> bool:
        """Whether this point is unregularized."""
        return self.point.kind == NONE


@dataclass(frozen=True)
class Choice:
    """The points that the rules choose, and those as good as the best.

    Parameters
    ----------
    best, one_standard_error, chosen : PointFigures
        ``chosen`` is one of the other two, depending on ``rule``.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
    as_good : tuple of Point
        Points whose mean is within one standard error of the best, the best included.
    n_points : int
        Number of points, finished or not.
    edges : tuple of Edge
        The ends of axes at which the best point lies.
    n_unfinished : int
        Points excluded because a run diverged or a fold was not trained.
    """

    best: PointFigures
    one_standard_error: PointFigures
    chosen: PointFigures
    rule: str
    criterion: str
    as_good: tuple[Point, ...]
    n_points: int
    edges: tuple[Edge, ...]
    n_unfinished: int

    def as_dict(self) -> dict[str, Plain]:
        """Return the choice as plain JSON values."""
        edges: list[Plain] = [{**plain_fields(edge), "sentence": str(edge)} for edge in self.edges]
        return {**plain_fields(self), "edges": edges}


def choose(results: xr.Dataset, rule: str = "best", criterion: str = "loss") -> Choice:
    """Choose a point of the surface.

    ``best`` is the point with the lowest mean validation loss. Points are as good as the best if
    their difference to it is at most one standard error of that difference, which is paired over
    folds (the textbook uses the best point's own standard error: Breiman et al. 1984; Hastie et al.
    2009, section 7.10). The textbook rule takes the simplest of them; since different axes share no
    order of simplicity, ``one_se`` takes the one with the smallest gap between validation and
    training loss. That trades loss for parsimony: its loss is by definition no lower than that of
    the best.

    Parameters
    ----------
    results : xarray.Dataset
        By point or on a grid.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        ``"score"`` takes the highest mean score instead of the lowest mean loss. Epochs are
        chosen by loss in both cases.

    Raises
    ------
    EveryRunDiverged
        If no point finished on every fold.
    BadSetting
        If the criterion is a score that is NaN at every point.
    """
    figures = figures_at_epochs(results)
    if not figures.finished.any():
        raise EveryRunDiverged(
            "Every point of the surface diverged. Lower the learning rate (",
            Parameter("learning_rate_init"), ") and fit again.",
        )  # fmt: skip
    cost = cost_of(figures, criterion)
    if np.isnan(cost.mean(axis=1)).all():
        name = results.attrs.get("score_name", "score")
        raise BadSetting(
            Parameter("scoring"), f" gave no number at any point: {name} is NaN. Use another "
            "scorer, or ", Parameter("criterion", "loss"), ".",
        )  # fmt: skip
    folds_per_repeat = figures.folds_per_repeat
    best = lowest(cost)
    one_se = pick_one_standard_error(cost, figures.gap, folds_per_repeat)
    chosen = RULES[rule](cost, figures.gap, folds_per_repeat)
    figures_of = {index: describe(figures, index) for index in {best, one_se, chosen}}
    as_good = np.flatnonzero(as_good_as(cost, best, folds_per_repeat))
    before = str(results.attrs.get(COMPARED_BEFORE, "")).split(",")
    names = [name for name, _ in figures.points[best].values if name not in before]
    return Choice(
        best=figures_of[best],
        one_standard_error=figures_of[one_se],
        chosen=figures_of[chosen],
        rule=rule,
        criterion=criterion,
        as_good=tuple(figures.points[index] for index in as_good),
        n_points=len(figures.points),
        edges=find_edges(
            {name: [point[name] for point in figures.points] for name in names},
            figures.points[best],
            pace_in(results.attrs),
        ),
        n_unfinished=int((~figures.finished).sum()),
    )


def cost_of(figures: Figures, criterion: str) -> Float64:
    """Return the quantity that the criterion minimizes, (n_points, n_folds)."""
    return figures.loss if criterion == "loss" else -figures.score


def describe(figures: Figures, index: int) -> PointFigures:
    """Return the figures of one point."""
    components = variance_components(figures.loss_by_seed[index])
    folds_per_repeat = figures.folds_per_repeat
    return PointFigures(
        point=figures.points[index],
        epochs=int(figures.epochs[index]),
        loss=float(figures.loss[index].mean()),
        standard_error=float(standard_error(figures.loss[index], folds_per_repeat)),
        training_loss=float(figures.training_loss[index].mean()),
        gap=float(figures.gap[index]),
        score=float(figures.score[index].mean()),
        score_standard_error=float(standard_error(figures.score[index], folds_per_repeat)),
        accuracy=float(figures.accuracy[index].mean()),
        accuracy_standard_error=float(standard_error(figures.accuracy[index], folds_per_repeat)),
        plain_loss=float(figures.plain_loss[index].mean()),
        plain_loss_standard_error=float(
            standard_error(figures.plain_loss[index], folds_per_repeat)
        ),
        fold_variance=float(components.fold),
        seed_variance=float(components.seed),
    )
