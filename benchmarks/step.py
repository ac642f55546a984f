"""One training step of one network against its matrix products alone, on one thread."""

from itertools import pairwise

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.timing import take_turns, write
from dropdecay.engine.buffers import aligned_zeros
from dropdecay.engine.mixing import NO_MIXING
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.state import initial_state
from dropdecay.engine.training import set_up
from dropdecay.kernels.compiled import kernel
from dropdecay.kernels.epoch import train_epoch
from dropdecay.kernels.network import Buffers, DenseData, Dropout, layer_units, layer_weights
from dropdecay.kernels.products import blas_product, find_blas
from dropdecay.settings import Network, Regularization, Schedule, Setting

CASES = [
    ((20, 50, 1), 1),
    ((20, 50, 1), 32),
    ((64, 50, 50, 10), 32),
    ((64, 128, 128, 10), 64),
    ((64, 512, 512, 10), 128),
    ((784, 800, 800, 10), 128),
]
SECONDS_A_TURN = 0.05


@kernel
def products_alone(blas, shape, params, grads, units, n_rows, n_steps):  # type: ignore[no-untyped-def]
    """Do the matrix products of some training steps and nothing else."""
    n_layers = shape.sizes.size - 1
    for _ in range(n_steps):
        for layer in range(1, n_layers + 1):
            below, above = (
                layer_units(shape, units, layer - 1, n_rows),
                layer_units(shape, units, layer, n_rows),
            )
            blas_product(blas, 0, 0, below, layer_weights(shape, params, layer), above)
        for layer in range(n_layers, 0, -1):
            below, above = (
                layer_units(shape, units, layer - 1, n_rows),
                layer_units(shape, units, layer, n_rows),
            )
            blas_product(blas, 1, 0, below, above, layer_weights(shape, grads, layer))
            if layer > 1:
                blas_product(blas, 0, 1, above, layer_weights(shape, params, layer), below)


def measure(sizes: tuple[int, ...], batch_size: int) -> dict[str, object]:
    """Time one architecture: Adam, relu, dropout 0.5, decoupled decay, float32."""
    loss = "binary_cross_entropy" if sizes[-1] == 1 else "categorical_cross_entropy"
    network = Network(sizes[0], sizes[1:-1], sizes[-1], loss=loss)
    rng = np.random.default_rng(0)
    flops = 6 * batch_size * sum(a * b for a, b in pairwise(sizes))
    n_steps = max(2, int(SECONDS_A_TURN * 5e10 / flops)) if batch_size > 1 else 5000
    n_rows = n_steps * batch_size
    X = rng.normal(size=(min(n_rows, 2000), sizes[0])).astype(np.float32)
    y = rng.integers(0, max(sizes[-1], 2), (len(X), 1)).astype(np.float32)
    rows = np.arange(n_rows) % len(X)
    regularization = Regularization(dropout=0.5, weight_decay=0.1)
    setting = Setting(network, regularization, Schedule(1, batch_size))
    setup, blas = set_up(setting, Dataset(X, y), rows), find_blas()[0]
    state, shape, workspace = (
        initial_state(setting, run_key(0, 0, 0)), setup.shape, setup.workspace
    )  # fmt: skip
    buffers = Buffers(state.params, setup.grads, state.first, state.second, state.average)
    data, rates = DenseData(X, y, np.empty(0, np.float32)), np.full(n_steps, 1e-3)
    dropout = Dropout(setup.thresholds, state.key)
    params, grads = (aligned_zeros(state.params.size, np.float32) for _ in range(2))
    units = rng.normal(size=workspace.activations.size).astype(np.float32)

    def ours() -> None:
        train_epoch(
            blas, shape, buffers, workspace, data, rows, batch_size, dropout,
            setup.update_rule, rates, 1, NO_MIXING, setup.embedding,
        )  # fmt: skip

    def products() -> None:
        # Fresh numbers every turn: repeated products would overflow, and infinities are slow.
        units[:] = 1e-3
        params[:] = 1e-3
        products_alone(blas, shape, params, grads, units, batch_size, n_steps)

    timed = take_turns({"ours": ours, "products": products})
    low, middle, high = timed["ours"].ratio(timed["products"])
    return {
        "sizes": "-".join(map(str, sizes)),
        "batch": batch_size,
        "ours us a step": timed["ours"].median / n_steps * 1e6,
        "products us a step": timed["products"].median / n_steps * 1e6,
        "ours / products": (low, middle, high),
    }


def main() -> None:
    """Print and keep all cases."""
    rows = []
    print(f"{find_blas()[1]}, one thread")
    print("network             batch   ours us   products us   ours / products (quartiles)")
    with threadpool_limits(1, "blas"):
        for sizes, batch_size in CASES:
            row = measure(sizes, batch_size)
            low, middle, high = row["ours / products"]
            print(
                f"{row['sizes']:<20}{batch_size:>4}  {row['ours us a step']:>9.2f}"
                f"  {row['products us a step']:>11.2f}   {middle:.2f} ({low:.2f}-{high:.2f})"
            )
            rows.append(row)
    write("step", rows, threads=1, optimizer="adam", activation="relu", dropout=0.5)


if __name__ == "__main__":
    main()
