"""X -> numbers: validated as in scikit-learn, encoded by what the training rows alone teach."""

from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, TypeGuard, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import DataConversionWarning
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import _check_feature_names, validate_data

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.target_values import target_values
from dropdecay.data.targets import Target
from dropdecay.engine.inputs import Inputs
from dropdecay.errors import BadInput, BadSetting, Parameter, TableWarning, UnseenWarning
from dropdecay.table.check import check_features, check_rows
from dropdecay.table.decide import decide
from dropdecay.table.encode import Vectorizer, make_encoder
from dropdecay.table.frames import as_frame
from dropdecay.table.numeric_encoding import TARGET, make_numeric_encoding
from dropdecay.table.reading import Reading
from dropdecay.table.skrub_folder import need_no_home
from dropdecay.table.unseen import unseen_in
from dropdecay.warn_user import warn_user

NumericRows: TypeAlias = AnyArray | csr_array
"""Rows as numbers, dense or sparse."""

Table: TypeAlias = pd.DataFrame | NumericRows
"""Checked rows: a table with columns of any kind, or numbers."""

RowsLike: TypeAlias = ArrayLike | pd.DataFrame | csr_array
"""What a user may give as rows; a polars DataFrame works too."""


class Transformer(Protocol):
    """Learns from rows how to turn rows into numbers, like scikit-learn's transformers."""

    def fit(self, X: Table, y: Floating | None = None) -> Self:
        """Learn from the training rows, and from their targets if the encoding says so."""
        ...

    def transform(self, X: Table) -> pd.DataFrame | NumericRows | tuple[AnyArray, ...]:
        """Return numbers for any rows; several arrays for a network of several inputs."""
        ...


_FORM = {"dtype": np.float32, "order": "C", "accept_sparse": "csr"}
_SINGLE_FORM = {**_FORM, "dtype": (np.float64, np.float32)}


def single_rows(estimator: BaseEstimator, X: RowsLike) -> NumericRows:
    """Return the rows for a single network: floats in C order or CSR, as many columns as at fit."""
    rows: NumericRows = validate_data(estimator, X, reset=False, **_SINGLE_FORM)
    return rows


def single_pairs(
    estimator: BaseEstimator,
    X: RowsLike,
    y: ArrayLike | None,
    *,
    numeric: bool = False,
    reset: bool = True,
) -> tuple[NumericRows, AnyArray]:
    """Return the rows and targets for a single network, and record the columns.

    float32 and float64 are kept, anything else becomes float64, as in scikit-learn.
    """
    _require_target(estimator, y)
    target = target_values(y, numeric=numeric)
    X, target = validate_data(
        estimator, X, target, multi_output=True, y_numeric=numeric, reset=reset, **_SINGLE_FORM
    )
    return X, single_target(target)


def checked_rows(estimator: BaseEstimator, X: RowsLike) -> NumericRows:
    """Return finite float32 rows in C order or CSR, with as many columns as at fit."""
    rows: NumericRows = validate_data(estimator, X, reset=False, **_FORM)
    return rows


