"""A training epoch of K networks: the numba engine, network by network, against a torch stack.

On one thread of a CPU, or the stack on a GPU by ``--device cuda``. Dropout, decoupled decay and
Adam, as in ``step``; evaluation is left out.
"""

import argparse

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from benchmarks.timing import machine, take_turns, write
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.state import initial_state
from dropdecay.engine.torch_batches import move
from dropdecay.engine.torch_dense import DensePart, DenseStack
from dropdecay.engine.training import set_up, train_one_epoch
from dropdecay.settings import Network, Regularization, Schedule, Setting

NETWORK, BATCH_SIZE, N_STEPS = Network(64, (128, 128), 10), 64, 20
NUMBERS, GPU_NUMBERS = (1, 8, 36), (20, 100, 500)


def measure(n_networks: int, device: str) -> dict[str, object]:
    """Time an epoch of this many networks, which differ in dropout."""
    rng, n_rows = np.random.default_rng(0), BATCH_SIZE * N_STEPS
    X = rng.normal(size=(n_rows, 64)).astype(np.float32)
    dataset = Dataset(X, rng.integers(0, 10, (n_rows, 1)).astype(np.float32))
    settings = [
        Setting(NETWORK, Regularization(rate, weight_decay=0.1), Schedule(1, BATCH_SIZE))
        for rate in np.linspace(0.1, 0.5, n_networks)
    ]
    rows, key = np.arange(n_rows), run_key(0, 0, 0)
    setups = [set_up(each, dataset, rows) for each in settings]
    states = [initial_state(each, key) for each in settings]
    stack = DenseStack(
        move([dataset], torch.device(device)), [DensePart(settings, 0, rows, states)]
    )

    def numba() -> None:
        for setup, state in zip(setups, states, strict=True):
            train_one_epoch(setup, state)

    def stacked() -> None:
        stack.train_one_epoch()
        if device != "cpu":
            torch.cuda.synchronize()

    rounds = max(5, 30 // n_networks)
    timed = take_turns({"numba": numba, "stack": stacked}, rounds)
    us = {name: each.median / N_STEPS / n_networks * 1e6 for name, each in timed.items()}
    return {
        "networks": n_networks,
        **{f"{name} us a network-step": each for name, each in us.items()},
        "stack / numba": timed["stack"].ratio(timed["numba"]),
    }


def main() -> None:
    """Print and keep all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    device = parser.parse_args().device
    torch.set_num_threads(1)
    rows = []
    print(", ".join(f"{name} {value}" for name, value in machine(("torch",)).items()))
    print("64-128-128-10, batches of 64, one thread, us a network-step; ratio with quartiles")
    print("networks   numba   stack   stack / numba")
    with threadpool_limits(1, "blas"):
        for n_networks in NUMBERS if device == "cpu" else GPU_NUMBERS:
            row = measure(n_networks, device)
            low, middle, high = row["stack / numba"]
            print(
                f"{n_networks:>8}{row['numba us a network-step']:>8.0f}"
                f"{row['stack us a network-step']:>8.0f}   {middle:.2f} ({low:.2f}-{high:.2f})"
            )
            rows.append(row)
    on = {"device": torch.cuda.get_device_name(device)} if device != "cpu" else {}
    file = "torch_engine" if device == "cpu" else "torch_engine_gpu"
    write(file, rows, libraries=("torch",), threads=1, sizes="64-128-128-10", **on)


if __name__ == "__main__":
    main()
