"""The loop of engines that train several networks as one stack, checkpoint by checkpoint.

Networks that share fold, seed and epoch are stacked, whatever their points are: they see the same
batches and the same random decisions. Where an engine can, several folds and seeds go into one
stack. At every checkpoint, stacks are made anew of what is still to be trained then; those of which
nothing has ended go on as they are.
"""

import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dropdecay.arrays import Int64
from dropdecay.engine.bundle import Bundle, bundles_of
from dropdecay.engine.protocol import Dataset, Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.state import State
from dropdecay.engine.trainer import Evaluation, MakeStack, Part, Stack, Trainer

IN_FLIGHT = 1024
"""Small networks whose points are under way at once."""


ToTrain = tuple[RunTraining, int]
"""A network, and the epoch up to which it is to be trained."""


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
class _Live:
    """A bundle under way, and what is to be trained up to its next checkpoint."""

    bundle: Bundle
    trainings: list[RunTraining]


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
        Networks whose points are under way at once; their states wait in memory between
        checkpoints.
    out_of_memory : tuple of exceptions
        After one of these, stacks are half as large, and the one that raised it is begun again.
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
        """Train all points under way to their next checkpoints, again and again."""
        most, kept = self.most, _Kept()

        def train(to_train: Sequence[ToTrain]) -> None:
            nonlocal most
            most = self._train(to_train, most, kept)

        return by_checkpoints(
            bundles_of(problem, runs, _alone, earlier, pause), train, self.in_flight,
            on_checkpoint, keep_states=keep_states, in_turn=self.together is None,
        )  # fmt: skip

    def _train(self, to_train: Sequence[ToTrain], most: int, kept: "_Kept") -> int:
        """Train every run up to its epoch, in as few stacks as possible.

        Return how many networks there may be in a stack from now on.
        """
        groups: dict[_Company, list[RunTraining]] = {}
        for each, end in to_train:
            company = _Company(
                self._together(each), self.kind_of(each.run), each.needs_outputs,
                0 if each.state is None else each.state.epoch, each.evaluated_up_to(end), end,
            )  # fmt: skip
            groups.setdefault(company, []).append(each)
        for company, members in groups.items():
            left = [each for part in _parts(members) for each in part]
            while left:
                if self._fits(left[:most], company, kept):
                    left = left[most:]
                else:
                    most = (min(most, len(left)) + 1) // 2
        return most

    def _together(self, each: RunTraining) -> Hashable:
        if self.together is None:
            return _share(each)
        return self.together(each.run, each.dataset, each.rows.training)

    def _fits(self, members: Sequence[RunTraining], company: _Company, kept: "_Kept") -> bool:
        """Train a stack; return False if there is no memory for it, but for half of it."""
        try:
            self._train_stack(members, company, kept)
        except self.out_of_memory:
            if len(members) == 1:
                raise
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


def by_checkpoints(
    waiting: Iterator[Bundle],
    train: Callable[[Sequence[ToTrain]], None],
    in_flight: int,
    on_checkpoint: OnCheckpoint | None,
    *,
    keep_states: bool,
    in_turn: bool = True,
) -> Iterator[Fit]:
    """Train all points under way to their next checkpoints, again and again; yield what has ended.

    Parameters
    ----------
    waiting : iterator of Bundle
    train : callable
        Trains networks up to their epochs.
    in_flight : int
        Networks under way at once.
    on_checkpoint, keep_states
        As for an engine.
    in_turn : bool
        Whether runs that end alone are done fold by fold and seed by seed.
    """
    live: list[_Live] = []
    held: Bundle | None = None
    while True:
        while sum(len(each.trainings) for each in live) < in_flight:
            held = held or next(waiting, None)
            if held is None or (in_turn and not _goes_with(held, live)):
                break
            live.append(_Live(held, held.next_trainings()))
            held = None
        if not live:
            return
        train([(each, own.bundle.at) for own in live for each in own.trainings])
        going_on = []
        for own in live:
            for _ in own.trainings:
                own.bundle.end_training()
            own.bundle.tell(on_checkpoint)
            if behind := own.bundle.next_trainings():
                going_on.append(_Live(own.bundle, behind))
            else:
                yield from own.bundle.fits(keep_states=keep_states)
        live = going_on


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


def _goes_with(bundle: Bundle, live: Sequence[_Live]) -> bool:
    """Whether a bundle is begun now.

    A run that ends alone is given as soon as it is done. So those of one fold and seed, which are
    stacked, are done before others are begun.
    """
    if not bundle.is_alone:
        return True
    own = bundle.runs[0]
    others = [each.bundle.runs[0] for each in live if each.bundle.is_alone]
    return all((run.fold, run.seed) == (own.fold, own.seed) for run in others)


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
            # A larger stack may have recorded this epoch before its memory ran out.
            if not each.diverged and epoch > each.reached:
                each.record(
                    epoch, loss, Evaluation(*measured[:3]), Evaluation(*measured[3:]),
                    (norm, share),
                )  # fmt: skip


def _alone(run: Run, dataset: Dataset, rows: Int64, state: State | None) -> Trainer:
    raise AssertionError("networks of a stack are not trained alone")
