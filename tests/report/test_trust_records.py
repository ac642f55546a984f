"""The keys of the summary that say how far to trust predictions: plain JSON, thin, rows from 1."""

import json

import numpy as np
import pytest

from dropdecay.report.trust_records import MOST_VALUES, odd_rows_record, trust_records
from tests.trust.worlds import drawn_classes, found_of

KEYS = {"calibration", "mistakes", "curves_of_classes", "values", "odd_rows"}


def records(found, **how):
    return json.loads(json.dumps(trust_records(found, **how), allow_nan=False))


def test_without_outputs_every_key_is_null():
    assert records(None) == dict.fromkeys(KEYS)


def test_classes_have_all_but_values():
    said, true = drawn_classes(300, 3)
    found = found_of(true, said)
    told = records(found)
    assert told.keys() == KEYS
    assert told["values"] is None
    assert told["calibration"].keys() == {
        "outputs", "error", "temperature", "loss_after_temperature", "sentence"
    }  # fmt: skip
    assert [each["name"] for each in told["calibration"]["outputs"]] == ["a", "b", "c"]
    assert told["calibration"]["outputs"][0]["bins"][0].keys() == {
        "said", "happened", "lower", "upper", "rows"
    }  # fmt: skip
    assert told["mistakes"]["counts"] == found.mistakes().counts.tolist()
    assert told["mistakes"]["wrong"] == found.mistakes().n_wrong
    assert told["mistakes"]["threshold"] is None
    for name in ("roc", "precision_recall"):
        assert [each["class"] for each in told["curves_of_classes"][name]] == ["a", "b", "c"]
        assert all(len(each["x"]) <= 200 for each in told["curves_of_classes"][name])


def test_a_threshold_is_told_with_its_class():
    rng = np.random.default_rng(0)
    said = rng.beta(1, 6, 2000)
    found = found_of((rng.uniform(size=2000) < said).astype(int), np.column_stack([1 - said, said]))
    told = records(found)["mistakes"]["threshold"]
    assert told.keys() == {"class", "value", "measure", "before", "after", "sentence"}
    assert (told["class"], told["measure"]) == ("b", "balanced accuracy")


def test_values_have_a_sample_that_is_always_the_same():
    true = np.random.default_rng(0).normal(size=(5000, 2))
    found = found_of(true, true + 0.1, kind="values", names=("0", "1"))
    told = records(found)
    assert (told["calibration"], told["mistakes"], told["curves_of_classes"]) == (None, None, None)
    assert told == records(found)
    assert [each["output"] for each in told["values"]] == ["0", "1"]
    for i, each in enumerate(told["values"]):
        assert len(each["true"]) == len(each["predicted"]) == MOST_VALUES
        assert set(each["true"]) <= {float(f"{value:.6g}") for value in true[:, i]}
        assert each["rmse"] == pytest.approx(0.1)
        assert each["slope"] == pytest.approx(1.0)
    assert told["odd_rows"]["labels"] == {"n": 0, "rows": []}


def test_rows_and_folds_count_from_1_and_rows_are_those_of_the_users_file():
    said, true = drawn_classes(300, 3)
    said[[8, 11]] = [[0.01, 0.98, 0.01]]
    true[[8, 11]] = 0
    said[true == 0, 0] += 1e-9
    found = found_of(true, said)
    told = odd_rows_record(found)
    assert {each["row"] for each in told["labels"]["rows"]} >= {9, 12}
    assert len(told["hardest"]) == 10
    first = told["hardest"][0]
    assert first["loss"] == pytest.approx(found.loss.max(), rel=1e-5)
    assert first["row"] == found.loss.argmax() + 1
    moved = odd_rows_record(found, np.arange(300) * 2 + 100)
    assert moved["hardest"][0]["row"] == 2 * found.loss.argmax() + 101


@pytest.mark.parametrize(
    ("y", "predicted"),
    [(np.array([[1, 0], [1, 1], [0, 0]]), "a, b"), (np.array([[1.5], [2.0], [0.0]]), 0.9)],
    ids=["labels", "values"],
)
def test_what_is_predicted_of_a_row_is_one_value(y, predicted):
    kind = "labels" if y.shape[1] == 2 else "values"
    found = found_of(y, np.full(y.shape, 0.9), kind=kind, names=tuple("ab"[: y.shape[1]]))
    told = records(found)["odd_rows"]
    assert told["hardest"][0]["predicted"] == predicted


def test_a_class_with_one_row_and_constant_predictions_are_plain_json():
    true = np.zeros(40, int)
    true[3] = 1
    told = records(found_of(true, np.tile([0.9, 0.1], (40, 1))))
    assert told["curves_of_classes"]["roc"][0]["area"] == 0.5
    alone = records(found_of(np.zeros(3, int), np.tile([0.9, 0.1], (3, 1))))
    assert alone["curves_of_classes"] == {"roc": [], "precision_recall": []}
