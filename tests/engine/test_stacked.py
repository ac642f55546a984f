from typing import ClassVar

import numpy as np
import pytest

from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem, Stopped
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.training import CpuTrainer
from tests.contract.engine import EngineContract
from tests.contract.runs import ROWS, adaptive_runs, blobs, make_run, same, surface


class SideBySide:
    """A stack of networks that the CPU engine trains one after another."""

    sizes: ClassVar = []

    def __init__(self, parts):
        self.by_part = [
            [CpuTrainer(run, part.dataset, part.rows, None if state is None else state.copy())
             for run, state in zip(part.runs, part.states, strict=True)]
            for part in parts
        ]  # fmt: skip
        self.trainers = [each for trainers in self.by_part for each in trainers]
        self.sizes.append(len(self.trainers))

    def train_one_epoch(self):
        return np.array([each.train_one_epoch() for each in self.trainers])

    def evaluate(self, rows, *, keep_outputs, part):
        found = [each.evaluate(rows, keep_outputs=keep_outputs) for each in self.by_part[part]]
        return tuple(
            np.array([getattr(each, name) for each in found])
            for name in ("losses", "hits", "outputs")
        )

    def weigh(self):
        return np.array([each.weigh() for each in self.trainers])

    def states(self):
        return [each.state().copy() for each in self.trainers]


def shape_of(run):
    network = run.setting.network
    return network.hidden_layer_sizes, run.setting.schedule


stacked = StackedEngine(SideBySide, shape_of, most=5)


class TestStackedEngine(EngineContract):
    """The loop, with nothing of torch in it: bits are those of the CPU engine."""

    train = stacked


@pytest.fixture
def sizes():
    SideBySide.sizes = []
    return SideBySide.sizes


def test_networks_are_stacked_up_to_the_largest_size(sizes):
    TestStackedEngine().fits(sorted(surface(), key=lambda run: run.fold))
    assert sorted(sizes) == [1, 1, 5, 5, 5, 5, 5, 5]  # 16 points on each of two folds


def test_points_of_different_lengths_give_what_the_cpu_engine_gives():
    runs = [
        *adaptive_runs(make_run().setting.regularization),
        *surface()[:3],
        make_run(epochs=2, seed=3),
    ]
    contract = TestStackedEngine()
    other = type("Cpu", (EngineContract,), {"train": staticmethod(train)})()
    for one, two in zip(contract.fits(runs), other.fits(runs), strict=True):
        assert same(one, two)


def test_a_problem_that_is_stopped_ends_with_the_epoch(sizes):
    stops = Problem(ROWS, lambda fold: blobs(), is_stopped=lambda: bool(sizes))
    with pytest.raises(Stopped):
        list(stacked(stops, surface()))
    assert len(sizes) == 1


class NoRoom(Exception):
    """What a device raises when it has no memory left."""


class Cramped(SideBySide):
    """Has room for three networks, which shows in the second epoch."""

    def train_one_epoch(self):
        if self.trainers[0].epoch == 1 and len(self.trainers) > 3:
            raise NoRoom
        return super().train_one_epoch()


def test_stacks_that_do_not_fit_are_halved_and_begun_again(sizes):
    cramped = StackedEngine(Cramped, shape_of, most=8, out_of_memory=(NoRoom,))
    runs = [run for run in surface() if run.fold == 0]
    contract = type("Cramped", (EngineContract,), {"train": cramped})()

    fits = contract.fits(runs)

    assert sizes == [8, 4, 2, 2, 2, 2, 2, 2, 2, 2]
    for one, other in zip(fits, TestStackedEngine().fits(runs), strict=True):
        assert same(one, other)


def test_a_single_network_without_room_is_an_error():
    class Full(SideBySide):
        def train_one_epoch(self):
            raise NoRoom

    full = StackedEngine(Full, shape_of, most=8, out_of_memory=(NoRoom,))
    with pytest.raises(NoRoom):
        type("Full", (EngineContract,), {"train": full})().fits(surface()[:4])


def test_no_more_networks_are_under_way_than_allowed(sizes):
    few = StackedEngine(SideBySide, shape_of, most=64, in_flight=6)
    runs = [run for run in surface() if run.fold == 0]
    type("Few", (EngineContract,), {"train": few})().fits(runs)
    assert sizes == [6, 6, 4]
