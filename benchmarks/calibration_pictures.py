"""The figures of the calibration as pictures beside ``docs/statistics.md``."""

from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent.parent / "docs"
BLUE, ORANGE, GREY = "#3b6ea5", "#d9822b", "#8a8a8a"


def draw_pictures(
    rows: list[dict[str, Any]],
    kept: dict[str, list[dict[str, Any]]],
    random_numbers: list[dict[str, Any]],
) -> None:
    """Draw coverage, optimism, regret and common random numbers."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    def save(figure: Any, name: str) -> None:
        figure.savefig(FOLDER / f"calibrate-{name}.png", dpi=130, metadata={"Software": None})
        plt.close(figure)

    save(_coverage(plt, rows, kept), "coverage")
    save(_optimism(plt, rows), "optimism")
    save(_regret(plt, rows), "regret")
    save(_random_numbers(plt, random_numbers), "random-numbers")


def _coverage(plt: Any, rows: list[dict[str, Any]], kept: dict[str, list[dict[str, Any]]]) -> Any:
    """Draw the interval of every repetition against the expected gain, world by world."""
    rows = [row for row in rows if row["coverage, expected gain"]["none"] is not None]
    figure, axes = plt.subplots(1, len(rows), figsize=(2.2 * len(rows), 4), layout="constrained")
    for ax, row in zip(axes, rows, strict=True):
        found = sorted(kept[row["world"]], key=lambda each: each["gain"]["none"])
        low = np.array([each["lower"]["none"] for each in found])
        high = np.array([each["upper"]["none"] for each in found])
        truth = row["true gain over none"]
        misses = (truth < low) | (truth > high)
        at = np.arange(len(found))
        ax.hlines(at, low, high, colors=np.where(misses, ORANGE, BLUE), linewidth=0.8)
        ax.axvline(truth, color="black", linewidth=1)
        ax.set_title(f"{row['world']}\n{1 - misses.mean():.0%} covered", fontsize=9)
        ax.set_yticks([])
        ax.tick_params(labelsize=7)
    figure.supxlabel("95 % interval of the gain over none; the line is the truth", fontsize=9)
    return figure


def _optimism(plt: Any, rows: list[dict[str, Any]]) -> Any:
    """Draw by how much the naive minimum and BBC-CV miss the loss on new rows."""
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    at = np.arange(len(rows))
    for shift, name, colour in ((-0.17, "bias naive", ORANGE), (0.17, "bias BBC-CV", BLUE)):
        share = np.array([row[name] for row in rows]) / [[row["loss"]] for row in rows]
        ax.bar(at + shift, 100 * share[:, 0], 0.34, yerr=196 * share[:, 1], color=colour,
               label={"bias naive": "naive minimum", "bias BBC-CV": "BBC-CV"}[name])  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xticks(at, [row["world"] for row in rows], fontsize=8)
    ax.set_ylabel("estimate minus truth,\n% of the loss", fontsize=9)
    ax.legend(fontsize=8)
    return figure


def _regret(plt: Any, rows: list[dict[str, Any]]) -> Any:
    """Draw what each way of choosing loses against the oracle point."""
    figure, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
    at = np.arange(len(rows))
    ways = (("none", "none", GREY), ("best", "best, full grid", BLUE),
            ("raced", "best, race", "#7fb2d9"), ("one_se", "one-SE", ORANGE))  # fmt: skip
    for number, (name, label, colour) in enumerate(ways):
        regret = np.array([row["regret"][name] for row in rows]) / [[row["loss"]] for row in rows]
        ax.bar(at + 0.2 * (number - 1.5), 100 * regret[:, 0], 0.2, yerr=196 * regret[:, 1],
               color=colour, label=label)  # fmt: skip
    ax.set_xticks(at, [row["world"] for row in rows], fontsize=8)
    ax.set_ylabel("loss above the oracle's,\n% of the loss", fontsize=9)
    ax.set_yscale("symlog", linthresh=1)
    ax.set_ylim(0, None)
    ax.legend(fontsize=8, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def _random_numbers(plt: Any, rows: list[dict[str, Any]]) -> Any:
    """Draw the variance ratio of every pair of neighbours."""
    figure, ax = plt.subplots(figsize=(5, 2.8), layout="constrained")
    for number, row in enumerate(rows):
        ratios = row["variance ratios"]
        ax.plot(ratios, np.full(len(ratios), number), "o", color=BLUE, alpha=0.6)
        ax.plot(row["variance ratio"], number, "|", color="black", markersize=22)
    ax.axvline(1, color=GREY, linewidth=1)
    ax.set_xlim(0, None)
    ax.set_yticks(range(len(rows)), [row["data"] for row in rows])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xlabel("variance of a difference: common random numbers / independent ones", fontsize=9)
    return figure
