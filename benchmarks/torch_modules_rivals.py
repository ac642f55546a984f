"""A small surface over a module on a processor: ours, and what users of torch do in its place.

2 rates x 2 decays x 2 folds, one process, one thread; all train the same networks on the same rows
for as many epochs, with AdamW, and look at the held-out rows. Contenders take turns in one run, and
what counts is processor time.

- ours: one by one, as on a processor by default; training and validation loss after every epoch
- stack: ours with ``stack=True``; the same losses
- eager: a plain loop over batches of tensors, and a validation loss after every epoch
- Lightning-style: a DataLoader for training and one for validation, steps and optimizer as methods
  of a module, a validation loss after every epoch; without Lightning's own callbacks and logging
- skorch: ``NeuralNetClassifier`` in ``GridSearchCV``, which looks at the held-out rows once

    python -m benchmarks.torch_modules_rivals --rounds 5
"""

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV
from skorch import NeuralNetClassifier
from skorch.helper import SliceDict
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.timing import machine, take_turns, write
from benchmarks.torch_modules import CASES, recipe_of
from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.settings import Module, Regularization, Schedule, Setting

RATES, DECAYS, FOLDS, BATCH_SIZE, LEARNING_RATE = (0.1, 0.4), (0.01, 0.1), 2, 64, 1e-3
SIZES = {"MLP 64-128-128-10": (1280, 10), "LeNet, 28 x 28": (512, 2), "small ResNet": (512, 2)}
"""Rows, and epochs; of any other case the last ones."""


class Surface:
    """The networks that all contenders train."""

    def __init__(self, name: str, *, is_small: bool) -> None:
        self.make, inputs_of, *_ = CASES[name]
        self.name = name
        self.n_rows, self.epochs = SIZES.get(name, (512, 2))
        if is_small:
            self.n_rows, self.epochs = self.n_rows // 2, max(1, self.epochs // 3)
        self.arrays = inputs_of(self.n_rows)
        with torch.no_grad():
            given = [torch.from_numpy(each[:2]) for each in self.arrays]
            n_outputs = self.make()(*given)[0].numel()
        self.n_classes, self.is_single = max(n_outputs, 2), n_outputs == 1
        self.classes = np.random.default_rng(1).integers(0, self.n_classes, self.n_rows)
        order = np.random.default_rng(0).permutation(self.n_rows)
        held = np.array_split(order, FOLDS)
        self.folds = [(np.setdiff1d(order, each), np.sort(each)) for each in held]

    def networks(self) -> Iterator[tuple[nn.Module, float, Any, Any]]:
        """Return every network of a user's loop with its decay, training and held-out rows."""
        for (training, validation), rate, decay in product(self.folds, RATES, DECAYS):
            yield with_rate(self.make(), rate), decay, training, validation

    @property
    def loss(self) -> Callable[[torch.Tensor, torch.Tensor], torch.Tensor]:
        """The loss of a batch of logits and classes."""
        if not self.is_single:
            return nn.functional.cross_entropy
        return lambda outputs, classes: nn.functional.binary_cross_entropy_with_logits(
            outputs.reshape(-1), classes.float()
        )


def with_rate(module: nn.Module, rate: float) -> nn.Module:
    """Return a module whose dropout layers have a rate, as a user sets it."""
    for part in module.modules():
        if isinstance(part, (nn.Dropout, nn.Dropout2d)):
            part.p = rate
    return module


def ours(surface: Surface, *, stack: bool) -> Callable[[], object]:
    """Return what trains the surface by our engine."""
    targets = "labels" if surface.is_single else "classes"
    recipe = recipe_of(surface.make, surface.name, targets)
    network = Module(surface.name, "", 1, False, 0, recipe)
    dataset = Dataset(Inputs(surface.arrays), surface.classes[:, None].astype(np.float32))
    rows = {
        fold: fold_rows(training, validation, 0, fold)
        for fold, (training, validation) in enumerate(surface.folds)
    }
    schedule = Schedule(surface.epochs, BATCH_SIZE, learning_rate=LEARNING_RATE)
    runs = [
        Run(
            Setting(network, Regularization(rate, weight_decay=decay), schedule),
            Point((("dropout", rate), ("weight_decay", decay))), fold, 0, surface.epochs,
            run_key(0, fold, 0),
        )
        for fold, rate, decay in product(range(FOLDS), RATES, DECAYS)
    ]  # fmt: skip
    problem = Problem(rows, lambda fold: dataset)
    return lambda: [*ModuleEngine(stack=stack)(problem, runs)]


def eager(surface: Surface) -> None:
    """Train all networks by a plain loop over tensors."""
    tensors = [torch.from_numpy(each) for each in surface.arrays]
    classes, loss = torch.from_numpy(surface.classes), surface.loss
    for module, decay, training, validation in surface.networks():
        optimizer = optimizer_of(module, decay)
        held = torch.from_numpy(validation)
        for _ in range(surface.epochs):
            module.train()
            order = torch.from_numpy(training)[torch.randperm(training.size)]
            for taken in order.split(BATCH_SIZE):
                optimizer.zero_grad()
                loss(module(*(each[taken] for each in tensors)), classes[taken]).backward()
                optimizer.step()
            module.eval()
            with torch.no_grad():
                for taken in held.split(256):
                    float(loss(module(*(each[taken] for each in tensors)), classes[taken]))


