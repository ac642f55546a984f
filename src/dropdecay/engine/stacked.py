"""The loop of engines that train several networks as one stack, checkpoint by checkpoint.

Networks that share fold, seed and epoch are stacked, whatever their points are: they see the same
batches and the same random decisions. Where an engine can, several folds and seeds go into one
stack. At every checkpoint, stacks are made anew of what is still to be trained then; those of which
nothing has ended go on as they are.

The last digits of a network may depend on its stack. So runs are cut into cohorts by their list
alone, each cohort is trained to its end before the next, and what is stacked at a checkpoint
follows from what all of its networks have become by then. Who goes on from a checkpoint of a whole
cohort therefore ends with the same bits.
"""

import hashlib
import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from dropdecay.arrays import Int64
from dropdecay.engine.bundle import Bundle, bundles_of, is_long_ago
from dropdecay.engine.by_checkpoints import Live
from dropdecay.engine.protocol import Dataset, Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.state import State
from dropdecay.engine.trainer import Evaluation, MakeStack, Part, Stack, Trainer

IN_FLIGHT = 1024
"""Small networks whose points are under way at once."""


@dataclass(frozen=True)
class _Company:
    """What networks of one stack have in common."""

    together: Hashable
    kind: Hashable
    is_recorded: bool
    epoch: int
    evaluated: tuple[int, ...]
    end: int


