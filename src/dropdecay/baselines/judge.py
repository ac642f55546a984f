"""Judging other models on the folds of the surface, and on the repeats of its contenders.

Models are judged as contenders are (``policies.contenders``): on the same folds and further cuts,
row by row, until the answer is sure. How many cuts they get follows from their price, which is
computed from sizes and numbers of trees alone: with a clock, numbers would depend on the machine
and on ``n_jobs``.
"""

import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import ThreadpoolController

from dropdecay.arrays import Float64
from dropdecay.baselines.ground import Ground
from dropdecay.baselines.jury import Jury
from dropdecay.baselines.models import Model, told_of_part
from dropdecay.baselines.rows import FoldRows
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.policies.contenders import FIRST_LOOK, folds_of_repeat
from dropdecay.safe_text import reason_of
from dropdecay.search import Findings
from dropdecay.selection.baseline_words import Circumstances, comparison_in_words
from dropdecay.selection.baselines import (
    Baseline,
    Baselines,
    better_than_network,
    chance_of,
    failed_baseline,
)
from dropdecay.selection.contest import RepeatedContest
from dropdecay.selection.judgement import is_decided, label_of
from dropdecay.statistics.hybrid import LEVEL

SECONDS, SHARE = 5.0, 0.25
"""All cuts beyond the first few may take so long on a usual core, or this share of the surface."""

UNPRICED = FIRST_LOOK
"""Cuts for an estimator of the user's own, whose price is not known."""


@dataclass
class _Record:
    """What is known of one model so far.

    Parameters
    ----------
    model : Model
    answers : dict
        By fold.
    price : float or None
        Of all of them.
    seconds : float
    failed : str or None
    n_repeats : int
        That it answered on in full.
    is_open : bool
        Whether it may go on to another cut.
    """

    model: Model
    answers: dict[int, Float64] = field(default_factory=dict)
    price: float | None = 0.0
    seconds: float = 0.0
    failed: str | None = None
    n_repeats: int = 1
    is_open: bool = True

    def price_of(self, folds: Sequence[int]) -> float | None:
        """Return the price of answering on folds, from that of the folds before."""
        n_new = len(set(folds) - set(self.answers))
        return None if self.price is None else n_new * self.price / max(1, len(self.answers))


def judge_baselines(
    models: Sequence[Model], ground: Ground, findings: Findings
) -> Baselines | None:
    """Fit the models on the training rows of all folds, and compare them with the network.

    None: there are no models, or the budget was spent before.
    """
    if not models or ground.time_is_up(1):
        return None
    jury = Jury(ground, findings)
    records = [_Record(model) for model in models]
    with (
        one_blas_thread(),
        warnings.catch_warnings(action="ignore"),  # not the user's models, or only a comparison
        ThreadPoolExecutor(ground.n_jobs) as pool,
    ):
        _answer(records, range(ground.cuts.n_folds), ground, pool)
        if jury.repeated is not None:
            _repeat(records, ground, jury, jury.repeated, pool)
        found = tuple(_verdict(each, jury) for each in records)
    about = Circumstances(
        jury.measure, jury.by_loss, int(np.mean(findings.results["n_training"])),
        ground.columns_of(0)[0].shape[1],
    )  # fmt: skip
    return Baselines(
        LEVEL, _how_judged(found, ground), jury.measure, found, better_than_network(found),
        comparison_in_words(found, about),
    )  # fmt: skip


def _repeat(
    records: Sequence[_Record],
    ground: Ground,
    jury: Jury,
    repeated: RepeatedContest,
    pool: ThreadPoolExecutor,
) -> None:
    """Judge models on the cuts that contenders were judged on, as long as they pay their price."""
    cuts, n_repeats = ground.cuts, len(repeated.losses.picks)
    by_repeat = [folds_of_repeat(cuts, repeated.contest, each) for each in range(n_repeats)]
    first_look = min(FIRST_LOOK, n_repeats)
    left = max(SECONDS, SHARE * ground.price_of_surface)
    left -= sum(record.price or 0.0 for record in records)
    for record in records:
        # Two cuts say next to nothing of the spread between them: not begun without a third.
        price = record.price_of([fold for folds in by_repeat[:first_look] for fold in folds])
        record.is_open = record.failed is None and (price is None or price <= left)
        left -= (price or 0.0) if record.is_open else 0.0
    for repeat, folds in enumerate(by_repeat):
        again = [each for each in records if each.is_open]
        if not again or (repeat > 0 and ground.time_is_up(repeat)):
            return
        for record in again:
            price = record.price_of(folds)
            if repeat >= first_look:
                record.is_open = repeat < UNPRICED if price is None else price <= left
                left -= (price or 0.0) if record.is_open else 0.0
        again = [each for each in again if each.is_open]
        _answer(again, folds, ground, pool)
        for record in again:
            record.is_open = set(folds) <= set(record.answers) and jury.is_defined(
                record.answers, repeat
            )
            if record.is_open:
                record.n_repeats = repeat + 1
                record.is_open = record.n_repeats < FIRST_LOOK or not _is_decided(record, jury)


