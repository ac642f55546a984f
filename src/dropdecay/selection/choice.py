"""Which point is best, which are as good, which of these overfits least, and where the edge is."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.errors import EveryRunDiverged
from dropdecay.selection.epochs import SURFACE, Points, points_at_epochs
from dropdecay.statistics.folds import standard_error, variance_components

HIGHEST_RATE = 0.8
HALF_DECADE = 10**0.5


@dataclass(frozen=True)
class Point:
    """One setting with its figures at its own epoch, means over folds.

    Losses and their standard errors are in nats or squared target units; ``fold_variance`` and
    ``seed_variance`` are the two components of the loss, the latter NaN for one seed.
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
    fold_variance: float
    seed_variance: float


@dataclass(frozen=True)
class Edge:
    """The best point lies at the end of an axis."""

    axis: str
    value: float
    suggestion: tuple[float, ...]

    def __str__(self) -> str:
        name = self.axis.replace("_", " ")
        values = ", ".join(f"{value:.3g}" for value in self.suggestion)
        return (
            f"the best {name}, {self.value:g}, is at the edge of the surface: better ones may lie "
            f"outside. Try {values} too."
        )


@dataclass(frozen=True)
class Choice:
    """What the rules choose, and the points as good as the best.

    Parameters
    ----------
    best, one_standard_error, chosen : Point
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
    as_good : xarray.DataArray of bool, dims (dropout, weight_decay)
        Mean within one standard error of the best point's.
    edges : tuple of Edge
    """

    best: Point
    one_standard_error: Point
    chosen: Point
    rule: str
    criterion: str
    as_good: xr.DataArray
    edges: tuple[Edge, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        stacked = self.as_good.stack(point=SURFACE)
        return {
            "best": asdict(self.best),
            "one_standard_error": asdict(self.one_standard_error),
            "chosen": asdict(self.chosen),
            "rule": self.rule,
            "criterion": self.criterion,
            "as_good": [
                {"dropout": float(rate), "weight_decay": float(strength)}
                for rate, strength in stacked["point"].values[stacked.values]
            ],
            "edges": [str(edge) for edge in self.edges],
        }


def choose(results: xr.Dataset, rule: str = "best", criterion: str = "loss") -> Choice:
    """Choose a point of the surface.

    ``best``: the lowest mean validation loss. As good as the best: mean loss at most one standard
    error above it, the standard error being that of the best point (Breiman et al. 1984; Hastie et
    al. 2009, section 7.10). The textbook then takes the simplest; rate and weight decay share no
    order of simplicity, so ``one_se`` takes the smallest gap between validation and training.

    Parameters
    ----------
    results : xarray.Dataset
    rule : {"best", "one_se"}
    criterion : {"loss", "score"}
        ``"score"``: the highest mean score takes the place of the lowest mean loss.

    Raises
    ------
    EveryRunDiverged
        If no point finished on every fold.
    """
    points = points_at_epochs(results)
    if not points.finished.any():
        raise EveryRunDiverged(
            "Every point of the surface diverged. Lower the learning rate (--lr, "
            "learning_rate_init) and fit again."
        )
    cost = points.loss if criterion == "loss" else -points.score
    best = lowest(cost)
    as_good = within_one_standard_error(cost, best)
    mildest = int(np.argmin(np.where(as_good, points.gap, np.inf)))
    chosen = best if rule == "best" else mildest
    shape = (results.sizes["dropout"], results.sizes["weight_decay"])
    return Choice(
        best=describe(points, best),
        one_standard_error=describe(points, mildest),
        chosen=describe(points, chosen),
        rule=rule,
        criterion=criterion,
        as_good=xr.DataArray(
            as_good.reshape(shape),
            dims=SURFACE,
            coords={name: results[name].values for name in SURFACE},
        ),
        edges=find_edges(points, best),
    )


def lowest(cost: Float64) -> int:
    """Return the point of the lowest mean over folds; points with a NaN are left out."""
    mean = cost.mean(axis=1)
    return int(np.argmin(np.where(np.isnan(mean), np.inf, mean)))


def within_one_standard_error(cost: Float64, best: int) -> Any:
    """Return which points have a mean at most one standard error (the best's) above the best's."""
    mean = cost.mean(axis=1)
    allowance = float(np.nan_to_num(standard_error(cost[best])))
    return mean <= mean[best] + allowance


def find_edges(points: Points, best: int) -> tuple[Edge, ...]:
    """Return the ends of axes at which the best point lies; below 0 there is nothing to find."""
    rates, strengths = np.unique(points.dropout), np.unique(points.weight_decay)
    rate, strength = float(points.dropout[best]), float(points.weight_decay[best])
    edges = []
    if rates.size > 1 and rate == rates[-1] and rate < HIGHEST_RATE:
        further = tuple(
            round(value, 3) for value in (rate + 0.1, rate + 0.2) if value <= HIGHEST_RATE + 1e-9
        )
        edges.append(Edge("dropout", rate, further or (HIGHEST_RATE,)))
    if rates.size > 1 and rate == rates[0] and rate > 0:
        edges.append(Edge("dropout", rate, (0.0, round(rate / 2, 3))))
    if strengths.size > 1 and strength == strengths[-1] and strength > 0:
        further = (strength * HALF_DECADE, strength * 10)
        edges.append(Edge("weight_decay", strength, further))
    if strengths.size > 1 and strength == strengths[0] and strength > 0:
        edges.append(Edge("weight_decay", strength, (strength / HALF_DECADE, strength / 10)))
    return tuple(edges)


def describe(points: Points, index: int) -> Point:
    """Return one point with its figures."""
    components = variance_components(points.loss_by_seed[index])
    return Point(
        dropout=float(points.dropout[index]),
        weight_decay=float(points.weight_decay[index]),
        epochs=int(points.epochs[index]),
        loss=float(points.loss[index].mean()),
        standard_error=float(standard_error(points.loss[index])),
        training_loss=float(points.training_loss[index].mean()),
        gap=float(points.gap[index]),
        score=float(points.score[index].mean()),
        score_standard_error=float(standard_error(points.score[index])),
        fold_variance=components.fold,
        seed_variance=components.seed,
    )
