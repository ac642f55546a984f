"""Any table gives finite float32 in C order, the same every time, or a one-line error."""

import datetime
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from dropdecay.errors import BadTable
from dropdecay.table.encode import Vectorizer, make_encoder
from tests.table.kinds import N, TableEncoder, every_kind, typed


def encoded(table):
    """Fit an encoder on a table and encode the table with it."""
    return TableEncoder().fit_transform(table)


def by_name(table):
    """Return the encoded columns of a table by name."""
    encoder = TableEncoder()
    matrix = encoder.fit_transform(table)
    return pd.DataFrame(matrix, columns=encoder[1].get_feature_names_out())


def test_every_kind_of_column_becomes_finite_float32_in_c_order():
    matrix = encoded(every_kind())

    assert matrix.dtype == np.float32
    assert matrix.ndim == 2
    assert matrix.shape[0] == N
    assert matrix.flags.c_contiguous
    assert np.isfinite(matrix).all()


def test_every_column_keeps_its_kind():
    encoder = TableEncoder().fit(every_kind())

    kinds = encoder[0].kinds_

    numbers = ["number", "count", "holey", "huge", "tiny", "epoch", "lasted", "price"]
    assert {kinds[name] for name in [*numbers, "asked"]} == {"number"}
    categories = ["color", "street", "letter", "zip", "mixed"]
    assert {kinds[name] for name in categories} == {"category"}
    assert {kinds[name] for name in ["when", "day", "there"]} == {"date"}
    assert {kinds[name] for name in ["true", "perhaps"]} == {"boolean"}


def test_two_encoders_give_the_same_numbers():
    first, second = TableEncoder(random_state=1), TableEncoder(random_state=1)

    assert np.array_equal(first.fit_transform(every_kind()), second.fit_transform(every_kind()))


def test_the_random_state_changes_the_projection_of_text():
    text = every_kind()[["street"]]

    one, other = (TableEncoder(random_state=seed).fit_transform(text) for seed in (1, 2))

    assert not np.array_equal(one, other)


def test_a_fitted_encoder_encodes_the_rows_of_the_fit_the_same_way_again():
    encoder = TableEncoder()

    first = encoder.fit_transform(every_kind())

    assert np.array_equal(encoder.transform(every_kind()), first)


def test_the_order_of_columns_in_a_later_table_does_not_matter():
    encoder, table = TableEncoder(), every_kind()
    first = encoder.fit_transform(table)

    again = encoder.transform(table[table.columns[::-1]])

    assert np.array_equal(again, first)


def test_the_encoding_of_a_row_does_not_depend_on_the_other_rows():
    encoder, table = TableEncoder(), every_kind()
    first = encoder.fit_transform(table)

    alone = np.vstack([encoder.transform(table.iloc[[row]]) for row in range(10)])

    np.testing.assert_allclose(alone, first[:10], rtol=1e-5, atol=1e-6)


def test_an_encoder_can_be_cloned_unfitted():
    table = typed(every_kind())

    fresh = clone(make_encoder().fit(table))

    assert not hasattr(fresh[0], "kinds_")
    assert np.isfinite(fresh.fit_transform(table)).all()


def test_an_encoder_saved_before_there_were_numeric_encodings_has_none():
    table = typed(every_kind())
    fitted = make_encoder().fit(table)[1]
    kept = {name: value for name, value in vars(fitted).items() if not name.startswith("numeric_")}
    read = Vectorizer.__new__(Vectorizer)
    read.__setstate__(kept)
    assert vars(read) == vars(fitted)


def test_numbers_are_centred_scaled_by_their_quartiles_and_squashed():
    values = np.arange(101.0) * 1e9
    z = (values - 50e9) / 50e9

    column = encoded(pd.DataFrame({"a": values}))[:, 0]

    np.testing.assert_allclose(column, z / np.sqrt(1 + (z / 3) ** 2), rtol=1e-5, atol=1e-7)


def test_seconds_since_1970_do_not_lose_precision():
    column = encoded(pd.DataFrame({"epoch": 1.7e9 + np.arange(100.0)}))[:, 0]

    assert np.unique(column).size == 100


