"""Whether the loss to expect on new rows holds with class weights: tables whose truth is known.

``python -m benchmarks.class_weight_coverage [--tables 250]``, five minutes on one core. In two
worlds with a rare class the whole surface is searched with ``class_weight="balanced"``; what it
promises is set beside what the networks of the folds, at the chosen point, lose on 20,000 new rows:
weighted as it chose, and plain.
"""

import argparse
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from benchmarks.calibration_summary import wilson
from benchmarks.timing import write
from dropdecay import MLPClassifierCV

N_INPUTS, N_NEW = 6, 20_000
SURFACE = {
    "hidden_layer_sizes": 16, "dropouts": (0.0, 0.2, 0.4), "weight_decays": (0.0, 1.0, 3.0, 10.0),
    "max_iter": 60, "learning_rate_init": 0.01, "extend": False, "n_repeats": 1, "n_jobs": 1,
    "baselines": False, "encoder": None, "class_weight": "balanced",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A world: rows of a table, and the shift of the odds, which decides how rare a class is."""

    name: str
    n_rows: int
    shift: float


Look = dict[str, tuple[float, float, float, float, float]]

CASES = (
    Case("one row in four is positive, 300 rows", 300, -1.7),
    Case("one row in twelve is positive, 600 rows", 600, -3.4),
)


def sample(case: Case, rng: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw rows and their classes: of six inputs three matter, and two of these together."""
    X = rng.normal(size=(n_rows, N_INPUTS)).astype(np.float32)
    odds = case.shift + 1.2 * X[:, 0] - 0.8 * X[:, 1] + X[:, 1] * X[:, 2]
    return X, (rng.random(n_rows) < expit(odds)).astype(int)


def look(case: Case, seed: int) -> Look:
    """Return, by weighted and plain loss: naive, corrected, both ends, and the truth."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng((seed, case.n_rows))
    X, y = sample(case, rng, case.n_rows)
    X_new, y_new = sample(case, rng, N_NEW)
    search = MLPClassifierCV(**SURFACE, random_state=seed).fit(X, y)
    networks = search.fold_networks_
    said = networks.outputs(lambda encoder: X_new)[:, :, -1].astype(float)
    of_true = np.clip(np.where(y_new == 1, said, 1.0 - said), 1e-12, None)
    loss = -np.log(of_true).mean(axis=0)
    balanced = (case.n_rows / 2 / np.bincount(y))[y_new]
    found = {"weighted": (search.optimism_, balanced), "plain": (search.optimism_.plain, None)}
    return {
        name: (told.naive, told.corrected, told.lower, told.upper,
               float(np.average(loss, weights=weights)))
        for name, (told, weights) in found.items()
    }  # fmt: skip


def coverage(case: Case, looks: Sequence[Look]) -> list[dict[str, object]]:
    """Return, of the weighted and of the plain loss, how far figures are off, and the coverage."""
    rows = []
    for name in looks[0]:
        naive, corrected, lower, upper, truth = np.array([each[name] for each in looks]).T
        off = corrected - truth
        rows.append(
            {
                "case": case.name,
                "loss": name,
                "truth": float(truth.mean()),
                "naive off by": float((naive - truth).mean()),
                "off by": float(off.mean()),
                "off by, standard error": float(off.std(ddof=1) / np.sqrt(off.size)),
                "covers": wilson(int(((lower <= truth) & (truth <= upper)).sum()), off.size),
            }
        )
    return rows


def main() -> None:
    """Compute and print both worlds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tables", type=int, default=250)
    n_tables, began = parser.parse_args().tables, time.process_time()
    looks = {case: [look(case, seed) for seed in range(n_tables)] for case in CASES}
    rows = [row for case, each in looks.items() for row in coverage(case, each)]
    seconds = round(time.process_time() - began)
    write("class-weight-coverage", rows, tables=n_tables, new_rows=N_NEW, cpu_s=seconds)
    for row in rows:
        share, low, high = (100 * part for part in row["covers"][:3])
        print(
            f"{row['case']}, {row['loss']}: truth {row['truth']:.3f}, naive off by "
            f"{row['naive off by']:+.4f}, off by {row['off by']:+.4f} ± "
            f"{row['off by, standard error']:.4f}, covers {share:.1f} % ({low:.1f}-{high:.1f})"
        )
    print(f"{seconds} s")


if __name__ == "__main__":
    main()
