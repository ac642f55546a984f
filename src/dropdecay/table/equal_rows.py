"""Rows that are equal in all features: how many, what they cost, and which stay together.

A row whose copy was trained on says nothing of new rows. So copies share a fold, but only where
they are copies: in a table of few columns of few values rows are equal by chance, as new ones will
be.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.table.codes_of import row_numbers
from dropdecay.table.coincidence import expected_equal_pairs, n_pairs
from dropdecay.table.decision import counted_rows
from dropdecay.table.finding import Finding

BEYOND_CHANCE = 3.0
"""So many times the pairs that are expected by chance, rows are copies."""

COMMON = 0.1
"""Where every tenth pair of rows is equal, equality is no exception."""

FEW_SHARED = 0.5
"""Classes of equal rows that agree by less beyond chance (1 is always) are not those of copies."""

MIN_GROUPS = 3
"""For each fold, where equal rows join groups that the user gives."""


@dataclass(frozen=True)
class EqualRows:
    """Rows that are equal to others in all features.

    Parameters
    ----------
    rows : shape (n_rows,), int64
        A number for each row, the same for equal ones.
    groups : array, shape (n_rows,), or None
        What the folds keep together; None: every row stands alone. The groups that were given where
        equal rows do not join them.
    reason : str
        Why equal rows are not kept together; empty where they are, or there are none.
    """

    rows: Int64
    groups: AnyArray | None
    reason: str = ""

    @property
    def n_equal(self) -> int:
        """How many rows equal an earlier one."""
        return self.rows.size - int(self.rows.max() + 1)

    @property
    def kept(self) -> bool:
        """Whether there are equal rows and folds keep them together."""
        return self.n_equal > 0 and not self.reason

    @property
    def counted(self) -> str:
        """How many there are, in words."""
        equal = "equals an earlier one" if self.n_equal == 1 else "equal earlier ones"
        return f"{self.n_equal} of {self.rows.size} rows {equal} in all features"

    @property
    def sentence(self) -> str:
        """How many there are, and what is done."""
        if self.reason:
            return f"{self.counted}. Folds do not keep equal rows together: {self.reason}."
        return f"{self.counted}. Folds keep equal rows together."


def equal_rows(
    typed: pd.DataFrame, n_folds: int, labels: AnyArray | None, groups: AnyArray | None = None
) -> EqualRows:
    """Find equal rows, and decide whether they stay in one fold.

    Parameters
    ----------
    typed : DataFrame
        The features, from ``Reading.typed``.
    n_folds : int
    labels : shape (n_rows,) or None
        Classes; None for regression.
    groups : shape (n_rows,) or None
        What the user keeps together already.
    """
    rows = row_numbers(typed)
    if rows.max() + 1 == rows.size:
        return EqualRows(rows, groups)
    if reason := _equal_by_chance(typed, rows, labels):
        return EqualRows(rows, groups, reason)
    joined = rows if groups is None else _joined(rows, groups)
    if reason := _not_to_be_cut(joined, n_folds, labels, groups):
        return EqualRows(rows, groups, reason)
    return EqualRows(rows, joined)


def _equal_by_chance(typed: pd.DataFrame, rows: Int64, labels: AnyArray | None) -> str:
    equal = n_pairs(np.bincount(rows))
    few = "in these columns as many are equal by chance"
    if typed.shape[1] == 1 or equal > COMMON * n_pairs(np.array([rows.size])):
        return few
    if labels is not None and _share_no_label(rows, labels):
        return "their classes have no more in common than those of any rows"
    return few if equal <= BEYOND_CHANCE * expected_equal_pairs(typed, rows) else ""


def _share_no_label(rows: Int64, labels: AnyArray) -> bool:
    """Whether equal rows agree in the class as any rows do, so that one tells nothing of another.

    Copies agree always. Where there are too few pairs to tell, they may be copies.
    """
    order = np.argsort(rows, kind="stable")
    equal = rows[order[1:]] == rows[order[:-1]]
    codes = pd.factorize(labels)[0]
    if not equal.any():
        return False
    agree = (codes[order[1:]] == codes[order[:-1]])[equal]
    by_chance = float(np.sum((np.bincount(codes) / codes.size) ** 2))
    most = agree.mean() + 2 * np.sqrt(0.25 / agree.size)
    return bool(most < by_chance + FEW_SHARED * (1 - by_chance))


def _joined(rows: Int64, groups: AnyArray) -> Int64:
    """Return groups in which rows are together that are equal, or of one group, or by others."""
    own = pd.factorize(groups)[0]
    n_rows = int(rows.max()) + 1
    n_nodes = n_rows + int(own.max()) + 1
    graph = coo_array((np.ones(rows.size), (rows, n_rows + own)), shape=(n_nodes, n_nodes))
    return np.asarray(connected_components(graph, directed=False)[1][rows], np.int64)


def _not_to_be_cut(
    joined: Int64, n_folds: int, labels: AnyArray | None, groups: AnyArray | None
) -> str:
    """Return why folds cannot keep these groups together; empty: they can."""
    sizes = np.bincount(joined)
    largest = 0 if groups is None else int(np.unique(groups, return_counts=True)[1].max())
    if sizes.max() > max(joined.size / n_folds / 2, largest):
        return (
            f"{counted_rows(int(sizes.max()))} would have to be in one fold"
            if groups is None
            else "nearly all groups share equal rows"
        )
    if np.count_nonzero(sizes) < (1 if groups is None else MIN_GROUPS) * n_folds:
        return f"there are fewer different rows than {n_folds} folds need"
    if labels is not None:
        pairs = pd.DataFrame({"label": labels, "group": joined}).drop_duplicates()
        if pairs["label"].value_counts().min() < n_folds:
            return f"a class has fewer different rows than the {n_folds} folds"
    return ""


def equal_row_findings(
    found: EqualRows, target: AnyArray | Float64, *, is_classes: bool, cuts: bool = True
) -> tuple[Finding, ...]:
    """Return what is to be said of equal rows.

    Parameters
    ----------
    found : EqualRows
    target : shape (n_rows,)
        Classes or numbers.
    is_classes : bool
    cuts : bool
        Whether we cut the folds; otherwise the user does.
    """
    if not found.n_equal:
        return ()
    # Where somebody else's folds part copies, networks are judged by rows that they know.
    parted = found.kept and not cuts
    finding = Finding(
        "equal-rows", None,
        f"{found.counted}, and your folds may part them." if parted else found.sentence,
        "remove the copies" if parted else "", grave=parted,
    )  # fmt: skip
    return (finding, *_contradictions(found.rows, target, is_classes=is_classes))


def _contradictions(rows: Int64, target: AnyArray, *, is_classes: bool) -> tuple[Finding, ...]:
    """Return that equal rows differ in the target, and the least loss that this leaves."""
    values = pd.factorize(target)[0]
    pairs = pd.DataFrame({"row": rows, "value": values}).drop_duplicates()
    differ = np.bincount(pairs["row"])[rows] > 1
    if not differ.any():
        return ()
    if is_classes:
        floor = _log_loss_floor(rows, values)
        least = f"no log loss on these rows is below {floor:.3g}"
    else:
        numbers = np.asarray(target, np.float64)
        floor = _squared_error_floor(rows, numbers)
        least = (
            f"no mean squared error on these rows is below {floor:.3g}, and no R2 above "
            f"{1 - floor / numbers.var():.3g}"
        )
    count = int(differ.sum())
    sentence = (
        f"{counted_rows(count)} of {rows.size} share all features with a row of another target: "
        f"{least}."
    )
    return (Finding("contradictions", None, sentence),)


def _log_loss_floor(rows: Int64, values: Int64) -> float:
    """Return the log loss of the shares of the classes among equal rows."""
    counts = pd.DataFrame({"row": rows, "value": values}).value_counts()
    of_row = np.bincount(rows)[counts.index.get_level_values("row")]
    return float((counts.to_numpy() * np.log(of_row / counts.to_numpy())).sum() / rows.size)


def _squared_error_floor(rows: Int64, target: Float64) -> float:
    means = np.bincount(rows, target) / np.bincount(rows)
    return float(np.mean((target - means[rows]) ** 2))