def test_numbers_up_to_the_largest_float_stay_finite():
    values = np.array([-1.7e308, -1e300, *np.linspace(-1, 1, 50), 1e300, 1.7e308])

    column = encoded(pd.DataFrame({"a": values}))[:, 0]

    assert (np.diff(column) >= 0).all()
    assert column[0] == -3
    assert column[-1] == 3


def test_a_missing_number_becomes_the_median_and_is_marked():
    table = pd.DataFrame({"a": [1.0, 2.0, np.nan, 4.0, 3.0, 2.5]})

    columns = by_name(table)

    assert columns["a"].iloc[2] == 0
    assert columns["missingindicator_a"].tolist() == [0, 0, 1, 0, 0, 0]


def test_a_number_missing_only_in_a_later_table_becomes_the_median():
    encoder = TableEncoder().fit(pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1, 2, 4]}))

    later = encoder.transform(pd.DataFrame({"a": [np.nan], "b": [2]}))

    assert np.array_equal(later, [[0, 0]])


def test_missing_is_its_own_category():
    columns = by_name(pd.DataFrame({"a": ["x", None, "y", "n/a", "", "x"]}))

    assert columns.shape[1] == 3
    assert columns["a_x"].tolist() == [1, 0, 0, 0, 0, 1]
    assert columns["a_y"].tolist() == [0, 0, 1, 0, 0, 0]
    assert columns.sum(axis=1).tolist() == [1] * 6


def test_an_unknown_category_becomes_zeros():
    encoder = TableEncoder().fit(pd.DataFrame({"a": ["x", "y", "x"]}))

    later = encoder.transform(pd.DataFrame({"a": ["z", "x", None]}))

    assert later.tolist() == [[0, 0], [1, 0], [0, 0]]


def test_whole_numbers_declared_as_categories_match_when_a_missing_value_makes_them_floats():
    encoder = TableEncoder().fit(pd.DataFrame({"a": pd.Categorical([1, 2, 1])}))

    later = encoder.transform(pd.DataFrame({"a": [2.0, np.nan]}))

    assert later.tolist() == [[0, 1], [0, 0]]


def test_booleans_written_as_text_are_booleans():
    encoder = TableEncoder().fit(pd.DataFrame({"a": [True, False, True]}))

    assert encoder.transform(pd.DataFrame({"a": ["True", "false"]})).tolist() == [[0, 1], [1, 0]]


def test_dates_written_as_text_are_the_same_dates():
    days = pd.date_range("2020-01-01", periods=60)
    encoder = TableEncoder()
    first = encoder.fit_transform(pd.DataFrame({"a": days.strftime("%d.%m.%Y")}))

    assert np.array_equal(encoder.transform(pd.DataFrame({"a": days})), first)
    assert np.array_equal(encoder.transform(pd.DataFrame({"a": days.strftime("%Y-%m-%d")})), first)
    assert np.array_equal(encoder.transform(pd.DataFrame({"a": list(days.date)})), first)


def test_hours_are_in_the_time_zone_of_the_fit():
    times = pd.date_range("2020-01-01", periods=60, freq="7h", tz="Asia/Shanghai")
    encoder = TableEncoder()
    first = encoder.fit_transform(pd.DataFrame({"a": times}))

    elsewhere = encoder.transform(pd.DataFrame({"a": times.tz_convert("America/New_York")}))

    assert np.array_equal(elsewhere, first)


def test_midnight_is_in_the_time_zone_of_the_fit():
    midnights = pd.date_range("2020-01-01", periods=60, tz="Asia/Shanghai")

    columns = by_name(pd.DataFrame({"a": midnights}))

    assert "a_hour" not in columns
    assert columns["a_day"].nunique() == 31


def test_text_with_few_ngrams_gives_one_number_per_ngram():
    letters = every_kind()[["letter"]]

    assert letters["letter"].nunique() == 52
    assert encoded(letters).shape == (N, 26)


def test_polars_gives_the_same_numbers_as_pandas():
    table = every_kind()[["number", "count", "color", "street", "true", "when"]]
    frame = pl.from_pandas(table)

    assert np.array_equal(encoded(frame), encoded(table))


@pytest.mark.parametrize("given", [np.zeros((3, 2)), [[1, 2]], {"a": [1]}, None])
def test_a_table_must_be_a_dataframe(given):
    with pytest.raises(BadTable, match=r"A table must be a pandas or polars DataFrame\. Got"):
        TableEncoder().fit(given)


