"""One contender on one split of one table: its figures on the rows held back, as one line."""

import json
import logging
import subprocess
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_iris
from sklearn.metrics import balanced_accuracy_score, r2_score, root_mean_squared_error

from benchmarks.accuracy_contenders import CONTENDERS, fitted
from benchmarks.accuracy_rivals import as_rivals_take_it
from benchmarks.accuracy_tables import Split, split_of
from benchmarks.timing import FIGURES
from dropdecay import MLPClassifierCV

FILE = FIGURES / "accuracy.jsonl"
N_BINS = 15
SMALLEST = 1e-7
"""Probabilities are no smaller in the log loss: some contenders have them in float32."""

Row = dict[str, Any]
Floats, Int = np.ndarray, np.ndarray


def known_rows(path: Path = FILE) -> Iterator[Row]:
    """Yield the lines of a file; one that an interruption cut short is passed over."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def warm_up() -> None:
    """Compile and load our kernels, which no contender's seconds shall contain, and be quiet."""
    warnings.simplefilter("ignore")
    logging.disable()
    X, y = load_iris(return_X_y=True)
    MLPClassifierCV(4, dropouts=(0.0, 0.1), weight_decays=(0.0,), max_iter=2, n_jobs=1).fit(X, y)


def measure(folder: Path, table: str, number: int, name: str, seconds: float) -> Row:
    """Fit a contender and judge it; ``seconds``: those of the contender it may take as long as."""
    contender = CONTENDERS[name]
    split = split_of(folder, table, number)
    if contender.fit is not None:
        split = as_rivals_take_it(split, impute=not contender.takes_missing)
    began, cpu_began = time.perf_counter(), time.process_time()
    model = fitted(contender, split, number, seconds)
    taken, cpu_taken = time.perf_counter() - began, time.process_time() - cpu_began
    judge = of_classes if split.is_classes else of_values
    return {
        "table": table, "split": number, "contender": name, "rows": len(split.X),
        "columns": split.X.shape[1], **rounded(judge(model, split.X_test, split.y_test)),
        "constant": round(loss_of_constant(split), 6),
        "seconds": round(taken, 2), "cpu_seconds": round(cpu_taken, 2),
        "versions": versions(contender.libraries),
    }  # fmt: skip


def rounded(figures: dict[str, float]) -> dict[str, float]:
    """Return the figures with six digits behind the point."""
    return {name: round(float(value), 6) for name, value in figures.items()}


def of_classes(model: Any, X: pd.DataFrame, y: Int) -> dict[str, float]:
    """Return how good classes and probabilities are."""
    proba, classes = np.asarray(model.predict_proba(X), np.float64), np.asarray(model.predict(X))
    own = np.maximum(proba[np.arange(len(y)), y], SMALLEST)
    return {
        "balanced_accuracy": balanced_accuracy_score(y, classes),
        "accuracy": (classes == y).mean(),
        "log_loss": -np.log(own).mean(),
        "ece": calibration_error(proba, y),
    }


def loss_of_constant(split: Split) -> float:
    """Return the log loss of the classes' shares among the training rows, or the mean's RMSE."""
    if not split.is_classes:
        return float(np.sqrt(((split.y_test - split.y.mean()) ** 2).mean()))
    shares = np.bincount(split.y) / len(split.y)
    return float(-np.log(shares[split.y_test]).mean())


def calibration_error(proba: Floats, y: Int) -> float:
    """Return the expected calibration error (Guo et al. 2017), in 15 bins of equal width.

    Parameters
    ----------
    proba : shape (n_rows, n_classes)
    y : shape (n_rows,)
        Columns of the true classes.

    Returns
    -------
    float
        The mean over rows of how far the probability of the likeliest class is from how often it is
        right, bin by bin; [0, 1].
    """
    sure, is_right = proba.max(axis=1), proba.argmax(axis=1) == y
    bins = np.minimum((sure * N_BINS).astype(int), N_BINS - 1)
    return float(np.abs(np.bincount(bins, sure - is_right)).sum() / len(y))


def of_values(model: Any, X: pd.DataFrame, y: Floats) -> dict[str, float]:
    """Return how good values are, RMSE in the units of the target."""
    values = np.ravel(model.predict(X))
    return {"r2": r2_score(y, values), "rmse": root_mean_squared_error(y, values)}


def versions(libraries: tuple[str, ...]) -> dict[str, str]:
    """Return the versions that the figures depend on; of this package the last change as well."""
    named = ("numpy", "pandas", *libraries, *(("dropdecay",) if "numba" in libraries else ()))
    found = {name: version(name) for name in named}
    if "dropdecay" in found:
        found["commit"] = _git("log", "-1", "--format=%h") + ("+" if _git("diff", "HEAD") else "")
    return found


def _git(*command: str) -> str:
    """Return what git says of the package's sources."""
    asked = ("git", *command, "--", "src")
    folder = Path(__file__).parent.parent
    return subprocess.run(
        asked, cwd=folder, capture_output=True, text=True, check=True
    ).stdout.strip()
