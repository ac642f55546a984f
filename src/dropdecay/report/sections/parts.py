"""What each part brings: gains over no regularization, and other models on the same folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.axes import TOGETHER, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.baseline_record import DifferenceRecord as AgainstNone
from dropdecay.report.numbers import difference
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import range_text, tick
from dropdecay.report.sections.picture import round_steps
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.scale import Scale, Track, scale_of
from dropdecay.report.summary import DifferenceRecord
from dropdecay.selection.decimals import decimals_beside
from dropdecay.selection.effects import BEYOND_SUM
from dropdecay.selection.formatting import kind_in_words, listed
from dropdecay.selection.points import neutral_point, regularizing

FAR_OFF = 3.0
"""Rows that reach so many times further than the network's own do not stretch the scale."""


@dataclass(frozen=True)
class Bar:
    """One row: its gain over none and the interval, as text and on the scale."""

    name: str
    about: str
    mean: str
    range: str
    track: Track
    is_chosen: bool


@dataclass(frozen=True)
class Parts:
    """The forest plot."""

    sentence: str
    own: tuple[Bar, ...]
    others: tuple[Bar, ...]
    scale: Scale | None
    title: str
    note: str
    csv: str


@dataclass(frozen=True)
class _Row:
    name: str
    about: str
    mean: float
    lower: float | None
    upper: float | None
    error: float
    is_chosen: bool = False


def parts_of(run: Run) -> Parts | None:
    """Return the section; None where there is nothing to compare."""
    own, others = _own(run), _others(run)
    if not own and not others:
        return None
    scale = _scale([*own, *others], own or others)
    decimals = decimals_beside(
        [row.error for row in (*own, *others)], [row.error for row in own or others]
    )
    bars = [_bars(rows, scale, decimals) for rows in (own, others)]
    heading = ["model", "gain", "lower", "upper", "standard_error"]
    return Parts(
        sentence=_sentence(run, own),
        own=bars[0],
        others=bars[1],
        scale=scale,
        title=run.judged.better_by,
        note=_note(run),
        csv=csv_link(heading, [[r.name, r.mean, r.lower, r.upper, r.error]
                               for r in (*own, *others)]),
    )  # fmt: skip


def nothing_to_compare(run: Run) -> str:
    """Say why there are no gains, "" if there are."""
    if any(each["gain"] is not None for each in run.summary["verdict"]["effects"]):
        return ""
    names = regularizing(run.surface.points[0])
    if any(point.kind == "none" for point in run.surface.points):
        return (
            "Some networks without regularization did not finish, so there is nothing to compare "
            "with."
        )
    if not names:
        return ""
    none = neutral_point(names).described(" and ")
    return f"The surface has no setting without regularization. Include {none} to see the gain."


def _own(run: Run) -> list[_Row]:
    """Return the gains of each axis alone and of all together."""
    axes = regularizing(run.surface.points[0])
    rows = []
    chosen = run.surface.points[max(run.surface.chosen, 0)]
    for each in run.summary["verdict"]["effects"]:
        gain, kind = each["gain"], each["name"]
        if gain is None or kind == BEYOND_SUM:
            continue
        both = "both" if len(axes) == 2 else "all together"
        name = both if kind == TOGETHER else kind_in_words(kind, axes)
        active = chosen.active
        rows.append(
            _row(run, name, _about(run, kind, axes), gain,
                 is_chosen=chosen.kind == kind or (len(axes) == 1 and bool(active)))
        )  # fmt: skip
    return rows


def _about(run: Run, kind: str, axes: Sequence[str]) -> str:
    """Return the values at the best point of a kind."""
    surface = run.surface
    cost = surface.means.loss if run.by_loss else -surface.means.score
    members = [
        index for index, point in enumerate(surface.points)
        if np.isfinite(cost[index]) and (kind == TOGETHER or point.kind == kind)
        and (kind != TOGETHER or point.kind == TOGETHER)
    ]  # fmt: skip
    if not members:
        return ""
    point = surface.points[min(members, key=lambda index: float(cost[index]))]
    values = [printed_value(point[name]) for name in (axes if kind == TOGETHER else [kind])]
    if kind == TOGETHER and len(axes) > 2:
        return point.described()
    return " with ".join(values)


