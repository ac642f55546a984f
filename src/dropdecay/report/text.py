"""The summary in the terminal."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropdecay.report.eliminated import is_eliminated
from dropdecay.report.plot_data import digits_after_point, surface_numbers
from dropdecay.selection.choice import Choice, Point
from dropdecay.selection.nested import Nested
from dropdecay.selection.optimism import Optimism
from dropdecay.selection.verdict import Verdict


def print_summary(
    console: Console,
    results: xr.Dataset,
    choice: Choice,
    optimism: Optimism,
    verdict: Verdict,
    settings: Mapping[str, Any],
    equivalents: Sequence[str] = (),
    nested: Nested | None = None,
) -> None:
    """Print what was found: the verdict, the surface, the points that matter, doubts, settings."""
    console.print()
    console.print(Text(str(verdict), style="bold"))
    for sentence in verdict.sentences:
        console.print(f"  {sentence}", markup=False, highlight=False)
    console.print()
    power = power_of(results)
    loss_name = results.attrs["loss_name"] + (f" / 1e{power}" if power else "")
    scale = 10.0**-power
    console.print(
        f"Validation {loss_name}, mean over folds; below it the gap to training",
        markup=False,
        highlight=False,
    )
    console.print(surface_table(results, choice, width=console.width))
    console.print(_legend(choice, int(is_eliminated(results).sum())), markup=False, highlight=False)
    console.print()
    console.print(points_table(choice, results.attrs, scale))
    if "beside" in results.attrs:
        console.print(accuracy_line(choice), markup=False, highlight=False)
    refitted = "best" if choice.chosen == choice.best else "one-SE choice"
    console.print(
        f"Refitted on all rows for {choice.chosen.epochs} epochs: the {refitted}.",
        markup=False,
        highlight=False,
    )
    console.print(optimism_line(optimism, loss_name, scale), markup=False, highlight=False)
    if nested is not None:
        line = nested_line(nested, loss_name, results.attrs["score_name"], scale)
        console.print(line, markup=False, highlight=False)
    console.print(spread_line(choice.best, loss_name, scale), markup=False, highlight=False)
    for edge in choice.edges:
        console.print(f"Note: {edge}", markup=False, highlight=False)
    last = int(results["epoch"][-1])
    if choice.chosen.epochs == last:
        console.print(
            f"Note: the chosen point was still improving at the last epoch, {last}. "
            f"Try --epochs {2 * last}.",
            markup=False,
            highlight=False,
        )
    n_diverged = int(results["diverged"].sum())
    if n_diverged:
        console.print(
            f"Note: {n_diverged} of {results['diverged'].size} networks diverged; their points are "
            "left out. A smaller --lr may save them.",
            markup=False,
            highlight=False,
        )
    if equivalents:
        console.print("The chosen setting elsewhere:", highlight=False)
    for line in equivalents:
        console.print(f"  {line}", markup=False, highlight=False)
    said = ", ".join(f"{name} {value}" for name, value in settings.items())
    console.print(f"Settings: {said}.", markup=False, highlight=False, style="dim")


def power_of(results: xr.Dataset) -> int:
    """Return the power of ten, a multiple of 3, that large or tiny losses are divided by to print.

    A mean squared error of prices runs to ten digits; nobody compares those.
    """
    mean = surface_numbers(results)[0]
    largest = float(np.nanmax(mean)) if np.isfinite(mean).any() else 0.0
    if largest <= 0.0 or 1e-3 <= largest < 1e6:
        return 0
    return 3 * math.floor(math.log10(largest) / 3)


def surface_table(results: xr.Dataset, choice: Choice, *, width: int) -> Table:
    """Draw the surface: weight decay downwards, dropout across; marks say which point is which.

    Where the terminal is too narrow for mean and standard error, the cells hold the mean alone.
    """
    mean, error, gap = (10.0 ** -power_of(results) * part for part in surface_numbers(results))
    decimals = digits_after_point(float(np.nanmedian(error)))
    n_across = len(results["dropout"])
    wide = max(len(f"{value:.{decimals}f}") for value in mean[np.isfinite(mean)]) * 2 + 4
    with_error = (wide + 3) * n_across + 19 <= width
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("decay \\ dropout", justify="right", no_wrap=True)
    for rate in results["dropout"].values:
        table.add_column(f"{rate:g}", justify="right", no_wrap=True)
    for row, strength in enumerate(results["weight_decay"].values):
        cells = []
        for column, rate in enumerate(results["dropout"].values):
            at = (column, row)
            if not math.isfinite(mean[at]):
                cells.append(_unfinished_cell(results, at, decimals))
                continue
            spread = f" ± {error[at]:.{decimals}f}" if with_error else ""
            mark, style = _mark(choice, float(rate), float(strength))
            cell = Text(f"{mean[at]:.{decimals}f}{spread}{mark or ' '}", style=style)
            cells.append(cell.append(f"\n{gap[at]:+.{decimals}f} ", style="not bold dim"))
        table.add_row(f"{strength:g}", *cells)
    return table


def _unfinished_cell(results: xr.Dataset, at: tuple[int, int], decimals: int) -> Text:
    """Show what is known of a point that cannot be chosen: its mean so far, or that it diverged."""
    if not is_eliminated(results)[at]:
        return Text("diverged", style="dim")
    curves = results["validation_loss"].isel(dropout=at[0], weight_decay=at[1]).mean("seed")
    trained = curves.dropna("fold")
    mean = 10.0 ** -power_of(results) * float(trained.mean("fold").min())
    return Text(f"{mean:.{decimals}f}x\n{trained.sizes['fold']} folds ", style="dim")


def points_table(choice: Choice, attributes: Mapping[Any, Any], scale: float = 1.0) -> Table:
    """Draw the points that matter, a row each."""
    # One space a side would make it wider than a terminal of 80 columns.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    for heading in ("dropout", "decay", "epochs", attributes["loss_name"], "gap",
                    attributes["score_name"]):  # fmt: skip
        table.add_column(heading, justify="right", no_wrap=True)
    for name, point in (("best", choice.best), ("one-SE", choice.one_standard_error)):
        score = _with_error(point.score, point.score_standard_error)
        table.add_row(name, *_point_cells(point, scale), score)
    return table


def accuracy_line(choice: Choice) -> str:
    """Say plain accuracy beside the balanced one: a column more would not fit 80 characters."""
    best, one_standard_error = (
        _with_error(point.accuracy, point.accuracy_standard_error)
        for point in (choice.best, choice.one_standard_error)
    )
    same = choice.best == choice.one_standard_error
    return f"Accuracy, which the common class lifts: {best}" + (
        "." if same else f" (best), {one_standard_error} (one-SE)."
    )


def _with_error(figure: float, error: float) -> str:
    decimals = digits_after_point(error)
    return f"{figure:.{decimals}f} ± {error:.{decimals}f}"


def _point_cells(point: Point, scale: float) -> tuple[str, ...]:
    error = scale * point.standard_error
    decimals = digits_after_point(error)
    return (
        f"{point.dropout:g}",
        f"{point.weight_decay:g}",
        f"{point.epochs}",
        _with_error(scale * point.loss, error),
        f"{scale * point.gap:+.{decimals}f}",
    )


def _mark(choice: Choice, rate: float, strength: float) -> tuple[str, str]:
    """Return the mark and the style of a point; marks say the same as colours."""
    if (rate, strength) == (choice.best.dropout, choice.best.weight_decay):
        return "*", "bold green"
    one = choice.one_standard_error
    if (rate, strength) == (one.dropout, one.weight_decay):
        return "+", "bold cyan"
    as_good = bool(choice.as_good.sel(dropout=rate, weight_decay=strength))
    return ("o", "cyan") if as_good else ("", "")


def _legend(choice: Choice, n_eliminated: int) -> str:
    n_as_good = int(choice.as_good.sum())
    points = "1 point" if n_eliminated == 1 else f"{n_eliminated} points"
    raced = (
        f"\nx eliminated after the folds named: clearly behind the leader ({points})"
        if n_eliminated
        else ""
    )
    return (
        f"* best   + one-SE choice: smallest gap within one standard error   "
        f"o as good as the best ({n_as_good} of {choice.as_good.size} points){raced}"
    )


def optimism_line(optimism: Optimism, loss_name: str, scale: float = 1.0) -> str:
    """Say how much the best point flatters itself."""
    expected, low, high = (
        scale * value for value in (optimism.corrected, optimism.lower, optimism.upper)
    )
    decimals = digits_after_point((high - low) / 4)
    flattery = f"{scale * optimism.optimism:.{decimals}f}"
    said = (
        f"the lowest of many flatters itself by {flattery}"
        if float(flattery) > 0
        else "choosing among many flatters nothing here"
    )
    return (
        f"Expect a {loss_name} of {expected:.{decimals}f} on new rows "
        f"({low:.{decimals}f} to {high:.{decimals}f}, 95 %): {said} (BBC-CV)."
    )


def nested_line(nested: Nested, loss_name: str, score_name: str, scale: float = 1.0) -> str:
    """Say what the whole choice gives on outer folds, and what was chosen without each."""
    mean, error, low, high = (
        scale * value
        for value in (
            nested.loss.mean, nested.loss.standard_error, nested.loss.lower, nested.loss.upper,
        )
    )  # fmt: skip
    decimals = digits_after_point(error)
    score = _with_error(nested.score.mean, nested.score.standard_error)
    settings = ", ".join(f"{name} ({count})" for name, count in nested.settings.items())
    return (
        f"Nested cross-validation: {loss_name} {_with_error(mean, error)} "
        f"({low:.{decimals}f} to {high:.{decimals}f}, 95 %), {score_name} {score}; chosen in "
        f"{len(nested.folds)} outer folds: {settings}."
    )


def spread_line(point: Point, loss_name: str, scale: float = 1.0) -> str:
    """Say how much folds and seeds move the best point's loss, as standard deviations."""
    fold, seed = (scale * math.sqrt(part) for part in (point.fold_variance, point.seed_variance))
    decimals = digits_after_point(max(fold, 0.0 if math.isnan(seed) else seed))
    seeds = (
        "seeds included: there is one"
        if math.isnan(seed)
        else f"by {seed:.{decimals}f} from seed to seed"
    )
    return (
        f"The best point's {loss_name} varies by {fold:.{decimals}f} (SD) from fold to fold, "
        f"{seeds}."
    )
