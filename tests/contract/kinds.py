"""Kinds of modules as users have them, tiny, and the contract that an engine keeps for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import CURVES, Dataset
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.torch_decay import decayed
from dropdecay.engine.torch_module_engine import (
    ModuleEngine,
    _LatestRows,
    _Stacks,
    _together,
    kind_of,
)
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.settings import Module, Regularization, Schedule
from tests.contract.any_network import AnyNetworkContract
from tests.contract.modules import OPTIMIZERS, as_modules
from tests.contract.runs import blobs
from tests.engine.modules import Attention, Cnn, Encoder, Lstm, Mlp, Tied, UsesItem


def as_images(X):
    return Inputs((np.stack([np.roll(X, shift, 1) for shift in range(6)], 1)[:, None],))


def as_sequences(X):
    return Inputs((X[:, None, :4] * np.linspace(0.5, 1.0, 5)[:, None],))


def as_tokens(X):
    return Inputs((np.digitize(X[:, :4], (-1.0, 0.0, 1.0, 2.0)),))


def as_masked_tokens(X):
    (tokens,) = as_tokens(X).arrays
    return Inputs((tokens, np.ones_like(tokens)), ("input_ids", "attention_mask"))


def bert():
    """A classifier of Hugging Face: named inputs, outputs with logits."""
    from transformers import BertConfig, BertForSequenceClassification

    return BertForSequenceClassification(
        BertConfig(
            vocab_size=5, hidden_size=8, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=12, max_position_embeddings=4, num_labels=3, initializer_range=0.3,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A module, the form of its rows, and how many numbers decay, counted by hand."""

    make: Callable[[], Any]
    form: Callable[[Any], Inputs]
    n_weights: int


MLP = Kind(Mlp, lambda X: Inputs((X,)), 6 * 8 + 8 * 3)
CNN = Kind(Cnn, as_images, 4 * 9 + 16 * 3)
ATTENTION = Kind(Attention, as_sequences, 4 * 8 + 8 * 24 + 8 * 3)
ENCODER = Kind(Encoder, as_sequences, 4 * 8 + 2 * (4 * 64 + 2 * 8 * 12) + 8 * 3)
LSTM = Kind(Lstm, as_sequences, 24 * (4 + 6 + 6 + 6) + 6 * 3)
TIED = Kind(Tied, as_tokens, 5 * 6 + 24 * 6)
NOT_STACKED = Kind(UsesItem, MLP.form, MLP.n_weights)
HUGGING_FACE = Kind(bert, as_masked_tokens, 4 * 64 + 2 * 8 * 12 + 64 + 8 * 3)


class KindContract(AnyNetworkContract):
    """What an engine promises of a kind of module, in float64; a class sets the kind."""

    kind: Kind
    n_rows = 60
    points = (
        Regularization(),
        Regularization(dropout=0.5, weight_decay=0.5),
        Regularization(dropout=0.3, weight_decay=0.5, decay="l2"),
    )
    n_different = 3
    learning = Schedule(epochs=15, batch_size=16, learning_rate=0.03)
    too_fast = 1e308

    def __init_subclass__(cls, engine=None):
        if engine is not None:
            cls.engine = engine
        if hasattr(cls, "kind"):
            cls.n_weights = cls.kind.n_weights
            cls.train = as_modules(cls.engine, cls.setting_of, cls.kind.form)

    @classmethod
    def setting_of(cls, run):
        """Return a run's setting with a module in the place of its network."""
        name = cls.kind.make.__name__
        recipe = Recipe(
            make=lambda rows: cls.kind.make(), name=name, targets="classes", is_single=False,
            loss=row_loss(None, "classes"), optimizer=OPTIMIZERS[run.setting.schedule.optimizer],
            precision="float64",
        )  # fmt: skip
        identity = f"{name} {run.setting.schedule.optimizer}"
        return replace(run.setting, network=Module(name, identity, 1, False, 0, recipe))

    def data(self):
        return blobs(self.n_rows, apart=3.0)

    def weights_of(self, state):
        arrays = [state.arrays[f"module/{name}"] for name in decayed(self.kind.make())]
        return np.concatenate([each.ravel() for each in arrays])

    def poisoned(self, row):
        data, weights = self.data(), np.ones(self.n_rows, np.float32)
        weights[row] = np.inf  # whatever a module takes: tokens cannot be too large
        return Dataset(data.X, data.y, weights)

    def test_a_paused_run_ends_like_one_that_was_not_paused(self):
        for decay, optimizer, rates in (
            ("decoupled", "adam", "constant"), ("l2", "nesterov", "cosine"),
        ):  # fmt: skip
            schedule = Schedule(
                7, 16, optimizer, 0.01, max_grad_norm=1.0, learning_rate_schedule=rates
            )
            self.check_pauses(Regularization(0.4, 0.1, 0.05, decay), schedule)


class OneByOne(KindContract, engine=ModuleEngine(stack=False)):
    """Bits do not depend on company."""


def stacked(problem, runs, together=None, **options):
    engine = StackedEngine(_Stacks(_LatestRows()), kind_of, 8, together, in_flight=64)
    return engine(problem, runs, **options)


def as_on_a_gpu(problem, runs, **options):
    """Train folds and seeds in one stack."""
    return stacked(problem, runs, _together, **options)


def nearly_same(one, other):
    """Whether two fits are equal to 1e-9; blocks are kept in float32."""
    return (
        all(
            np.allclose(getattr(one, name), getattr(other, name), 1e-9, 1e-12, equal_nan=True)
            for name in ("epochs", *CURVES)
        )
        and np.allclose(one.out_of_fold_loss, other.out_of_fold_loss, 1e-6)
        and (one.end, one.ending) == (other.end, other.ending)
    )


class Stacked(KindContract, engine=staticmethod(as_on_a_gpu)):
    """Sums are taken in another order in other company."""

    same_in_company = staticmethod(nearly_same)
