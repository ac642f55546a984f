"""From repetitions to the figures that are asked for, by world and pooled."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.calibration_replay import (
    BY_VARIANCE,
    BY_WIDTH,
    EACH_PART,
    NEVER,
    WELCH,
    Looks,
    Way,
    detectable,
    half_widths,
    looks_of,
    power,
    stop,
    without_luck,
)
from benchmarks.repetition import Repetition
from benchmarks.worlds import KNOWN, NULL
from dropdecay.selection.judgement import HELPS, PROBABLY_HELPS

INFLATIONS = (0.0, 0.25, 0.5, 1.25)
WAYS = [
    Way(c, exhausted, interval)
    for interval in (EACH_PART, WELCH)
    for exhausted in (NEVER, BY_WIDTH, BY_VARIANCE)
    for c in INFLATIONS
]
LEVELS = ((0.975, 1.01), (0.9, 0.975), (0.75, 0.9), (0.5, 0.75), (0.0, 0.5))
Found = Mapping[str, Sequence[Repetition]]
Figures = dict[str, Any]


def wilson(count: int, total: int) -> list[float]:
    """Return share, lower and upper end of Wilson's 95 % interval, and the two counts."""
    if total == 0:
        return [float("nan"), 0.0, 1.0, 0, 0]
    ends = stats.binomtest(count, total).proportion_ci(0.95, "wilson")
    return [count / total, float(ends.low), float(ends.high), count, total]


def summarise_worlds(found: Found) -> list[Figures]:
    """Return one row a world."""
    return [_world(world.name, world.sentence, found[world.name]) for world in (*NULL, *KNOWN)]


def _column(found: Sequence[Repetition], name: str) -> np.ndarray:
    return np.array([getattr(each, name) for each in found], float)


def _expected(found: Sequence[Repetition]) -> float:
    """Return E: the mean true gain of the picks."""
    return float(_column(found, "true_gain").mean())


def _oracle(found: Sequence[Repetition]) -> float:
    """Return what the best point of each table gains in hindsight, a mean over tables."""
    return float(np.mean([max(each.gain_of_points.values()) for each in found]))


def _best_fixed(found: Sequence[Repetition]) -> float:
    """Return the mean true gain of the one point that is best for all tables of a world."""
    points = found[0].gain_of_points
    return float(max(np.mean([each.gain_of_points[point] for each in found]) for point in points))


def _world(name: str, sentence: str, found: Sequence[Repetition]) -> Figures:
    lower, upper = _column(found, "lower"), _column(found, "upper")
    once_lower, once_upper = _column(found, "lower_once"), _column(found, "upper_once")
    told, told_once = lower < upper, once_lower < once_upper
    expected, oracle, looks = _expected(found), _oracle(found), looks_of(found)
    baseline, best = float(_column(found, "none").mean()), _column(found, "best")
    row: Figures = {
        "world": name,
        "sentence": sentence,
        "repetitions": len(found),
        "labels": dict(Counter(each.label for each in found)),
        "labels once": dict(Counter(each.label_once for each in found)),
        "loss of none": baseline,
        "gain": float(_column(found, "gain").mean()),
        "E": _mean_and_error(_column(found, "true_gain")),
        "E, networks of the surface": _mean_and_error(_column(found, "true_gain_once")),
        "oracle": oracle,
        "best fixed point": _best_fixed(found),
        "helps": _share(found, "label"),
        "helps once": _share(found, "label_once"),
        "covers E": wilson(int(_holds(lower, upper, expected)[told].sum()), int(told.sum())),
        "above E": wilson(int((lower > expected)[told].sum()), int(told.sum())),
        "covers E once": wilson(
            int(_holds(once_lower, once_upper, expected)[told_once].sum()), int(told_once.sum())
        ),
        "n_repeats": float(_column(found, "n_repeats").mean()),
        "networks": float(_column(found, "networks").mean()),
        "further networks": float(_column(found, "further_networks").mean()),
        "trained again to record": float(_column(found, "again_networks").mean()),
        "network-epochs": float(_column(found, "epochs").mean()),
        "further network-epochs": float(_column(found, "further_epochs").mean()),
        "untested": looks.n_untested,
        "narrowing": _narrowing(looks, found),
        "bias naive": _mean_and_error(_column(found, "naive") - best),
        "bias BBC-CV": _mean_and_error(_column(found, "corrected") - best),
        "coverage BBC-CV": wilson(
            int(
                _holds(
                    _column(found, "corrected_lower"), _column(found, "corrected_upper"), best
                ).sum()
            ),
            len(found),
        ),
        "loss of the best": float(best.mean()),
        "gain of the best": _mean_and_error(_column(found, "none") - best),
        "gain of one-SE": _mean_and_error(_column(found, "none") - _column(found, "one_se")),
        "seconds": float(_column(found, "seconds").mean()),
    }
    if name in {world.name for world in KNOWN}:
        row["power"] = power(looks, oracle - expected)
        row["power, best fixed point"] = power(looks, row["best fixed point"] - expected)
        once = (once_lower + oracle - expected > 0) & told_once
        row["power once"] = float(once.mean())
        row["detectable"] = detectable(looks, expected) / baseline
        row["detectable without luck"] = detectable(without_luck(looks), expected) / baseline
        row["detectable once"] = _detectable_once(once_lower[told_once], len(found), expected)
        row["detectable once"] /= baseline
    return row


