"""A training step of K modules: one by one and stacked, against a plain loop in eager torch.

On one thread of a CPU, in processor time, or on a GPU by ``--device cuda``. All have dropout,
decoupled decay and Adam. The plain loop uses torch's own dropout and AdamW, and draws its batches
from the same tensors. Evaluation is left out.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812  # its users' name

from benchmarks.timing import machine, take_turns, write
from dropdecay.axes import Point
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, Run, run_key
from dropdecay.engine.torch_module import ModuleTrainer
from dropdecay.engine.torch_module_stack import ModuleStack
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.trainer import Part
from dropdecay.settings import Module, Regularization, Schedule, Setting
from tests.zoo import ft_transformer, resnet

BATCH_SIZE = 64
GPU_STEPS, GPU_NUMBERS = 20, (1, 20, 100)
"""Steps an epoch and numbers of networks on a GPU."""


class Mlp(nn.Sequential):
    """64-128-128-10."""

    def __init__(self) -> None:
        sizes = (64, 128, 128)
        hidden = [
            part for n_in, n_out in pairwise(sizes)
            for part in (nn.Linear(n_in, n_out), nn.ReLU(), nn.Dropout(0.2))
        ]  # fmt: skip
        super().__init__(*hidden, nn.Linear(128, 10))


class LeNet(nn.Module):
    """Two convolutions of 5 x 5 and two dense layers, on 28 x 28 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 16, 5), nn.Conv2d(16, 32, 5)
        self.channels, self.units = nn.Dropout2d(0.2), nn.Dropout(0.2)
        self.hidden, self.out = nn.Linear(512, 128), nn.Linear(128, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        x = F.max_pool2d(F.relu(self.first(x)), 2)
        x = F.max_pool2d(F.relu(self.channels(self.second(x))), 2)
        return self.out(self.units(F.relu(self.hidden(x.flatten(1)))))


def _noise(*shape: int) -> Callable[[int], tuple[np.ndarray, ...]]:
    return lambda n: (np.random.default_rng(0).normal(size=(n, *shape)).astype(np.float32),)


def _of_zoo(file: object) -> Callable[[int], tuple[np.ndarray, ...]]:
    def inputs(n: int) -> tuple[np.ndarray, ...]:
        given, _ = file.make_data(n, 0)
        return tuple(each.numpy() for each in (given if isinstance(given, tuple) else (given,)))

    return inputs


CASES = {
    "MLP 64-128-128-10": (Mlp, _noise(64), 20, (8, 32)),
    "LeNet, 28 x 28": (LeNet, _noise(1, 28, 28), 2, (8,)),
    "small ResNet": (resnet.Net, _of_zoo(resnet), 2, (8,)),
    "FT-Transformer": (ft_transformer.Net, _of_zoo(ft_transformer), 3, (8,)),
}


def measure(name: str, n_networks: int, device: str, rounds: int) -> dict[str, object]:
    """Time an epoch of so many networks, which differ in dropout."""
    make, inputs_of, n_steps, _ = CASES[name]
    n_steps = GPU_STEPS if device != "cpu" else n_steps
    n_rows = n_steps * BATCH_SIZE
    arrays = inputs_of(n_rows)
    n_outputs = _outputs(make(), arrays)[0].numel()
    classes = np.random.default_rng(1).integers(0, max(n_outputs, 2), (n_rows, 1))
    targets = "classes" if n_outputs > 1 else "labels"
    recipe = recipe_of(make, name, targets, device)
    dataset = Dataset(Inputs(arrays), classes.astype(np.float32))
    data, rows = DeviceRows([dataset], recipe), np.arange(n_rows)
    network = Module(name, name, 1, False, 0, recipe)
    runs = [
        Run(
            Setting(network, Regularization(rate, weight_decay=0.1), Schedule(1, BATCH_SIZE)),
            Point(()), 0, 0, 1, run_key(0, 0, 0),
        )
        for rate in np.linspace(0.1, 0.5, n_networks)
    ]  # fmt: skip
    trainers = [ModuleTrainer(run, data, rows) for run in runs]
    stack = ModuleStack([Part(runs, dataset, rows, [None] * n_networks)], data)
    plain = [Plain(make().to(device), recipe, data, n_rows) for _ in runs]

    def epoch_of(members: list) -> Callable[[], None]:
        def work() -> None:
            for each in members:
                each.train_one_epoch()
            if device != "cpu":
                torch.cuda.synchronize()

        return work

    ways = {
        "eager": epoch_of(plain),
        "one by one": epoch_of(trainers),
        "stack": epoch_of([stack]),
    }
    for work in ways.values():
        work()  # warms up, and captures graphs on a GPU
    clock = time.process_time if device == "cpu" else time.perf_counter
    timed = take_turns(ways, rounds, clock=clock)
    us = {way: each.median / n_steps / n_networks * 1e6 for way, each in timed.items()}
    return {
        "module": name,
        "networks": n_networks,
        **{f"{way} us a network-step": each for way, each in us.items()},
        "stack / one by one": timed["stack"].ratio(timed["one by one"]),
        "one by one / eager": timed["one by one"].ratio(timed["eager"]),
    }


def recipe_of(
    make: Callable[[], nn.Module], name: str, targets: str, device: str = "cpu"
) -> Recipe:
    """Return how our engine makes and trains these modules."""
    return Recipe(
        lambda rows: make(), name, targets, False, row_loss(None, targets),
        partial(torch.optim.AdamW, weight_decay=0.0, fused=True), device=device,
    )  # fmt: skip


def _outputs(module: nn.Module, arrays: tuple[np.ndarray, ...]) -> torch.Tensor:
    with torch.no_grad():
        return module(*(torch.from_numpy(each[:2]) for each in arrays))


class Plain:
    """The loop that a user of torch writes."""

    def __init__(self, module: nn.Module, recipe: Recipe, data: DeviceRows, n_rows: int) -> None:
        self.module, self.loss, self.data, self.n_rows = module, recipe.loss, data, n_rows
        self.device = recipe.device
        groups = [
            {"params": [each for each in module.parameters() if is_matrix == (each.ndim >= 2)],
             "weight_decay": 0.1 * is_matrix}
            for is_matrix in (True, False)
        ]  # fmt: skip
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, fused=True)

    def train_one_epoch(self) -> None:
        """Take all steps of an epoch."""
        self.module.train()
        for taken in torch.randperm(self.n_rows, device=self.device).split(BATCH_SIZE):
            inputs, targets, _ = self.data.batch(taken)
            outputs = self.module(*(inputs if isinstance(inputs, tuple) else (inputs,)))
            self.optimizer.zero_grad()
            self.loss.training(outputs, targets).mean().backward()
            self.optimizer.step()