def _is_decided(record: _Record, jury: Jury) -> bool:
    """Return whether more cuts are not needed."""
    against, network = jury.against(record.answers, record.n_repeats)
    return is_decided(label_of(-against.mean, against.standard_error, jury.margin(network)))


def _answer(
    records: Sequence[_Record], folds: Sequence[int], ground: Ground, pool: ThreadPoolExecutor
) -> None:
    """Let models answer on those of the folds that they have not answered on."""
    asked = []
    for fold in folds:
        new = [each for each in records if fold not in each.answers and each.failed is None]
        if not new:
            continue
        rows = ground.rows_of(fold)
        for record in new:
            record.model = told_of_part(record.model, rows.n_training, rows.n_in_fold)
            asked.append((fold, record, pool.submit(_answered, record.model, rows)))
    for fold, record, answer in asked:
        outputs, price, seconds, why = answer.result()
        record.seconds += seconds
        if outputs is not None:
            record.answers[fold] = outputs
            record.price = None if price is None or record.price is None else record.price + price
        elif fold < ground.cuts.n_folds:
            record.failed = record.failed or why


def _answered(
    model: Model, rows: FoldRows
) -> tuple[Float64 | None, float | None, float, str | None]:
    """Return outputs, price and seconds; in place of outputs, why there are none."""
    began = time.thread_time()
    try:
        # Sums of several threads depend on their number; each thread has a limit of its own.
        with ThreadpoolController().limit(limits=1, user_api="openmp"):
            answer = model.answer(rows)
    except Exception as error:  # noqa: BLE001  # whatever an estimator raises
        why = f"left out, because it failed ({type(error).__name__}: {reason_of(error)})"
        return None, None, time.thread_time() - began, why
    seconds = time.thread_time() - began
    if not np.isfinite(answer.outputs).all():
        return None, None, seconds, "left out, because it gave numbers that are not finite"
    return answer.outputs, answer.price, seconds, None


def _verdict(record: _Record, jury: Jury) -> Baseline:
    """Return what is known of a model."""
    model, answers = record.model, record.answers
    if record.failed is not None:
        return failed_baseline(
            model.name, model.about, model.in_python, record.seconds, record.failed
        )
    # On a further cut a score may not be defined, nor a mean of rows that all weigh nothing.
    on_surface = jury.on_surface(answers)
    losses, scores = jury.losses(on_surface), jury.scores(on_surface)
    against, network = jury.against(answers, record.n_repeats)
    return Baseline(
        name=model.name,
        about=model.about,
        in_python=model.in_python,
        loss=network + against.mean if jury.by_loss else float(losses.mean()),
        standard_error=jury.error(losses),
        score=float(scores.mean()),
        score_standard_error=jury.error(scores),
        network_loss=network,
        margin=jury.margin(network),
        against_network=against,
        chance_better=chance_of(against),
        against_none=jury.against_none(answers, record.n_repeats),
        n_repeats=record.n_repeats,
        seconds=record.seconds,
    )


def _how_judged(models: Sequence[Baseline], ground: Ground) -> str:
    most = max(each.n_repeats for each in models)
    if most < 2:
        return "on the folds of the surface"
    fewest = min(each.n_repeats for each in models if each.failed is None)
    how_many = f"{most}" if fewest == most else f"{fewest} to {most}"
    cuts = "cuts of the rows" if ground.cuts.cuts_anew else "repeats"
    return (
        f"on the folds of the surface and those of its verdict's repeats, {how_many} {cuts} in all"
    )
