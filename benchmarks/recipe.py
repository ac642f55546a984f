"""What else could be the default of a network's training: candidates beside what is, by table.

    python -m benchmarks.recipe FOLDER [--splits 1] [--tables NAME ...] [--candidates NAME ...]
        [--summary]

FOLDER is that of ``benchmarks.accuracy``, and so are splits, figures and tables, those of classes;
at most 1,000 rows are trained on, and the others judge. Each candidate changes one thing; those
whose dropout or decay falls change it beside the cosine, with which they are to be compared. It is
searched over the same four points in three folds as the default is, so that none has the
regularization that another one needs, and refitted. Folds, initial weights, batches and masks are
the default's, as far as the candidate has any. What no parameter can say is patched in, so that the
package has nothing in it that was not adopted. One line a table, split and candidate is appended to
``benchmarks/figures/recipe.jsonl``; interrupted, it goes on. The summary is written into
``docs/accuracy.md``.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.accuracy_page import interval, table
from benchmarks.accuracy_run import (
    known_rows,
    loss_of_constant,
    of_classes,
    rounded,
    versions,
)
from benchmarks.accuracy_summary import CELL, by_cell, compare, frame_of
from benchmarks.accuracy_tables import OF_CLASSES, split_of, with_few_rows
from benchmarks.candidates_command import run
from benchmarks.recipe_patches import (
    Patch,
    earliest_epochs,
    falling,
    first_weights,
    flat_cosine,
    normal_numbers,
    prior_bias,
    rising,
    scheduled,
    unclipped,
)
from benchmarks.timing import FIGURES
from dropdecay import MLPClassifierCV

FILE = FIGURES / "recipe.jsonl"
MAX_TRAINING = 1000
DEFAULT = "default"
SEARCHED = {
    "dropouts": (0.0, 0.2), "weight_decays": (0.0, 0.3), "cv": 3, "race": False, "extend": False,
    "n_repeats": 1, "baselines": False, "keep_folds": False, "n_jobs": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """One thing that is not as by default: parameters, or what is patched in."""

    parameters: dict[str, Any] = field(default_factory=dict)
    patched: Patch | None = None


COSINE = {"learning_rate": "cosine", "fixed_epochs": True}
FAST_COSINE = {**COSINE, "learning_rate_init": 0.003}
CANDIDATES = {
    DEFAULT: Candidate(),
    "output bias from shares": Candidate(patched=prior_bias(zero_weights=False)),
    "the same, output weights 0": Candidate(patched=prior_bias(zero_weights=True)),
    "biases 0": Candidate(patched=first_weights(None)),
    "biases 0, He's weights": Candidate(
        patched=first_weights(lambda n_in, n_out: float(np.sqrt(6.0 / n_in)))
    ),
    "beta_2 0.95": Candidate({"beta_2": 0.95}),
    "learning rate 0.003": Candidate({"learning_rate_init": 0.003}),
    "cosine from 0.003": Candidate(FAST_COSINE),
    "flat, then cosine, from 0.001": Candidate(COSINE, flat_cosine),
    "flat, then cosine, from 0.003": Candidate(FAST_COSINE, flat_cosine),
    "dropout rises over 20 epochs": Candidate(patched=scheduled(dropout=rising)),
    "decay rises over 20 epochs": Candidate(patched=scheduled(decay=rising)),
    "cosine from 0.003, dropout falls": Candidate(FAST_COSINE, scheduled(dropout=falling)),
    "cosine from 0.003, decay falls": Candidate(FAST_COSINE, scheduled(decay=falling)),
    "inputs not clipped": Candidate(patched=unclipped),
    "inputs normal by quantiles": Candidate(patched=normal_numbers),
    "earliest epoch as good": Candidate(patched=earliest_epochs),
    "least gap as good": Candidate({"rule": "one_se"}),
    "temperature": Candidate({"temperature": True}),
    "batches of 16": Candidate({"batch_size": 16}),
    "batches of 64": Candidate({"batch_size": 64}),
    "units 64-64": Candidate({"hidden_layer_sizes": (64, 64)}),
    "units 256-256": Candidate({"hidden_layer_sizes": (256, 256)}),
    "units 128-128-128": Candidate({"hidden_layer_sizes": (128, 128, 128)}),
}


def measure(folder: Path, name: str, number: int, candidate: str) -> dict[str, Any]:
    """Fit a candidate to at most 1,000 rows of a split and judge it on the others."""
    split = with_few_rows(split_of(folder, name, number), MAX_TRAINING)
    asked, began = CANDIDATES[candidate], time.process_time()
    with ExitStack() as stack:
        # Until it is judged: what predicts may ask for it, too.
        if asked.patched is not None:
            stack.enter_context(asked.patched())
        search = MLPClassifierCV(**{**SEARCHED, **asked.parameters}, random_state=number)
        search.fit(split.X, split.y)
        seconds = time.process_time() - began
        found = rounded(of_classes(search, split.X_test, split.y_test))
    return {
        "table": name, "split": number, "contender": candidate, "rows": len(split.X), **found,
        "constant": round(loss_of_constant(split), 6),
        "held_out_loss": round(float(search.best_loss_), 6),
        "epochs": int(search.choice_.chosen.epochs),
        "cpu_seconds": round(seconds, 2), "versions": versions(("numba",)),
    }  # fmt: skip


def _seconds(rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Return the seconds of each line and of the default, where one version took both."""
    commits = [row["versions"]["commit"] for row in rows]
    lines = pd.DataFrame(rows)[[*CELL, "contender", "cpu_seconds"]].assign(commit=commits)
    of_default = lines[lines["contender"] == DEFAULT].drop(columns="contender")
    return lines.merge(
        of_default.rename(columns={"cpu_seconds": "of_default"}), on=[*CELL, "commit"]
    )


def summary() -> str:
    """Return what each candidate gains over the default, paired, over tables."""
    rows = list(known_rows(FILE))
    frame, seconds = frame_of(rows), _seconds(rows)
    measures = ("log_loss_share", "held_out_loss_share", "balanced_accuracy", "ece")
    cells = {name: by_cell(frame, name, CANDIDATES) for name in measures}
    body = []
    for name in cells["log_loss_share"].columns.drop(DEFAULT):
        found = [compare(each, measure, DEFAULT, name) for measure, each in cells.items()]
        both = seconds.loc[seconds["contender"] == name, ["cpu_seconds", "of_default"]].sum()
        parts = [part for each in found for part in (interval(each), str(each.n_better))]
        times = f"{both['cpu_seconds'] / both['of_default']:.2f}" if both["of_default"] else ""
        body.append([name, str(found[0].n_tables), *parts, times])
    head = [
        "candidate", "tables", "log loss, % of a constant's", "better on",
        "the same in the folds", "better on", "balanced accuracy, points", "better on",
        "calibration error, points", "better on", "times the seconds",
    ]  # fmt: skip
    return table(head, body)


if __name__ == "__main__":
    run(__doc__, FILE, OF_CLASSES, CANDIDATES, measure, summary, "recipe", n_splits=1)
