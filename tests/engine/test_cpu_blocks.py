from collections import Counter
from dataclasses import replace
from itertools import product

import pytest

from dropdecay.axes import Point
from dropdecay.engine import cpu_blocks, mixed_blocks
from dropdecay.engine.cpu import train
from dropdecay.engine.cpu_blocks import train_in_blocks
from dropdecay.engine.protocol import Problem
from dropdecay.settings import Regularization, Schedule
from tests.contract.engine import EngineContract
from tests.contract.runs import blobs, make_run, rows_of, same, same_state


class TestTrainInBlocks(EngineContract):
    train = train_in_blocks


IN_BLOCKS = Schedule(epochs=40, batch_size=16, shuffle="blocks", learning_rate=0.01)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(mixed_blocks, "BLOCK_BYTES", 64)
    monkeypatch.setattr(mixed_blocks, "FEWEST_ROWS", 4)
    monkeypatch.setattr(mixed_blocks, "BLOCKS_MIXED", 5)


def a_surface(*, adaptive=True):
    rates = (0.0, 0.3, 0.6)
    return [
        replace(
            make_run(Regularization(rate), fold, seed, IN_BLOCKS),
            point=Point((("dropout", rate),)), adaptive=adaptive,
        )
        for rate, fold, seed in product(rates, (0, 1), (0, 1))
    ]  # fmt: skip


def fits_of(runs, dataset, **options):
    problem = Problem({fold: rows_of(fold) for fold in (0, 1)}, lambda fold: dataset)
    fits = {}
    for fit in train(problem, runs, keep_states=True, **options):
        fits[fit.run.point, fit.run.fold, fit.run.seed] = fit
    return fits


@pytest.mark.parametrize("n_jobs", [1, 3])
@pytest.mark.parametrize("adaptive", [True, False])
def test_networks_that_share_blocks_are_those_that_are_trained_alone(n_jobs, adaptive):
    runs, dataset = a_surface(adaptive=adaptive), blobs()

    together = fits_of(runs, dataset, n_jobs=n_jobs)

    for point in {run.point for run in runs}:
        alone = fits_of([run for run in runs if run.point == point], dataset)
        for which, fit in alone.items():
            assert same(fit, together[which])
            assert same_state(fit.state, together[which].state)


def counted(monkeypatch):
    """How often each set of rows is read from now on."""
    found = Counter()
    read = mixed_blocks.read_rows

    def watched(dataset, rows):
        found[rows.tobytes()] += 1
        return read(dataset, rows)

    monkeypatch.setattr(mixed_blocks, "read_rows", watched)
    return found


@pytest.mark.parametrize(("n_jobs", "adaptive"), [(1, False), (2, True)])
def test_every_block_is_read_once_for_all_points(monkeypatch, n_jobs, adaptive):
    points = [replace(run, epochs=2) for run in a_surface(adaptive=adaptive) if run.seed == 0]
    points.sort(key=lambda run: run.fold)  # as plans have them
    one = [run for run in points if run.point == points[0].point]
    alone = counted(monkeypatch)
    fits_of(one, blobs())
    monkeypatch.undo()
    small = {"BLOCK_BYTES": 64, "FEWEST_ROWS": 4, "BLOCKS_MIXED": 5}
    for name, value in small.items():
        monkeypatch.setattr(mixed_blocks, name, value)
    together = counted(monkeypatch)

    fits_of(points, blobs(), n_jobs=n_jobs)

    assert len(points) == 3 * len(one)
    assert together == alone
    assert alone.total() > 20


def test_where_little_is_measured_at_a_time_the_numbers_stay(monkeypatch):
    runs, dataset = a_surface(), blobs()
    expected = fits_of(runs, dataset)

    monkeypatch.setattr(cpu_blocks, "MEASURED_BYTES", 1000)
    monkeypatch.setattr(cpu_blocks, "NETWORK_BYTES", 1)

    found = fits_of(runs, dataset)
    assert all(same(found[which], fit) for which, fit in expected.items())
