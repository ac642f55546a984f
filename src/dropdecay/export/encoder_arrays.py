"""What a fitted encoder does to numbers, as plain arrays that other tools can apply."""

from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.pipeline import Pipeline

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.data.encoding import NUMERIC_STEP
from dropdecay.errors import BadInput, Parameter
from dropdecay.estimators.base import NetworkEstimator, averages_folds
from dropdecay.table.columns import Columns
from dropdecay.table.encode import Vectorizer
from dropdecay.table.numeric_encoding import NumericEncoding
from dropdecay.table.scaling import Scaler


@dataclass(frozen=True)
class Scaling:
    """How columns are scaled: factor * (x - center) / divisor, optionally squashed into [-3, 3].

    Parameters
    ----------
    center, divisor, factor : shape (n_columns,)
    is_squashed : bool
        Whether z becomes z / sqrt(1 + (z / 3) ** 2).
    numeric : PiecewiseLinear, Periodic or None
        What each scaled number becomes; None: one number.
    """

    center: Float64
    divisor: Float64
    factor: Float64
    is_squashed: bool
    numeric: NumericEncoding | None = None


@dataclass(frozen=True)
class TableNumbers:
    """How the encoder turns a table of numbers and booleans into the network's inputs.

    Parameters
    ----------
    names : list
        Columns of the table, in order.
    numbers : shape (n_numbers,)
        Positions of the number columns.
    centers, exponents : shape (n_numbers,)
        x becomes (x - center) / 2 ** exponent, before it is scaled.
    scaling : Scaling or None
        None: there are no numbers.
    with_indicator : shape (n_indicators,)
        Which number columns have an indicator column for missing values.
    booleans, matched : shape (n_encoded_booleans,)
        Position of the boolean column, and the value that is encoded as 1: 1, 0, or NaN for
        missing.
    order : shape (n_encoded,)
        Sorts numbers, indicators and booleans, in this order, into the order of the inputs.
    """

    names: list[str]
    numbers: Int64
    centers: Float64
    exponents: Int64
    scaling: Scaling | None
    with_indicator: Int64
    booleans: Int64
    matched: Float64
    order: Int64


def encoder_of(estimator: NetworkEstimator) -> BaseEstimator | None:
    """Return the fitted encoder; None where rows are used as they are.

    Raises
    ------
    BadInput
        If the model is the mean of networks that have encoders of their own.
    """
    if averages_folds(estimator):
        raise BadInput(
            "This model averages the networks of its folds, each with an encoder of its own, which "
            "no exported network has. Fit it again with ", Parameter("n_ensemble", 5), " or 1.",
        )  # fmt: skip
    return getattr(estimator, "encoder_", None)


def is_of_tables(encoder: BaseEstimator | None) -> TypeGuard[Pipeline]:
    """Return whether an encoder takes tables: first a step for columns, then one for numbers."""
    return isinstance(encoder, Pipeline) and isinstance(encoder[0], Columns)


def raw_input(estimator: NetworkEstimator) -> TableNumbers | Scaling | None:
    """Return how raw numbers are encoded, or None if the encoder does more than scale them.

    Parameters
    ----------
    estimator : fitted estimator of this package
    """
    encoder = encoder_of(estimator)
    if is_of_tables(encoder):
        return None if not_numbers(estimator) else _table_numbers(encoder)
    return None if encoder is None else _array_scaling(encoder)


def not_numbers(estimator: NetworkEstimator) -> dict[str, str]:
    """Return the columns that are no plain numbers or booleans, and what they hold."""
    if not is_of_tables(encoder_of(estimator)):
        return {}
    words = {"category": "text", "date": "dates", "ordinal": "words in an order"}
    read = estimator.encoding_.reading.learnt_from
    found = {each.name: words[each.kind] for each in read if each.kind in words}
    stand_ins = {
        each.name: f"{each.stand_ins[0]:g} for missing values" for each in read if each.stand_ins
    }
    return {**found, **stand_ins}


def _table_numbers(encoder: Pipeline) -> TableNumbers:
    columns, vectorizer = encoder[0], encoder[1]
    assert isinstance(columns, Columns)
    assert isinstance(vectorizer, Vectorizer)
    names = list(columns.kinds_)
    place = {name: i for i, name in enumerate(names)}
    scaler: Scaler | None = vectorizer.scaler_
    booleans, matched = [], []
    found = [] if vectorizer.one_hot_ is None else vectorizer.one_hot_.categories_
    for name, categories in zip(vectorizer.few_, found, strict=True):
        booleans += [place[name]] * len(categories)
        matched += [{"true": 1.0, "false": 0.0}.get(str(each), np.nan) for each in categories]
    numbers = vectorizer.numbers_
    return TableNumbers(
        names,
        np.array([place[name] for name in numbers], np.int64),
        np.array([columns.centers_[name] for name in numbers], np.float64),
        np.array([columns.exponents_[name] for name in numbers], np.int64),
        None if scaler is None else Scaling(scaler.center_.astype(np.float64), scaler.divisor_,
                                            scaler.factor_.astype(np.float64), True,
                                            vectorizer.numeric_),
        np.flatnonzero(np.zeros(0, bool) if scaler is None else scaler.has_missing_),
        np.array(booleans, np.int64),
        np.array(matched, np.float64),
        np.asarray(vectorizer.order_, np.int64),
    )  # fmt: skip


def _array_scaling(encoder: BaseEstimator) -> Scaling | None:
    """Return how an array is scaled by a plain scaler, or None for any other encoder."""
    if isinstance(encoder, Pipeline) and list(encoder.named_steps)[1:] == [NUMERIC_STEP]:
        scaling = _array_scaling(encoder[0])
        return None if scaling is None else replace(scaling, numeric=encoder[1])
    kind = type(encoder).__name__
    if kind == "StandardScaler":
        n = encoder.n_features_in_
        # scikit-learn stores a mean even if it does not subtract it.
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