def _holds(lower: np.ndarray, upper: np.ndarray, value: Any) -> np.ndarray:
    return (lower <= value) & (value <= upper)


def _share(found: Sequence[Repetition], name: str, label: str = HELPS) -> list[float]:
    return wilson(sum(getattr(each, name) == label for each in found), len(found))


def _detectable_once(lower: np.ndarray, total: int, expected: float) -> float:
    """Return the expected gain of which eighty in a hundred intervals of one cut exclude 0."""
    needed = int(np.ceil(0.8 * total))
    return float(expected - np.sort(lower)[::-1][needed - 1]) if needed <= lower.size else np.inf


def _narrowing(looks: Looks, found: Sequence[Repetition]) -> list[float]:
    """Return the median half width after 1, 2, .. 10 repeats, as a share of the loss of none."""
    once = (_column(found, "upper_once") - _column(found, "lower_once")) / 2
    of_looks = np.median(half_widths(looks) / looks.baseline[:, None], axis=0)
    return [float(np.median(once / _column(found, "baseline"))), *of_looks.tolist()]


def _mean_and_error(values: np.ndarray) -> list[float]:
    return [float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))]


def pooled(found: Found, rows: Sequence[Figures]) -> Figures:
    """Return the figures over several worlds."""
    null = [each for world in NULL for each in found[world.name]]
    known = [each for world in KNOWN for each in found[world.name]]
    gains = [row for row in rows if "power" in row]
    worst = min(rows, key=lambda row: row["covers E"][0])
    return {
        "false helps": _share(null, "label"),
        "false helps once": _share(null, "label_once"),
        "false probably helps": _share(null, "label", PROBABLY_HELPS),
        "helps": _share(known, "label"),
        "helps once": _share(known, "label_once"),
        "helps is right": _right(known, HELPS, "choice_gain"),
        "helps is right, picks": _right(known, HELPS, "true_gain"),
        "probably helps is right": _right(known, PROBABLY_HELPS, "choice_gain"),
        "probably helps is right, picks": _right(known, PROBABLY_HELPS, "true_gain"),
        "power": float(np.mean([row["power"] for row in gains])),
        "power, best fixed point": float(
            np.mean([row["power, best fixed point"] for row in gains])
        ),
        "power once": float(np.mean([row["power once"] for row in gains])),
        "detectable": float(np.mean([row["detectable"] for row in gains])),
        "detectable without luck": float(
            np.mean([row["detectable without luck"] for row in gains])
        ),
        "detectable once": float(np.mean([row["detectable once"] for row in gains])),
        "covers E": _sum_of(rows, "covers E"),
        "covers E once": _sum_of(rows, "covers E once"),
        "covers E, known": _sum_of(gains, "covers E"),
        "covers E once, known": _sum_of(gains, "covers E once"),
        "above E": _sum_of(rows, "above E"),
        "above E, known": _sum_of(gains, "above E"),
        "worst world": [worst["world"], *worst["covers E"]],
        "further networks": float(np.mean([row["further networks"] for row in rows])),
        "further networks, known": _mean_and_error(_column(known, "further_networks")),
        "trained again to record": _mean_and_error(_column([*null, *known], "again_networks")),
        "surface networks": _mean_and_error(_column([*null, *known], "networks")),
        "further / surface network-epochs": float(
            _column([*null, *known], "further_epochs").sum()
            / _column([*null, *known], "epochs").sum()
        ),
        "coverage BBC-CV": _sum_of(rows, "coverage BBC-CV"),
        "chances": {"known": _chances(known), "null": _chances(null)},
        "variants": [_variant(found, rows, way) for way in WAYS],
        "cpu_s": float(_column([*null, *known], "seconds").sum()),
    }


