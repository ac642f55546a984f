"""Dropout in the first epochs alone, or in all but these (Liu et al. 2023).

    python -m benchmarks.reproduce.early_late MNIST.parquet

Without a file it draws what was measured; interrupted, it goes on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

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
from benchmarks.reproduce.pictures import save

NETWORKS: dict[str, dict[str, Any]] = {
    "underfits": {"hidden": (8, 8), "rows": 5000, "epochs": 30, "rate": 0.1},
    "overfits": {"hidden": (256, 256), "rows": 1000, "epochs": 60, "rate": 0.5},
}
WAYS = ("none", "always", "early", "late")
SHARE_EARLY = 1 / 6
"""Of the epochs; the paper's 50 of 300."""
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


if __name__ == "__main__":
    run("early_late", cases(), work, show)
