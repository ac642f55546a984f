import functools
from dataclasses import fields, is_dataclass, replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import fbeta_score, make_scorer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from dropdecay.errors import BadSetting
from dropdecay.surface.fingerprint import content_hash, fingerprint, run_fingerprint
from tests.surface.small import PLAN

RUN = PLAN.runs[0]
OTHER = {
    "epochs": 7, "batch_size": 5, "optimizer": "sgd", "learning_rate": 0.5, "shuffle": False,
    "momentum": 0.5, "beta_1": 0.5, "beta_2": 0.5, "epsilon": 0.5, "max_grad_norm": 1.0,
    "dropout": 0.5, "input_dropout": 0.5, "weight_decay": 0.5, "decay": "l2", "alpha": 0.5,
    "max_norm": 2.0, "dropout_factor": 0.5, "n_inputs": 4, "hidden_layer_sizes": (3,),
    "n_outputs": 7, "activation": "tanh", "loss": "binary_cross_entropy", "label_smoothing": 0.1,
    "learning_rate_schedule": "cosine", "power_t": 0.3, "l1": 0.5, "input_noise": 0.5,
    "weight_average": 0.5, "mixup": 0.5, "cutmix": 0.5, "dropconnect": 0.5,
    "category_embeddings": True,
}  # fmt: skip
"""A value of every knob of a setting that is not its default."""

KNOBS = [
    (part.name, knob.name)
    for part in fields(RUN.setting)
    for knob in fields(getattr(RUN.setting, part.name))
]


@pytest.mark.parametrize(("part", "knob"), KNOBS)
def test_no_knob_of_a_setting_is_forgotten(part, knob):
    changed = replace(getattr(RUN.setting, part), **{knob: OTHER[knob]})
    other = replace(RUN, setting=replace(RUN.setting, **{part: changed}))
    assert run_fingerprint(other) != run_fingerprint(RUN)


@pytest.mark.parametrize("change", [{"fold": 1}, {"seed": 1}, {"epochs": 4}])
def test_no_part_of_a_run_is_forgotten(change):
    assert run_fingerprint(replace(RUN, **change)) != run_fingerprint(RUN)


def test_a_run_is_named_by_its_setting_and_not_by_the_axes_that_made_it():
    point = replace(RUN.point, values=(*RUN.point.values, ("max_norm", None)))
    assert run_fingerprint(replace(RUN, point=point)) == run_fingerprint(RUN)
    assert is_dataclass(RUN.setting)


def recall(estimator, X, y):
    return 0.5


def scorer_at(threshold):
    return lambda estimator, X, y: float((estimator.predict_proba(X)[:, 1] > threshold).mean())


SCORERS = [
    recall,
    lambda estimator, X, y: 0.5,
    lambda estimator, X, y: 0.6,
    scorer_at(0.5),
    scorer_at(0.6),
    make_scorer(fbeta_score, beta=1),
    make_scorer(fbeta_score, beta=2),
    functools.partial(recall),
    functools.partial(recall, X=1),
]


def test_two_scorers_never_share_a_fingerprint_and_each_keeps_its_own():
    prints = [fingerprint(scorer) for scorer in SCORERS]
    assert len(set(prints)) == len(SCORERS)
    assert fingerprint(scorer_at(0.6)) == prints[4]
    assert fingerprint(make_scorer(fbeta_score, beta=2)) == prints[6]


def test_encoders_differ_by_kind_and_parameters():
    kinds = [StandardScaler(), StandardScaler(with_mean=False), MinMaxScaler(), None]
    assert len({fingerprint(kind) for kind in kinds}) == 4
    assert fingerprint(StandardScaler()) == fingerprint(StandardScaler())


def test_what_cannot_be_told_apart_is_refused():
    with pytest.raises(BadSetting, match=r"content of a .* cannot be determined"):
        fingerprint(object())


@pytest.mark.parametrize(
    "table",
    [
        np.arange(6.0).reshape(2, 3),
        pd.DataFrame({"a": [1, 2], "b": ["x", None]}),
        csr_array(np.eye(3)),
        np.array(["a", None], object),
    ],
)
def test_data_are_told_apart_by_value_type_and_shape(table):
    assert content_hash(table) == content_hash(table.copy())
    others = [np.zeros((2, 3)), np.arange(6.0).reshape(3, 2), np.arange(6).reshape(2, 3)]
    assert content_hash(table) not in {content_hash(other) for other in others}


def test_what_refers_to_itself_has_a_fingerprint_too():
    def recursive_at(depth):
        def scorer(estimator, X, y, left=depth):
            return 0.5 if left == 0 else scorer(estimator, X, y, left - 1)

        return scorer

    class Scorer:
        def __init__(self, threshold):
            self.threshold, self.me, self.bound = threshold, self, self.__call__

        def __call__(self, estimator, X, y):
            return self.threshold

    for kind in (recursive_at, Scorer):
        assert fingerprint(kind(1)) == fingerprint(kind(1))
        assert fingerprint(kind(1)) != fingerprint(kind(2))


def test_a_name_in_a_closure_that_has_no_value_yet_is_no_error():
    def scorer(estimator, X, y):
        return later

    assert fingerprint(scorer)
    before = fingerprint(scorer)
    later = 0.5
    assert fingerprint(scorer) != before


def test_tensors_are_told_apart_by_their_values():
    torch = pytest.importorskip("torch")

    def making(weights):
        return lambda: weights

    ones = [torch.ones(2), torch.ones(2, dtype=torch.bfloat16), torch.zeros(2), torch.ones(3)]
    assert len({fingerprint(making(each)) for each in ones}) == len(ones)
    assert fingerprint(making(torch.ones(2))) == fingerprint(making(torch.ones(2)))
