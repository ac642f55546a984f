"""Rates with the width or the kept units fixed (Srivastava et al. 2014, section 7.3).

    python -m benchmarks.reproduce.keep_rate MNIST.parquet

Without a file it draws what was measured; interrupted, it goes on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.pictures import line, save
from benchmarks.reproduce.cases import (
    Case,
    Figures,
    loss_and_error,
    network,
    run,
    values,
)
from benchmarks.reproduce.mnist import test_images, training_set

KEPT = (0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0)
"""Probabilities of keeping a unit: the paper's p, our 1 - rate."""
WIDTH, UNITS_KEPT = 256, 64
WAYS = {"width fixed at 256": lambda kept: WIDTH, "64 units kept": lambda kept: UNITS_KEPT / kept}
PAPER = {0.1: ("2.7", "1.7")}
"""Test errors that section 7.3 prints, in percent: width fixed, kept units fixed."""
PAPER_FLAT, PAPER_LOWEST = (0.4, 0.8), 0.6
"""Kept: where their error is flat at a fixed width; where it is lowest with kept units fixed."""
ROWS, N_SETS, EPOCHS = 1000, 6, 100


def cases() -> Iterator[Case]:
    """Yield every rate at both widths."""
    for number in range(N_SETS):
        for way in WAYS:
            for kept in KEPT:
                yield {"way": way, "kept": kept, "set": number}


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network of two hidden layers."""
    width = round(WAYS[case["way"]](case["kept"]))
    fitted = network((width, width), EPOCHS, case["set"], dropout=round(1 - case["kept"], 2))
    fitted.fit(*training_set(file, case["set"], ROWS))
    return loss_and_error(fitted, test_images(file))


def show(figures: Figures) -> Iterator[str]:
    """Draw the errors; yield a row a rate."""

    def draw(ax: Any, colours: tuple[str, ...]) -> None:
        for order, way in enumerate(WAYS):
            found = [values(figures, "error", way=way, kept=kept) for kept in KEPT]
            line(ax, KEPT, found, order, colours, way)
        ax.axvspan(*PAPER_FLAT, color=colours[0], alpha=0.12, linewidth=0,
                   label="the paper: flat, width fixed")  # fmt: skip
        ax.axvline(PAPER_LOWEST, color=colours[1], linestyle=":",
                   label="the paper: lowest, units fixed")  # fmt: skip
        ax.set(xlabel="probability of keeping a unit", ylabel="test error, %")
        ax.legend(frameon=False, fontsize=8)

    save("reproduce/keep-rate", draw)
    for kept in KEPT:
        cells = [f"{kept:g}", f"{1 - kept:.2g}"]
        for way, width in WAYS.items():
            error = values(figures, "error", way=way, kept=kept)
            cells += [f"{round(width(kept))}", f"{error.mean():.2f}"]
        cells += PAPER.get(kept, ("", ""))
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    run("keep_rate", cases(), work, show)
