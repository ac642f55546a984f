"""Whether the interval of a score's gain covers the true one: tables and learners by the thousand.

``python -m benchmarks.score_coverage``, eight minutes on one core. A score such as the AUC is no
mean over rows, and its interval comes from a jackknife. Here the learners are ridge regressions on
noisy targets, so quick that a table, its repeats and the truth on 20,000 new rows take a tenth of a
second: "none" has no penalty, and each fold's pick one of three. Who judges which row, the
pseudo-values and the interval are the package's own.

Each case is tried twice. With learners from another table, the same in all folds and repeats, the
rows that judge are all there is to luck, and the interval without inflation must hold the true gain
of these learners in 95 %: the jackknife's own trial. With learners trained fold by fold it is what
a user gets, and must hold the gain expected of such learners.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from benchmarks.calibration_summary import wilson
from benchmarks.timing import write
from dropdecay.axes import Point
from dropdecay.data.folds import make_folds
from dropdecay.data.row_scores import RowScore
from dropdecay.policies.contenders import MAX_BLOCKS
from dropdecay.selection.contest import Contest, Pick, losses_of_repeat
from dropdecay.statistics.hybrid import C, RepeatedGain, repeated_gain
from dropdecay.statistics.jackknife import blocks_of

N_FOLDS, N_REPEATS, N_INPUTS, N_NEW = 5, 5, 8, 20_000
NONE, *PICKS = (Point.of(weight_decay=strength) for strength in (0.0, 0.1, 0.3, 1.0))
CONTEST = Contest(
    tuple(Pick(NONE, 1) for _ in range(N_FOLDS)),
    tuple(Pick(PICKS[fold % 3], 1) for fold in range(N_FOLDS)),
    np.zeros(N_FOLDS, int),
)
LUCK = 0.5
"""How far the luck of a learner moves its targets."""

Metric = Callable[[np.ndarray, np.ndarray], float]


def auc(true: np.ndarray, said: np.ndarray) -> float:
    """Area under the ROC curve; NaN where a class is missing."""
    n_true, n_false = int(true.sum()), int((~true).sum())
    if n_true == 0 or n_false == 0:
        return float("nan")
    ranks = np.flatnonzero(true[said.argsort()])  # no two outputs are equal here
    return float((ranks.sum() - n_true * (n_true - 1) / 2) / (n_true * n_false))


def balanced_accuracy(true: np.ndarray, said: np.ndarray) -> float:
    """Mean recall of two classes; NaN where one is missing."""
    if true.all() or not true.any():
        return float("nan")
    hits = (said > 0.5) == true
    return float((hits[true].mean() + hits[~true].mean()) / 2)


def accuracy(true: np.ndarray, said: np.ndarray) -> float:
    """Share of rows on the right side."""
    return float(((said > 0.5) == true).mean())


def r2(true: np.ndarray, said: np.ndarray) -> float:
    """Share of the variance explained."""
    return float(1.0 - ((true - said) ** 2).mean() / true.var())


def minus_squared_error(true: np.ndarray, said: np.ndarray) -> float:
    """Minus the mean squared error: a mean over rows, to compare R2 with."""
    return -float(((true - said) ** 2).mean())


@dataclass(frozen=True)
class Case:
    """A score in a world: its number of rows, and the shift of the odds (None: values)."""

    name: str
    metric: Metric
    n_rows: int
    shift: float | None


CASES = (
    Case("AUC, half of 120 rows positive", auc, 120, 0.0),
    Case("AUC, half of 400 rows positive", auc, 400, 0.0),
    Case("AUC, 10 % of 400 rows positive", auc, 400, -2.8),
    Case("balanced accuracy, 25 % of 300 rows positive", balanced_accuracy, 300, -1.4),
    Case("accuracy, half of 200 rows positive", accuracy, 200, 0.0),
    Case("R2, 150 rows", r2, 150, None),
    Case("minus squared error, 150 rows", minus_squared_error, 150, None),
)


def sample(case: Case, rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows and targets: of eight inputs three matter; the idle ones vary less."""
    X = rng.normal(size=(n_rows, N_INPUTS)) * np.repeat([1.0, 0.3], (3, N_INPUTS - 3))
    slope = X[:, :3] @ [1.2, -0.8, 0.4]
    if case.shift is None:
        return X, slope + 1.5 * rng.normal(size=n_rows)
    return X, rng.random(n_rows) < expit(slope + case.shift)


def learn(X: np.ndarray, y: np.ndarray, point: Point, rng: np.random.Generator) -> np.ndarray:
    """Return intercept and slopes of a ridge regression, its targets moved by luck."""
    design = np.c_[np.ones(len(X)), X]
    penalty = len(X) * point["weight_decay"] * np.eye(1 + N_INPUTS)
    penalty[0, 0] = 0.0
    moved = y + LUCK * rng.normal(size=len(y))
    return np.linalg.solve(design.T @ design + penalty, design.T @ moved)


