"""The exact penalty of dropped inputs beside the paper's formula (Wager, Wang & Liang 2013).

    python -m benchmarks.reproduce.adaptive_l2

Nothing is drawn by lot but the rows: every mask is summed over, so that it takes seconds.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.pictures import save
from dropdecay.arrays import Float64

RATES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
SHOWN = (0.05, 0.2, 0.5, 0.7)
SCALES = (0.5, 1.0, 2.0)
"""What the weights that made the rows are multiplied by."""
TRUE = np.array([1.5, -1, 0.5, 0.5, 0, 0, 0, 1])
MASKS = np.array(list(itertools.product((0, 1), repeat=TRUE.size)))


def rows() -> tuple[Float64, Float64]:
    """Return 300 rows and their classes, those of the page."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, TRUE.size))
    return X, (rng.random(300) < 1 / (1 + np.exp(-X @ TRUE))).astype(float)


def exact(X: Float64, w: Float64, rate: float) -> float:
    """Return by how much dropping inputs raises the expected loss, over all masks."""
    chances = rate ** (TRUE.size - MASKS.sum(axis=1)) * (1 - rate) ** MASKS.sum(axis=1)
    dropped = np.logaddexp(0, (X[:, None, :] * MASKS / (1 - rate)) @ w) @ chances
    return float((dropped - np.logaddexp(0, X @ w)).mean())


def formula(X: Float64, w: Float64, rate: float) -> float:
    """Return the paper's penalty for small weights."""
    q = 1 / (1 + np.exp(-X @ w))
    return float(rate / (1 - rate) / 2 * ((q * (1 - q)) @ X**2 @ w**2) / len(X))


def show() -> Iterator[str]:
    """Draw both by rate and size of the weights; yield a row a rate."""
    X, _ = rows()

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, scale in zip(axes, SCALES, strict=True):
            for order, (of, label, look) in enumerate(
                ((exact, "all masks", "-"), (formula, "the paper's formula", "--"))
            ):
                ax.plot(RATES, [of(X, scale * TRUE, rate) for rate in RATES], look,
                        color=colours[order], label=label)  # fmt: skip
            ax.set(title=f"weights times {scale:g}", xlabel="rate")
        axes[0].set(ylabel="added to the loss")
        axes[0].legend(frameon=False, fontsize=8)

    save("reproduce/adaptive-l2", draw, columns=len(SCALES), height=2.4)
    for rate in SHOWN:
        cells = [f"{of(X, scale * TRUE, rate):.3f}" for scale in SCALES for of in (exact, formula)]
        yield f"| {rate:g} | {' | '.join(cells)} |"


if __name__ == "__main__":
    print(*show(), sep="\n")
