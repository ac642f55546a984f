"""L2 beside decoupled decay under Adam (Loshchilov & Hutter 2019, section 4.2).

    python -m benchmarks.reproduce.l2_or_decoupled MNIST.parquet

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
from dropdecay.statistics.corrected import paired_difference

LEARNING_RATES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2)
STRENGTHS = {
    "L2": (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2),
    "decoupled": (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
}
"""Of L2, what multiplies sum(W ** 2); of decoupled decay, the share that a step takes away."""
NONE = "none"
PAPER_OF_L2 = "no benefit"
"""What section 4.2 says of L2 under Adam beside none."""
PAPER_LESS_ERROR = 15
"""By how much decoupled decay lowers the test error under Adam, in percent of it (section 1)."""
ROWS, N_SETS, EPOCHS = 1000, 6, 40


def cases() -> Iterator[Case]:
    """Yield every strength of both kinds, and none, at every learning rate."""
    for number in range(N_SETS):
        for kind, strengths in {**STRENGTHS, NONE: (0.0,)}.items():
            for rate in LEARNING_RATES:
                for strength in strengths:
                    yield {"kind": kind, "rate": rate, "strength": strength, "set": number}


def work(file: Path, case: Case) -> dict[str, float]:
    """Train one network."""
    rate, strength = case["rate"], case["strength"]
    decay = (
        {"weight_decay": strength, "decay": "l2"} if case["kind"] in ("L2", NONE)
        else {"weight_decay": strength / rate}
    )  # fmt: skip
    fitted = network((64, 64), EPOCHS, case["set"], learning_rate_init=rate, **decay)
    fitted.fit(*training_set(file, case["set"], ROWS))
    return chosen_and_judged(file, fitted)


def grid(figures: Figures, kind: str, what: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one figure by learning rate, strength and set."""
    return np.array([
        [values(figures, what, kind=kind, rate=rate, strength=strength)
         for strength in STRENGTHS.get(kind, (0.0,))]
        for rate in LEARNING_RATES
    ])  # fmt: skip


def moves(figures: Figures, kind: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return how many decades the best strength moves in one of the learning rate, by set."""
    best = np.log10(STRENGTHS[kind])[grid(figures, kind, "loss").argmin(axis=1)]
    return np.polyfit(np.log10(LEARNING_RATES), best, 1)[0]


def at_their_best(figures: Figures, kind: str, what: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return one figure of each set at the setting whose loss the other images find lowest."""
    chosen_by, judged = (
        grid(figures, kind, which).reshape(-1, N_SETS) for which in ("choosing", what)
    )
    return judged[chosen_by.argmin(axis=0), np.arange(N_SETS)]


def show(figures: Figures) -> Iterator[str]:
    """Draw both surfaces; yield a row a kind, and one on which is better."""

    def draw(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, kind in zip(axes, STRENGTHS, strict=True):
            loss = grid(figures, kind, "loss").mean(axis=2)
            ax.imshow(np.log(loss), cmap="viridis_r", aspect="auto", origin="lower")
            for row, each in enumerate(loss):
                ax.plot(each.argmin(), row, "*", color="#ffffff", markersize=10,
                        markeredgecolor="#000000")  # fmt: skip
                for column, value in enumerate(each):
                    ax.text(column, row - 0.33, f"{value:.2f}", ha="center", fontsize=7.5,
                            color="#000000" if value < 0.6 else "#ffffff")  # fmt: skip
            what = "strength of L2" if kind == "L2" else "share taken away in a step"
            ax.set(
                title=kind, xlabel=what, ylabel="learning rate",
                xticks=range(len(STRENGTHS[kind])), yticks=range(len(LEARNING_RATES)),
                xticklabels=[f"{each:g}" for each in STRENGTHS[kind]],
                yticklabels=[f"{each:g}" for each in LEARNING_RATES],
            )  # fmt: skip
            ax.tick_params(axis="x", labelrotation=45)
            if kind == "decoupled":
                middle = loss.argmin(axis=1).mean()
                for row in range(len(loss)):
                    ax.plot([middle, middle], [row - 0.15, row + 0.45], color="#000000",
                            linewidth=2)  # fmt: skip

    save("reproduce/l2-or-decoupled", draw, columns=2, height=3.2)
    best = {
        what: {kind: at_their_best(figures, kind, what) for kind in (NONE, *STRENGTHS)}
        for what in ("loss", "error")
    }
    for kind in (NONE, *STRENGTHS):
        slope = (
            "" if kind == NONE
            else told(paired_difference(moves(figures, kind), overlap=0.0))
        )  # fmt: skip
        loss, error = (best[what][kind].mean() for what in best)
        yield f"| {kind} | {slope} | {loss:.3f} | {error:.2f} |"
    as_in_torch = paired_difference(moves(figures, "decoupled") - 1, overlap=0.0)
    yield f"| decoupled, divided by the learning rate as in torch | {told(as_in_torch)} | | |"
    for one, other, paper in (
        (NONE, "L2", PAPER_OF_L2), ("L2", "decoupled", f"{PAPER_LESS_ERROR} %"),
    ):  # fmt: skip
        loss = told(lower_by(best["loss"][one], best["loss"][other]), 3)
        shares = 100 * (1 - best["error"][other] / best["error"][one])
        yield (
            f"| {other} | {one} | {loss} "
            f"| {told(paired_difference(shares, overlap=0.0), 1)} | {paper} |"
        )


if __name__ == "__main__":
    run("l2_or_decoupled", cases(), work, show)