def learners_of(
    training: tuple[np.ndarray, np.ndarray], rng: np.random.Generator
) -> dict[Point, np.ndarray]:
    """Train all contenders on a fold, from the same random numbers."""
    seed = int(rng.integers(2**32))
    return {point: learn(*training, point, np.random.default_rng(seed)) for point in (NONE, *PICKS)}


def outputs_of(learner: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return what a learner says of rows."""
    return learner[0] + X @ learner[1:]


def look(
    case: Case, seed: int, n_repeats: int = N_REPEATS, *, elsewhere: bool = False
) -> tuple[RepeatedGain, float] | None:
    """Return the gain that a table shows, and its picks' true gain; None: a score was undefined.

    ``elsewhere``: learners of another table are judged, and c is 0.
    """
    rng = np.random.default_rng((seed, len(case.name)))
    X, y = sample(case, rng, case.n_rows)
    X_new, y_new = sample(case, rng, N_NEW)
    labels = None if case.shift is None else y
    first = np.empty(case.n_rows, int)
    blocks, costs, truth = None, [], []
    fixed = learners_of(sample(case, rng, case.n_rows), rng) if elsewhere else None
    for repeat in range(n_repeats):
        folds = make_folds(case.n_rows, labels, N_FOLDS, None, int(rng.integers(2**31)))
        if blocks is None:
            for fold, (_, held) in enumerate(folds):
                first[held] = fold
            blocks = blocks_of(np.arange(case.n_rows), first, MAX_BLOCKS, rng)
        learners = {
            fold: fixed or learners_of((X[training], y[training]), rng)
            for fold, (training, _) in enumerate(folds)
        }
        score = RowScore(lambda rows, said: case.metric(y[rows], said), None, None)

        def cost_of(pick, fold, here, folds=folds, learners=learners, score=score, blocks=blocks):
            rows = folds[fold][1]
            said = outputs_of(learners[fold][pick.point], X[rows])
            return -score.by_row(rows, said, np.where(here, blocks[rows], -1))[here]

        held = {fold: rows for fold, (_, rows) in enumerate(folds)}
        none, picks = losses_of_repeat(CONTEST, first, held, cost_of, repeat == 0)
        if np.isnan([none, picks]).any():
            return None
        costs.append(none - picks)
        if repeat == 0:
            truth = [
                case.metric(y_new, outputs_of(learners[fold][pick.point], X_new))
                - case.metric(y_new, outputs_of(learners[fold][NONE], X_new))
                for fold, pick in enumerate(CONTEST.picks)
            ]
    gain = repeated_gain(np.array(costs), groups=blocks, inflation=0.0 if elsewhere else C)
    return gain, float(np.mean(truth))


def coverage(
    case: Case, n_tables: int, n_repeats: int = N_REPEATS, *, elsewhere: bool = False
) -> dict[str, object]:
    """Return how often the interval holds the expected gain, and how far its centre is off."""
    looks = [look(case, seed, n_repeats, elsewhere=elsewhere) for seed in range(n_tables)]
    seen = [each for each in looks if each is not None]
    gains = [gain for gain, _ in seen]
    truths, means = np.array([true for _, true in seen]), np.array([gain.mean for gain in gains])
    expected = float(truths.mean())
    wanted = truths if elsewhere else np.full(len(seen), expected)
    holds = sum(gain.lower <= true <= gain.upper for gain, true in zip(gains, wanted, strict=True))
    above = sum(gain.lower > true for gain, true in zip(gains, wanted, strict=True))
    spread = [gain.row_variance + gain.repeat_variance for gain in gains]
    return {
        "case": case.name,
        "learners": "from another table, c = 0" if elsewhere else "trained on the table",
        "expected gain": expected,
        "off by": float(means.mean() - expected),
        "off by, standard error": float((means - truths).std(ddof=1) / np.sqrt(len(means))),
        "covers": wilson(int(holds), len(gains)),
        "lies above": wilson(int(above), len(gains)),
        "standard deviation said": float(np.sqrt(np.mean(spread))),
        "standard deviation": float((means - wanted).std(ddof=1)),
        "refused": n_tables - len(seen),
    }


def main() -> None:
    """Compute and print all cases."""
    began, n_tables = time.process_time(), 400
    rows = [
        coverage(case, n_tables, elsewhere=elsewhere)
        for case in CASES
        for elsewhere in (True, False)
    ]
    seconds = round(time.process_time() - began)
    write("score-coverage", rows, tables=n_tables, repeats=N_REPEATS, c=C, cpu_s=seconds)
    for row in rows:
        share, low, high = (100 * part for part in row["covers"][:3])
        print(
            f"{row['case']}, {row['learners']}: gain {row['expected gain']:+.4f}, off by "
            f"{row['off by']:+.5f} ± {row['off by, standard error']:.5f}, covers {share:.1f} % "
            f"({low:.1f}-{high:.1f}), SD {row['standard deviation']:.4f}, said "
            f"{row['standard deviation said']:.4f}, refused {row['refused']}"
        )
    print(f"{seconds} s")


if __name__ == "__main__":
    main()
