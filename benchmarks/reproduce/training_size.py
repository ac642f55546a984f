"""Dropout's gain by the size of the training set (Srivastava et al. 2014, section 7.4).

    python -m benchmarks.reproduce.training_size MNIST.parquet

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
    lower_by,
    network,
    run,
    told,
    values,
)
from benchmarks.reproduce.mnist import test_images, training_set

SIZES = {100: 12, 500: 12, 1000: 10, 5000: 5, 18_000: 3}
"""Rows of a training set, and how many sets of them."""
EPOCHS = {100: 1000, 500: 200, 1000: 100, 5000: 60, 18_000: 17}
"""2,000 steps for the small sets, 6,000 for the large ones, where dropout needs them."""
PAPER_NO_GAIN = (100, 500)
"""Sizes at which section 7.4 finds no gain; the errors of its figure 10 are not printed."""
WAYS: dict[str, dict[str, float]] = {"none": {}, "dropout": {"dropout": 0.5, "input_dropout": 0.2}}


def cases() -> Iterator[Case]:
    """Yield every training set without and with dropout."""
    for rows, n_sets in SIZES.items():
        for number in range(n_sets):
            for way in WAYS:
                yield {"rows": rows, "way": way, "set": number}


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network."""
    fitted = network((256, 256), EPOCHS[case["rows"]], case["set"], **WAYS[case["way"]])
    fitted.fit(*training_set(file, case["set"], case["rows"]))
    return loss_and_error(fitted, test_images(file))


def show(figures: Figures) -> Iterator[str]:
    """Draw the errors; yield a row a size."""

    def draw(ax: Any, colours: tuple[str, ...]) -> None:
        for order, way in enumerate(WAYS):
            found = [values(figures, "error", rows=rows, way=way) for rows in SIZES]
            line(ax, list(SIZES), found, order, colours, way)
        first, last = PAPER_NO_GAIN
        ax.axvspan(first / 1.3, last * 1.3, color=colours[-1], alpha=0.15, linewidth=0,
                   label="the paper: no gain")  # fmt: skip
        errors = (2, 3, 5, 10, 20, 30)
        ax.set(xscale="log", yscale="log", xlabel="training rows", ylabel="test error, %",
               xticks=list(SIZES), xticklabels=[f"{rows:,}" for rows in SIZES],
               yticks=errors, yticklabels=[f"{each}" for each in errors])  # fmt: skip
        ax.minorticks_off()
        ax.legend(frameon=False)

    save("reproduce/training-size", draw)
    for rows, n_sets in SIZES.items():
        none, with_it = (values(figures, "error", rows=rows, way=way) for way in WAYS)
        gain = lower_by(none, with_it)
        share = 100 * gain.mean / none.mean()
        yield (
            f"| {rows:,} | {n_sets} | {none.mean():.2f} | {with_it.mean():.2f} "
            f"| {told(gain)} | {share:.0f} % | {'no gain' if rows in PAPER_NO_GAIN else ''} |"
        )


if __name__ == "__main__":
    run("training_size", cases(), work, show)