def main() -> None:
    """Print and keep all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=7)
    given = parser.parse_args()
    device = given.device
    torch.set_num_threads(1)
    rows = []
    if device != "cpu":
        print(torch.cuda.get_device_name(device))
    print(", ".join(f"{name} {value}" for name, value in machine(("torch",)).items()))
    print("batches of 64, one thread, us a network-step; ratios with quartiles")
    print(f"{'':<20}  K   eager  one by one   stack   stack / one by one   one by one / eager")
    for name, (*_, numbers) in CASES.items():
        for n_networks in numbers if device == "cpu" else GPU_NUMBERS:
            row = measure(name, n_networks, device, given.rounds)
            us = [row[f"{way} us a network-step"] for way in ("eager", "one by one", "stack")]
            ratios = [
                "{1:.2f} ({0:.2f} to {2:.2f})".format(*row[ratio])
                for ratio in ("stack / one by one", "one by one / eager")
            ]
            print(
                f"{name:<20} {n_networks:>2} {us[0]:>7,.0f} {us[1]:>10,.0f} {us[2]:>8,.0f}   "
                f"{ratios[0]:>19}  {ratios[1]:>19}",
                flush=True,
            )
            rows.append(row)
    on = {"device": torch.cuda.get_device_name(device)} if device != "cpu" else {}
    file = "torch_modules" if device == "cpu" else "torch_modules_gpu"
    write(file, rows, libraries=("torch",), threads=1, sizes="batches of 64", **on)


if __name__ == "__main__":
    main()
