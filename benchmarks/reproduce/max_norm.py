"""Max-norm beside other regularizers, alone and with dropout (Srivastava et al. 2014, table 9).

    python -m benchmarks.reproduce.max_norm MNIST.parquet

Without a file it draws what was measured; interrupted, it goes on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pictures import save
from benchmarks.reproduce.cases import (
    Case,
    Figures,
    chosen_and_judged,
    lower_by,
    network,
    run,
    told,
    values,
)
from benchmarks.reproduce.mnist import training_set

DROPOUT = {"dropout": 0.5, "input_dropout": 0.2}
L2 = [{"weight_decay": strength, "decay": "l2"} for strength in (1e-5, 1e-4, 1e-3)]
MAX_NORM = [{"max_norm": limit} for limit in (1.0, 2.0, 3.0, 4.0)]
WAYS: dict[str, list[dict[str, Any]]] = {
    "none": [{}],
    "L2": L2,
    "max-norm": MAX_NORM,
    "dropout": [DROPOUT],
    "dropout and L2": [DROPOUT | each for each in L2],
    "dropout and max-norm": [DROPOUT | each for each in MAX_NORM],
}
PAPER = {"L2": 1.62, "max-norm": 1.35, "dropout and L2": 1.25, "dropout and max-norm": 1.05}
"""Test errors of table 9, in percent."""
ROWS, N_SETS, EPOCHS = 1000, 6, 100
SGD = {"solver": "sgd", "momentum": 0.95, "learning_rate_init": 0.05, "learning_rate": "cosine"}
"""A high rate that falls, as the paper advises beside max-norm."""


def cases() -> Iterator[Case]:
    """Yield every way at every strength."""
    for number in range(N_SETS):
        for way, settings in WAYS.items():
            for place in range(len(settings)):
                yield {"way": way, "strength": place, "set": number}


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network."""
    setting = WAYS[case["way"]][case["strength"]]
    fitted = network((256, 256), EPOCHS, case["set"], **SGD, **setting)
    fitted.fit(*training_set(file, case["set"], ROWS))
    return chosen_and_judged(file, fitted)


def errors(figures: Figures, way: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the test error of each set, at the strength that the other images choose."""
    places = range(len(WAYS[way]))
    chosen_by, judged = (
        np.array([values(figures, what, way=way, strength=place) for place in places])
        for what in ("choosing", "error")
    )
    return judged[chosen_by.argmin(axis=0), np.arange(judged.shape[1])]


def show(figures: Figures) -> Iterator[str]:
    """Draw the errors; yield a row a way."""
    found = {way: errors(figures, way) for way in WAYS}

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        ours, theirs = axes
        for place, (way, each) in enumerate(found.items()):
            colour = colours[1] if "dropout" in way else colours[0]
            ours.plot(each, np.full(len(each), place), "o", color=colour, markersize=3, alpha=0.6)
            ours.plot(each.mean(), place, "|", color=colour, markersize=16, markeredgewidth=2)
            if way in PAPER:
                theirs.plot(PAPER[way], place, "D", color=colour, markersize=6)
        ours.set(yticks=range(len(found)), yticklabels=list(found), title="here, 1,000 images")
        theirs.set(title="the paper, 60,000 images", xlim=(1, 1.7))
        for ax in axes:
            ax.set(xlabel="test error, %")
        ours.invert_yaxis()

    save("reproduce/max-norm", draw, columns=2, height=2.6, sharey=True)
    for way, each in found.items():
        against = "dropout" if way.startswith("dropout and") else "none"
        gain = "" if way == "none" else told(lower_by(found[against], each))
        paper = f"{PAPER[way]:.2f}" if way in PAPER else ""
        yield (
            f"| {way} | {each.mean():.2f} | {'' if way == 'none' else against} | {gain} | {paper} |"
        )


if __name__ == "__main__":
    run("max_norm", cases(), work, show)
