"""The best timescale of weight decay as rows are added (Wang & Aitchison 2024).

    python -m benchmarks.reproduce.timescale MNIST.parquet

Without a file it draws what was measured; interrupted, it goes on.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.pictures import MARKERS, line, plain_log, save
from benchmarks.reproduce.cases import (
    Case,
    Figures,
    loss_and_error,
    network,
    run,
    told,
    values,
)
from benchmarks.reproduce.mnist import test_images, training_set
from dropdecay.statistics.corrected import paired_difference

SIZES = (500, 1000, 2000, 4000, 8000)
TIMESCALES = (1, 2, 4, 8, 16, 32, 64, 128)
"""Epochs after which an update is down to 37 %."""
N_SETS, EPOCHS, LEARNING_RATE = 6, 40, 0.001


def cases() -> Iterator[Case]:
    """Yield every timescale for every training set."""
    for number in range(N_SETS):
        for rows in SIZES:
            for tau in TIMESCALES:
                yield {"rows": rows, "tau": tau, "set": number}


def strength(rows: int, tau: float) -> float:
    """Return the weight decay of a timescale: 1 / (learning rate x epochs x steps an epoch)."""
    return 1 / (LEARNING_RATE * tau * rows / 50)


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network."""
    decay = strength(case["rows"], case["tau"])
    fitted = network((64, 64), EPOCHS, case["set"], weight_decay=decay)
    fitted.fit(*training_set(file, case["set"], case["rows"]))
    return loss_and_error(fitted, test_images(file))


def best(figures: Figures) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the best timescale by size and set, from a parabola around the lowest loss."""
    octaves = np.log2(TIMESCALES)
    found = np.empty((len(SIZES), N_SETS))
    for place, rows in enumerate(SIZES):
        curves = np.array([values(figures, "loss", rows=rows, tau=tau) for tau in TIMESCALES])
        for number, curve in enumerate(curves.T):
            middle = int(np.clip(curve.argmin(), 1, len(TIMESCALES) - 2))
            around = slice(middle - 1, middle + 2)
            a, b, _ = np.polyfit(octaves[around], curve[around], 2)
            bottom = -b / (2 * a) if a > 0 else octaves[curve.argmin()]
            found[place, number] = 2 ** np.clip(bottom, octaves[0], octaves[-1])
    return found


def show(figures: Figures) -> Iterator[str]:
    """Draw the losses; yield a row a size, and how fast the best timescale moves."""

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        for order, rows in enumerate(SIZES):
            mean = [values(figures, "loss", rows=rows, tau=tau).mean() for tau in TIMESCALES]
            look = {"color": colours[order], "marker": MARKERS[order], "markersize": 4}
            axes[0].plot(TIMESCALES, mean, label=f"{rows:,} rows", **look)
            axes[1].plot([strength(rows, tau) for tau in TIMESCALES], mean, **look)
        for ax, what in zip(axes, ("timescale, epochs", "weight decay"), strict=True):
            ax.set(xscale="log", yscale="log", xlabel=what)
            plain_log(ax.xaxis)
            plain_log(ax.yaxis, (1, 2, 4))
        axes[0].set(ylabel="test log loss")
        axes[0].legend(frameon=False, fontsize=8)

    save("reproduce/timescale", draw, columns=2, sharey=True)
    lowest = best(figures)
    middle_of_all = float(np.exp(np.log(lowest).mean()))

    def draw_best(ax: Any, colours: tuple[str, ...]) -> None:
        line(ax, SIZES, np.log2(lowest), 0, colours, "here")
        shrinking = np.exp(np.log(SIZES).mean()) / np.array(SIZES)
        for order, (share, label) in enumerate(
            ((np.ones(len(SIZES)), "the paper: it stays"), (shrinking, "if the decay stayed")), 1
        ):
            ax.plot(SIZES, np.log2(middle_of_all * share), ("--", ":")[order - 1],
                    color=colours[order], label=label)  # fmt: skip
        octaves = range(3, 10)
        ax.set(xscale="log", xlabel="rows", ylabel="best timescale, epochs", xticks=SIZES,
               xticklabels=[f"{rows:,}" for rows in SIZES], yticks=octaves,
               yticklabels=[f"{2**octave}" for octave in octaves])  # fmt: skip
        ax.minorticks_off()
        ax.legend(frameon=False, fontsize=8)

    save("reproduce/timescale-best", draw_best)
    for rows, found in zip(SIZES, lowest, strict=True):
        middle = float(np.exp(np.log(found).mean()))
        yield f"| {rows:,} | {middle:.1f} | {strength(rows, middle):.2g} |"
    slopes = np.polyfit(np.log(SIZES), np.log(lowest), 1)[0]
    yield f"Slope of the timescale: {told(paired_difference(slopes, overlap=0.0))}."


if __name__ == "__main__":
    run("timescale", cases(), work, show)
