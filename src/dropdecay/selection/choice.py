"""Which point is best, which are as good, and which of these overfits least."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64
from dropdecay.errors import BadSetting, EveryRunDiverged
from dropdecay.selection.edges import Edge, find_edges
from dropdecay.selection.epochs import SURFACE, Points, points_at_epochs
from dropdecay.selection.jsonable import as_plain
from dropdecay.selection.rules import (
    RULES,
    as_good_as,
    lowest,
    pick_one_standard_error,
)
from dropdecay.statistics.folds import standard_error, variance_components


@dataclass(frozen=True)
class Point:
    """One setting with its figures at its own epoch, means over folds.

    Losses and their standard errors are in nats or squared target units; ``fold_variance`` and
    ``seed_variance`` are the two components of the loss, the latter NaN for one seed. ``accuracy``
    stands beside a score of imbalanced classes, elsewhere it is NaN.
    """

    dropout: float
    weight_decay: float
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
        """Whether this is the point without regularization."""
        return self.dropout == 0.0 and self.weight_decay == 0.0


@dataclass(frozen=True)
class Choice:
    """What the rules choose, and the points as good as the best.

    Parameters
    ----------
    best, one_standard_error, chosen : Point
        ``chosen`` is one of the other two, as ``rule`` says.
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
    as_good : xarray.DataArray of bool, dims (dropout, weight_decay)
        Mean within one standard error of the best point's.
    edges : tuple of Edge
        Where the best point lies on the border.
    n_unfinished : int
        Points left out: a run diverged, or was not trained on every fold.
    """

    best: Point
    one_standard_error: Point
    chosen: Point
    rule: str
    criterion: str
    as_good: xr.DataArray
    edges: tuple[Edge, ...]
    n_unfinished: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        dropout, weight_decay = np.meshgrid(
            *(self.as_good[name].values for name in SURFACE), indexing="ij"
        )
        as_good = self.as_good.values
        return {
            "best": as_plain(self.best),
            "one_standard_error": as_plain(self.one_standard_error),
            "chosen": as_plain(self.chosen),
            "rule": self.rule,
            "criterion": self.criterion,
            "as_good": [
                {"dropout": float(rate), "weight_decay": float(strength)}
                for rate, strength in zip(dropout[as_good], weight_decay[as_good], strict=True)
            ],
            "edges": [{**as_plain(edge), "sentence": str(edge)} for edge in self.edges],
            "n_unfinished": self.n_unfinished,
        }


def choose(results: xr.Dataset, rule: str = "best", criterion: str = "loss") -> Choice:
    """Choose a point of the surface.

    ``best``: the lowest mean validation loss. As good as the best: mean loss at most one standard
    error above it, the standard error being that of the best point (Breiman et al. 1984; Hastie et
    al. 2009, section 7.10). The textbook then takes the simplest; rate and weight decay share no
    order of simplicity, so ``one_se`` takes the smallest gap between validation and training. It is
    parsimony, not a free gain: its loss is by definition no lower than the best.

    Parameters
    ----------
    results : xarray.Dataset
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
    points = points_at_epochs(results)
    if not points.finished.any():
        raise EveryRunDiverged(
            "Every point of the surface diverged. Lower the learning rate (--lr, "
            "learning_rate_init) and fit again."
        )
    cost = cost_of(points, criterion)
    if np.isnan(cost.mean(axis=1)).all():
        name = results.attrs.get("score_name", "score")
        raise BadSetting(
            f"scoring gave no number at any point: {name} is NaN. Choose by loss, or name "
            "another scorer."
        )
    folds_per_repeat = points.folds_per_repeat
    best = lowest(cost)
    one_se = pick_one_standard_error(cost, points.gap, folds_per_repeat)
    chosen = RULES[rule](cost, points.gap, folds_per_repeat)
    described = {index: describe(points, index) for index in {best, one_se, chosen}}
    return Choice(
        best=described[best],
        one_standard_error=described[one_se],
        chosen=described[chosen],
        rule=rule,
        criterion=criterion,
        as_good=_on_surface(results, as_good_as(cost, best, folds_per_repeat)),
        edges=find_edges(
            results["dropout"].values,
            results["weight_decay"].values,
            float(points.dropout[best]),
            float(points.weight_decay[best]),
        ),
        n_unfinished=int((~points.finished).sum()),
    )


def cost_of(points: Points, criterion: str) -> Float64:
    """Return what the criterion wants low, (n_points, n_folds)."""
    return points.loss if criterion == "loss" else -points.score


def describe(points: Points, index: int) -> Point:
    """Return one point with its figures."""
    components = variance_components(points.loss_by_seed[index])
    return Point(
        dropout=float(points.dropout[index]),
        weight_decay=float(points.weight_decay[index]),
        epochs=int(points.epochs[index]),
        loss=float(points.loss[index].mean()),
        standard_error=float(standard_error(points.loss[index], points.folds_per_repeat)),
        training_loss=float(points.training_loss[index].mean()),
        gap=float(points.gap[index]),
        score=float(points.score[index].mean()),
        score_standard_error=float(standard_error(points.score[index], points.folds_per_repeat)),
        accuracy=float(points.accuracy[index].mean()),
        accuracy_standard_error=float(
            standard_error(points.accuracy[index], points.folds_per_repeat)
        ),
        fold_variance=float(components.fold),
        seed_variance=float(components.seed),
    )


def _on_surface(results: xr.Dataset, flags: Bool) -> xr.DataArray:
    """Put one flag a point back on the labelled surface."""
    shape = tuple(results.sizes[name] for name in SURFACE)
    coordinates = {name: results[name].values for name in SURFACE}
    return xr.DataArray(flags.reshape(shape), dims=SURFACE, coords=coordinates)
