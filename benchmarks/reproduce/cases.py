"""Cases of a published finding: measured one by one, kept, and never measured twice."""

import argparse
import json
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from benchmarks.reproduce.mnist import Rows, images_to_choose_by, test_images
from benchmarks.timing import FIGURES
from dropdecay import MLPClassifier
from dropdecay.statistics.corrected import PairedDifference, paired_difference

FOLDER = FIGURES / "reproduce"

Case = Mapping[str, Any]
Figures = Sequence[Mapping[str, Any]]


def network(hidden: Sequence[int], epochs: int, seed: int, **setting: Any) -> MLPClassifier:
    """Return a network that is trained for so many epochs, 50 rows a step, without a penalty."""
    return MLPClassifier(
        tuple(hidden), alpha=0, batch_size=50, max_iter=epochs, tol=0, n_iter_no_change=epochs + 1,
        random_state=seed, **setting,
    )  # fmt: skip


def loss_and_error(fitted: MLPClassifier, images: Rows) -> dict[str, float]:
    """Return the log loss on images, and the share that is wrong in percent."""
    X, y = images
    chances = fitted.predict_proba(X)
    of_truth = chances[np.arange(len(y)), np.searchsorted(fitted.classes_, y)]
    wrong = fitted.classes_[chances.argmax(axis=1)] != y
    return {
        "loss": round(float(-np.log(np.maximum(of_truth, 1e-7)).mean()), 5),
        "error": round(100 * float(wrong.mean()), 3),
    }


def chosen_and_judged(file: Path, fitted: MLPClassifier) -> dict[str, float]:
    """Return loss and error on the test images, and the loss on those to choose by."""
    chosen_by = loss_and_error(fitted, images_to_choose_by(file))["loss"]
    return {**loss_and_error(fitted, test_images(file)), "choosing": chosen_by}


def kept(name: str) -> list[dict[str, Any]]:
    """Return the figures that were measured: each case with what was found."""
    file = FOLDER / f"{name}.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def values(figures: Figures, what: str, **case: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one figure of the cases that agree, in the order of their training sets."""
    found = [each for each in figures if all(each[key] == value for key, value in case.items())]
    return np.array([each[what] for each in sorted(found, key=lambda each: each["set"])])


def lower_by(one: Any, other: Any) -> PairedDifference:
    """Return by how much the other is lower, set by set, with a 95 % interval."""
    return paired_difference(np.asarray(one) - np.asarray(other), overlap=0.0)


def told(found: PairedDifference, digits: int = 2) -> str:
    """Return a difference with its interval for a table."""
    return f"{found.mean:+.{digits}f} ({found.lower:+.{digits}f} to {found.upper:+.{digits}f})"


def run(
    name: str,
    cases: Iterable[Case],
    work: Callable[[Path, Case], Mapping[str, Any]],
    show: Callable[[Figures], Iterable[str]],
) -> None:
    """Measure what is missing if there is a file to measure on, then draw and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("mnist", type=Path, nargs="?", help="without: draw what was measured")
    file = parser.parse_args().mnist
    if file is not None:
        _measure(name, cases, work, file)
    print(*show(kept(name)), sep="\n")


def _measure(
    name: str, cases: Iterable[Case], work: Callable[[Path, Case], Mapping[str, Any]], file: Path
) -> None:
    warnings.simplefilter("ignore", ConvergenceWarning)  # a number of epochs is what is asked for
    FOLDER.mkdir(exist_ok=True)
    figures = kept(name)
    for case in cases:
        if any(all(each[key] == value for key, value in case.items()) for each in figures):
            continue
        found = {**case, **work(file, case)}
        with (FOLDER / f"{name}.jsonl").open("a") as lines:
            lines.write(json.dumps(found) + "\n")
