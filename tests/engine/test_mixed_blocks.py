from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from dropdecay.engine import mixed_blocks
from dropdecay.engine.cpu import train
from dropdecay.engine.mixed_blocks import mixed_parts, mixed_rows, rows_in_block
from dropdecay.engine.protocol import Dataset, Problem, run_key
from dropdecay.settings import Schedule
from tests.contract.runs import blobs, make_run, rows_of

KEY = run_key(0, 0, 0)


def epoch_of(n_rows, size, batch, epoch=1, key=KEY, first=0):
    """The rows of an epoch in the order in which they are trained on, and where parts start."""
    rows = np.arange(first, first + n_rows)
    starts, order = [], []
    for start, here, taken in mixed_rows(rows, size, batch, epoch, key):
        starts.append(start)
        order += here[taken].tolist()
    return starts, order


@given(
    n_rows=st.integers(1, 3000), size=st.integers(1, 40), batch=st.integers(1, 200),
    epoch=st.integers(1, 5),
)  # fmt: skip
def test_an_epoch_takes_every_row_once_and_splits_no_batch(n_rows, size, batch, epoch):
    starts, order = epoch_of(n_rows, size, batch, epoch, first=7)

    assert sorted(order) == list(range(7, 7 + n_rows))
    assert starts[0] == 0
    assert all(start % batch == 0 for start in starts)
    assert all(one < other for one, other in pairwise(starts))


def test_the_rows_of_a_part_come_from_all_its_blocks_and_from_no_others():
    size, batch = 16, 32
    n_rows = 4 * mixed_blocks.BLOCKS_MIXED * size

    _, order = epoch_of(n_rows, size, batch)

    of_part = np.array(order).reshape(4, -1) // size
    blocks = [set(each.tolist()) for each in of_part]
    assert [len(each) for each in blocks] == 4 * [mixed_blocks.BLOCKS_MIXED]
    assert len(set.union(*blocks)) == n_rows // size
    # A batch of 32 neighbours would have come from 2 blocks; at random it has about 25.
    assert all(len(set(each)) > 12 for each in (np.array(order) // size).reshape(-1, batch))


def test_every_epoch_part_and_network_has_an_order_of_its_own():
    size, batch = 4, 8
    n_part = mixed_blocks.BLOCKS_MIXED * size
    first, second, other = (
        epoch_of(2 * n_part, size, batch, epoch, run_key(0, 0, seed))[1]
        for epoch, seed in ((1, 0), (2, 0), (1, 1))
    )

    assert first != second
    assert first != other
    # Other blocks are mixed with each other, not the same ones in another order.
    blocks = [{row // size for row in each[:n_part]} for each in (first, second, other)]
    assert blocks[0] != blocks[1]
    assert blocks[0] != blocks[2]
    within = [np.array(first[part : part + n_part]) % size for part in (0, n_part)]
    assert (within[0] != within[1]).any()


def test_a_block_is_a_megabyte_but_never_a_few_rows():
    assert rows_in_block(4) == 2**18
    assert rows_in_block(400) == 2048
    assert rows_in_block(10**6) == 256


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(mixed_blocks, "BLOCK_BYTES", 64)
    monkeypatch.setattr(mixed_blocks, "FEWEST_ROWS", 4)
    monkeypatch.setattr(mixed_blocks, "BLOCKS_MIXED", 5)


def curves_of(dataset, n_jobs=1):
    schedule = Schedule(epochs=4, batch_size=16, shuffle="blocks")
    runs = [make_run(schedule=schedule, seed=seed) for seed in range(3)]
    problem = Problem({0: rows_of(0)}, lambda fold: dataset)
    fits = train(problem, runs, n_jobs=n_jobs)
    return {fit.run.seed: np.stack([fit.descent_loss, fit.validation_loss]) for fit in fits}


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("where", ["memory, two threads", "map", "sparse"])
def test_networks_are_the_same_bit_for_bit_wherever_the_table_lies(where, tmp_path):
    dataset = blobs()
    X, y = dataset.X, dataset.y
    if where == "map":
        X.tofile(tmp_path / "X")
        X = np.asarray(np.memmap(tmp_path / "X", np.float32, "r+", shape=X.shape))
    if where == "sparse":
        X = csr_array(X)

    found = curves_of(Dataset(X, y), n_jobs=2)

    for seed, curves in curves_of(dataset).items():
        np.testing.assert_array_equal(found[seed], curves)


@pytest.mark.usefixtures("small_blocks")
def test_rows_keep_their_targets_and_weights():
    numbers = np.arange(300, dtype=np.float32)
    dataset = Dataset(numbers[:, None] + np.zeros(2, np.float32), numbers[:, None], numbers / 2)
    rows = np.arange(40, 290)

    parts = list(mixed_parts(dataset, rows, 16, 1, KEY))

    assert len(parts) > 3
    for _, data, _ in parts:
        np.testing.assert_array_equal(data.targets[:, 0], data.inputs[:, 1])
        np.testing.assert_array_equal(data.sample_weight, data.inputs[:, 1] / 2)
    taken = np.concatenate([data.inputs[order, 0] for _, data, order in parts])
    assert sorted(taken) == rows.tolist()
