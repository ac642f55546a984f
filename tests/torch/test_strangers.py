"""Modules as users write them, who know nothing of this package, work as they are."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.torch.small import QUICK, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
X, Y = table(2)
VALUES = table(0)[1]
SEQUENCES = np.random.default_rng(0).normal(size=(len(X), 3, 6)).astype(np.float32)


def fitted(module, rows=X, y=Y, face=ModuleClassifierCV, **changes):
    return face(module, **{**QUICK, "max_epochs": 1, **changes}).fit(rows, y)


class Own(nn.Module):
    """A hidden layer, dropped, and an output layer; what users do to them stands below."""

    def __init__(self, rate=0.5, n_outputs=2):
        super().__init__()
        self.hidden, self.drop = nn.Linear(6, 8), nn.Dropout(rate)
        self.out = nn.Linear(8, n_outputs)

    def forward(self, x):
        return self.out(self.drop(F.relu(self.hidden(x))))


class FunctionalDropout(nn.Module):
    def __init__(self, p=0.5):
        super().__init__()
        self.p, self.hidden, self.out = p, nn.Linear(6, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.out(F.dropout(F.relu(self.hidden(x)), self.p, self.training))


class SelfAttention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(6, 2, dropout=0.1, batch_first=True)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        seen, _ = self.attention(x, x, x)
        return self.out(seen.mean(1))


class LstmFromZero(nn.Module):
    """It makes its first states itself, in torch's default type."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 4, num_layers=2, dropout=0.2, batch_first=True)
        self.out = nn.Linear(4, 2)

    def forward(self, x):
        h0, c0 = torch.zeros(2, x.size(0), 4), torch.zeros(2, x.size(0), 4)
        found, _ = self.lstm(x, (h0.to(x.device), c0.to(x.device)))
        return self.out(found[:, -1, :])


class TakesADict(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.drop, self.out = nn.Embedding(4, 6), nn.Dropout(0.1), nn.Linear(6, 2)

    def forward(self, batch):
        return self.out(self.drop(batch["numbers"] + self.table(batch["town"])))


class GivesATuple(Own):
    def forward(self, x):
        hidden = self.drop(F.relu(self.hidden(x)))
        return self.out(hidden), hidden


class Shared(Own):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.second.weight = self.first.weight

    def forward(self, x):
        return super().forward(F.relu(self.second(F.relu(self.first(x)))))


class Lazy(Own):
    def __init__(self):
        super().__init__()
        self.hidden, self.out = nn.LazyLinear(8), nn.LazyLinear(2)


class MovingAverage(Own):
    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(8))

    def forward(self, x):
        hidden = F.relu(self.hidden(x))
        if self.training:
            self.mean.mul_(0.9).add_(0.1 * hidden.detach().mean(0))
        return self.out(self.drop(hidden - self.mean))


class WeightNorm(Own):
    def __init__(self):
        super().__init__()
        self.hidden = parametrizations.weight_norm(self.hidden)


class SpectralNorm(Own):
    def __init__(self):
        super().__init__()
        self.hidden = parametrizations.spectral_norm(self.hidden)


class Doubles(Own):
    def __init__(self):
        super().__init__()
        self.double()


HIDDEN, OUT = "hidden.weight", "out.weight"
NAMED = {"numbers": X, "town": np.arange(len(X)) % 4}
LSTM = ("lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.weight_ih_l1", "lstm.weight_hh_l1")
MODULES = {
    "functional": (FunctionalDropout, X, "F.dropout", (HIDDEN, OUT)),
    "attention": (
        SelfAttention, SEQUENCES, "attention",
        ("attention.in_proj_weight", "attention.out_proj.weight", OUT),
    ),
    "lstm": (LstmFromZero, SEQUENCES, "lstm", (*LSTM, OUT)),
    "dict": (TakesADict, NAMED, "drop", (OUT,)),
    "tuple": (GivesATuple, X, "drop", (HIDDEN, OUT)),
    "shared": (Shared, X, "drop", (HIDDEN, OUT, "first.weight")),
    "lazy": (Lazy, X, "drop", (HIDDEN, OUT)),
    "lazy instance": (Lazy(), X, "drop", (HIDDEN, OUT)),
    "buffer": (MovingAverage, X, "drop", (HIDDEN, OUT)),
    "weight_norm": (WeightNorm, X, "drop", ("hidden.parametrizations.weight.original0", OUT)),
    "spectral_norm": (SpectralNorm, X, "drop", ("hidden.parametrizations.weight.original", OUT)),
    "doubles": (Doubles, X, "drop", (HIDDEN, OUT)),
    "one logit": (lambda: Own(n_outputs=1), X, "drop", (HIDDEN, OUT)),
}  # fmt: skip


