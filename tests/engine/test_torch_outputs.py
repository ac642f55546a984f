"""A loss of the user's own gets all that a module returns; training is that of a loop by hand."""

from collections import namedtuple
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn import functional as F

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_module_engine import _together
from dropdecay.engine.torch_outputs import first_of, in_precision, outputs_by_row, outputs_of
from dropdecay.engine.torch_probe import obstacle_to_stacking
from dropdecay.engine.torch_recipe import Recipe, seed_of
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.errors import BadSetting
from dropdecay.kernels.epoch import shuffle
from tests.contract.runs import rows_of
from tests.engine.modules import ADAM, BATCH, N_ROWS, POINTS, Surface
from tests.engine.test_torch_module_stack import alone, assert_same, paused, stacked
from tests.zoo.plain_loop import masked_by_hand, philox_masks

EPOCHS = 3


class Vae(nn.Module):
    """As in torch's example; it draws in evaluation mode, too."""

    def __init__(self, samples=True):
        super().__init__()
        self.inner, self.drop = nn.Linear(6, 8), nn.Dropout(0.1)
        self.mean, self.logvar = nn.Linear(8, 2), nn.Linear(8, 2)
        self.middle, self.outer = nn.Linear(2, 8), nn.Linear(8, 6)
        self.samples = samples

    def forward(self, x):
        hidden = self.drop(F.relu(self.inner(x)))
        mean, logvar = self.mean(hidden), self.logvar(hidden)
        noise = torch.randn_like(mean) if self.samples else torch.ones_like(mean)
        z = mean + noise * torch.exp(0.5 * logvar)
        return self.outer(F.relu(self.middle(z))), mean, logvar


def vae_loss(outputs, rows):
    recon, mean, logvar = outputs
    divergence = -0.5 * (1 + logvar - mean.pow(2) - logvar.exp()).sum(1)
    return F.mse_loss(recon, rows, reduction="none").sum(1) + divergence


class TwoHeads(nn.Module):
    """A class and a value of every row, in a dict, beside a penalty of the whole batch."""

    def __init__(self):
        super().__init__()
        self.body, self.drop = nn.Linear(6, 8), nn.Dropout(0.2)
        self.kind, self.size = nn.Linear(8, 3), nn.Linear(8, 1)

    def forward(self, x):
        hidden = self.drop(torch.tanh(self.body(x)))
        return {
            "kind": self.kind(hidden), "size": self.size(hidden)[:, 0],
            "busy": hidden.square().mean(),
        }  # fmt: skip


def two_losses(outputs, targets):
    log_loss = F.cross_entropy(outputs["kind"], targets[:, 0].long(), reduction="none")
    return log_loss + (outputs["size"] - targets[:, 1]) ** 2 + 0.1 * outputs["busy"]


class Physical(nn.Module):
    """A value and its slope, of which the loss makes an equation."""

    def __init__(self):
        super().__init__()
        self.body, self.drop, self.out = nn.Linear(6, 8), nn.Dropout(0.2), nn.Linear(8, 1)

    def forward(self, x):
        x = x.clone().requires_grad_()
        value = self.out(self.drop(torch.tanh(self.body(x))))[:, 0]
        return value, torch.autograd.grad(value.sum(), x, create_graph=True)[0]


class ByFunctions(Physical):
    """The same by functions of torch, and without dropout in the slope."""

    def forward(self, x):
        def value(row):
            return self.out(torch.tanh(self.body(row)))[0]

        slope = torch.func.vmap(torch.func.grad(value))(x)
        return self.out(self.drop(torch.tanh(self.body(x))))[:, 0], slope


def equation(outputs, targets):
    value, slope = outputs
    return (value - targets[:, 1]) ** 2 + (slope[:, 2] - value) ** 2


class LateSlope(Physical):
    def forward(self, x):
        x.requires_grad_()
        return self.out(self.drop(torch.tanh(self.body(x))))[:, 0], x


