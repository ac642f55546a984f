"""Numbers are taken for codes where both their name and their shape say so."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.codes import codes
from dropdecay.table.name_words import words_of

RNG = np.random.default_rng(0)
ZIPS = RNG.choice(RNG.integers(10_000, 99_999, 60), 400).astype(float)


def found(name, values):
    return codes(pd.DataFrame({name: values, "other": RNG.normal(size=len(values))}))


@pytest.mark.parametrize("name", ["zip", "ZIP_code", "zipCode", "PLZ", "code postal", "邮编"])
def test_postal_codes(name):
    (finding,) = found(name, ZIPS)

    assert "postal codes" in finding.sentence
    quote = "'" if " " in name else ""
    assert finding.option == f"--as {quote}{name}=category{quote}"


def test_telephone_numbers_and_codes():
    assert "telephone" in found("phone", RNG.integers(10**6, 10**7, 400).astype(float))[0].sentence
    assert "seems to hold codes" in found("store_id", ZIPS)[0].sentence


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("zip", RNG.normal(size=400)),
        ("price", ZIPS),
        ("phone_calls", RNG.integers(0, 9, 400).astype(float)),
        ("video", ZIPS),
        ("id", np.arange(400.0)),
        ("code", np.round(RNG.exponential(4, 400))),
        ("has_code", RNG.integers(0, 2, 400).astype(float)),
    ],
)
def test_quantities_stay(name, values):
    assert found(name, values) == ()


def test_a_name_falls_into_words():
    assert words_of("storeId") == words_of("STORE_ID") == words_of("store id") == {"store", "id"}
    assert words_of("plz2") == {"plz"}
