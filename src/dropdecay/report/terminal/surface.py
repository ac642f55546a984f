"""The surface in the terminal: two axes as a table, one as a path, or a single point."""

import math
from dataclasses import dataclass, replace

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.axes import Axis, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report import numbers
from dropdecay.report.eliminated import ON_PILOT
from dropdecay.report.layout import Layout, elsewhere, lay_out, tau_labels
from dropdecay.report.measure import Measure
from dropdecay.report.plot_data import NOWHERE, Surface
from dropdecay.report.run_files import PAGE, RESULTS
from dropdecay.report.terminal.thinning import spread_over
from dropdecay.report.terminal.writing import Page
from dropdecay.selection.decimals import decimals_of
from dropdecay.selection.formatting import capitalized

BEST, AS_GOOD, ONE_SE = "★", "●", "◆"
SHADE = "black on color(189)"
"""Of cells as good as the best, where the terminal has 256 colours."""

WIDE = 110
"""From this width on the gap, or the loss beside a score, stands below each cell."""

MOST_ROWS_OF_TWO = 12
MOST_LINES, MOST_ROWS = 24, 12
"""A surface that would need more lines is shown in part, by so many rows and one set of columns."""

BETWEEN = 2


@dataclass(frozen=True)
class Shown:
    """What is shown of every point: what chose, and beside it the gap, or the loss to a score.

    Parameters
    ----------
    name, beside_name : str
    value, error, beside : shape (n_points,)
    """

    name: str
    beside_name: str
    value: Float64
    error: Float64
    beside: Float64

    @property
    def errors(self) -> list[float]:
        """The errors that say something."""
        pairs = zip(self.value.tolist(), self.error.tolist(), strict=True)
        return [error for value, error in pairs if numbers.has_error(value, error)]

    @property
    def decimals(self) -> int:
        """One number of decimals for the whole table: the smallest error decides."""
        return decimals_of(self.errors)


def shown_of(surface: Surface, loss: Measure, score: Measure) -> Shown:
    """Return the figures of a surface in the units that are shown."""
    means = surface.means
    value, error = loss.values(means.loss), loss.errors(means.loss, means.loss_error)
    if surface.criterion == "score":
        scores, errors = score.values(means.score), score.errors(means.score, means.score_error)
        return Shown(score.name, loss.name, scores, errors, value)
    return Shown(loss.name, "gap", value, error, value - loss.values(means.loss - means.gap))


def print_surface(
    page: Page, surface: Surface, loss: Measure, score: Measure, n_folds: int
) -> None:
    """Print the surface with its marks and what they mean; a single point in a line."""
    layout, shown = lay_out(surface), shown_of(surface, loss, score)
    better = "lower" if surface.criterion == "loss" else "higher"
    if layout.across is None:
        _print_point(page, surface, shown, n_folds)
        return
    rows = layout.across.values if layout.down is None else layout.down.values
    below = page.width >= WIDE and len(rows) <= MOST_ROWS_OF_TWO
    table = _table_of(page, surface, shown, layout, below=below)
    title = f"{capitalized(shown.name)} on held-out rows, mean of {_folds(n_folds)}"
    beside = f"; below it the {shown.beside_name}" if below else ""
    page.prose(f"{title}{_spread(shown, table, n_folds)}{beside}", style="bold")
    if layout.sentence:
        page.prose(f"{capitalized(layout.sentence)}.")
    if table.is_part:
        page.prose(f"{_part(table, layout)} Every setting is in {PAGE} and {RESULTS}.")
    page.line("")
    _print_table(page, table)
    page.line("")
    has_tau = any(tau_labels(surface, layout.down or layout.across))
    _print_legend(page, surface, f"{better} is better", has_tau=has_tau)
    for sentence in elsewhere(surface, layout):
        page.prose(f"{sentence}.", "  ", "  ")
    page.line("")


def _part(table: "_Table", layout: Layout) -> str:
    """Say how much of the surface is shown."""
    assert layout.across is not None  # a table has an axis
    n_rows, n_across = len(table.labels[0]) - 1, len(layout.across.values)
    if layout.down is None:
        return f"{n_rows} of {n_across} settings, among them the best."
    down = knob_of(layout.down.name).printed
    return (
        f"{len(table.heads)} of {n_across} values of {table.name} and {n_rows} of "
        f"{len(layout.down.values)} of {down}, among them the best."
    )


def _folds(n_folds: int) -> str:
    return "1 fold" if n_folds == 1 else f"{n_folds} folds"


def _spread(shown: Shown, table: "_Table", n_folds: int) -> str:
    """Say what stands behind ±, or how large the errors are that had no room."""
    known = shown.errors
    if n_folds == 1 or not known:
        return ""
    if table.errors:
        return " ± standard error"
    least, most = (numbers.figure(end, shown.decimals) for end in (min(known), max(known)))
    ends = least if least == most else f"{least} to {most}"
    return f"; standard errors {ends}"