class LightningStyle:
    """A module with its steps, as ``lightning.LightningModule`` asks for them."""

    def __init__(self, module: nn.Module, surface: Surface, decay: float) -> None:
        self.module, self.loss, self.decay = module, surface.loss, decay

    def training_step(self, batch: list[torch.Tensor]) -> torch.Tensor:
        """Return the loss of a batch."""
        *inputs, classes = batch
        return self.loss(self.module(*inputs), classes)

    validation_step = training_step

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return what takes the steps."""
        return optimizer_of(self.module, self.decay)


def lightning_style(surface: Surface) -> None:
    """Train all networks by steps over data loaders."""
    tensors = [torch.from_numpy(each) for each in (*surface.arrays, surface.classes)]
    for module, decay, training, validation in surface.networks():
        steps = LightningStyle(module, surface, decay)
        optimizer = steps.configure_optimizers()
        batches, held = (
            DataLoader(TensorDataset(*(each[rows] for each in tensors)), size, shuffle=shuffle)
            for rows, size, shuffle in ((training, BATCH_SIZE, True), (validation, 256, False))
        )
        for _ in range(surface.epochs):
            module.train()
            for batch in batches:
                optimizer.zero_grad()
                steps.training_step(batch).backward()
                optimizer.step()
            module.eval()
            with torch.no_grad():
                for batch in held:
                    float(steps.validation_step(batch))


class Rated(nn.Module):
    """A module whose rate skorch can set, and that gives two logits for two classes."""

    def __init__(self, make: Callable[[], nn.Module], rate: float, n_inputs: int) -> None:
        super().__init__()
        self.module, self.n_inputs = with_rate(make(), rate), n_inputs

    def forward(self, X: Any = None, **named: torch.Tensor) -> torch.Tensor:
        """Return logits; several inputs come by name."""
        inputs = [X] if X is not None else [named[f"x{at}"] for at in range(self.n_inputs)]
        outputs = self.module(*inputs)
        if outputs.reshape(len(outputs), -1).shape[1] > 1:
            return outputs
        outputs = outputs.reshape(-1, 1)
        return torch.cat([torch.zeros_like(outputs), outputs], dim=1)


def grid_search(surface: Surface) -> GridSearchCV:
    """Return a search of skorch over the surface."""
    net = NeuralNetClassifier(
        Rated, module__make=surface.make, module__rate=0.0, module__n_inputs=len(surface.arrays),
        criterion=nn.CrossEntropyLoss, optimizer=torch.optim.AdamW, lr=LEARNING_RATE,
        optimizer__fused=True, max_epochs=surface.epochs, batch_size=BATCH_SIZE,
        iterator_train__shuffle=True, iterator_valid__batch_size=256, train_split=None, verbose=0,
    )  # fmt: skip
    grid = {"module__rate": RATES, "optimizer__weight_decay": DECAYS}
    return GridSearchCV(net, grid, cv=surface.folds, refit=False, error_score="raise")


def optimizer_of(module: nn.Module, decay: float) -> torch.optim.Optimizer:
    """Return AdamW, which decays everything, as most users leave it."""
    return torch.optim.AdamW(module.parameters(), LEARNING_RATE, weight_decay=decay, fused=True)


def measure(name: str, rounds: int, *, is_small: bool) -> dict[str, object]:
    """Time the surface over one module."""
    surface = Surface(name, is_small=is_small)
    search, arrays = grid_search(surface), surface.arrays
    X = arrays[0]
    if len(arrays) > 1:
        X = SliceDict(**{f"x{at}": each for at, each in enumerate(arrays)})
    ways = {
        "ours": ours(surface, stack=False),
        "stack": ours(surface, stack=True),
        "eager": lambda: eager(surface),
        "Lightning-style": lambda: lightning_style(surface),
        "skorch": lambda: search.fit(X, surface.classes),
    }
    timed = take_turns(ways, rounds, clock=time.process_time)
    n = FOLDS * len(RATES) * len(DECAYS) * surface.epochs
    return {
        "module": name,
        "rows": surface.n_rows,
        **{f"{way} ms a network-epoch": each.median / n * 1e3 for way, each in timed.items()},
        **{
            f"{way} / ours": each.ratio(timed["ours"])
            for way, each in timed.items() if way != "ours"
        },
    }  # fmt: skip


def main() -> None:
    """Print and keep all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="half the rows, a third of the epochs")
    given = parser.parse_args()
    torch.set_num_threads(1)
    print(machine(("torch", "skorch")))
    rows = []
    for name in CASES:
        row = measure(name, given.rounds, is_small=given.small)
        rows.append(row)
        others = [way for way in row if way.endswith("/ ours")]
        print(
            f"{name:<20} {row['ours ms a network-epoch']:8.1f} ms  "
            + "  ".join("{}: {:.2f} ({:.2f} to {:.2f})".format(each, *_by_size(row[each]))
                        for each in others),
            flush=True,
        )  # fmt: skip
    write(
        "torch_modules_rivals", rows, libraries=("torch", "skorch"), threads=1,
        rounds=given.rounds, small=given.small, sizes="batches of 64, 2 x 2 points, 2 folds",
    )  # fmt: skip


def _by_size(quartiles: tuple[float, float, float]) -> tuple[float, float, float]:
    low, middle, high = quartiles
    return middle, low, high


if __name__ == "__main__":
    main()
