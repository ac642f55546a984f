"""The figures of the calibration as pictures beside ``docs/statistics.md``."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.repetition import Repetition

FOLDER = Path(__file__).parent.parent / "docs"
BLUE, ORANGE, GREY = "#3b6ea5", "#d9822b", "#8a8a8a"
Figures = dict[str, Any]


def draw_pictures(
    rows: Sequence[Figures],
    pooled: Figures,
    found: Mapping[str, Sequence[Repetition]],
    random_numbers: Sequence[Figures],
) -> None:
    """Draw coverage, narrowing, chances, optimism and common random numbers."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    def save(figure: Any, name: str) -> None:
        figure.savefig(FOLDER / f"calibrate-{name}.png", dpi=130, metadata={"Software": None})
        plt.close(figure)

    save(_coverage(plt, rows, found), "coverage")
    save(_narrowing(plt, rows), "narrowing")
    save(_chances(plt, pooled["chances"]["known"]), "chances")
    save(_optimism(plt, rows), "optimism")
    save(_random_numbers(plt, random_numbers), "random-numbers")


def _coverage(plt: Any, rows: Sequence[Figures], found: Mapping[str, Sequence[Repetition]]) -> Any:
    """Draw the interval of every repetition against the expected gain, world by world."""
    n_columns = 5
    n_lines = -(-len(rows) // n_columns)
    figure, axes = plt.subplots(
        n_lines, n_columns, figsize=(2.1 * n_columns, 2.6 * n_lines), layout="constrained"
    )
    for ax in axes.flat[len(rows) :]:
        ax.set_axis_off()
    for ax, row in zip(axes.flat, rows, strict=False):
        told = [each for each in found[row["world"]] if each.lower < each.upper]
        told.sort(key=lambda each: each.gain)
        low, high = (100 * np.array([getattr(each, end) for each in told]) / row["loss of none"]
                     for end in ("lower", "upper"))  # fmt: skip
        truth = 100 * row["E"][0] / row["loss of none"]
        misses = (truth < low) | (truth > high)
        ax.hlines(np.arange(len(told)), low, high, colors=np.where(misses, ORANGE, BLUE),
                  linewidth=0.9)  # fmt: skip
        ax.axvline(truth, color="black", linewidth=1)
        ax.axvline(0, color=GREY, linewidth=0.7, linestyle=":")
        ax.set_title(f"{row['world']}\n{1 - misses.mean():.0%} of {len(told)} cover", fontsize=9)
        ax.set_yticks([])
        ax.tick_params(labelsize=7)
    figure.supxlabel(
        "95 % interval of the gain at the stop, % of the loss without regularization; "
        "the black line is the truth", fontsize=9)  # fmt: skip
    return figure


def _narrowing(plt: Any, rows: Sequence[Figures]) -> Any:
    """Draw how wide the interval is after each repeat."""
    figure, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
    for row in rows:
        known = "power" in row
        ax.plot(range(1, 1 + len(row["narrowing"])), 100 * np.array(row["narrowing"]),
                color=BLUE if known else ORANGE, linewidth=1, alpha=0.8, marker="o", markersize=2.5,
                label={"crossed": "a world with a gain", "equal points": "without"}.get(
                    row["world"]))  # fmt: skip
    ax.set_xticks(range(1, 11))
    ax.set_xlabel("cuts of the rows; 1: the surface alone", fontsize=9)
    ax.set_ylabel("half the interval,\n% of the loss (median)", fontsize=9)
    ax.set_yscale("log")
    ax.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    ax.minorticks_off()
    ax.legend(fontsize=8)
    return figure


def _chances(plt: Any, rows: Sequence[Figures]) -> Any:
    """Draw the chance that was said against how often it came true."""
    figure, ax = plt.subplots(figsize=(4.6, 3.4), layout="constrained")
    shown = [row for row in rows if row["better"][4] > 0]
    at = np.array([(row["from"] + row["to"]) / 2 for row in shown])
    share, low, high = np.array([row["better"][:3] for row in shown]).T
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    ax.errorbar(at, share, yerr=np.clip([share - low, high - share], 0, None), fmt="o", color=BLUE)
    for x, y, row in zip(at, share, shown, strict=True):
        ax.annotate(f"{row['better'][4]}", (x, y), (4, -11), textcoords="offset points", fontsize=7)
    ax.set_xlabel("chance that it helps, as said at the stop", fontsize=9)
    ax.set_ylabel("truly better on new rows", fontsize=9)
    ax.set_xlim(0, 1.02)
    ax.set_ylim(0, 1.02)
    return figure


def _optimism(plt: Any, rows: Sequence[Figures]) -> Any:
    """Draw by how much the naive minimum and BBC-CV miss the loss on new rows."""
    figure, ax = plt.subplots(figsize=(9, 3.4), layout="constrained")
    at = np.arange(len(rows))
    for shift, name, colour in ((-0.17, "bias naive", ORANGE), (0.17, "bias BBC-CV", BLUE)):
        share = np.array([row[name] for row in rows]) / [[row["loss of the best"]] for row in rows]
        ax.bar(at + shift, 100 * share[:, 0], 0.34, yerr=196 * share[:, 1], color=colour,
               label={"bias naive": "naive minimum", "bias BBC-CV": "BBC-CV"}[name])  # fmt: skip
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set_xticks(at, [row["world"].replace(" ", "\n") for row in rows], fontsize=8)
    ax.set_ylabel("estimate minus truth,\n% of the loss", fontsize=9)
    ax.set_yscale("symlog", linthresh=10)
    ax.set_yticks([-20, -10, -5, 0, 5, 10, 20], [-20, -10, -5, 0, 5, 10, 20])
    ax.minorticks_off()
    ax.legend(fontsize=8)
    return figure


def _random_numbers(plt: Any, rows: Sequence[Figures]) -> Any:
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