def _print_point(page: Page, surface: Surface, shown: Shown, n_folds: int) -> None:
    value = numbers.with_error(float(shown.value[0]), float(shown.error[0]))
    point = surface.points[0].described(" and ")
    page.prose(
        f"One setting was tried, {point}: {shown.name} {value} on held-out rows, mean of "
        f"{n_folds} folds; {shown.beside_name} "
        f"{numbers.figure(float(shown.beside[0]), shown.decimals)}."
    )
    page.line("")


@dataclass(frozen=True)
class _Cell:
    mark: str
    value: str
    spread: str
    below: str
    style: str


def _cell(surface: Surface, shown: Shown, index: int) -> _Cell:
    """Return what stands in a cell; a point that was stopped has no number to compare."""
    if index == NOWHERE:
        return _Cell("", "", "", "", "")
    if not np.isfinite(shown.value[index]):
        return _Cell("", _why_none(surface, index), "", "", "dim")
    mark = ""
    if index == surface.best:
        mark = BEST
    elif index == surface.one_standard_error:
        mark = ONE_SE
    elif surface.as_good[index]:
        mark = AS_GOOD
    decimals, error = shown.decimals, float(shown.error[index])
    has_error = numbers.has_error(float(shown.value[index]), error)
    spread = f" ± {numbers.figure(error, decimals)}" if has_error else ""
    beside = numbers.figure(float(shown.beside[index]), decimals)
    below = f"gap {beside}" if shown.beside_name == "gap" else beside
    return _Cell(mark, numbers.figure(float(shown.value[index]), decimals), spread, below,
                 "as good" if surface.as_good[index] else "")  # fmt: skip


def _why_none(surface: Surface, index: int) -> str:
    if surface.diverged[index]:
        return "diverged"
    if surface.given_up[index]:
        return "given up"
    return "left out" if surface.dropped[index] else "stopped"


@dataclass(frozen=True)
class _Table:
    """What is printed as a table.

    Parameters
    ----------
    name : str
        Of the axis across, or with a single axis of what is shown.
    heads : list of str
        Values of the axis across.
    labels : list of list of str
        Columns in front, their headings first.
    cells : list of list of _Cell
        By column.
    left, wide, fit : int
        Width of the columns in front, of one of the others, and how many of these fit.
    errors, below : bool
        Whether cells have room for standard errors, and a second line.
    is_part : bool
        Whether rows or columns are left out.
    """

    name: str
    heads: list[str]
    labels: list[list[str]]
    cells: list[list[_Cell]]
    left: int
    wide: int
    fit: int
    errors: bool
    below: bool
    is_part: bool = False


