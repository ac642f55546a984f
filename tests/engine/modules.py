"""Small modules and surfaces over them, for the tests of what trains modules."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from dropdecay.axes import Point
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.settings import Module, Regularization, Schedule, Setting
from tests.contract.runs import rows_of
from tests.zoo.plain_loop import in_float64
from tests.zoo.specimens import ZOO

N_ROWS, BATCH = 150, 16
ADAM = partial(torch.optim.Adam, weight_decay=0)


class Mlp(nn.Module):
    def __init__(self, n_inputs=6, n_outputs=3):
        super().__init__()
        self.hidden, self.drop = nn.Linear(n_inputs, 8), nn.Dropout(0.5)
        self.out = nn.Linear(8, n_outputs)

    def forward(self, x):
        return self.out(self.drop(F.relu(self.hidden(x))))


class Cnn(nn.Module):
    """Batch norm with running statistics, whole channels dropped, a functional dropout."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4)
        self.drop, self.out = nn.Dropout2d(0.2), nn.Linear(16, 3)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 2)
        return self.out(F.dropout(self.drop(x).flatten(1), 0.1, self.training))


class Attention(nn.Module):
    """Causal, with dropout inside the attention."""

    def __init__(self):
        super().__init__()
        self.inner, self.all, self.out = nn.Linear(4, 8), nn.Linear(8, 24), nn.Linear(8, 3)
        self.register_buffer("scale", torch.tensor(1.0), persistent=False)

    def forward(self, x):
        q, k, v = self.all(self.inner(x)).view(*x.shape[:2], 2, 12).transpose(1, 2).chunk(3, -1)
        p = 0.1 if self.training else 0.0
        seen = F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=True)
        return self.out(seen.transpose(1, 2).reshape(*x.shape[:2], 8)[:, -1]) * self.scale


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.out = nn.Linear(4, 8), nn.Linear(8, 3)
        layer = nn.TransformerEncoderLayer(8, 2, 12, 0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)

    def forward(self, x):
        return self.out(self.encoder(self.inner(x)).mean(1))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(4, 6, 2, dropout=0.2, batch_first=True)
        self.drop, self.out = nn.Dropout(0.3), nn.Linear(6, 3)

    def forward(self, x):
        return self.out(self.drop(self.lstm(x)[0][:, -1]))


class Tied(nn.Module):
    """Embedding and output layer are one tensor; the positions are frozen."""

    def __init__(self):
        super().__init__()
        self.table, self.drop = nn.Embedding(5, 6), nn.Dropout(0.2)
        self.mixed, self.out = nn.Linear(24, 6), nn.Linear(6, 5, bias=False)
        self.out.weight = self.table.weight
        self.places = nn.Parameter(torch.randn(4, 6), requires_grad=False)

    def forward(self, x):
        return self.out(F.gelu(self.mixed(self.drop(self.table(x) + self.places).flatten(1))))


class UsesItem(Mlp):
    """Reads a number out of a tensor, which nobody can do for several networks at once."""

    def forward(self, x):
        scale = self.hidden.weight.abs().max().item()
        return super().forward(x) / (1 + scale)


IMAGES, SEQUENCES, TOKENS, TABLE = "images", "sequences", "tokens", "table"
SHAPES = {IMAGES: (1, 6, 6), SEQUENCES: (5, 4), TOKENS: (4,), TABLE: (6,)}
MODULES = {
    Mlp: TABLE, Cnn: IMAGES, Attention: SEQUENCES, Encoder: SEQUENCES, Lstm: SEQUENCES, Tied: TOKENS
}  # fmt: skip
POINTS = (
    Regularization(),
    Regularization(dropout=0.3, weight_decay=0.5),
    Regularization(dropout=0.5, weight_decay=0.1, decay="l2"),
)


def data_of(form, seed=0):
    """Noise, in which three classes are hidden by the sum of the first half of a row."""
    rng = np.random.default_rng(seed)
    if form == TOKENS:
        X = rng.integers(0, 5, (N_ROWS, *SHAPES[form]))
    else:
        X = rng.normal(size=(N_ROWS, *SHAPES[form]))
    sums = X.reshape(N_ROWS, -1)[:, : X[0].size // 2].sum(1)
    classes = np.searchsorted(np.quantile(sums, [1 / 3, 2 / 3]), sums)
    return Dataset(Inputs((X,)), classes[:, None].astype(np.float64))


@dataclass(frozen=True)
class Surface:
    """Runs over one module, and their data."""

    recipe: Recipe
    data: Dataset
    n_sites: int = 1

    def run(self, regularization=POINTS[0], fold=0, seed=0, epochs=3, **schedule):
        schedule = Schedule(epochs, **{"batch_size": BATCH, "learning_rate": 1e-2, **schedule})
        network = Module(self.recipe.name, self.recipe.name, self.n_sites, False, 0, self.recipe)
        setting = Setting(network, regularization, schedule)
        point = Point((("weight_decay", hash(regularization) / 2**64),))
        return Run(setting, point, fold, seed, epochs, run_key(0, fold, seed))

    def runs(self, points=POINTS, folds=(0, 1), **options):
        return [self.run(point, fold, **options) for fold in folds for point in points]

    def problem(self, **changes):
        data = replace(self.data, **changes)
        return Problem({fold: rows_of(fold) for fold in range(4)}, lambda fold: data)

    def given(self, **changes):
        return replace(self, recipe=replace(self.recipe, **changes))


def surface_of(make, form=TABLE, **changes):
    """Return a surface over a class of this file."""
    recipe: dict[str, Any] = {
        "make": lambda rows: make(), "name": make.__name__, "targets": "classes",
        "is_single": False, "loss": row_loss(None, "classes"), "optimizer": ADAM,
        "precision": "float64",
    }  # fmt: skip
    return Surface(Recipe(**{**recipe, **changes}), data_of(form))


def surface_of_specimen(name):
    """Return a surface over a module of the zoo."""
    (specimen,) = (each for each in ZOO if each.name == name)
    inputs, targets = map(in_float64, specimen.make_data(N_ROWS, 0))
    names = tuple(inputs) if isinstance(inputs, dict) else None
    given = inputs.values() if names else inputs if isinstance(inputs, tuple) else (inputs,)
    recipe = Recipe(
        lambda rows: specimen.make(), name, "any", False,
        row_loss(partial(specimen.loss, reduction="none"), "any"), ADAM, precision="float64",
    )  # fmt: skip
    arrays = tuple(each.numpy() for each in given)
    return Surface(recipe, Dataset(Inputs(arrays, names), targets.numpy()))