def _row(
    run: Run,
    name: str,
    about: str,
    gain: DifferenceRecord | AgainstNone,
    *,
    is_chosen: bool = False,
) -> _Row:
    base = _baseline(run)
    mean = run.judged.gain(gain["mean"], base)
    lower, upper = (run.judged.gain(gain[end], base) for end in ("lower", "upper"))
    error = run.judged.error(max(base, 1e-300), gain["standard_error"])
    return _Row(name, about, mean or 0.0, lower, upper, error, is_chosen)


def _baseline(run: Run) -> float:
    """Return the stored loss without regularization, over which gains are."""
    means = run.surface.means
    if run.none >= 0:
        return float(means.loss[run.none])
    return float(means.loss[max(run.surface.chosen, 0)])


def _others(run: Run) -> list[_Row]:
    """Return the gains of other models over no regularization, the best one first."""
    found = run.summary.get("baselines")
    if not found or not run.by_loss:
        return []
    rows = [
        _row(run, each["name"], each["about"], each["against_none"])
        for each in found["models"]
        if each["failed"] is None
        and each["against_none"] is not None
        and each["against_none"]["mean"] is not None
    ]
    return sorted(rows, key=lambda row: -row.mean)


def _scale(rows: Sequence[_Row], own: Sequence[_Row]) -> Scale:
    """Return a scale that holds the network's own gains, and others unless they are far off."""
    reach = max((abs(end) for row in own for end in _ends(row)), default=1.0) or 1.0
    ends = [
        end for row in rows
        if max(map(abs, _ends(row))) <= FAR_OFF * reach or row in own
        for end in _ends(row)
    ]  # fmt: skip
    steps = round_steps(min(0.0, *ends), max(0.0, *ends))
    return scale_of(steps, lambda value: ("+" if value > 0 else "") + tick(value))


def _ends(row: _Row) -> list[float]:
    return [each for each in (row.mean, row.lower, row.upper) if each is not None]


def _bars(rows: Sequence[_Row], scale: Scale, decimals: int) -> tuple[Bar, ...]:
    return tuple(
        Bar(
            name=row.name,
            about=row.about,
            mean=difference(row.mean, decimals),
            range=range_text(row.lower, row.upper, decimals),
            track=scale.track(row.mean, row.lower, row.upper),
            is_chosen=row.is_chosen,
        )
        for row in rows
    )


def _sentence(run: Run, own: Sequence[_Row]) -> str:
    """Say which part does the work, as far as the intervals can tell."""
    over = "Gains are over no regularization."
    clear = [row.name for row in own if row.lower is not None and row.lower > 0.0]
    worse = [row.name for row in own if row.upper is not None and row.upper < 0.0]
    if len(own) < 2:
        return over
    if not clear:
        said = "No part stands out from none on these folds by itself."
        if worse:
            verb = "is" if len(worse) == 1 else "are"
            said = f"On these folds {listed(worse)} {verb} worse than none."
        return f"{said} {over}"
    return f"Better than none on these folds: {listed(clear)}. {over}"


def _note(run: Run) -> str:
    tuned = [
        f"{knob_of(each['name']).printed} was tuned, and has no gain of its own"
        for each in run.summary["verdict"]["effects"]
        if each["gain"] is None and each["name"] != BEYOND_SUM
    ]
    said = (
        "Each interval is to be read by itself. The picks differ a little from fold to fold; no "
        "fold is judged by a setting that it helped to pick."
    )
    return " ".join([said, *(f"The {each}." for each in tuned)])
