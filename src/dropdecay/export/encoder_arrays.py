"""What a fitted encoder does to numbers, as plain arrays: what other tools can do too."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.table.columns import Columns
from dropdecay.table.encode import Vectorizer
from dropdecay.table.scaling import Scaler


@dataclass(frozen=True)
class Scaling:
    """How columns are scaled: factor * (x - center) / divisor, squashed into [-3, 3] or not.

    Parameters
    ----------
    center, divisor, factor : shape (n_columns,)
    is_squashed : bool
        z becomes z / sqrt(1 + (z / 3) ** 2).
    """

    center: Float64
    divisor: Float64
    factor: Float64
    is_squashed: bool


@dataclass(frozen=True)
class TableNumbers:
    """A table of numbers and truths, and what the encoder makes of it.

    Parameters
    ----------
    names : list
        Columns of the table, in order.
    numbers : shape (n_numbers,)
        Places of the columns of numbers.
    centers, exponents : shape (n_numbers,)
        x becomes (x - center) / 2 ** exponent, before it is scaled.
    scaling : Scaling or None
        None: there are no numbers.
    gappy : shape (n_gappy,)
        Which of the numbers have a column that says where they are missing.
    truths, wanted : shape (n_encoded_truths,)
        Places of the columns of truths, and which value gives 1: 1, 0, or NaN for missing.
    order : shape (n_encoded,)
        Which of numbers, gaps and truths stands where.
    """

    names: list[str]
    numbers: Int64
    centers: Float64
    exponents: Int64
    scaling: Scaling | None
    gappy: Int64
    truths: Int64
    wanted: Float64
    order: Int64


def raw_input(estimator: Any) -> TableNumbers | Scaling | None:
    """Return what happens to raw numbers, or None where the encoder does more than scale them.

    Parameters
    ----------
    estimator : fitted estimator of this package
    """
    encoder = getattr(estimator, "encoder_", None)
    if isinstance(encoder, Pipeline) and isinstance(encoder[0], Columns):
        return None if not_numbers(estimator) else _table_numbers(encoder)
    return _array_scaling(encoder)


def not_numbers(estimator: Any) -> dict[str, str]:
    """Return the columns that are neither numbers nor truths, and what they are."""
    encoder = getattr(estimator, "encoder_", None)
    if not isinstance(encoder, Pipeline) or not isinstance(encoder[0], Columns):
        return {}
    words = {"category": "text", "date": "dates"}
    return {name: words[kind] for name, kind in encoder[0].kinds_.items() if kind in words}


def _table_numbers(encoder: Pipeline) -> TableNumbers:
    columns, vectorizer = encoder[0], encoder[1]
    assert isinstance(columns, Columns)
    assert isinstance(vectorizer, Vectorizer)
    names = list(columns.kinds_)
    place = {name: i for i, name in enumerate(names)}
    scaler: Scaler | None = vectorizer.scaler_
    truths, wanted = [], []
    found = [] if vectorizer.one_hot_ is None else vectorizer.one_hot_.categories_
    for name, categories in zip(vectorizer.few_, found, strict=True):
        truths += [place[name]] * len(categories)
        wanted += [{"true": 1.0, "false": 0.0}.get(str(each), np.nan) for each in categories]
    numbers = vectorizer.numbers_
    return TableNumbers(
        names,
        np.array([place[name] for name in numbers], np.int64),
        np.array([columns.centers_[name] for name in numbers], np.float64),
        np.array([columns.exponents_[name] for name in numbers], np.int64),
        None if scaler is None else Scaling(scaler.center_.astype(np.float64), scaler.divisor_,
                                            scaler.factor_.astype(np.float64), True),
        np.flatnonzero(np.zeros(0, bool) if scaler is None else scaler.has_missing_),
        np.array(truths, np.int64),
        np.array(wanted, np.float64),
        np.asarray(vectorizer.order_, np.int64),
    )  # fmt: skip


def _array_scaling(encoder: Any) -> Scaling | None:
    """Return what a plain scaler does to an array."""
    kind = type(encoder).__name__
    if kind == "StandardScaler":
        n = encoder.n_features_in_
        # Fitted, but not used: scikit-learn keeps a mean that it need not take away.
        center = encoder.mean_ if encoder.with_mean else np.zeros(n)
        divisor = encoder.scale_ if encoder.with_std else np.ones(n)
        return Scaling(
            np.asarray(center, np.float64), np.asarray(divisor, np.float64), np.ones(n), False
        )
    if kind == "SquashingScaler" and encoder.max_absolute_value == 3.0:
        center, factor = np.zeros((2, encoder.n_features_in_))
        divisor = np.ones(encoder.n_features_in_)
        robust: Bool = encoder.robust_cols_
        ranged: Bool = encoder.minmax_cols_
        if robust.any():
            center[robust], divisor[robust] = (
                encoder.robust_scaler_.center_, encoder.robust_scaler_.scale_,
            )  # fmt: skip
            factor[robust] = 1
        if ranged.any():
            center[ranged] = encoder.minmax_scaler_.median_
            factor[ranged] = encoder.minmax_scaler_.scale_
        return Scaling(center, divisor, factor, True)
    return None