def _table_of(page: Page, surface: Surface, shown: Shown, layout: Layout, *, below: bool) -> _Table:
    """Lay two axes out, or one downwards; standard errors are left out where they do not fit."""
    assert layout.across is not None  # a table has an axis
    down, at = layout.down, layout.at
    name, heads = knob_of(layout.across.name).printed, [*map(printed_value, layout.across.values)]
    if down is None:
        down, at, name, heads = layout.across, layout.at[:, :1].T, shown.name, [""]
    cells = [[_cell(surface, shown, i) for i in column] for column in at.tolist()]
    labels = [[page.sign(each) for each in column] for column in _labels(surface, down)]
    left = 2 + sum(max(map(len, column)) + 2 for column in labels)
    every = [each for column in cells for each in column]
    least = max(*map(len, heads), *(len(each.below) for each in every if below), 0)
    wide = max(least, *(len(page.sign(each.value + each.spread)) for each in every)) + 2
    errors = left + len(heads) * (wide + BETWEEN) - BETWEEN <= page.width
    if not errors:
        wide = max(least, *(len(each.value) for each in every)) + 2
    fit = max(1, (page.width - left + BETWEEN) // (wide + BETWEEN))
    table = _Table(name, heads, labels, cells, left, wide, fit, errors, below)
    points = [surface.best, surface.one_standard_error, surface.chosen]
    marked = np.argwhere(np.isin(at, points) & (at != NOWHERE))
    return _thinned(table, marked.tolist())


def _thinned(table: _Table, marked: list[list[int]]) -> _Table:
    """Leave rows and columns out of a table that would fill screens.

    Parameters
    ----------
    marked : list of [column, row]
        Of cells that stay.
    """
    n_columns, n_rows = len(table.heads), len(table.labels[0]) - 1
    if n_rows * math.ceil(n_columns / table.fit) <= MOST_LINES:
        return table
    columns = spread_over(n_columns, table.fit, [column for column, _ in marked])
    rows = spread_over(n_rows, MOST_ROWS, [row for _, row in marked])
    return replace(
        table,
        heads=[table.heads[each] for each in columns],
        labels=[[each[0], *(each[1 + row] for row in rows)] for each in table.labels],
        cells=[[table.cells[column][row] for row in rows] for column in columns],
        is_part=True,
    )


def _print_table(page: Page, table: _Table) -> None:
    """Print a table; columns that do not fit go into a table of their own."""
    each_wide = table.wide + BETWEEN
    front = [
        "  " + "  ".join(value.rjust(max(map(len, column)))
                         for column, value in zip(table.labels, row, strict=True))
        for row in zip(*table.labels, strict=True)
    ]  # fmt: skip
    for first in range(0, len(table.heads), table.fit):
        heads = table.heads[first : first + table.fit]
        if first:
            page.line("")
        if heads == [""]:
            page.line(front[0].ljust(table.left), f"    {page.kept(table.name)}")
        else:
            page.line(" " * (table.left + 4), table.name)
            page.line(front[0].ljust(table.left),
                      "".join(f"    {value}".ljust(each_wide) for value in heads))  # fmt: skip
        ruled = table.left - 2 + len(heads) * each_wide - BETWEEN
        page.line(("  " + "─" * ruled, "dim"))
        for row, label in enumerate(front[1:]):
            here = [column[row] for column in table.cells[first : first + table.fit]]
            _print_row(page, label.ljust(table.left), here, table.wide, errors=table.errors)
            if table.below and any(each.below for each in here):
                texts = "".join(f"    {each.below}".ljust(each_wide) for each in here)
                page.line(" " * table.left, (texts, "dim"))


def _labels(surface: Surface, down: Axis) -> list[list[str]]:
    """Return the columns in front of the table, their headings first: values, and memories."""
    values = [printed_value(value) for value in down.values]
    columns = [[knob_of(down.name).printed.removeprefix("weight "), *values]]
    taus = tau_labels(surface, down)
    if any(taus):
        columns.append(["τ", *(each.removeprefix("tau ") or "∞" for each in taus)])
    return columns


def _print_row(page: Page, label: str, cells: list[_Cell], wide: int, *, errors: bool) -> None:
    parts: list[str | tuple[str, str]] = [label]
    for each in cells:
        spread = each.spread if errors else ""
        shaded = SHADE if each.style == "as good" and page.is_shaded else ""
        bold = "bold" if each.mark == BEST else ""
        dim = "dim" if each.style == "dim" else ""
        filled = len(page.sign(each.value + spread)) + 2
        parts += [
            "  ",
            (f"{each.mark or ' '} ", shaded or ("bold blue" if bold else "")),
            (each.value, f"{shaded} {bold} {dim}".strip()),
            (spread, shaded or "dim"),
            " " * max(0, wide - filled),
        ]  # fmt: skip
    page.line(*parts)


def _print_legend(page: Page, surface: Surface, better: str, *, has_tau: bool) -> None:
    """Say what the marks mean, those that are there."""
    refit = surface.kept_as
    n_good = f"{numbers.count(int(surface.as_good.sum()))} of {numbers.count(len(surface.points))}"
    same = surface.best == surface.one_standard_error
    said = [f"{BEST} best{', ' + refit if surface.chosen == surface.best else ''}"]
    if int(surface.as_good.sum()) > 1:
        said.append(f"{AS_GOOD} as good as the best ({n_good})")
    if not same:
        said.append(f"{ONE_SE} as good, and overfits least"
                    + (f", {refit}" if surface.chosen != surface.best else ""))  # fmt: skip
    said += _why_stopped(surface)
    said.append(better)
    if has_tau:
        said.append("τ: epochs for which the weights remember an update")
    line = ""
    for each in said:
        longer = f"{line}   {each}" if line else f"  {each}"
        if line and len(page.sign(longer)) > page.width:
            page.line((line, "dim"))
            longer = f"  {each}"
        line = longer
    page.line((line, "dim"))


def _why_stopped(surface: Surface) -> list[str]:
    told = []
    out = surface.out_after[surface.eliminated].tolist()
    folds = sorted({n for n in out if n not in (0, ON_PILOT)})
    if folds:
        after = f"{folds[0]}" if len(folds) == 1 else f"{folds[0]} to {folds[-1]}"
        plural = "fold" if folds == [1] else "folds"
        told.append(f"stopped: clearly behind after {after} {plural}")
    if (surface.given_up > 0).any():
        told.append("given up: unable to catch up")
    if surface.dropped.any():
        told.append(
            "left out: a part of the cocktail" if surface.is_mixed
            else "left out: behind on a part of the rows"
        )  # fmt: skip
    return told