@pytest.mark.parametrize(("module", "rows", "site", "decays"), MODULES.values(), ids=MODULES)
def test_sites_and_decayed_parameters_are_right_without_an_edit(module, rows, site, decays):
    search = fitted(module, rows)

    assert [each.name for each in search.sites_] == [site]
    assert search.sites_[0].attribute
    assert set(search.decayed_) == set(decays)
    losses = losses_of(search)
    assert len({*losses[..., -1].round(9).ravel()}) > 4  # 4 points on 2 folds
    assert search.predict_proba(rows).shape == (len(X), 2)


def test_of_several_tensors_the_first_counts_and_that_is_said():
    (said,) = fitted(GivesATuple).notices_
    assert said == ("GivesATuple returns 2 outputs: the loss, the score and predict get the first.")


class Squeezed(Own):
    def __init__(self):
        super().__init__(n_outputs=1)

    def forward(self, x):
        return super().forward(x).squeeze()


def test_a_forward_that_squeezes_may_meet_a_single_row():
    one_left = [(np.arange(1, 60), np.arange(60, 90)), (np.arange(1, 90), np.array([0]))]
    search = fitted(Squeezed, y=VALUES, face=ModuleRegressorCV, cv=one_left)
    assert np.isfinite(losses_of(search)).all()
    np.testing.assert_allclose(search.predict(X[:1]), search.predict(X)[:1], rtol=1e-5)


@pytest.mark.parametrize(
    ("function", "loss", "face", "y", "n_outputs"),
    [
        (F.mse_loss, nn.MSELoss, ModuleRegressorCV, VALUES, 1),
        (F.cross_entropy, nn.CrossEntropyLoss, ModuleClassifierCV, Y, 2),
        (F.binary_cross_entropy_with_logits, nn.BCEWithLogitsLoss, ModuleClassifierCV, Y, 1),
    ],
)
def test_a_loss_may_be_given_as_the_function_of_torch(function, loss, face, y, n_outputs):
    def make():
        return Own(n_outputs=n_outputs)

    one, other = (fitted(make, y=y, face=face, loss=each) for each in (function, loss()))
    np.testing.assert_array_equal(losses_of(one), losses_of(other))


class Noisy(Own):
    """It draws in evaluation mode too."""

    def forward(self, x):
        return super().forward(x + torch.randn_like(x))


def test_noise_in_evaluation_mode_is_the_same_again():
    torch.manual_seed(0)
    drawn = torch.rand(1)
    torch.manual_seed(0)
    one = fitted(Noisy, max_epochs=2)
    assert torch.equal(torch.rand(1), drawn)
    torch.manual_seed(1)
    np.testing.assert_array_equal(losses_of(fitted(Noisy, max_epochs=2)), losses_of(one))


def test_a_loss_that_is_nan_for_some_outputs_still_has_a_baseline():
    def own(outputs, targets):
        return torch.where(outputs[:, 0] > 0.1, torch.nan, (outputs[:, 0] - targets) ** 2 + 1.0)

    class Small(Own):
        def forward(self, x):
            return -super().forward(x).abs()

    search = fitted(Small, y=VALUES, face=ModuleCV, loss=own)
    assert search.results_.attrs["baseline_loss"] >= 1.0


def test_targets_may_be_missing_where_the_loss_leaves_them_out():
    known = np.c_[VALUES, VALUES].astype(np.float32)
    missing = known.copy()
    missing[::3, 1] = np.nan

    def own(outputs, targets):
        is_known = ~targets.isnan()
        errors = torch.where(is_known, (outputs - targets.nan_to_num()) ** 2, 0.0)
        return errors.sum(1) / is_known.sum(1)

    search = fitted(Own, y=missing, face=ModuleCV, loss=own)
    assert 0.0 < search.results_.attrs["baseline_loss"] < 1.5 * known.var()


@pytest.mark.parametrize("face", [ModuleRegressorCV, ModuleCV])
@pytest.mark.parametrize(
    "loss",
    [lambda outputs, y: (outputs - y) ** 2, lambda outputs, y: (outputs[:, 0] - y) ** 2],
    ids=["column", "flat"],
)
def test_a_squared_error_by_hand_is_that_of_torch_however_it_takes_its_target(face, loss):
    def make():
        return Own(n_outputs=1)

    one, other = (fitted(make, y=VALUES, face=face, loss=each) for each in (loss, nn.MSELoss()))
    np.testing.assert_allclose(losses_of(one), losses_of(other), rtol=1e-6)