def single_target(y: AnyArray) -> AnyArray:
    """Turn a target with one column into a vector, with scikit-learn's warning."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    warn_user(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        f"to ({len(y)},), for example using ravel().",
        DataConversionWarning,
    )
    return y[:, 0]


def _require_target(estimator: BaseEstimator, y: ArrayLike | None) -> None:
    if y is None:
        name = type(estimator).__name__
        raise BadInput(f"{name} requires y to be passed, but the target y is None.")


class Encoding(Protocol):
    """How rows become what an engine trains on; see ``RowEncoding``."""

    @property
    def transformer(self) -> Transformer | None:
        """What is fitted in each fold; None: rows are used as they are."""
        ...

    @property
    def reading(self) -> Reading | None:
        """How a table is read, where it is."""
        ...

    @property
    def uses_target(self) -> bool:
        """Whether the transformer learns from the targets of the training rows too."""
        ...

    def check(
        self, estimator: BaseEstimator, X: RowsLike, y: ArrayLike | None, *, numeric: bool
    ) -> tuple[Table, AnyArray]:
        """Check the rows and targets given to ``fit``, and record the columns."""
        ...

    def apply(
        self, estimator: BaseEstimator, X: RowsLike, fitted: Transformer | None
    ) -> NumericRows:
        """Turn new rows into numbers with the fitted encoder."""
        ...


@dataclass(frozen=True)
class RowEncoding:
    """How rows become numbers: as a table or as an array, and which encoder is fitted in each fold.

    Parameters
    ----------
    is_table : bool
        Whether rows are a DataFrame; otherwise they are an array of numbers.
    transformer : transformer or None
        Unfitted; None: numbers are used as they are.
    reading : Reading or None
        How a table is read before the encoder gets it; None: the encoder is the user's own, and
        gets tables as they are.
    uses_target : bool
        Whether the transformer learns from the targets of the training rows too.
    """

    is_table: bool
    transformer: Transformer | None
    reading: Reading | None = None
    uses_target: bool = False

    def check(
        self, estimator: BaseEstimator, X: RowsLike, y: ArrayLike | None, *, numeric: bool
    ) -> tuple[Table, AnyArray]:
        """Check the rows and targets given to ``fit``, and record the columns."""
        _require_target(estimator, y)
        target = target_values(y, numeric=numeric)
        if not self.is_table:
            X, target = validate_data(
                estimator, X, target, multi_output=True, ensure_min_samples=2, **_FORM
            )
            return X, single_target(target)
        frame = _given_frame(X)
        check_rows(len(frame))
        if len(frame) != len(target):
            raise BadInput(
                f"X has {len(frame)} rows but y has {len(target)}. Give one target for each row."
            )
        # A later table may still contain the target column; it is then ignored silently.
        estimator.ignored_columns_ = [
            name for name in (getattr(y, "name", None),) if name is not None
        ]
        names = frame if self.reading is None else as_frame(frame)
        _check_feature_names(estimator, names, reset=True)
        estimator.n_features_in_ = frame.shape[1]
        table = frame if self.reading is None else self.reading.typed(names)
        return table, single_target(target)

    def apply(
        self, estimator: BaseEstimator, X: RowsLike, fitted: Transformer | None
    ) -> NumericRows:
        """Turn new rows into numbers with the fitted encoder."""
        if not self.is_table:
            rows = checked_rows(estimator, X)
            if _is_sparse(rows) and fitted is not None and not get_tags(fitted).input_tags.sparse:
                rows = rows.toarray()  # it was fitted on dense rows
            return _numbers(fitted, rows)
        if not hasattr(X, "columns"):
            X = self._named(estimator, np.asarray(X))
        if self.reading is None:
            frame = _given_frame(X)
            _check_feature_names(estimator, frame, reset=False)
            return _numbers(fitted, frame)
        frame = as_frame(X)
        known = set(estimator.feature_names_in_)
        spare = [name for name in estimator.ignored_columns_ if name in frame and name not in known]
        if not len(frame):
            raise BadInput("The table has no rows. Give at least one row.")
        typed = self.reading.typed(frame.drop(columns=spare))
        for unseen in unseen_in(fitted, typed):
            warn_user(UnseenWarning(unseen))
        return _numbers(fitted, typed)

    def _named(self, estimator: BaseEstimator, X: AnyArray) -> pd.DataFrame:
        """Return an array as a table with the columns of the fit, with scikit-learn's warning."""
        names, kind = list(estimator.feature_names_in_), type(estimator).__name__
        numeric = self.reading is not None and all(
            each.kind in ("number", "boolean") for each in self.reading.learnt_from
        )
        if not numeric or X.ndim != 2 or X.shape[1] != len(names):
            raise BadInput(
                f"{kind} was fitted on a DataFrame. Pass a DataFrame with the same columns."
            )
        warn_user(
            f"X does not have valid feature names, but {kind} was fitted with feature names",
            UserWarning,
        )
        return pd.DataFrame(X, columns=names)


