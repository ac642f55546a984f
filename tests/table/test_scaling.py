"""Scaling all columns at once equals skrub's SquashingScaler on each, to the last bit."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skrub import SquashingScaler

from dropdecay.table import columns
from dropdecay.table.columns import Columns
from dropdecay.table.encode import make_encoder
from dropdecay.table.scaling import Scaler
from tests.table.kinds import typed

# The scaler gets numbers at most 1e6 from zero. Quartiles less than 2e-15 apart are equal to skrub
# but not to us, so numbers that small are excluded.
VALUES = st.one_of(
    st.floats(-1e6, 1e6, width=32).filter(lambda x: abs(x) > 1e-6),
    st.sampled_from([0.0, 1.0, 2.0]),
    st.just(np.nan),
)


@given(fit=arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=VALUES))
def test_it_is_skrubs_scaler_to_the_last_bit(fit):
    known = ~np.isnan(fit).all(axis=0)
    fit = np.vstack([fit[:, known], np.arange(known.sum(), dtype=np.float32)[None]])
    if not known.any():
        return
    scaler, squash = SquashingScaler(), Scaler().fit(fit)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        columns = [scaler.fit(fit[:, [i]]).transform(fit[:, [i]]) for i in range(fit.shape[1])]
    wanted = np.nan_to_num(np.hstack(columns), nan=0.0)

    found = squash.transform(fit)
    np.testing.assert_array_equal(found[:, : fit.shape[1]], wanted)
    gaps = np.isnan(fit)
    np.testing.assert_array_equal(found[:, fit.shape[1] :], gaps[:, gaps.any(axis=0)])


def test_five_thousand_columns_of_every_kind_are_encoded():
    rng = np.random.default_rng(0)
    columns = {f"n{i}": rng.normal(size=30) for i in range(3000)}
    columns |= {f"gap{i}": np.where(rng.random(30) < 0.2, np.nan, 1.0 + i) for i in range(500)}
    columns |= {f"word{i}": rng.choice(["a", "b", "c"], 30) for i in range(1000)}
    columns |= {f"true{i}": rng.random(30) < 0.5 for i in range(500)}
    table = typed(pd.DataFrame(columns))

    encoder = make_encoder().fit(table.iloc[:20])
    matrix = encoder.transform(table)

    assert matrix.shape[0] == 30
    assert matrix.shape[1] == len(encoder[1].get_feature_names_out()) > 5000
    assert np.isfinite(matrix).all()


ANY = st.one_of(st.floats(allow_infinity=False), st.sampled_from([0.0, -0.0, 1.0, np.nan]))


@given(
    table=arrays(np.float64, st.tuples(st.integers(1, 12), st.integers(1, 9)), elements=ANY),
    at_once=st.integers(1, 40),
)
def test_columns_scaled_at_once_are_as_each_would_be_alone(table, at_once):
    table[0, 0] = 1.0  # a table without any value is refused
    frame = pd.DataFrame(table, columns=list("abcdefghi")[: table.shape[1]])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "MOST_CELLS", at_once)
        together = Columns().fit(frame)
        found = together.transform(frame)

    for name in frame:
        if frame[name].isna().all():
            assert name not in found
            continue
        known = np.sort(frame[name].dropna().to_numpy())
        low, center, high = (known[(known.size - 1) * quarter // 4] for quarter in (1, 2, 3))
        spread = high / 4 - low / 4 or known[-1] / 4 - known[0] / 4
        exponent = int(np.frexp(spread)[1]) + 2 if spread else 0
        assert (together.centers_[name], together.exponents_[name]) == (center, exponent)
        with np.errstate(over="ignore", under="ignore"):
            near = np.ldexp(frame[name] / 4 - center / 4, 2 - exponent)
        np.testing.assert_array_equal(found[name], np.clip(near, -1e6, 1e6))