def late_equation(outputs, targets):
    value, x = outputs
    (slope,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    return equation((value, slope), targets)


class DeepLists(TwoHeads):
    def forward(self, x):
        found = super().forward(x)
        return [found["kind"], (found["size"], None), torch.distributions.Normal(found["size"], 1)]


def of_lists(outputs, targets):
    kind, (size, nothing), normal = outputs
    assert nothing is None
    log_loss = F.cross_entropy(kind, targets[:, 0].long(), reduction="none")
    return log_loss + (size - targets[:, 1]) ** 2 - normal.log_prob(targets[:, 1])


def table():
    X = np.random.default_rng(0).normal(size=(N_ROWS, 6))
    return X, np.column_stack((np.searchsorted([-1.0, 1.0], X[:, 0] + X[:, 1]), X[:, 2] * X[:, 3]))


CASES = {
    "vae": (Vae, vae_loss, table()[0]),
    "vae without noise": (partial(Vae, samples=False), vae_loss, table()[0]),
    "two heads": (TwoHeads, two_losses, table()[1]),
    "lists": (DeepLists, of_lists, table()[1]),
    "slopes by functions": (ByFunctions, equation, table()[1]),
}
TAKE_GRADIENTS = {
    "slopes": (Physical, equation, table()[1]),
    "slopes in the loss": (LateSlope, late_equation, table()[1]),
}
each_case = pytest.mark.parametrize("name", CASES)


def surface_of(name, **changes):
    make, loss, targets = (CASES | TAKE_GRADIENTS)[name]
    recipe = Recipe(
        **{"make": lambda rows: make(), "name": name, "targets": "any", "is_single": False,
           "loss": row_loss(loss, "any"), "optimizer": ADAM, "precision": "float64", **changes}
    )  # fmt: skip
    return Surface(recipe, Dataset(Inputs((table()[0],)), targets))


def by_hand(name, surface, run):
    """Return the losses of every epoch of a plain loop."""
    _, loss, targets = (CASES | TAKE_GRADIENTS)[name]
    regularization = run.setting.regularization
    module = surface.recipe.masked(run.key, surface.data.X[:4]).module
    decayed = [each for name, each in module.named_parameters() if name.endswith("weight")]
    optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
    X, targets, step = torch.from_numpy(table()[0]), torch.from_numpy(targets), 0
    descent, validation = [], []
    with masked_by_hand(module, philox_masks([regularization.dropout], run.key)) as begin:
        for epoch in range(1, EPOCHS + 1):
            rows = rows_of(0).training.copy()
            shuffle(rows, epoch, run.key)
            module.train()
            total = 0.0
            for start in range(0, rows.size, BATCH):
                batch, step = torch.from_numpy(rows[start : start + BATCH]), step + 1
                begin(step)
                torch.manual_seed(seed_of(run.key, step))
                optimizer.zero_grad()
                value = loss(module(X[batch]), targets[batch]).mean()
                value.backward()
                with torch.no_grad():
                    for each in decayed:
                        if regularization.decay == "l2":
                            each.grad += 2 * regularization.weight_decay * each
                        else:
                            each.mul_(1 - 1e-2 * regularization.weight_decay)
                optimizer.step()
                total += value.item() * len(batch)
            descent.append(total / rows.size)
            module.eval()
            with torch.set_grad_enabled(name in TAKE_GRADIENTS):
                kept = torch.from_numpy(rows_of(0).validation)
                torch.manual_seed(seed_of(run.key, 2**32 - 1))
                validation.append(loss(module(X[kept]), targets[kept]).mean().item())
    return descent, validation


@each_case
def test_one_by_one_stacked_and_by_hand_are_the_same(name):
    surface = surface_of(name)
    problem, runs = surface.problem(), surface.runs(folds=(0,), epochs=EPOCHS)

    ones, others = alone(problem, runs), stacked(problem, runs)

    assert_same(ones, others)
    for run in runs:
        fit = ones[run.setting.regularization, 0, 0]
        descent, validation = by_hand(name, surface, run)
        np.testing.assert_allclose(fit.descent_loss, descent, rtol=1e-9)
        np.testing.assert_allclose(fit.validation_loss, validation, rtol=1e-9)


@pytest.mark.parametrize("name", TAKE_GRADIENTS)
def test_a_forward_or_a_loss_may_take_gradients_in_evaluation_too(name):
    surface = surface_of(name, takes_gradients=True)
    problem, runs = surface.problem(), surface.runs(folds=(0,), epochs=EPOCHS)
    ones = alone(problem, runs)
    for run in runs:
        descent, validation = by_hand(name, surface, run)
        fit = ones[run.setting.regularization, 0, 0]
        np.testing.assert_allclose(fit.descent_loss, descent, rtol=1e-9)
        np.testing.assert_allclose(fit.validation_loss, validation, rtol=1e-9)
    data = surface.problem().dataset_of(0)
    said = obstacle_to_stacking(runs[1], data, surface.problem().rows[0].training)
    assert said.endswith(" takes gradients itself, other than by torch.func.")


@each_case
def test_training_goes_on_as_if_it_had_not_been_interrupted(name):
    surface = surface_of(name)
    problem, runs = surface.problem(), surface.runs(folds=(0,))
    whole = alone(problem, runs)

    for first, then in ((alone, alone), (alone, stacked), (stacked, alone)):
        assert_same(whole, paused(problem, runs, first, then))


def test_several_folds_take_their_steps_as_one():
    surface = surface_of("two heads")
    problem, runs = surface.problem(), surface.runs()
    assert_same(alone(problem, runs), stacked(problem, runs, together=_together))


def test_networks_of_several_folds_do_not_share_what_they_draw():
    surface = surface_of("vae")
    with pytest.raises(RuntimeError, match="randomness"):
        stacked(surface.problem(), surface.runs(), together=_together)


def test_noise_in_evaluation_goes_on_over_batches_in_a_stack_too():
    class Recurrent(Vae):
        def __init__(self):
            super().__init__()
            self.cell = nn.GRU(1, 6, batch_first=True)

        def forward(self, x):  # torch has no rule to map a GRU in evaluation
            return super().forward(self.cell(x.unsqueeze(2))[0][:, -1])

    for make in (Vae, Recurrent):
        surface = surface_of("vae", make=lambda rows, make=make: make())
        problem, runs = surface.problem(), surface.runs(POINTS[:2], (0,), epochs=1)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("dropdecay.engine.torch_module.EVALUATION_ROWS", 7)
            patched.setattr("dropdecay.engine.torch_module_stack.EVALUATION_ROWS", 7)
            assert_same(alone(problem, runs), stacked(problem, runs))


def test_predictions_are_the_first_of_what_is_returned():
    surface = surface_of("two heads")
    runs = [replace(run, record=(3,)) for run in surface.runs(folds=(0,))]
    for fits in (alone(surface.problem(), runs), stacked(surface.problem(), runs)):
        assert {fit.recorded.outputs.shape for fit in fits.values()} == {(1, 30, 3)}


class Gives(nn.Module):
    def __init__(self, made):
        super().__init__()
        self.made = made

    def forward(self, x):
        return self.made(x)


Named = namedtuple("Named", ("aux", "logits"))  # as torchvision makes them


X = torch.arange(6.0).reshape(3, 2)


@pytest.mark.parametrize(
    ("made", "first"),
    [
        (lambda x: x, X), (lambda x: (x, x + 1), X), (lambda x: [x, None], X),
        (lambda x: {"out": x, "aux": -x}, X), (lambda x: {"aux": -x, "logits": x}, X),
        (lambda x: Named(-x, x), X), (lambda x: ((x, 1), x + 1), X),
    ],
)  # fmt: skip
def test_the_first_tensor_or_what_is_called_logits_is_the_prediction(made, first):
    outputs = outputs_of(Gives(made), X)
    assert torch.equal(first_of(outputs), first)
    assert type(outputs) is type(made(X))


def test_of_a_model_of_transformers_a_loss_gets_the_logits():
    class Output:
        logits = X

    assert outputs_of(Gives(lambda x: Output()), X) is X


@pytest.mark.parametrize("made", [lambda x: None, lambda x: (), lambda x: (None, x), lambda x: {}])
def test_what_does_not_begin_with_a_tensor_is_no_output(made):
    with pytest.raises(BadSetting, match="must return a tensor; a tuple, list or dict"):
        outputs_of(Gives(made), X)


def test_floating_numbers_change_their_type_and_nothing_else_does():
    given = Named({"a": X, "b": "text"}, [X.long(), None, X])
    found = in_precision(given, torch.float64)
    assert found.aux["a"].dtype == found.logits[2].dtype == torch.float64
    assert found.logits[0].dtype == torch.int64
    assert found.logits[1] is None
    assert (type(found), found.aux["b"]) == (Named, "text")
    assert given.aux["a"].dtype == torch.float32


def test_a_single_row_that_loses_its_axis_is_shown_twice():
    outputs = outputs_by_row(Gives(lambda x: (x.squeeze(), x.sum(), x)), X[:1])
    assert [tuple(each.shape) for each in outputs] == [(1, 2), (), (1, 2)]


def test_what_has_two_numbers_and_no_rows_stays_beside_a_single_row():
    of_tasks = torch.tensor([1.0, 2.0])
    outputs = outputs_by_row(Gives(lambda x: (x[:, :1].squeeze(), of_tasks)), X[:1])
    assert [each.tolist() for each in outputs] == [[0.0], [1.0, 2.0]]


def test_targets_of_one_column_have_the_axes_of_the_prediction():
    def loss(outputs, targets):
        return (outputs[0] - targets) ** 2

    column = torch.ones(3, 1)
    for prediction, targets in ((X[:, 0], column), (X[:, :1], column[:, 0])):
        found = row_loss(loss, "values").training((prediction, X), targets)
        assert torch.equal(found, (X[:, 0] - 1) ** 2)
