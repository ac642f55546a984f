"""Bundles trained side by side, checkpoint by checkpoint, by whoever trains several at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dropdecay.engine.bundle import Bundle
from dropdecay.engine.protocol import Fit, OnCheckpoint
from dropdecay.engine.run_training import RunTraining

ToTrain = tuple[RunTraining, int]
"""A network, and the epoch up to which it is to be trained."""


@dataclass(frozen=True)
class Live:
    """A bundle under way, and what is to be trained up to its next checkpoint."""

    bundle: Bundle
    trainings: list[RunTraining]


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
    live: list[Live] = []
    held: Bundle | None = None
    while True:
        while sum(len(each.trainings) for each in live) < in_flight:
            held = held or next(waiting, None)
            if held is None or (in_turn and not _goes_with(held, live)):
                break
            live.append(Live(held, held.next_trainings()))
            held = None
        if not live:
            return
        train([(each, own.bundle.at) for own in live for each in own.trainings])
        going_on = []
        for own in live:
            own.bundle.end_trainings(len(own.trainings))
            own.bundle.tell(on_checkpoint)
            if behind := own.bundle.next_trainings():
                going_on.append(Live(own.bundle, behind))
            else:
                yield from own.bundle.fits(keep_states=keep_states)
        live = going_on


def _goes_with(bundle: Bundle, live: Sequence[Live]) -> bool:
    """Whether a bundle is begun now.

    A run that ends alone is given as soon as it is done. So those of one fold and seed, which are
    stacked, are done before others are begun.
    """
    if not bundle.is_alone:
        return True
    own = bundle.runs[0]
    others = [each.bundle.runs[0] for each in live if each.bundle.is_alone]
    return all((run.fold, run.seed) == (own.fold, own.seed) for run in others)
