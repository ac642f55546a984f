"""An engine that takes finished runs from a store, and stores new ones."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from dropdecay.engine.protocol import Engine, Fit, OnCheckpoint, Problem, Run
from dropdecay.surface.store import Store


def with_store(engine: Engine, store: Store, *, together: bool = False) -> Engine:
    """Return an engine that takes finished runs from a store and stores new ones.

    Parameters
    ----------
    engine : Engine
    store : Store
    together : bool
        Whether bits of a run depend on company. Then what is trained together is stored together,
        at checkpoints at which all of it stands, those that have ended since the last one
        included: what is trained from there has the company that it would have had anyway.
    """

    def train(
        problem: Problem,
        runs: Sequence[Run],
        *,
        n_jobs: int = 1,
        earlier: Mapping[Run, Fit] | None = None,
        keep_states: bool = False,
        on_checkpoint: OnCheckpoint | None = None,
        pause: int | None = None,
    ) -> Iterator[Fit]:
        missing = []
        for run in runs:
            found = None if run.ends_with_point else store.find(run)
            if found is None:
                missing.append(run)
            else:
                yield found

        ended: list[Fit] = []

        def keep(fits: Iterable[Fit]) -> None:
            # A point may end before the epoch that a run of it had reached with fewer folds.
            longer = [fit for fit in fits if fit.epochs.size > store.length_of(fit.run)]
            if longer:
                store.keep(*longer)

        def tell(fits: Sequence[Fit]) -> None:
            keep([*ended, *fits])
            ended.clear()
            if on_checkpoint is not None:
                on_checkpoint(fits)

        known = _Earlier(store, {} if earlier is None else earlier)
        for fit in engine(
            replace(problem, decisions=store.decisions), missing, n_jobs=n_jobs, earlier=known,
            keep_states=keep_states, on_checkpoint=tell, pause=pause,
        ):  # fmt: skip
            if together:
                ended.append(fit)
            else:
                keep([fit])
            yield fit
        keep(ended)

    return train


class _Earlier(Mapping[Run, Fit]):
    """What runs have become before: as the store has it, or else elsewhere.

    The store misses none of the epochs that it was there for.
    """

    def __init__(self, store: Store, elsewhere: Mapping[Run, Fit]) -> None:
        self._store, self._elsewhere = store, elsewhere

    def __getitem__(self, run: Run) -> Fit:
        found = self._store.find(run) if run.ends_with_point else None
        return self._elsewhere[run] if found is None else found

    def __iter__(self) -> Iterator[Run]:
        return iter(self._elsewhere)

    def __len__(self) -> int:
        return len(self._elsewhere)