def test_a_column_without_values_is_left_out():
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [None, None, None]})

    assert encoded(table).shape == (3, 1)


def test_a_table_without_any_values_is_rejected():
    with pytest.raises(BadTable, match="No column of the table holds any values"):
        TableEncoder().fit(pd.DataFrame({"a": [None, None]}))


def test_duplicate_column_names_are_rejected():
    table = pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])

    with pytest.raises(BadTable, match="more than one column named 'a'"):
        TableEncoder().fit(table)


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"bytes", 1j])
def test_a_cell_of_an_unsupported_type_is_reported(value):
    table = pd.DataFrame({"good": [1, 2], "bad": pd.Series(["text", value], dtype=object)})

    with pytest.raises(BadTable, match=r"Column 'bad', row 2 holds a value of type"):
        TableEncoder().fit(table)


@pytest.mark.parametrize("known", [["x", "y"], ["2020-01-01", "2020-01-02"], [True, False], [1, 2]])
@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"bytes", 1j])
def test_a_cell_of_an_unsupported_type_in_a_later_table_is_reported(known, value):
    encoder = TableEncoder().fit(pd.DataFrame({"a": known}))

    with pytest.raises(BadTable, match=r"Column 'a', row 2"):
        encoder.transform(pd.DataFrame({"a": pd.Series([known[0], value], dtype=object)}))


# The law

NAMES = st.text(max_size=5)
KINDS = {
    "float": st.floats(allow_nan=True, allow_infinity=True),
    "tame": st.floats(-1e300, 1e300),
    "int": st.integers(-(2**70), 2**70),
    "bool": st.booleans(),
    "text": st.text(max_size=6),
    "word": st.sampled_from(["a", "b", "c", "?", "NA", "true", "1", "2020-01-01", "1,5", "1e400"]),
    "date": st.datetimes(),
    "day": st.dates(),
    "missing": st.none(),
    "delta": st.timedeltas(),
    "time": st.times(),
    "decimal": st.decimals(allow_nan=False),
}


@st.composite
def messy_tables(draw):
    """Draw a table to fit and one to transform, with any types, names and missing values."""
    n_rows = draw(st.integers(1, 60))
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))

    def column(kinds):
        cell = st.one_of([KINDS[kind] for kind in kinds])
        if draw(st.booleans()):
            cell = st.one_of(cell, st.none())
        cells = draw(st.lists(cell, min_size=1, max_size=n_rows))
        values = (cells * n_rows)[:n_rows]
        return pd.Series(values, dtype=object) if draw(st.booleans()) else natural(values)

    pools = [draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=2)) for _ in names]
    fit = pd.DataFrame(dict(zip(names, map(column, pools), strict=True)))
    new = pd.DataFrame(dict(zip(names, map(column, pools), strict=True)))
    return fit, new


def natural(values):
    """Return the column with the dtype that pandas would give it, if it can."""
    try:
        return pd.Series(values)
    except (ValueError, OverflowError, TypeError):
        return pd.Series(values, dtype=object)


def outcome(step, table):
    """Return the matrix, or the one-line error."""
    try:
        return step(table)
    except BadTable as error:
        return str(error)


@given(tables=messy_tables())
def test_any_table_gives_finite_numbers_or_a_one_line_error(tables):
    fit, new = tables
    encoder = TableEncoder()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for step, table in ((encoder.fit_transform, fit), (encoder.transform, new)):
            found = outcome(step, table)
            if isinstance(found, str):
                assert "\n" not in found
                break
            assert found.dtype == np.float32
            assert np.isfinite(found).all()


@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40))
def test_encoding_preserves_the_order_of_numbers(values):
    # Two more values, so that the column varies.
    column = encoded(pd.DataFrame({"a": [0.0, 1.5, *values]}))[2:, 0]

    assert (np.diff(column[np.argsort(values, kind="stable")]) >= 0).all()
    assert np.abs(column).max() <= 3


def test_today_is_a_date():
    encoder = TableEncoder().fit(pd.DataFrame({"a": [datetime.date(2020, 1, 1)] * 3}))

    assert encoder[0].kinds_ == {"a": "date"}