def _right(found: Sequence[Repetition], label: str, truth: str) -> list[float]:
    said = [each for each in found if each.label == label]
    return wilson(sum(getattr(each, truth) > 0 for each in said), len(said))


def _sum_of(rows: Sequence[Figures], name: str) -> list[float]:
    counts = np.array([row[name][3:] for row in rows]).sum(axis=0)
    return wilson(int(counts[0]), int(counts[1]))


def _chances(found: Sequence[Repetition]) -> list[Figures]:
    """Return by chance at the stop how often the picks were truly better."""
    told = [each for each in found if each.lower < each.upper]
    return [
        {"from": low, "to": min(high, 1.0), "better": wilson(
            sum(each.true_gain > 0 for each in told if low <= each.chance < high),
            sum(low <= each.chance < high for each in told))}
        for low, high in LEVELS
    ]  # fmt: skip


def _variant(found: Found, rows: Sequence[Figures], way: Way) -> Figures:
    """Return what another way would have said of the very same networks."""
    known_names = [row["world"] for row in rows if "power" in row]
    by_world = {row["world"]: row for row in rows}
    covers, above, last, false, helps = ([] for _ in range(5))
    networks, repeats, powers, least = ([] for _ in range(4))
    for name, each in found.items():
        looks, expected = looks_of(each), by_world[name]["E"][0]
        stopped = stop(looks, way)
        covers += _holds(stopped.lower, stopped.upper, expected).tolist()
        half = half_widths(looks, way)[:, -1]
        ten = _holds(looks.mean[:, -1] - half, looks.mean[:, -1] + half, expected)
        last += ten.tolist()
        said = (stopped.label == HELPS).tolist() + [False] * looks.n_untested
        networks += stopped.further_networks.tolist() + [0] * looks.n_untested
        repeats += stopped.n_repeats.tolist()
        if name not in known_names:
            false += said
            continue
        helps += said
        above += (stopped.lower > expected).tolist()
        oracle = by_world[name]["oracle"]
        powers.append(power(looks, oracle - expected, way))
        least.append(detectable(looks, expected, way) / by_world[name]["loss of none"])
    return {
        **asdict(way),
        "covers E at the stop": _counted(covers),
        "covers E at ten": _counted(last),
        "above E, known": _counted(above),
        "false helps": _counted(false),
        "helps": _counted(helps),
        "power": float(np.mean(powers)),
        "detectable": float(np.mean(least)),
        "n_repeats": float(np.mean(repeats)),
        "further networks": float(np.mean(networks)),
    }


def _counted(flags: Sequence[bool]) -> list[float]:
    return wilson(sum(flags), len(flags))
