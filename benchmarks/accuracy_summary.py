"""What the figures of accuracy say: means, ranks, and ours against each other contender, paired.

On one table two contenders differ if their mean difference over the splits is more than two
standard errors, by Nadeau and Bengio's correction: the splits share training rows. Over tables, the
means of the tables are what is drawn; their interval is Student's.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from benchmarks.accuracy_contenders import CONTENDERS
from benchmarks.accuracy_tables import SHARE_OF_TEST
from dropdecay.statistics.corrected import paired_difference

OURS = "ours"
OVERLAP = SHARE_OF_TEST / (1.0 - SHARE_OF_TEST)
ERRORS = 2.0
"""Standard errors beyond which a difference on one table counts."""

LEAST = 0.5
"""Contenders with a smaller share of the splits of the one with most are in no common mean."""

IS_HIGHER_BETTER = {
    "log_loss": False, "balanced_accuracy": True, "accuracy": True, "ece": False, "rmse": False,
    "r2": True, "log_loss_share": False, "held_out_loss_share": False,
    "rmse_share": False, "mae_share": False,
}  # fmt: skip

LOSSES = ("log_loss", "held_out_loss", "rmse")
MEASURES = ("balanced_accuracy", "accuracy", "log_loss", "ece")
"""Of tables with classes."""
CELL = ["table", "split"]


def frame_of(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the lines as a table, with losses as shares of the constant's beside them.

    Tables differ in how large their losses are; and the ratio of two that are almost zero would
    outweigh all others.
    """
    frame = pd.DataFrame(rows).drop(columns="versions")
    return frame.assign(
        **{f"{name}_share": frame[name] / frame["constant"] for name in LOSSES if name in frame}
    )


def by_cell(frame: pd.DataFrame, measure: str, names: Iterable[str] = CONTENDERS) -> pd.DataFrame:
    """Return a measure, a row a table and split, a column a contender; NaN: not measured."""
    known = frame.dropna(subset=[measure])
    wide = known.pivot(index=CELL, columns="contender", values=measure)
    return wide[[name for name in names if name in wide]]


def shared(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the splits that all contenders have which have enough of them."""
    counts = cells.notna().sum()
    return cells.loc[:, counts >= LEAST * counts.max()].dropna()


def mean_and_error(cells: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return the mean over tables of each contender, and its standard error over splits.

    The error is NaN where a table has a single split.
    """
    by_table = cells.groupby("table")
    errors = by_table.var().div(by_table.size(), axis=0).sum(skipna=False) ** 0.5
    return by_table.mean().mean(), errors / by_table.ngroups


def mean_ranks(cells: pd.DataFrame, measure: str) -> pd.Series:
    """Return the mean over tables of the rank of each contender's mean over splits; 1: best."""
    means = cells.groupby("table").mean()
    return means.rank(axis=1, ascending=not IS_HIGHER_BETTER[measure]).mean()


@dataclass(frozen=True)
class Comparison:
    """How much better ours is than another contender, over the tables that both have.

    Parameters
    ----------
    mean, lower, upper : float
        Of the differences; positive: ours is better. The interval, of 95 %, is NaN for one table.
    wins, ties, losses : int
        Tables on which ours is better, no different, worse.
    n_better : int
        Tables on which its mean is better, by however little.
    """

    mean: float
    lower: float
    upper: float
    wins: int
    ties: int
    losses: int
    n_better: int

    @property
    def n_tables(self) -> int:
        """Tables that both have."""
        return self.wins + self.ties + self.losses


def compare(cells: pd.DataFrame, measure: str, other: str, own: str = OURS) -> Comparison:
    """Return how much better one contender is than another one."""
    both = cells[[own, other]].dropna()
    sign = 1.0 if IS_HIGHER_BETTER[measure] else -1.0
    gains = sign * (both[own] - both[other])
    counts = [0, 0, 0]
    for _, gain in gains.groupby("table"):
        counts[1 - verdict(gain.to_numpy())] += 1
    means = gains.groupby("table").mean()
    half = np.nan
    if len(means) > 1:
        half = stats.t.ppf(0.975, len(means) - 1) * means.std() / len(means) ** 0.5
    mean = float(means.mean())
    return Comparison(
        mean, mean - half, mean + half, *counts, int((gains.groupby("table").mean() > 0).sum())
    )


def verdict(gains: np.ndarray) -> int:
    """Return 1, 0 or -1: better, no different or worse on one table, from its gains by split."""
    if gains.size < 2:
        return 0
    found = paired_difference(gains, OVERLAP)
    return int(np.sign(found.mean)) if abs(found.mean) > ERRORS * found.standard_error else 0


def common_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row a contender: its means over the splits that all have, and its ranks."""
    cells = {name: shared(by_cell(frame, name)) for name in MEASURES}
    seconds = by_cell(frame, "cpu_seconds").loc[cells["log_loss"].index]
    ranks = {name: mean_ranks(cells[name], name) for name in ("balanced_accuracy", "log_loss")}
    found = {name: mean_and_error(each) for name, each in cells.items()}
    return [
        {
            "contender": name,
            **{key: (mean[name], error[name]) for key, (mean, error) in found.items()},
            **{f"rank, {key}": rank[name] for key, rank in ranks.items()},
            "seconds": seconds[name].groupby("table").mean().mean(),
        }
        for name in cells["log_loss"]
    ]
