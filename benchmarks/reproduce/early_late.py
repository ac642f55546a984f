"""Dropout in the first epochs alone, or in all but these (Liu et al. 2023).

    python -m benchmarks.reproduce.early_late MNIST.parquet

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
    loss_and_error,
    lower_by,
    network,
    run,
    told,
    values,
)
from benchmarks.reproduce.mnist import test_images, training_set
from dropdecay.statistics.corrected import PairedDifference

NETWORKS: dict[str, dict[str, Any]] = {
    "underfits": {"hidden": (8, 8), "rows": 5000, "epochs": 30, "rate": 0.1},
    "overfits": {"hidden": (256, 256), "rows": 1000, "epochs": 60, "rate": 0.5},
}
WAYS = ("none", "always", "early", "late")
SHARE_EARLY = 1 / 6
"""Of the epochs; the paper's 50 of 300."""
PAPER = {
    "underfits": {
        "ViT-T": {"none": 73.9, "always": 67.9, "early": 74.3},
        "Mixer-S": {"none": 71.0, "always": 67.1, "early": 71.3},
        "Swin-F": {"none": 74.3, "always": 71.6, "early": 74.7},
    },
    "overfits": {
        "ViT-B": {"always": 81.6, "late": 82.3},
        "Mixer-B": {"always": 78.0, "late": 78.6},
    },
}
"""Accuracies on ImageNet-1K in percent, by their basic recipe; of networks that overfit, with
stochastic depth, which drops whole layers, in place of dropout."""
AGAINST = {"underfits": "none", "overfits": "always"}
"""What the paper compares with."""
N_SETS = 8


def cases() -> Iterator[Case]:
    """Yield both networks in four ways."""
    for number in range(N_SETS):
        for name in NETWORKS:
            for way in WAYS:
                yield {"network": name, "way": way, "set": number}


def rate_in(way: str, epoch: int, epochs: int, rate: float) -> float:
    """Return the dropout rate of an epoch, counted from 0."""
    is_early = epoch < SHARE_EARLY * epochs
    on = {"none": False, "always": True, "early": is_early, "late": not is_early}[way]
    return rate if on else 0.0


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network epoch by epoch; losses are taken with nothing dropped."""
    given = NETWORKS[case["network"]]
    X, y = training_set(file, case["set"], given["rows"])
    fitted = network(given["hidden"], given["epochs"], case["set"])
    for epoch in range(given["epochs"]):
        fitted.set_params(dropout=rate_in(case["way"], epoch, given["epochs"], given["rate"]))
        fitted.partial_fit(X, y, classes=np.arange(10))
    training = loss_and_error(fitted, (X, y))["loss"]
    return {**loss_and_error(fitted, test_images(file)), "training": training}


def more_right(figures: Figures, name: str, base: str, way: str) -> PairedDifference:
    """Return by how many points the accuracy of a way is above that of another."""
    return lower_by(*(values(figures, "error", network=name, way=each) for each in (base, way)))


def show(figures: Figures) -> Iterator[str]:
    """Draw what each way changes; yield a row a network and way."""

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, name in zip(axes, NETWORKS, strict=True):
            none = values(figures, "loss", network=name, way="none")
            for place, way in enumerate(WAYS[1:]):
                gain = lower_by(none, values(figures, "loss", network=name, way=way))
                ax.errorbar(gain.mean, place, xerr=gain.mean - gain.lower, fmt="o", capsize=3,
                            color=colours[place])  # fmt: skip
            ax.locator_params(axis="x", nbins=5)
            ax.axvline(0, color=colours[-1], linewidth=0.8)
            ax.set(title=f"the network that {name}", yticks=range(3), yticklabels=WAYS[1:],
                   xlabel="test log loss lower than with none by", ylim=(2.5, -0.5))  # fmt: skip

    save("reproduce/early-late", draw, columns=2, height=2.2)
    for name in NETWORKS:
        for way in WAYS:
            training, loss, error = (
                values(figures, what, network=name, way=way).mean()
                for what in ("training", "loss", "error")
            )
            gains = [
                "" if way == "none" else told(lower_by(
                    *(values(figures, what, network=name, way=each) for each in ("none", way))
                ), 3)
                for what in ("training", "loss")
            ]  # fmt: skip
            yield (
                f"| {name} | {way} | {training:.3f} | {gains[0]} | {loss:.3f} | {gains[1]} "
                f"| {error:.2f} |"
            )
    yield from _in_accuracy(figures)


def _in_accuracy(figures: Figures) -> Iterator[str]:
    """Draw points of accuracy beside the paper's; yield a row a comparison that it has."""

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, (name, base) in zip(axes, AGAINST.items(), strict=True):
            ways = _compared(name)
            for place, way in enumerate(ways):
                gain = more_right(figures, name, base, way)
                ax.errorbar(gain.mean, place - 0.12, xerr=gain.mean - gain.lower, fmt="o",
                            capsize=3, color=colours[0])  # fmt: skip
                theirs = [each[way] - each[base] for each in PAPER[name].values()]
                ax.plot(theirs, np.full(len(theirs), place + 0.12), "D", color=colours[1],
                        fillstyle="none")  # fmt: skip
            ax.axvline(0, color=colours[-1], linewidth=0.8)
            ax.set(title=f"the network that {name}", yticks=range(len(ways)), yticklabels=ways,
                   xlabel=f"accuracy, points above {base}",
                   ylim=(len(ways) - 0.5, -0.5))  # fmt: skip

    save("reproduce/early-late-accuracy", draw, columns=2, height=1.9)
    for name, base in AGAINST.items():
        for way in _compared(name):
            theirs = ", ".join(
                f"{network} {each[way] - each[base]:+.1f}" for network, each in PAPER[name].items()
            )
            gain = told(more_right(figures, name, base, way))
            yield f"| {name} | {way} over {base} | {gain} | {theirs} |"


def _compared(name: str) -> list[str]:
    """Return the ways that the paper compares for a network of this kind."""
    in_all = set.intersection(*(set(each) for each in PAPER[name].values()))
    return [way for way in WAYS if way in in_all - {AGAINST[name]}]


if __name__ == "__main__":
    run("early_late", cases(), work, show)
