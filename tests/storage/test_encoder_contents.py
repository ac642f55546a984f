"""A listed type whose attributes would open files, wait for ever or read pickles is refused."""

import io
import json
import zipfile
from copy import deepcopy

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)
from skrub import SquashingScaler

from dropdecay.errors import BadInput, BadModel
from dropdecay.storage.encoder_contents import ALLOWED, OddContents, check_contents
from dropdecay.storage.skops_types import LOADERS, encoder_bytes, encoder_from_bytes
from dropdecay.table.encode import make_encoder
from tests.table.kinds import every_kind, typed

ENCODER = make_encoder().fit(typed(every_kind()))
BINS = make_encoder(numeric_encoding="quantile").fit(typed(every_kind()))
ROWS = np.random.default_rng(0).normal(size=(20, 3))
CONSTANT = np.column_stack([ROWS[:, 0], np.zeros(20), ROWS[:, 1] > 1.5])
NAMES = np.array([["a", "x"], ["b", None], [None, "y"]] * 4, dtype=object)


def refused(data: bytes) -> str:
    with pytest.raises(BadModel) as caught:
        encoder_from_bytes(data, "encoder.skops")
    return str(caught.value)


def test_every_listed_type_has_its_attributes_listed():
    assert {name.rpartition(".")[2] for name in LOADERS["ObjectNode"]} == set(ALLOWED)


@pytest.mark.parametrize(
    "encoder",
    [
        ENCODER,
        BINS,
        make_encoder(numeric_encoding="periodic").fit(typed(every_kind())),
        [ENCODER, ENCODER],
        make_pipeline(RobustScaler(), MinMaxScaler((0, 2))).fit(ROWS),
        StandardScaler().fit(pd.DataFrame(ROWS, columns=["a", "b", "c"])),
        SquashingScaler().fit(CONSTANT),
        MaxAbsScaler().fit(ROWS),
        OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=2, drop="first").fit(
            NAMES
        ),
        OneHotEncoder(categories=[["a", "b"]], dtype=np.float32).fit([["a"], ["b"]]),
    ],
    ids=str,
)
def test_honest_encoders_pass(encoder):
    check_contents(encoder)
    encoder_from_bytes(encoder_bytes(encoder), "encoder.skops")


def text_encoder(encoder):
    return encoder[1].letters_["street"]


CHANGES = {
    "a cache": lambda e: setattr(e, "memory", "cache"),
    "a step of another kind": lambda e: e.steps.append(("x", print)),
    "rows that name files": lambda e: setattr(text_encoder(e).vectorizer_, "input", "filename"),
    "a regular expression": lambda e: setattr(
        text_encoder(e).vectorizer_, "token_pattern", "(a+)+b"
    ),
    "a codec": lambda e: setattr(text_encoder(e).vectorizer_, "encoding", "zip"),
    "long n-grams": lambda e: setattr(text_encoder(e).vectorizer_, "ngram_range", (1, 10**6)),
    "a vocabulary": lambda e: text_encoder(e).vectorizer_.vocabulary_.update(new=10**6),
    "another kind of column": lambda e: e[0].kinds_.update(number="zip"),
    "a center that is text": lambda e: e[0].centers_.update(number="1"),
    "a huge exponent": lambda e: e[0].exponents_.update(number=10**9),
    "a path of time zones": lambda e: setattr(e[0], "zones_", {"when": "/etc/passwd"}),
    "a date encoder of another kind": lambda e: e[1].parts_.update(when=e[1].scaler_),
    "periods": lambda e: setattr(e[1].parts_["when"], "periodic_encoding", "spline"),
    "an order that is none": lambda e: setattr(e[1], "order_", e[1].order_[:-1]),
    "an order out of bounds": lambda e: setattr(e[1], "order_", e[1].order_ + 1),
    "a scaler of fewer columns": lambda e: setattr(
        e[1].scaler_, "center_", e[1].scaler_.center_[:-1]
    ),
    "an array of text": lambda e: setattr(e[1].scaler_, "center_", np.array(["a"])),
    "categories that are objects": lambda e: e[1].one_hot_.categories_.__setitem__(
        0, np.array([{}], dtype=object)
    ),
    "names by a function": lambda e: setattr(e[1].one_hot_, "feature_name_combiner", print),
    "text where numbers are": lambda e: setattr(e[2], "n_features_in_", "3"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_attributes_are_refused(change):
    encoder = deepcopy(ENCODER)
    CHANGES[change](encoder)

    with pytest.raises(OddContents):
        check_contents(encoder)


@pytest.mark.parametrize(
    "change",
    [
        lambda bins: setattr(bins, "source_", bins.source_ + 1),
        lambda bins: setattr(bins, "source_", bins.source_[::-1]),
        lambda bins: setattr(bins, "low_", bins.low_[:-1]),
        lambda bins: setattr(bins, "bins", "other"),
        lambda bins: setattr(bins, "n_features_in_", 3),
    ],
)
def test_bins_that_do_not_go_together_are_refused(change):
    encoder = deepcopy(BINS)
    change(encoder[1].numeric_)

    with pytest.raises(OddContents):
        check_contents(encoder)


@pytest.mark.parametrize("change", ["rows that name files", "a regular expression", "a cache"])
def test_they_are_refused_in_files_of_a_forger_and_when_saved(change):
    encoder = deepcopy(ENCODER)
    CHANGES[change](encoder)

    refused(skops.io.dumps(encoder))
    with pytest.raises(BadInput, match="cannot be saved"):
        encoder_bytes(encoder)


def forged(data: bytes, change) -> bytes:
    """Return a skops file with a changed schema."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "schema.json":
                schema = json.loads(content)
                change(schema)
                content = json.dumps(schema)
            new.writestr(name, content)
    return buffer.getvalue()


def test_a_cache_behind_the_name_of_another_part_is_refused():
    """The node of the cache looks like none, but its name is that of a text built before."""
    data = skops.io.dumps(Pipeline([("scale", StandardScaler().fit(ROWS))]))

    def plant(schema):
        attributes = schema["content"]["content"]
        name = attributes["steps"]["content"][0]["content"][0]
        assert attributes["memory"]["content"] == "null"
        attributes["memory"]["__id__"] = name["__id__"]

    assert "two different parts have the same name" in refused(forged(data, plant))


def test_an_array_is_not_read_a_thousand_times():
    data = skops.io.dumps([np.zeros(10), np.zeros(10)])

    def share(schema):
        first, second = schema["content"]
        second["file"] = first["file"]

    assert "two parts share an array" in refused(forged(data, share))
