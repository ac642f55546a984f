"""Columns that all but hold the target, and so were hardly known before it."""

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.safe_text import quoted
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.sample import Sample

MIN_ROWS, MIN_ROWS_OF_COPY = 40, 150
MIN_OTHERS = 2

MIN_ROWS_OF_MEASURED_COPY, MANY_VALUES = 400, 3
"""In fewer rows the errors of a measurement look like those of a copy: one of so many values for
each class."""

ALMOST_ALL = 0.9
"""So much skill alone leaves hardly anything to learn; all others together must have less."""

ERROR_SHARE = 0.4
"""And its error is at most this share of theirs."""

MOST = 0.45
SKILL_RATIO = 0.4
"""A copy with errors: so much skill, and all others together have at most this share of it."""

PERFECT = 0.985
"""As good as the target itself: where several columns are, none excuses the other."""


def leaks(sample: Sample) -> tuple[Finding, ...]:
    """Return the columns that alone tell the target far better than all others together.

    A strong column is no leak by itself: in nature others know part of what it knows.
    """
    n_columns = sample.table.shape[1]
    if np.count_nonzero(sample.judged) < MIN_ROWS or n_columns <= MIN_OTHERS:
        return ()
    skills = np.array([sample.skill_alone(place) for place in range(n_columns)])
    perfect = set(np.flatnonzero(skills >= PERFECT).tolist())
    copies = _copies(sample, skills)
    candidates = perfect | copies | {int(skills.argmax())}
    return tuple(
        _finding(sample, place, skills[place], others)
        for place in sorted(candidates)
        if (others := _skill_of_others(sample, skills, place, perfect, copies)) is not None
    )


def _copies(sample: Sample, skills: Float64) -> set[int]:
    """Return the columns that look like copies of the target, with errors.

    Of classes they have as many values: two measurements that classes meet in alike are no copies.
    """
    strong = [place for place in np.flatnonzero(skills >= MOST).tolist() if _is_copy(sample, place)]
    if not sample.is_classes:
        return set(strong)
    n_values = {place: np.unique(sample.numbers[:, place]).size for place in strong}
    return {place for place in strong if n_values[place] == sample.n_classes}


def _is_copy(sample: Sample, place: int) -> bool:
    is_measured = sample.is_classes and (
        np.unique(sample.numbers[:, place]).size > MANY_VALUES * sample.n_classes
    )
    fewest = MIN_ROWS_OF_MEASURED_COPY if is_measured else MIN_ROWS_OF_COPY
    return len(sample.rows) >= fewest and sample.is_copied_by(place)


def _skill_of_others(
    sample: Sample, skills: Float64, place: int, perfect: set[int], copies: set[int]
) -> float | None:
    """Return the skill of all other columns together; None: the column is no leak beside them.

    Copies do not excuse each other, however many errors they have.
    """
    excluded = {place, *perfect, *(copies if place in copies else ())}
    rest = [each for each in range(len(skills)) if each not in excluded]
    alone = skills[place]
    copied = place in copies or bool(alone >= MOST and _is_copy(sample, place))
    others = float(max(skills[rest].max(initial=0.0), 0.0))
    if not _is_leak(alone, others, copied=copied):
        return None
    if rest:
        others = max(others, sample.skill_of(rest))
    return others if _is_leak(alone, others, copied=copied) else None


def _is_leak(alone: float, others: float, *, copied: bool) -> bool:
    nearly_all = alone >= ALMOST_ALL > others and 1 - alone <= ERROR_SHARE * (1 - others)
    return bool(nearly_all or (copied and others <= SKILL_RATIO * alone))


def _finding(sample: Sample, place: int, alone: float, others: float) -> Finding:
    name = str(sample.table.columns[place])
    measure = "balanced accuracy" if sample.is_classes else "R2 of ranks"
    if sample.is_classes:
        alone, others = (1 / sample.n_classes + each * (1 - 1 / sample.n_classes)
                         for each in (alone, others))  # fmt: skip
    sentence = (
        f"Leak suspected: column {quoted(name)} alone reaches a {measure} of {alone:.2f}, all "
        f"others together {others:.2f}{sample.where}. Is it known before the target is?"
    )
    return Finding("leak", name, sentence, typed_option("--drop", name), grave=True)
