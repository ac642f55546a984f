"""Where bits depend on company, what is trained together is stored together: a lost process changes
no bit."""

from dataclasses import replace
from itertools import count

import pytest

from dropdecay.axes import Point
from dropdecay.engine.protocol import Problem
from dropdecay.engine.stacked import StackedEngine
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.store import Store
from dropdecay.surface.stored_engine import with_store
from tests.contract.runs import ROWS, adaptive_runs, blobs, make_run, same, same_state
from tests.engine.test_stacked import NoRoom, SideBySide, shape_of

IDENTITY = {"engine": {"name": "coupled"}}
PROBLEM = Problem(ROWS, lambda fold: blobs())
POINTS = [
    run
    for decay in (0.0, 3.0, 30.0)
    for run in adaptive_runs(Regularization(weight_decay=decay), Point((("weight_decay", decay),)))
]
"""Three points, which end at different epochs."""

ALONE = [
    replace(make_run(Regularization(dropout=rate), fold, epochs=epochs), record=(epochs,))
    for epochs in (3, 4) for fold in (0, 1) for rate in (0.0, 0.1, 0.2)
]  # fmt: skip


class Killed(Exception):
    """The end of a process."""


class Coupled(SideBySide):
    """A stack whose size shows in the last digits of its networks, and that may be killed."""

    left = None
    """Epochs until then; None: it is not killed."""

    def train_one_epoch(self):
        if Coupled.left is not None:
            if not Coupled.left:
                raise Killed
            Coupled.left -= 1
        losses = super().train_one_epoch()
        for each in self.trainers:
            each.state().params *= 1.0 + 1e-5 * len(self.trainers)
        return losses


@pytest.fixture(autouse=True)
def _every_third_checkpoint_is_stored(monkeypatch):
    calls = count()
    monkeypatch.setattr("dropdecay.engine.stacked.is_long_ago", lambda told: next(calls) % 3 == 2)
    yield
    Coupled.left = None


def trained(engine, runs, store=None, **options):
    """Return fits by run; through a store if there is one."""
    if store is None:
        return {fit.run: fit for fit in engine(PROBLEM, runs, keep_states=True, **options)}
    with Store(store, IDENTITY) as kept:
        return trained(with_store(engine, kept, together=True), runs, **options)


def killed_and_resumed(engine, runs, store, epochs):
    """Train, be killed after so many epochs of stacks, and train again."""
    Coupled.left = epochs
    with pytest.raises(Killed):
        trained(engine, runs, store)
    Coupled.left = None
    return trained(engine, runs, store)


def check_same(fits, others):
    assert fits.keys() == others.keys()
    for run, fit in fits.items():
        assert same(fit, others[run])
        assert fit.state is None or same_state(fit.state, others[run].state)


STACKED = StackedEngine(Coupled, shape_of, most=4, together=lambda *_: "all folds")


def test_company_does_show_in_these_stacks():
    whole, alone = trained(STACKED, POINTS), trained(STACKED, POINTS[:2])
    assert not any(same(fit, whole[run]) for run, fit in alone.items())


@pytest.mark.parametrize("epochs", [1, 17, 33, 40, 48])
@pytest.mark.parametrize("in_flight", [1024, 3])
def test_points_that_go_on_after_a_kill_have_the_bits_of_those_never_interrupted(
    tmp_path, epochs, in_flight
):
    engine = replace(STACKED, in_flight=in_flight)
    whole = trained(engine, POINTS)
    assert len({fit.end for fit in whole.values()}) > 1
    check_same(killed_and_resumed(engine, POINTS, tmp_path / "s", epochs), whole)


def test_a_point_that_ended_is_stored_only_together_with_those_that_go_on(tmp_path):
    ends = {fit.run: fit.end for fit in trained(STACKED, POINTS).values()}
    Coupled.left = 40
    with pytest.raises(Killed):
        trained(STACKED, POINTS, tmp_path / "s")
    with Store(tmp_path / "s", IDENTITY) as store:
        found = [store.find(run) for run in POINTS]
    going_on = {int(fit.epochs[-1]) for fit in found if fit.epochs[-1] < ends[fit.run]}
    assert len(going_on) == 1
    assert all(fit.state.epoch == fit.epochs[-1] for fit in found if fit.state is not None)


@pytest.mark.parametrize("epochs", [1, 4, 7, 10])
def test_runs_that_end_alone_are_stored_stack_by_stack(tmp_path, epochs):
    one_fold = replace(STACKED, together=None, most=3)
    for place, engine in enumerate((STACKED, one_fold)):
        whole = trained(engine, ALONE)
        resumed = killed_and_resumed(engine, ALONE, tmp_path / str(place), epochs)
        check_same(resumed, whole)
        for run, fit in resumed.items():
            assert (fit.recorded.losses == whole[run].recorded.losses).all()


class Cramped(Coupled):
    """There is room for ``room`` networks."""

    room = 0

    def train_one_epoch(self):
        if len(self.trainers) > self.room and self.trainers[0].epoch > 20:
            raise NoRoom
        return super().train_one_epoch()


@pytest.mark.parametrize("epochs", [17, 41, 45, 50])
def test_where_memory_ran_out_once_stacks_are_as_small_when_they_go_on(
    tmp_path, epochs, monkeypatch
):
    engine = replace(STACKED, make_stack=Cramped, out_of_memory=(NoRoom,))
    monkeypatch.setattr(Cramped, "room", 3)
    whole = trained(engine, POINTS)
    Coupled.left = epochs
    with pytest.raises(Killed):
        trained(engine, POINTS, tmp_path / "s")
    Coupled.left = None
    monkeypatch.setattr(Cramped, "room", 3 if epochs == 17 else 100)
    resumed = trained(engine, POINTS, tmp_path / "s")
    with Store(tmp_path / "s", IDENTITY) as store:
        assert [most for name, most in store.decisions.items() if "in a stack" in name]
    check_same(resumed, whole)


def test_a_later_round_finds_what_an_earlier_one_became(tmp_path):
    """As where a race gives points another fold: rounds are asked for again after a kill."""
    folds = adaptive_runs(Regularization(weight_decay=3.0), POINTS[2].point, folds=(2, 3))
    more = [*POINTS[2:4], *folds]

    def rounds(store):
        first = trained(STACKED, POINTS, store)
        return trained(STACKED, more, store, earlier=first)

    whole = rounds(None)
    for epochs in (52, 64, 76):
        store = tmp_path / str(epochs)
        Coupled.left = epochs
        with pytest.raises(Killed):
            rounds(store)
        Coupled.left = None
        check_same(rounds(store), whole)


def test_a_schedule_that_cannot_be_followed_is_refused_before_anything_is_trained(tmp_path):
    from dropdecay.errors import BadSetting

    adaptive = make_run(schedule=Schedule(4, 16, learning_rate_schedule="adaptive"))
    Coupled.left = 0
    with pytest.raises(BadSetting, match="depends on early stopping"):
        trained(STACKED, [*POINTS, adaptive], tmp_path / "s")
