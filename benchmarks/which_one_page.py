"""Tables and pictures of "Which one?", from the cells that ``benchmarks.which_one`` measured.

    python -m benchmarks.which_one_page

Gains are shares of the loss without regularization, in percent; above 0 is better.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from benchmarks.pictures import save
from benchmarks.which_one import NETWORKS, ROWS, TABLES, kept

Cell = Mapping[str, Any]
KINDS = {"dropout": "dropout alone", "weight_decay": "decay alone", "together": "both"}

PREDICTORS: dict[str, Callable[[Cell], float]] = {
    "rows per weight": lambda cell: cell["rows"] / cell["weights"],
    "noise": lambda cell: cell["none"] / cell["constant"],
    "gap": lambda cell: cell["gap"] / cell["constant"],
    "linearity": lambda cell: -cell["linear"] / cell["none"],
}
"""What may predict a gain; noise: the share of the loss of a constant that the network leaves."""

N_RESAMPLES = 1000


def percent(cell: Cell, of: Sequence[float]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return a gain and its ends as percent of the loss without regularization."""
    return 100 * np.array(of) / cell["none"]


def told(cell: Cell, of: Sequence[float]) -> str:
    """Return a gain with its interval; bold where that leaves zero out."""
    mean, low, high = percent(cell, of)
    words = f"{mean:+.0f} ({low:+.0f} to {high:+.0f})"
    return f"**{words}**" if low > 0 or high < 0 else words


def table_of_cells(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a row a table and size, a column a network."""
    by_place = {(each["table"], each["rows"], each["network"]): each for each in cells}
    for table in TABLES:
        for rows in ROWS:
            own = [by_place.get((table, rows, network)) for network in NETWORKS]
            if any(own):
                told_of = ["" if each is None else told(each, each["gain"]) for each in own]
                yield f"| {table} | {rows} | {' | '.join(told_of)} |"


def counts(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a row a way and size: cells whose interval lies above zero, around it, below it."""
    ways: dict[str, Callable[[Cell], Sequence[float]]] = {
        "choosing": lambda cell: cell["gain"],
        **{words: lambda cell, kind=kind: cell["effects"][kind] for kind, words in KINDS.items()},
        "dropout over decay": lambda cell: cell["dropout_over_decay"],
    }
    for words, of in ways.items():
        row = []
        for rows in ROWS:
            ends = np.array([percent(each, of(each)) for each in cells if each["rows"] == rows])
            above, below = int((ends[:, 1] > 0).sum()), int((ends[:, 2] < 0).sum())
            row.append(
                f"{np.median(ends[:, 0]):+.1f} | {above}, {len(ends) - above - below}, {below}"
            )
        yield f"| {words} | {' | '.join(row)} |"


def what_predicts(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield a row a predictor: rank correlations with the gains, intervals by tables drawn anew."""
    for name, of in PREDICTORS.items():
        found = [
            _correlation(cells, of, lambda cell, kind=kind: percent(cell, cell["effects"][kind])[0])
            for kind in KINDS
        ]
        yield f"| {name} | {' | '.join(found)} |"


def _correlation(
    cells: Sequence[Cell], of: Callable[[Cell], float], gain: Callable[[Cell], float]
) -> str:
    pairs = {
        table: np.array([(of(each), gain(each)) for each in cells if each["table"] == table])
        for table in TABLES
    }
    rng = np.random.default_rng(0)

    def over(tables: Sequence[str]) -> float:
        x, y = np.concatenate([pairs[each] for each in tables]).T
        return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])  # Spearman's

    drawn = [over(list(rng.choice(TABLES, len(TABLES)))) for _ in range(N_RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    words = f"{over(TABLES):+.2f} ({low:+.2f} to {high:+.2f})"
    return f"**{words}**" if low > 0 or high < 0 else words


def draw(cells: Sequence[Cell], network: str = "128-128") -> None:
    """Draw the gain of choosing, a pair of axes a size."""
    own = {(each["table"], each["rows"]): each for each in cells if each["network"] == network}

    def into(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, rows in zip(axes, ROWS, strict=True):
            for place, table in enumerate(TABLES):
                cell = own[table, rows]
                mean, low, high = percent(cell, cell["gain"])
                colour = colours[2] if low > 0 else colours[1] if high < 0 else colours[4]
                ax.errorbar(mean, place, xerr=[[mean - low], [high - mean]], fmt="o", capsize=2,
                            color=colour, markersize=4)  # fmt: skip
            ax.axvline(0, color=colours[4], linewidth=0.8)
            ax.set(title=f"{rows} rows", xlim=(-35, 65), yticks=range(len(TABLES)),
                   yticklabels=TABLES)  # fmt: skip
        axes[0].invert_yaxis()
        axes[1].set_xlabel("loss lower than without regularization, %")

    save("learn/which-one", into, columns=3, height=3.6, sharey=True)


def rows_of_page(cells: Sequence[Cell]) -> list[str]:
    """Return all rows of the tables of the page."""
    return [*counts(cells), *what_predicts(cells), *table_of_cells(cells)]


def main() -> None:
    """Draw, and print the rows."""
    cells = kept()
    draw(cells)
    print(*rows_of_page(cells), sep="\n")


if __name__ == "__main__":
    main()
