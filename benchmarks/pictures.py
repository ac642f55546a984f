"""Pictures of the pages, each drawn for a light and for a dark one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "docs"

INK = {"light": "#2b2b2b", "dark": "#d6d6d6"}
COLOURS = {
    "light": ("#1f6f8b", "#c2571a", "#3a7d44", "#7a4fa3", "#555555"),
    "dark": ("#6fc3df", "#f0a35e", "#86cf92", "#c3a0e8", "#b0b0b0"),
}
"""A colour a line; the same order in both, told apart by brightness too."""

MARKERS = ("o", "s", "^", "D", "v")


def save(
    name: str, draw: Callable[[Any, tuple[str, ...]], None], columns: int = 1, height: float = 3.0,
    **shared: Any,
) -> None:  # fmt: skip
    """Draw a picture twice; ``draw`` gets the axes (an array if there are several) and colours.

    Parameters
    ----------
    name : str
        Below ``docs``, without an ending: ``NAME-light.svg`` and ``NAME-dark.svg`` are written.
    draw : callable
    columns : int, default 1
    height : float, default 3
        In inches; the width is 7, or 5 for a single pair of axes.
    shared
        ``sharex`` or ``sharey``, as in matplotlib.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    for scheme, ink in INK.items():
        look = {
            "svg.hashsalt": name, "svg.fonttype": "path", "font.size": 9, "axes.spines.top": False,
            "axes.spines.right": False, "savefig.transparent": True,
            **dict.fromkeys(
                ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color",
                 "axes.titlecolor"), ink),
        }  # fmt: skip
        with mpl.rc_context(look):
            width = 5 if columns == 1 else 7
            figure, axes = plt.subplots(
                1, columns, figsize=(width, height), layout="constrained", **shared
            )
            draw(axes, COLOURS[scheme])
            figure.savefig(
                FOLDER / f"{name}-{scheme}.svg", metadata={"Date": None, "Creator": None}
            )
            plt.close(figure)


def plain_log(axis: Any, steps: tuple[float, ...] = (1,)) -> None:
    """Label a logarithmic axis with plain numbers, ``steps`` times powers of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axis.set_major_locator(LogLocator(10, steps))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def line(ax: Any, x: Any, found: Any, order: int, colours: tuple[str, ...], label: str) -> None:
    """Draw means over sets with 95 % intervals, (n_x, n_sets)."""
    from scipy import stats

    means = [each.mean() for each in found]
    halves = [
        stats.t.ppf(0.975, len(each) - 1) * each.std(ddof=1) / len(each) ** 0.5 for each in found
    ]
    ax.errorbar(x, means, halves, color=colours[order], marker=MARKERS[order], markersize=4,
                capsize=2, linewidth=1.4, label=label)  # fmt: skip
