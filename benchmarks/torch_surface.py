"""A surface of 20 points and 5 folds over a module, from start to end: ways to train it on a GPU.

Wall time with everything: probing, capturing, evaluation, transfer. "Eager" is the loop that a user
of torch writes, timed on three networks and multiplied, without evaluation; "numba" trains the
multilayer perceptron as one of ours on all cores.

    python -m benchmarks.torch_surface --device cuda
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

import numpy as np
import torch

from benchmarks.timing import machine, write
from benchmarks.torch_modules import CASES, Plain
from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, Problem, Run, run_key
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import Recipe, products_in
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.settings import Module, Network, Regularization, Schedule, Setting

N_ROWS, EPOCHS, BATCH_SIZE, FOLDS, EAGER = 4000, 5, 64, 5, 3
POINTS = [*product((0.0, 0.1, 0.2, 0.3, 0.5), (0.0, 0.01, 0.1, 1.0))]
PERCEPTRON = "MLP 64-128-128-10"


def runs_of(network: Module | Network, points: Sequence[tuple[float, float]]) -> list[Run]:
    """Return the runs of all points on all folds."""
    return [
        Run(
            Setting(network, Regularization(rate, weight_decay=decay),
                    Schedule(EPOCHS, BATCH_SIZE)),
            Point((("dropout", rate), ("weight_decay", decay))), fold, 0, EPOCHS,
            run_key(0, fold, 0),
        )
        for fold in range(FOLDS) for rate, decay in points
    ]  # fmt: skip


def measure(name: str, device: str) -> dict[str, object]:
    """Train the surface over one module in every way."""
    make, inputs_of, *_ = CASES[name]
    arrays = inputs_of(N_ROWS)
    classes = np.random.default_rng(1).integers(0, 10, (N_ROWS, 1)).astype(np.float32)
    with torch.no_grad():
        n_outputs = make()(*(torch.from_numpy(each[:2]) for each in arrays))[0].numel()
    targets = "classes" if n_outputs > 1 else "labels"
    dataset = Dataset(Inputs(arrays), classes % max(n_outputs, 2))
    order = np.random.default_rng(0).permutation(N_ROWS)
    parts = np.array_split(order, FOLDS)
    rows = {
        fold: fold_rows(np.setdiff1d(order, parts[fold]), np.sort(parts[fold]), 0, fold)
        for fold in range(FOLDS)
    }
    seconds = {}

    def recipe_of(precision: str) -> Recipe:
        return Recipe(
            lambda n_inputs: make(), name, targets, False, row_loss(None, targets),
            partial(torch.optim.AdamW, weight_decay=0.0, fused=True), device=device,
            precision=precision,
        )  # fmt: skip

    def timed(work: Callable[[], object]) -> float:
        torch.cuda.synchronize()
        began = time.perf_counter()
        work()
        torch.cuda.synchronize()
        return time.perf_counter() - began

    problem = Problem(rows, lambda fold: dataset)
    for way, precision, stack in (
        ("warm-up", "float32", "auto"), ("auto", "float32", "auto"), ("auto, tf32", "tf32", "auto"),
        ("auto, bf16", "bf16", "auto"), ("one by one", "float32", False),
    ):  # fmt: skip
        network = Module(name, name, 1, False, 0, recipe_of(precision))
        engine = ModuleEngine(stack=stack)
        runs = runs_of(network, POINTS if way != "warm-up" else POINTS[:2])
        seconds[way] = timed(lambda e=engine, r=runs: [*e(problem, r)])
        print(f"{name:<20} {way:<12} {seconds[way]:8.2f} s", flush=True)
    recipe = recipe_of("float32")
    data, n_training = DeviceRows([dataset], recipe), N_ROWS - N_ROWS // FOLDS
    plain = [Plain(make().to(device), recipe, data, n_training) for _ in range(EAGER)]
    with products_in("float32"):
        plain[0].train_one_epoch()
        few = timed(lambda: [each.train_one_epoch() for each in plain])
    seconds["eager"] = few / EAGER * EPOCHS * FOLDS * len(POINTS)
    if name == PERCEPTRON:
        own = Network(64, (128, 128), 10)
        flat = Problem(rows, lambda fold: Dataset(arrays[0], dataset.y))
        [*train_by_numba(flat, runs_of(own, POINTS[:1]), n_jobs=1)]
        seconds["numba, all cores"] = timed(
            lambda: [*train_by_numba(flat, runs_of(own, POINTS), n_jobs=os.cpu_count() or 1)]
        )
    del seconds["warm-up"]
    for way in ("eager", "numba, all cores"):
        if way in seconds:
            print(f"{name:<20} {way:<12} {seconds[way]:8.2f} s", flush=True)
    return {"module": name, **{f"{way} s": each for way, each in seconds.items()}}


def main() -> None:
    """Print and keep all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--only", choices=[*CASES], action="append")
    given = parser.parse_args()
    torch.set_num_threads(1)
    name = torch.cuda.get_device_name(given.device)
    print(name, machine(("torch",)))
    rows = [measure(each, given.device) for each in given.only or CASES]
    sizes = f"{N_ROWS} rows, {EPOCHS} epochs, batches of {BATCH_SIZE}"
    write("torch_surface_gpu", rows, libraries=("torch",), sizes=sizes, device=name)


if __name__ == "__main__":
    main()
