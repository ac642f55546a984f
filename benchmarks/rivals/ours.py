"""dropdecay's kernels: one network at a time on each thread."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of
from dropdecay.engine.buffers import aligned_zeros, make_workspace, shape_of
from dropdecay.engine.embeddings import no_embedding
from dropdecay.engine.mixing import NO_MIXING
from dropdecay.engine.predict import predict
from dropdecay.engine.protocol import run_key
from dropdecay.engine.training import EVALUATION_ROWS, thresholds_of, update_rule_of
from dropdecay.kernels.epoch import train_epoch
from dropdecay.kernels.network import Buffers, DenseData, Dropout
from dropdecay.kernels.products import find_blas
from dropdecay.settings import Network, Regularization, Schedule


def prepare(task: Task) -> Rival:
    """Give every network its memory."""
    loss = "binary_cross_entropy" if task.binary else "categorical_cross_entropy"
    network = Network(task.sizes[0], task.sizes[1:-1], task.sizes[-1], loss=loss)
    regularization = Regularization(dropout=task.dropout, weight_decay=task.weight_decay)
    X, y = rows_of(task, N_ROWS, seed=3)
    y = y[:, None].astype(np.float32)
    blas, shape = find_blas()[0], shape_of(network)
    schedule = Schedule(1, task.batch_size, learning_rate=task.learning_rate)
    thresholds = thresholds_of(network, regularization)
    update_rule = update_rule_of(regularization, schedule)
    params = [
        np.concatenate([w.ravel() for w, _ in layers] + [b for _, b in layers])
        for layers in (glorot(task, each) for each in range(task.n_networks))
    ]
    buffers = [
        Buffers(each, *(aligned_zeros(each.size, np.float32) for _ in range(3)), each[:0])
        for each in params
    ]
    room = max(EVALUATION_ROWS, task.batch_size)
    spaces = [make_workspace(network, room, 1) for _ in range(task.threads)]
    data, taken = DenseData(X, y, np.empty(0, np.float32)), 0
    pool = ThreadPoolExecutor(task.threads)
    threadpool_limits(1, "blas")

    def train(n_steps: int) -> None:
        nonlocal taken
        rows = batches_of(task, taken, n_steps).ravel()
        rates = np.full(n_steps, task.learning_rate)

        def share(thread: int) -> None:
            for each in range(thread, task.n_networks, task.threads):
                train_epoch(
                    blas, shape, buffers[each], spaces[thread], data, rows, task.batch_size,
                    Dropout(thresholds, run_key(0, 0, each)), update_rule, rates, taken + 1,
                    NO_MIXING, no_embedding(shape, np.float32),
                )  # fmt: skip

        list(pool.map(share, range(task.threads)))
        taken += n_steps

    return Rival(train, lambda rows: np.array([predict(network, each, rows) for each in params]))
