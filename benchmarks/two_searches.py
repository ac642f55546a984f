"""One surface searched twice, over the very same fits: whole, and in a race."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from dropdecay.engine.protocol import Engine, Fit, Problem, Run
from dropdecay.request import Request
from dropdecay.search import Findings, search
from dropdecay.surface.plan import Plan


@dataclass(frozen=True)
class TwoSearches:
    """What the two searches found, and how many runs each of them needed."""

    full: Findings
    raced: Findings
    runs: int
    raced_runs: int


def search_twice(problem: Problem, plan: Plan, engine: Engine) -> TwoSearches:
    """Train the whole surface and choose from it; then race its points over the same fits."""
    fits: dict[Run, Fit] = {}

    def remember(problem: Problem, runs: Sequence[Run], **how: Any) -> Iterator[Fit]:
        for fit in engine(problem, runs, **how):
            fits[fit.run] = fit
            yield fit

    def replay(_: Problem, runs: Sequence[Run], **__: Any) -> Iterator[Fit]:
        return (fits[run] for run in runs)

    def find(engine: Engine, *, race: bool) -> Findings:
        attributes: dict[str, str | float | int] = {"loss_name": "loss", "score_name": "score"}
        request = Request(problem, plan, "best", "loss", 1.0, attributes, race=race)
        return search(request, engine)

    full, raced = find(remember, race=False), find(replay, race=True)
    trained = int(raced.results["validation_loss"].isel(epoch=0).notnull().sum())
    return TwoSearches(full, raced, len(fits), trained)
