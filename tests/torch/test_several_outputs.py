"""Searches over modules with several outputs, as users write them."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch.nn import functional as F

from dropdecay.cluster import own_processes
from dropdecay.errors import BadInput
from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.engine.test_torch_outputs import (
    TAKE_GRADIENTS,
    TwoHeads,
    Vae,
    table,
    two_losses,
    vae_loss,
)
from tests.torch.small import QUICK, Net, losses_of

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
X, Y = table()
CASES = {"vae": (Vae, vae_loss, X), "two heads": (TwoHeads, two_losses, Y)}


def fitted(name, **changes):
    module, loss, y = CASES[name]
    return ModuleCV(module, loss=loss, **{**QUICK, **changes}).fit(X, y)


@pytest.mark.parametrize("name", CASES)
def test_one_by_one_stacked_by_processes_and_resumed_are_the_same(name, monkeypatch, tmp_path):
    one = fitted(name, store=tmp_path / "s.db")

    monkeypatch.setattr(own_processes, "STARTING_S", 0.0)
    by_two = fitted(name, n_jobs=2)
    again = fitted(name, store=tmp_path / "s.db")
    for other in (by_two, again):
        np.testing.assert_array_equal(losses_of(other), losses_of(one))
        np.testing.assert_array_equal(other.predict(X), one.predict(X))
    whole, stacked = (fitted(name, precision="float64", stack=each) for each in (False, True))
    np.testing.assert_allclose(losses_of(stacked), losses_of(whole), rtol=1e-9)


@pytest.mark.parametrize(
    ("name", "said", "width"), [("vae", "the first", 6), ("two heads", "kind", 3)]
)
def test_predictions_are_the_first_and_the_module_gives_all(name, said, width):
    search = fitted(name)

    assert search.notices_ == (
        f"{type(search.best_module_).__name__} returns 3 outputs: the loss gets all of them, "
        f"and predict gives {said}.",
    )
    assert search.predict(X).shape == (len(X), width)
    given = search.best_module_(torch.tensor(X[:2], dtype=torch.float32))
    assert len(given) == 3
    assert 0.0 < search.results_.attrs["baseline_loss"] < 20.0


class TwoViews(Net):
    """Logits and, beside them, those of an auxiliary head; or a mean and the log of a variance."""

    def __init__(self, n_outputs):
        super().__init__(6, n_outputs)
        self.early = torch.nn.Linear(6, n_outputs)
        self.single = n_outputs == 1

    def forward(self, x):
        both = super().forward(x), self.early(x)
        return tuple(each[:, 0] for each in both) if self.single else both


def with_auxiliary(outputs, classes):
    last, early = (F.cross_entropy(each, classes, reduction="none") for each in outputs)
    return last + 0.3 * early


def test_classes_are_predicted_by_the_first_of_several_logits():
    classes = Y[:, 0].astype(int)
    search = ModuleClassifierCV(TwoViews, loss=with_auxiliary, **QUICK).fit(X, classes)
    logits, _ = search.best_module_(torch.tensor(X, dtype=torch.float32))
    np.testing.assert_allclose(
        search.predict_proba(X), logits.softmax(1).detach().numpy(), rtol=1e-5
    )
    assert search.results_.attrs["loss_name"] == "with auxiliary"


def normal(outputs, values):
    mean, log_variance = outputs
    assert mean.shape == values.shape
    return (log_variance + (mean - values) ** 2 / log_variance.exp()) / 2


def test_values_have_the_shape_of_the_first_output():
    values = Y[:, 1]
    search = ModuleRegressorCV(TwoViews, loss=normal, **QUICK).fit(X, values)
    mean, _ = search.best_module_(torch.tensor(X, dtype=torch.float32))
    np.testing.assert_allclose(search.predict(X), mean.detach().numpy(), rtol=1e-4, atol=1e-6)
    # The best constant is the density of the values' own mean and variance.
    expected = (np.log(values.var()) + 1) / 2
    assert search.results_.attrs["baseline_loss"] == pytest.approx(expected, rel=1e-4)


def test_values_of_several_heads_belong_to_another_class():
    with pytest.raises(BadInput, match="as the first that forward returns, or use ModuleCV"):
        ModuleRegressorCV(TwoViews, loss=normal, **QUICK, module__n_outputs=1).fit(X, Y)


def test_augmentation_and_weights_of_rows_go_with_several_outputs():
    weights = np.repeat((0.0, 1.0), len(X) // 2)
    search = ModuleCV(
        TwoHeads, loss=two_losses, **QUICK,
        augment=lambda x, generator: x + 0.1 * torch.randn(x.shape, generator=generator),
    ).fit(X, Y, sample_weight=weights)  # fmt: skip
    assert np.isfinite(losses_of(search)).all()


@pytest.mark.parametrize("name", TAKE_GRADIENTS)
def test_networks_that_take_gradients_themselves_are_evaluated_with_them(name):
    module, loss, y = TAKE_GRADIENTS[name]
    search = ModuleCV(module, loss=loss, **QUICK).fit(X, y)
    assert np.isfinite(losses_of(search)).all()
    assert search.predict(X).shape == (len(X),)
    before = torch.is_grad_enabled()
    with torch.no_grad():
        np.testing.assert_array_equal(search.predict(X), search.predict(X))
    assert torch.is_grad_enabled() is before


def contrastive(embedded, classes):
    """As SimCLR and the like: a row is compared with all others of its batch."""
    others = ~torch.eye(len(embedded), dtype=torch.bool)
    alike = (embedded @ embedded.T).masked_fill(~others, -1e9).log_softmax(1)
    same = (classes[:, None] == classes) & others
    return -(alike * same).sum(1) / same.sum(1).clamp(min=1)


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        (contrastive, "The loss of a row by contrastive depends on the other rows of its batch."),
        (lambda outputs, y: (outputs[:, 0] - y) ** 2 + 0.1 * torch.rand(len(y)), ""),
        (lambda outputs, y: (outputs[:, 0] - y) ** 2, ""),
    ],
    ids=["contrastive", "drawn", "by row"],
)
def test_it_is_said_where_the_rows_of_a_batch_are_compared(loss, said):
    search = ModuleCV(Net, loss=loss, **QUICK).fit(X, Y[:, 0])
    assert " ".join(search.notices_).startswith(said)
    assert bool(search.notices_) is bool(said)


class Kendall(Net):
    """Beside the outputs of a row, numbers of the whole network: as many as rows are tried."""

    def __init__(self):
        super().__init__(6, 1)
        self.logvar = torch.nn.Parameter(torch.zeros(8))

    def forward(self, x):
        return super().forward(x), self.logvar


def test_numbers_of_the_whole_network_are_no_rows_that_are_compared():
    def loss(outputs, y):
        return (outputs[0][:, 0] - y) ** 2 * (-outputs[1]).exp().sum() + outputs[1].sum()

    search = ModuleCV(Kendall, loss=loss, **QUICK).fit(X, Y[:, 0])
    assert not any("other rows" in each for each in search.notices_)


class Mixture(torch.nn.Module):
    """A mixture density network, as a distribution beside its mean."""

    def __init__(self):
        super().__init__()
        self.body, self.drop = torch.nn.Linear(6, 8), torch.nn.Dropout(0.1)
        self.weight, self.mean, self.size = (torch.nn.Linear(8, 3) for _ in range(3))

    def forward(self, x):
        hidden = self.drop(torch.tanh(self.body(x)))
        found = torch.distributions.MixtureSameFamily(
            torch.distributions.Categorical(logits=self.weight(hidden)),
            torch.distributions.Normal(self.mean(hidden), self.size(hidden).exp()),
        )
        return found.mean, found


class Deep(torch.nn.Module):
    """Segments, with a coarse answer as well while it is trained."""

    def __init__(self):
        super().__init__()
        self.fine, self.coarse = (torch.nn.Conv2d(1, 4, 3, padding=1) for _ in range(2))
        self.norm, self.drop = torch.nn.BatchNorm2d(4), torch.nn.Dropout2d(0.1)
        self.out, self.early = torch.nn.Conv2d(8, 1, 1), torch.nn.Conv2d(4, 1, 1)

    def forward(self, x):
        fine = F.relu(self.norm(self.fine(x)), inplace=True)
        coarse = self.drop(F.relu(self.coarse(F.avg_pool2d(x, 2))))
        both = torch.cat((fine, F.interpolate(coarse, scale_factor=2)), 1)
        return [self.out(both), self.early(coarse)] if self.training else self.out(both)


def dice(outputs, masks):
    if isinstance(outputs, list):
        return dice(outputs[0], masks) + 0.4 * dice(outputs[1], F.max_pool2d(masks, 2))
    found = outputs.sigmoid()
    size = found.sum((1, 2, 3)) + masks.sum((1, 2, 3))
    return 1 - (2 * (found * masks).sum((1, 2, 3)) + 1) / (size + 1)


class Triplet(Net):
    def forward(self, anchor, near, far):
        return tuple(F.normalize(super(Triplet, self).forward(x)) for x in (anchor, near, far))


def margin(outputs, _):
    return F.triplet_margin_loss(*outputs, reduction="none")


class Recurrent(torch.nn.Module):
    """Returns what it attended to, whose entropy counts."""

    def __init__(self):
        super().__init__()
        self.table = torch.nn.Embedding(9, 6, padding_idx=0)
        self.gru = torch.nn.GRU(6, 4, batch_first=True, bidirectional=True)
        self.seen, self.drop = torch.nn.Linear(8, 1), torch.nn.Dropout(0.2)
        self.out = torch.nn.Linear(8, 3)

    def forward(self, tokens):
        states, _ = self.gru(self.table(tokens))
        hidden = self.seen(states).masked_fill((tokens == 0).unsqueeze(-1), -1e9)
        weights = hidden.softmax(1)
        return self.out(self.drop((weights * states).sum(1))), weights.squeeze(-1)


def with_entropy(outputs, classes):
    logits, weights = outputs
    entropy = -(weights * (weights + 1e-9).log()).sum(1)
    return F.cross_entropy(logits, classes.long(), reduction="none") + 0.01 * entropy


IMAGES = np.random.default_rng(0).uniform(size=(len(X), 1, 8, 8)).astype(np.float32)
TOKENS = np.random.default_rng(0).integers(0, 9, (len(X), 5))
STRANGERS = {
    "mixture": (Mixture, lambda found, y: -found[1].log_prob(y), X, Y[:, 1], ()),
    "deep supervision": (Deep, dice, IMAGES, (IMAGES > 0.5).astype(np.float32), (64,)),
    "triplet": (Triplet, margin, (X, X + 0.1, X[::-1].copy()), np.zeros(len(X)), (2,)),
    "attention": (Recurrent, with_entropy, TOKENS, Y[:, 0], (3,)),
}


@pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")
@pytest.mark.parametrize("name", STRANGERS)
def test_modules_of_strangers_work_as_they_are(name):
    module, loss, rows, y, shape = STRANGERS[name]
    losses = []
    for stack in (False, True):
        search = ModuleCV(module, loss=loss, precision="float64", stack=stack, **QUICK)
        losses.append(losses_of(search.fit(rows, y)))
        assert search.predict(rows).reshape(len(X), -1).shape == (len(X), int(np.prod(shape)))
    assert np.isfinite(losses[0]).all()
    assert len({*losses[0][..., -1].round(9).ravel()}) > 4  # 4 points on 2 folds
    np.testing.assert_allclose(losses[-1], losses[0], rtol=1e-9)
