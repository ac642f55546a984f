"""What the attributes of a loaded encoder may hold: a closed list, compared with the built objects.

A listed type can still be made to read a file, to wait for ever on a regular expression or to use a
cache of pickles, by the values of its attributes. So each attribute is named here with what it may
hold; one that is not named holds numbers at most. A file is not enough to look at: what counts is
the object that was built from it.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dropdecay.table.encode import Vectorizer
from dropdecay.table.numeric_encoding import (
    NUMERIC_ENCODINGS,
    QUANTILE,
    TARGET,
    Periodic,
    PiecewiseLinear,
)
from dropdecay.table.scaling import Scaler

Check = Callable[[object], bool]

LONGEST_NGRAM = 16
MAX_EXPONENT = 2200
"""Of two; the ratio of the largest and the smallest float64."""

NUMBER_DTYPES = "biuf"


class OddContents(ValueError):
    """An attribute holds what no encoder of ours has there."""


def check_contents(encoder: object) -> None:
    """Check all attributes of an encoder, or of a list of them, all the way down.

    Raises
    ------
    OddContents
        If one holds anything else than the list allows.
    """
    if isinstance(encoder, list):
        for each in encoder:
            check_contents(each)
        return
    kind = _name_of(encoder)
    allowed = ALLOWED.get(kind)
    if allowed is None:
        raise OddContents(f"{kind} is no encoder")
    for name, value in vars(encoder).items():
        if not allowed.get(name, _is_numbers)(value):
            raise OddContents(f"{kind} has another {name} than any encoder of dropdecay")
    consistent = CONSISTENT.get(kind)
    if consistent is not None and not consistent(encoder):
        raise OddContents(f"the parts of {kind} do not go together")


def _name_of(value: object) -> str:
    return type(value).__name__


def _one_of(*values: object) -> Check:
    return lambda value: any(type(value) is type(each) and value == each for each in values)


def _is_number(value: object) -> bool:
    if isinstance(value, np.generic):
        return value.dtype.kind in NUMBER_DTYPES
    return value is None or type(value) in (bool, int, float)


def _is_array(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind in NUMBER_DTYPES


def _is_numbers(value: object) -> bool:
    """Whether it is a number, an array or a tuple of them, or None."""
    return (
        _is_number(value) or _is_array(value) or (type(value) is tuple and _all(_is_number)(value))
    )


def _all(check: Check) -> Check:
    return lambda value: all(map(check, value))  # type: ignore[call-overload]  # of a sequence


def _list_of(check: Check) -> Check:
    return lambda value: type(value) is list and _all(check)(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_names(value: object) -> bool:
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "OU" and value.ndim == 1 and _all(_is_text)(value.tolist())
    return type(value) is list and _all(_is_text)(value)


def _by_name(check: Check) -> Check:
    """Return whether a value is a dict from text to what passes a check."""
    return lambda value: (
        isinstance(value, Mapping) and _all(_is_text)(value) and _all(check)(value.values())
    )


def _is(*names: str) -> Check:
    """Return whether a value is an encoder of one of these types, whose own contents are right."""

    def check(value: object) -> bool:
        if _name_of(value) not in names:
            return False
        check_contents(value)
        return True

    return check


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _is_step(value: object) -> bool:
    if type(value) is not tuple or len(value) != 2 or not _is_text(value[0]):
        return False
    if value[1] is not None and value[1] != "passthrough":
        check_contents(value[1])
    return True


def _is_ngram_range(value: object) -> bool:
    return (
        type(value) is tuple
        and len(value) == 2
        and all(type(each) is int for each in value)
        and 1 <= value[0] <= value[1] <= LONGEST_NGRAM
    )


def _is_exponent(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and abs(int(value)) <= MAX_EXPONENT


def _is_real(value: object) -> bool:
    return isinstance(value, (int, float, np.floating)) and bool(np.isfinite(value))


def _is_category(value: object) -> bool:
    return _is_text(value) or _is_number(value)


def _are_categories(value: object) -> bool:
    if type(value) is list:
        return _all(_is_category)(value)
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        return False
    return value.dtype.kind in "biufU" or (
        value.dtype.kind == "O" and _all(_is_category)(value.tolist())
    )


def _is_dtype(value: object) -> bool:
    return value in ("float32", "float64") or value in (np.float32, np.float64)


def _is_place(value: object) -> bool:
    return value is None or isinstance(value, (int, np.integer))


def _are_places(value: object) -> bool:
    if value is None or _is_array(value):
        return True
    return isinstance(value, np.ndarray) and _all(_is_place)(value.ravel().tolist())


_NAMED: dict[str, Check] = {"feature_names_in_": _is_names}
_NO = _one_of(None)
_NORM = _one_of("l1", "l2", None)
_ANALYZER = _one_of("char_wb", "char", "word")

ALLOWED: dict[str, dict[str, Check]] = {
    "Pipeline": {
        "steps": _list_of(_is_step),
        "memory": _NO,  # joblib would read pickles there
        "transform_input": _NO,
        "verbose": _one_of(False, True),
    },
    "Columns": {
        "kinds_": _by_name(_one_of("number", "boolean", "date", "category", "nothing")),
        "centers_": _by_name(_is_real),
        "exponents_": _by_name(_is_exponent),
    },
    "Vectorizer": {
        **dict.fromkeys(("numbers_", "dates_", "few_", "texts_", "names_"), _list_of(_is_text)),
        "parts_": _by_name(_is("DatetimeEncoder")),
        "letters_": _by_name(_is("TextEncoder")),
        "scaler_": _or_none(_is("Scaler")),
        "numeric_encoding": _one_of(None, *NUMERIC_ENCODINGS),
        "numeric_": _or_none(_is("PiecewiseLinear", "Periodic")),
        "one_hot_": _or_none(_is("OneHotEncoder")),
        "order_": _is_array,
    },
    "Scaler": dict.fromkeys(("has_missing_", "center_", "divisor_", "factor_"), _is_array),
    "Matrix": {},
    "PiecewiseLinear": {
        "bins": _one_of(QUANTILE, TARGET),
        **dict.fromkeys(("source_", "low_", "width_", "least_", "most_"), _is_array),
    },
    "Periodic": dict.fromkeys(("source_", "frequency_"), _is_array),
    "TextEncoder": {
        "vectorizer": _one_of("tfidf"),
        "ngram_range": _is_ngram_range,
        "analyzer": _ANALYZER,
        "stop_words": _NO,
        "vocabulary": _NO,
        "to_str": _is("ToStr"),
        "vectorizer_": _is("TfidfVectorizer"),
        "tsvd_": _or_none(_is("TruncatedSVD")),
        "input_name_": _is_text,
        "all_outputs_": _list_of(_is_text),
    },
    "ToStr": {"all_outputs_": _list_of(_is_text)},
    "DatetimeEncoder": {
        "resolution": _one_of(
            None, "year", "month", "day", "hour", "minute", "second", "microsecond", "nanosecond"
        ),
        "periodic_encoding": _NO,
        "_periodic_encoders": _one_of({}),
        "extracted_features_": _list_of(
            _one_of(
                "year", "month", "day", "hour", "minute", "second", "microsecond", "nanosecond",
                "weekday", "total_seconds", "day_of_year",
            )
        ),
        "input_name_": _is_text,
        "all_outputs_": _list_of(_is_text),
    },
    "TfidfVectorizer": {
        "input": _one_of("content"),  # else rows name files to open
        "encoding": _one_of("utf-8"),
        "decode_error": _one_of("strict"),
        "strip_accents": _one_of(None, "ascii", "unicode"),
        "preprocessor": _NO,
        "tokenizer": _NO,
        "analyzer": _ANALYZER,
        "token_pattern": _one_of(r"(?u)\b\w\w+\b"),  # another may never end
        "stop_words": _one_of(None, "english"),
        "ngram_range": _is_ngram_range,
        "vocabulary": _NO,
        "dtype": _is_dtype,
        "norm": _NORM,
        "_tfidf": _is("TfidfTransformer"),
        "vocabulary_": _by_name(_is_place),
    },
    "TfidfTransformer": {"norm": _NORM},
    "TruncatedSVD": {
        "algorithm": _one_of("randomized", "arpack"),
        "power_iteration_normalizer": _one_of("auto", "QR", "LU", "none"),
    },
    "OneHotEncoder": {
        **_NAMED,
        "categories": lambda value: value == "auto" if _is_text(value) else (
            _list_of(_are_categories)(value)
        ),
        "dtype": _is_dtype,
        "handle_unknown": _one_of("ignore", "error", "infrequent_if_exist", "warn"),
        "drop": _one_of(None, "first", "if_binary"),
        "feature_name_combiner": _one_of("concat"),
        "categories_": _list_of(_are_categories),
        "drop_idx_": _are_places,
        "_drop_idx_after_grouping": _are_places,
        "_n_features_outs": _list_of(_is_place),
        "_infrequent_indices": _list_of(_are_places),
        "_default_to_infrequent_mappings": _list_of(_are_places),
    },
    **dict.fromkeys(("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler"), _NAMED),
    "SquashingScaler": {
        **_NAMED,
        "robust_scaler_": _or_none(_is("RobustScaler")),
        "minmax_scaler_": _or_none(_is("_MinMaxScaler")),
    },
    "_MinMaxScaler": _NAMED,
}  # fmt: skip
"""By type: attribute -> what it may hold. The types themselves are listed in ``skops_types``."""


def _vectorizer_goes_together(encoder: Vectorizer) -> bool:
    n_numbers = len(encoder.numbers_) + sum(
        len(encoder.parts_[name].extracted_features_) for name in encoder.dates_
    )
    if (encoder.scaler_ is None) != (n_numbers == 0):
        return False
    if encoder.scaler_ is not None and encoder.scaler_.center_.size != n_numbers:
        return False
    if encoder.numeric_ is not None and encoder.numeric_.n_features_in_ != n_numbers:
        return False
    if (encoder.one_hot_ is None) != (not encoder.few_):
        return False
    if set(encoder.texts_) != set(encoder.letters_):
        return False
    n_made = len(encoder._made())
    return np.array_equal(np.sort(encoder.order_), np.arange(n_made)) and (
        len(encoder.names_) == n_made
    )


def _scaler_goes_together(scaler: Scaler) -> bool:
    shapes = {part.shape for part in vars(scaler).values()}
    return len(shapes) == 1 and len(next(iter(shapes))) == 1 and scaler.has_missing_.dtype == bool


def _bins_go_together(encoding: PiecewiseLinear) -> bool:
    source, n_columns = encoding.source_, encoding.n_features_in_
    parts = (encoding.low_, encoding.width_, encoding.least_, encoding.most_)
    return (
        source.dtype.kind == "i"
        and source.ndim == 1
        and {each.shape for each in parts} == {source.shape}
        and np.array_equal(np.unique(source), np.arange(n_columns))
        and bool((np.diff(source) >= 0).all())
    )


def _waves_go_together(encoding: Periodic) -> bool:
    n_columns, n_waves = encoding.frequency_.shape
    each = np.repeat(np.arange(n_columns), 1 + 2 * n_waves)
    return (encoding.n_features_in_, encoding.n_frequencies) == (
        n_columns, n_waves,
    ) and np.array_equal(encoding.source_, each)  # fmt: skip


def _words_go_together(vectorizer: Any) -> bool:
    places = vectorizer.vocabulary_.values()
    return sorted(places) == [*range(vectorizer._tfidf.idf_.size)]


def _categories_go_together(encoder: Any) -> bool:
    return bool(len(encoder.categories_) == encoder.n_features_in_)


def _pipeline_is_fitted(pipeline: Any) -> bool:
    return bool(pipeline.steps)


def _svd_is_fitted(svd: Any) -> bool:
    return bool(svd.components_.ndim == 2)


def _weights_are_a_row(transformer: Any) -> bool:
    return bool(transformer.idf_.ndim == 1)


CONSISTENT: dict[str, Callable[..., bool]] = {
    "Vectorizer": _vectorizer_goes_together,
    "Scaler": _scaler_goes_together,
    "PiecewiseLinear": _bins_go_together,
    "Periodic": _waves_go_together,
    "TfidfVectorizer": _words_go_together,
    "TfidfTransformer": _weights_are_a_row,
    "OneHotEncoder": _categories_go_together,
    "TruncatedSVD": _svd_is_fitted,
    "Pipeline": _pipeline_is_fitted,
}
"""By type: whether attributes agree that a transformation reads together."""
