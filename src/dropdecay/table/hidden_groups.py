"""Columns that say which rows belong together, such as a patient: those need ``--group``.

Their values occur a few times each, and rows of one value share the target beyond what all other
columns tell. So do rows of one city; but rows of one patient are alike in the features too, or the
name of the column says what it is.
"""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.safe_text import quoted
from dropdecay.table.codes_of import codes_of, row_numbers
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.name_words import IDENTIFIERS, UNITS_OF_ROWS, words_of
from dropdecay.table.sample import N_FOLDS, Sample

MIN_VALUES = 20
MIN_ROWS, MAX_ROWS = 1.5, 40.0
"""Rows per value on average."""

MIN_REPEATED = 0.6
"""So many rows must share their value with another."""

MAX_SHARE = 0.1
MAX_SAMPLED = 3_000
N_PERMUTATIONS = 40
MIN_Z = 6.0
MIN_SHARED = 0.15
"""The correlation of what is left of the target within a value."""

MIN_ALIKE = 0.5
"""How alike rows of a value are in the other columns: 0 as any two rows, 1 equal."""

MAX_CANDIDATES = 12


def hidden_groups(
    typed: pd.DataFrame, target: AnyArray, *, is_classes: bool
) -> tuple[Finding, ...]:
    """Return the columns whose rows of one value belong together."""
    candidates = [str(name) for name in typed if _may_group(typed[name])]
    if len(candidates) > MAX_CANDIDATES:  # so many are measurements
        is_text = typed.dtypes != np.float64
        candidates = [each for each in candidates if _says_so(each) or is_text[each]]
    found = []
    for name in candidates[:MAX_CANDIDATES]:
        codes = codes_of(typed[name])
        rows = _whole_values(codes)
        rest = typed.drop(columns=name).iloc[rows]
        if not rest.shape[1]:
            return ()
        if not _says_so(name) and _alike(rest, codes[rows]) < MIN_ALIKE:
            continue
        shared, z = _shared(typed.iloc[rows], name, codes[rows], np.asarray(target)[rows],
                            is_classes=is_classes)  # fmt: skip
        if z >= MIN_Z and shared >= MIN_SHARED:
            found.append(_finding(name, shared, codes))
    return tuple(found)


def _says_so(name: str) -> bool:
    return bool(words_of(name) & (IDENTIFIERS | UNITS_OF_ROWS))


def _may_group(column: pd.Series) -> bool:
    """Whether a column holds many values, each of a few rows."""
    is_text = isinstance(column.dtype, pd.CategoricalDtype)
    if not is_text:
        if column.dtype != np.float64:
            return False
        known = column.dropna().to_numpy()
        if (known != np.round(known)).any():
            return False
    codes = codes_of(column)
    counts = np.bincount(codes[codes >= 0])
    counts = counts[counts > 0]
    if counts.size < MIN_VALUES or counts.max() > MAX_SHARE * len(column):
        return False
    repeated = counts[counts > 1].sum()
    return bool(MIN_ROWS <= counts.mean() <= MAX_ROWS and repeated >= MIN_REPEATED * len(column))


def _whole_values(codes: Int64) -> Int64:
    """Return the rows of values drawn at random, all rows of each, up to a number."""
    values = np.random.default_rng(0).permutation(int(codes.max()) + 1)
    counts = np.bincount(codes[codes >= 0], minlength=values.size)
    chosen = values[np.cumsum(counts[values]) <= MAX_SAMPLED]
    return np.flatnonzero(np.isin(codes, chosen))


def _pairs_within(codes: Int64, rng: np.random.Generator) -> tuple[Int64, Int64]:
    """Return pairs of neighbours in a random order of the rows of each value."""
    order = np.lexsort((rng.random(codes.size), codes))
    same = codes[order[1:]] == codes[order[:-1]]
    return order[1:][same], order[:-1][same]


def _alike(rest: pd.DataFrame, codes: Int64) -> float:
    """Return how alike rows of one value are in the other columns, without copies."""
    rng = np.random.default_rng(0)
    one, other = _pairs_within(codes, rng)
    rows = row_numbers(rest)
    differ = rows[one] != rows[other]
    if differ.mean() < 0.1:  # they are copies, which is said elsewhere
        return 0.0
    one, other = one[differ], other[differ]
    first, second = rng.integers(len(rest), size=(2, max(len(one), 2_000)))
    found = []
    for _, column in rest.items():
        numbers = codes_of(column)
        if column.dtype == np.float64 and np.unique(numbers).size > MIN_VALUES:
            ranks = column.rank(pct=True).fillna(0.5).to_numpy()
            by_chance = np.abs(ranks[first] - ranks[second]).mean()
            found.append(1 - np.abs(ranks[one] - ranks[other]).mean() / max(by_chance, 1e-9))
        else:
            by_chance = float(np.mean(numbers[first] == numbers[second]))
            within = float(np.mean(numbers[one] == numbers[other]))
            found.append((within - by_chance) / max(1 - by_chance, 1e-9))
    return float(np.mean(found))


def _shared(
    table: pd.DataFrame, name: str, codes: Int64, target: AnyArray, *, is_classes: bool
) -> tuple[float, float]:
    """Return the correlation of what others leave of the target within values, and its z."""
    rng = np.random.default_rng(0)
    fold = rng.permutation(codes.max() + 1)[codes] % N_FOLDS
    # Numbers that measure something tell the target by their size; that is no group.
    known = table.drop(columns=name) if table[name].dtype != np.float64 else table
    left = left_of_target(Sample(known, np.arange(len(table)), len(table),
                                 *as_outputs(target, is_classes=is_classes), fold))  # fmt: skip
    size = float((left**2).sum())
    _, codes = np.unique(codes, return_inverse=True)
    n_products = float((np.bincount(codes).astype(float) * (np.bincount(codes) - 1)).sum())
    if size == 0 or n_products == 0:
        return 0.0, 0.0

    def products(of_row: Int64) -> float:
        sums = np.column_stack([np.bincount(of_row, column) for column in left.T])
        return float((sums**2).sum()) - size

    seen = products(codes)
    drawn = [products(rng.permutation(codes)) for _ in range(N_PERMUTATIONS)]
    z = (seen - np.mean(drawn)) / max(float(np.std(drawn)), 1e-12)
    return (seen - float(np.mean(drawn))) / n_products / (size / len(left)), float(z)


def as_outputs(target: AnyArray, *, is_classes: bool) -> tuple[Float64, bool]:
    """Return numbers of classes, or ranks; and whether they are classes."""
    if is_classes:
        return np.asarray(pd.factorize(target)[0], np.float64), True
    return np.asarray(pd.Series(target, dtype=np.float64).rank(pct=True), np.float64), False


def left_of_target(sample: Sample) -> Float64:
    """Return what a forest on held-out rows leaves, shape (n_sampled, n_classes or 1)."""
    if not sample.is_classes:
        return (sample.target - sample.held_out_by_forest(sample.target[:, None])[:, 0])[:, None]
    shown = np.eye(int(sample.target.max()) + 1)[sample.target.astype(np.int64)]
    return np.asarray(shown - sample.held_out_by_forest(shown), np.float64)


def _finding(name: str, shared: float, codes: Int64) -> Finding:
    n_values = np.unique(codes[codes >= 0]).size
    sentence = (
        f"Rows of one {quoted(name)} ({n_values} values in {len(codes)} rows) share the target "
        f"beyond all other columns (correlation {shared:.2f}): folds that part them judge by what "
        "they know."
    )
    return Finding("hidden-groups", name, sentence, typed_option("--group", name), grave=True)
