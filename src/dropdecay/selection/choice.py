"""Which point is best, which are as good, and which of these overfits least."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import NONE, Point
from dropdecay.errors import BadSetting, EveryRunDiverged
from dropdecay.selection.edges import Edge, find_edges
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
    """A point with its figures at its own epoch, averaged over folds.

    Losses and their standard errors are in nats or squared target units; ``fold_variance`` and
    ``seed_variance`` are the two components of the loss, the latter NaN with one seed.
    ``accuracy`` is reported beside the score where classes are imbalanced, and NaN elsewhere.
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
    fold_variance: float
    seed_variance: float

    @property
    def is_none(self) -> bool:
        """Whether nothing regularizes at this point."""
        return self.point.kind == NONE


@dataclass(frozen=True)
class Choice:
    """What the rules choose, and the points as good as the best.

    Parameters
    ----------
    best, one_standard_error, chosen : PointFigures
        ``chosen`` is one of the other two, as ``rule`` says.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
    as_good : tuple of Point
        Mean within one standard error of the best point's; the best is among them.
    n_points : int
        How many there were to choose from, finished or not.
    edges : tuple of Edge
        Where the best point lies at the end of an axis.
    n_unfinished : int
        Points left out: a run diverged, or was not trained on every fold.
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
        """Return plain JSON values."""
        edges: list[Plain] = [{**plain_fields(edge), "sentence": str(edge)} for edge in self.edges]
        return {**plain_fields(self), "edges": edges}


def choose(results: xr.Dataset, rule: str = "best", criterion: str = "loss") -> Choice:
    """Choose a point of the surface.

    ``best``: the lowest mean validation loss. As good as the best: mean loss at most one standard
    error above it, the standard error being that of the best point (Breiman et al. 1984; Hastie et
    al. 2009, section 7.10). The textbook then takes the simplest; different axes share no order of
    simplicity, so ``one_se`` takes the smallest gap between validation and training. It buys
    parsimony and is no free gain: its loss is by definition no lower than the best.

    Parameters
    ----------
    results : xarray.Dataset
        By point or on a grid.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        ``"score"``: the highest mean score takes the place of the lowest mean loss. Epochs are
        chosen by the loss either way.

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
            "Every point of the surface diverged. Lower the learning rate (--lr, "
            "learning_rate_init) and fit again."
        )
    cost = cost_of(figures, criterion)
    if np.isnan(cost.mean(axis=1)).all():
        name = results.attrs.get("score_name", "score")
        raise BadSetting(
            f"scoring gave no number at any point: {name} is NaN. Choose by loss, or name "
            "another scorer."
        )
    folds_per_repeat = figures.folds_per_repeat
    best = lowest(cost)
    one_se = pick_one_standard_error(cost, figures.gap, folds_per_repeat)
    chosen = RULES[rule](cost, figures.gap, folds_per_repeat)
    described = {index: describe(figures, index) for index in {best, one_se, chosen}}
    as_good = np.flatnonzero(as_good_as(cost, best, folds_per_repeat))
    names = [name for name, _ in figures.points[best].values]
    return Choice(
        best=described[best],
        one_standard_error=described[one_se],
        chosen=described[chosen],
        rule=rule,
        criterion=criterion,
        as_good=tuple(figures.points[index] for index in as_good),
        n_points=len(figures.points),
        edges=find_edges(
            {name: [point[name] for point in figures.points] for name in names},
            figures.points[best],
        ),
        n_unfinished=int((~figures.finished).sum()),
    )


def cost_of(figures: Figures, criterion: str) -> Float64:
    """Return what the criterion wants low, (n_points, n_folds)."""
    return figures.loss if criterion == "loss" else -figures.score


def describe(figures: Figures, index: int) -> PointFigures:
    """Return one point with its figures."""
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
        fold_variance=float(components.fold),
        seed_variance=float(components.seed),
    )