def encoding_of(
    X: RowsLike,
    encoder: Transformer | str | None,
    reading: Reading | None = None,
    numeric_encoding: str | None = None,
) -> RowEncoding:
    """Choose how the rows of ``X`` become numbers.

    Parameters
    ----------
    X : array, sparse array or DataFrame
    encoder : transformer, "auto" or None
    reading : Reading, optional
        How a table is read. Default: it is decided from its rows, with a warning of what was
        not obvious.
    numeric_encoding : str, optional
        What each number becomes: a name of ``table.numeric_encoding``. Default: one number.
    """
    numeric = make_numeric_encoding(numeric_encoding)
    by_target = numeric_encoding == TARGET
    if numeric is not None and (encoder != "auto" or issparse(X)):
        raise BadSetting(
            Parameter("numeric_encoding"), " needs dense rows and ", Parameter("encoder", "auto"),
            ", which scales numbers first. Give a DataFrame or a dense array, or leave it out.",
        )  # fmt: skip
    is_frame = hasattr(X, "columns") and not issparse(X)
    if isinstance(encoder, str):
        if encoder != "auto":
            raise BadSetting(f"encoder must be 'auto', a transformer or None. Got {encoder!r}.")
        if is_frame:
            made = make_encoder(numeric_encoding=numeric_encoding)
            return RowEncoding(True, made, reading or _decided(X), by_target)
        if issparse(X):
            return RowEncoding(False, MaxAbsScaler())  # centring would fill in the zeros
        need_no_home()
        from skrub import SquashingScaler

        if numeric is None:
            return RowEncoding(False, SquashingScaler())
        steps = [("scale", SquashingScaler()), (NUMERIC_STEP, numeric)]
        return RowEncoding(False, Pipeline(steps), uses_target=by_target)
    return RowEncoding(is_frame and encoder is not None, encoder)


NUMERIC_STEP = "numeric"
"""Name of the step that encodes the scaled numbers of an array."""


def _decided(X: RowsLike) -> Reading:
    decided = decide(check_features(X))
    for finding in decided.findings:
        if finding.code not in SILENT:
            warn_user(finding.sentence, TableWarning)
    return decided.reading


SILENT = ("empty", "constant", "row-numbers", "ordinal", "codes")
"""What changes nothing that a network could have learnt, or hardly anything, is no warning."""


def _given_frame(X: RowsLike) -> pd.DataFrame:
    """Return a table as the user gave it; one that is not of pandas is converted."""
    return X if isinstance(X, pd.DataFrame) else as_frame(X)


def lesson_of(encoding: Encoding, target: Target) -> Floating | None:
    """Return the targets that an encoder learns from, a column an output; None: from rows alone."""
    return target.exact_outputs if encoding.uses_target else None


def encode_rows(
    encoding: Encoding, rows: Table, training: Int64, lesson: Floating | None = None
) -> tuple[NumericRows, Transformer | None]:
    """Fit the encoder on the training rows; return all rows as numbers, and the fitted encoder.

    ``lesson`` is what :func:`lesson_of` returns, of all rows.
    """
    if encoding.transformer is None:
        return rows, None
    fitted: Transformer = clone(encoding.transformer)
    shown = rows.iloc[training] if isinstance(rows, pd.DataFrame) else rows[training]
    if lesson is None:
        fitted.fit(shown)
    else:
        fitted.fit(shown, lesson[training])
    return _numbers(fitted, rows), fitted


def _numbers(fitted: Transformer | None, rows: Table) -> NumericRows:
    """Encode rows; the result is float32 in C order, or CSR, or several arrays as they are."""
    numbers = rows if fitted is None else fitted.transform(rows)
    if isinstance(numbers, tuple):
        return cast(NumericRows, Inputs(numbers))
    if _is_sparse(numbers):
        return numbers.tocsr().astype(np.float32, copy=False)
    return np.ascontiguousarray(numbers, np.float32)


def categories_of(fitted: Transformer | None) -> tuple[tuple[int, int], ...]:
    """Return first column and number of columns of each one-hot encoded column of categories."""
    vectorizer = vectorizer_in(fitted)
    if vectorizer is None:
        return ()
    return tuple((int(each[0]), each.size) for each in vectorizer.one_hot_columns())


def vectorizer_in(fitted: object) -> Vectorizer | None:
    """Return the step that knows what became of each column; None: the encoder is not ours."""
    steps = dict(fitted.steps) if isinstance(fitted, Pipeline) else {}
    vectorizer = steps.get("vectorize")
    return vectorizer if isinstance(vectorizer, Vectorizer) else None


def _is_sparse(rows: Table) -> TypeGuard[csr_array]:
    return bool(issparse(rows))