@dataclass(frozen=True)
class StackedEngine:
    """An engine that stacks networks, and is called as ``engine.protocol.Engine`` says.

    Parameters
    ----------
    make_stack : callable
    kind_of : callable
        Run -> what networks of one stack must have in common besides fold, seed and epoch.
    most : int
        Networks in a stack, at most.
    together : callable, optional
        (run, data of its fold, its training rows) -> what folds and seeds of one stack must have in
        common. Default: a stack is of one fold and seed.
    in_flight : int
        Networks of a cohort; their states wait in memory between checkpoints.
    out_of_memory : tuple of exceptions
        After one of these, stacks of the cohort are half as large, and the one that raised it is
        begun again.
    """

    make_stack: MakeStack
    kind_of: Callable[[Run], Hashable]
    most: int
    together: Callable[[Run, Dataset, Int64], Hashable] | None = None
    in_flight: int = IN_FLIGHT
    out_of_memory: tuple[type[Exception], ...] = ()

    def __call__(
        self,
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,  # a stack uses its device as it likes
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        """Train all points of a cohort to their next checkpoints, again and again."""
        decisions = {} if problem.decisions is None else problem.decisions
        # Runs that end alone may be known from before, and missing here: they come last, in cohorts
        # of their own, of which the first ones are then missing as a whole.
        ordered = sorted(runs, key=lambda run: not run.ends_with_point)
        for bundles in self._cohorts(bundles_of(problem, ordered, _alone, earlier, pause)):
            room = _Room(self.most, bundles, decisions)
            yield from self._train_cohort(bundles, room, on_checkpoint, keep_states=keep_states)

    def _cohorts(self, bundles: Iterator[Bundle]) -> Iterator[list[Bundle]]:
        cohort: list[Bundle] = []
        for bundle in bundles:
            is_full = sum(len(each.runs) for each in cohort) >= self.in_flight
            if cohort and (is_full or not self._go_together(cohort[0], bundle)):
                yield cohort
                cohort = []
            cohort.append(bundle)
        if cohort:
            yield cohort

    def _go_together(self, one: Bundle, other: Bundle) -> bool:
        """Whether bundles are of one cohort.

        A run that ends alone is given as soon as it is done. So those of one fold and seed, which
        are stacked, are done before others are begun.
        """
        if one.is_alone != other.is_alone:
            return False
        if not one.is_alone or self.together is not None:
            return True
        return all(
            (run.fold, run.seed) == (own.fold, own.seed)
            for run, own in zip(one.runs, other.runs, strict=True)
        )

    def _train_cohort(
        self,
        bundles: list[Bundle],
        room: "_Room",
        on_checkpoint: OnCheckpoint | None,
        *,
        keep_states: bool,
    ) -> Iterator[Fit]:
        kept, told = _Kept(), time.monotonic()
        live = []
        while bundles:  # so that nobody else holds on to networks that have ended
            bundle = bundles.pop(0)
            live.append(Live(bundle, bundle.next_trainings()))
        while live:
            self._train(live, room, kept)
            is_told = on_checkpoint is not None and is_long_ago(told)
            going_on, under_way = [], []
            for own in live:
                own.bundle.end_trainings(len(own.trainings))
                here = [*own.bundle.fits(keep_states=True)] if is_told else []
                if behind := own.bundle.next_trainings():
                    going_on.append(Live(own.bundle, behind))
                    under_way += here
                else:
                    yield from own.bundle.fits(keep_states=keep_states)
            live = going_on
            if on_checkpoint is not None and is_told and live:
                on_checkpoint(under_way)
                told = time.monotonic()
        if on_checkpoint is not None:
            on_checkpoint(())

    def _train(self, live: Sequence[Live], room: "_Room", kept: "_Kept") -> None:
        """Train every run up to its next checkpoint, in as few stacks as possible."""
        groups: dict[_Company, list[RunTraining]] = {}
        for own in live:
            end = own.bundle.at
            for each in own.trainings:
                company = _Company(
                    self._together(each), self.kind_of(each.run), each.needs_outputs,
                    0 if each.state is None else each.state.epoch, each.evaluated_up_to(end), end,
                )  # fmt: skip
                groups.setdefault(company, []).append(each)
        # It grows from checkpoint to checkpoint, whatever ends.
        checkpoint = min((own.bundle.at for own in live if own.trainings), default=0)
        n_trained = 0
        for company, members in groups.items():
            left = [each for part in _parts(members) for each in part]
            while left:
                most = room.most_at(checkpoint, n_trained)
                if self._fits(left[:most], company, kept):
                    n_trained += len(left[:most])
                    left = left[most:]
                else:
                    room.shrink(checkpoint, n_trained, (min(most, len(left)) + 1) // 2)

    def _together(self, each: RunTraining) -> Hashable:
        if self.together is None:
            return _share(each)
        return self.together(each.run, each.dataset, each.rows.training)

    def _fits(self, members: Sequence[RunTraining], company: _Company, kept: "_Kept") -> bool:
        """Train a stack; return False if there is no memory for it, but for half of it."""
        reached = [each.reached for each in members]
        try:
            self._train_stack(members, company, kept)
        except self.out_of_memory:
            if len(members) == 1:
                raise
            # In a smaller stack the last digits of what was measured so far are others.
            for each, epoch in zip(members, reached, strict=True):
                each.forget_after(epoch)
            return False  # with what the error holds on to gone, there is room for the next
        return True

    def _train_stack(
        self, members: Sequence[RunTraining], company: _Company, kept: "_Kept"
    ) -> None:
        began, parts = time.perf_counter(), _parts(members)
        stack = kept.take(members)
        if stack is None:
            stack = self.make_stack([
                Part([each.run for each in part], part[0].dataset, part[0].rows.training,
                     [each.state for each in part])
                for part in parts
            ])  # fmt: skip
        for epoch in range(company.epoch + 1, company.end + 1):
            members[0].check_stopped()
            descent_losses = stack.train_one_epoch()
            if epoch in company.evaluated:
                _record(stack, parts, epoch, descent_losses.tolist())
            else:
                for each, loss in zip(members, descent_losses.tolist(), strict=True):
                    each.diverged |= not math.isfinite(loss)
            if all(each.diverged for each in members):
                break
        for each, state in zip(members, stack.states(), strict=True):
            each.state = state
            each.wall_s += (time.perf_counter() - began) / len(members)
        kept.keep(members, stack)


class _Room:
    """How many networks there is room for in a stack of a cohort: fewer since memory ran out.

    Where that was is decided once: who goes on with the cohort later stacks as many.
    """

    def __init__(
        self, most: int, bundles: Sequence[Bundle], decisions: MutableMapping[str, int]
    ) -> None:
        runs = [
            (repr(run.setting), run.fold, run.seed, run.epochs, run.record, run.adaptive)
            for each in bundles for run in each.runs
        ]  # fmt: skip
        cohort = hashlib.sha256(repr(runs).encode()).hexdigest()
        self._most, self._decisions = most, decisions
        self._name = f"networks in a stack of {cohort} from "
        self._shrunk = {
            tuple(map(int, name.removeprefix(self._name).split(" + "))): decisions[name]
            for name in decisions if name.startswith(self._name)
        }  # fmt: skip

    def most_at(self, checkpoint: int, n_trained: int) -> int:
        """Return how many there are at most, after some were trained up to a checkpoint."""
        here = (checkpoint, n_trained)
        return min([self._most, *(most for place, most in self._shrunk.items() if place <= here)])

    def shrink(self, checkpoint: int, n_trained: int, most: int) -> None:
        """Have room for fewer from here on."""
        self._decisions[f"{self._name}{checkpoint} + {n_trained}"] = most
        self._shrunk[checkpoint, n_trained] = most


class _Kept:
    """The stack that was trained last, as long as the same networks are trained next."""

    def __init__(self) -> None:
        self._latest: tuple[list[tuple[RunTraining, State | None]], Stack] | None = None

    def take(self, members: Sequence[RunTraining]) -> Stack | None:
        """Return the stack of these networks if they stand where it left them, else None.

        Otherwise nothing is kept any more: there is to be room for another.
        """
        latest, self._latest = self._latest, None
        if latest is None or len(latest[0]) != len(members):
            return None
        is_same = all(
            known is each and state is each.state
            for (known, state), each in zip(latest[0], members, strict=True)
        )
        return latest[1] if is_same else None

    def keep(self, members: Sequence[RunTraining], stack: Stack) -> None:
        """Keep a stack after its networks were given its states."""
        self._latest = [(each, each.state) for each in members], stack


def _share(each: RunTraining) -> Hashable:
    """Return what networks of one part have in common."""
    return each.run.fold, each.run.seed, each.run.key.tobytes()


def _parts(members: Sequence[RunTraining]) -> list[list[RunTraining]]:
    """Return the networks part by part, parts in the order of their first networks."""
    parts: dict[Hashable, list[RunTraining]] = {}
    for each in members:
        parts.setdefault(_share(each), []).append(each)
    return [*parts.values()]


def _record(
    stack: Stack,
    parts: Sequence[Sequence[RunTraining]],
    epoch: int,
    descent_losses: Sequence[float],
) -> None:
    """Keep what was measured of every network that has not diverged before."""
    of_network = iter(zip(descent_losses, stack.weigh().tolist(), strict=True))
    for number, members in enumerate(parts):
        first = members[0]
        training = stack.evaluate(first.measured_rows, keep_outputs=False, part=number)
        validation = stack.evaluate(
            first.rows.validation, keep_outputs=first.needs_outputs, part=number
        )
        for each, *measured in zip(members, *training, *validation, strict=True):
            loss, (norm, share) = next(of_network)
            if not each.diverged:
                each.record(
                    epoch, loss, Evaluation(*measured[:3]), Evaluation(*measured[3:]),
                    (norm, share),
                )  # fmt: skip


def _alone(run: Run, dataset: Dataset, rows: Int64, state: State | None) -> Trainer:
    raise AssertionError("networks of a stack are not trained alone")
