"""The summary in the terminal."""

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap

import numpy as np
import xarray as xr
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropdecay.arrays import Float64
from dropdecay.axes import printed_value
from dropdecay.decay_memory import described_with_memory, forgetting_of
from dropdecay.knobs import knob_of
from dropdecay.report.layout import Layout, elsewhere, lay_out, tau_labels
from dropdecay.report.lines import (
    accuracy_line,
    nested_line,
    optimism_line,
    plain_loss_line,
    point_line,
    spread_line,
    with_error,
)
from dropdecay.report.plot_data import (
    NOWHERE,
    Surface,
    common_decimals,
    digits_after_point,
    in_digits,
    surface_of,
)
from dropdecay.report.powers import in_power, power_of
from dropdecay.report.training_length import still_falling, trained_until
from dropdecay.report.verdict_label import BETTER, ON_FOLDS, UNCLEAR, WORSE, label_of, tone_of
from dropdecay.selection.choice import Choice, PointFigures
from dropdecay.selection.formatting import capitalized
from dropdecay.selection.nested import Nested
from dropdecay.selection.optimism import Optimism
from dropdecay.selection.plain_curves import PLAIN_BLOCKS, PLAIN_NAME
from dropdecay.selection.searched_part import about_refit
from dropdecay.selection.time_order import NO_CORRECTION, TimeOrder
from dropdecay.selection.verdict import Verdict

AXES_IN_A_ROW = 2
"""With more axes the table of points has one column per point, to fit 80 columns."""


STYLES = {BETTER: "cyan", WORSE: "yellow", UNCLEAR: "dim"}
"""By the tone of a label."""

UNBROKEN = "\N{NO-BREAK SPACE}"


def print_summary(
    console: Console,
    results: xr.Dataset,
    choice: Choice,
    optimism: Optimism | None,
    verdict: Verdict,
    settings: Mapping[str, object],
    equivalents: Sequence[str] = (),
    nested: Nested | None = None,
    time_order: TimeOrder | None = None,
    grave: Sequence[str] = (),
) -> None:
    """Print the findings: verdict, surface, best points, expected loss, notes, settings.

    What in the table makes the answer worthless, ``grave``, comes first.
    """
    console.print()
    _print_verdict(console, verdict, grave)
    surface = surface_of(results, choice)
    power = power_of(surface.means.loss)
    loss_name = in_power(str(results.attrs["loss_name"]), power)
    # Blocks of rows, which bootstrap draws from, know no class weights.
    plain_name = in_power(str(results.attrs.get(PLAIN_NAME, results.attrs["loss_name"])), power)
    score_name = str(results.attrs["score_name"])
    scale = 10.0**-power
    _print_surface(console, surface, choice, (loss_name, score_name))
    if "beside" in results.attrs:
        _print_plain(console, accuracy_line(choice))
    if PLAIN_BLOCKS in results.attrs:
        _print_plain(console, plain_loss_line(choice, plain_name, scale))
    refitted = "best point" if choice.chosen == choice.best else "one-SE choice"
    if forgetting_of(choice.chosen.point, surface.pace):
        chosen = described_with_memory(choice.chosen.point, surface.pace)
        _print_plain(console, f"Chosen: {chosen}.")
    on_all = about_refit(results.attrs) or f"Refitted on all rows for {choice.chosen.epochs} epochs"
    _print_plain(console, f"{on_all}: the {refitted}.")
    if (length := trained_until(results)) is not None:
        _print_plain(console, length)
    if time_order is not None:
        _print_plain(console, str(time_order))
    _print_plain(
        console,
        NO_CORRECTION if optimism is None else optimism_line(optimism, plain_name, scale),
    )
    if nested is not None:
        _print_plain(console, nested_line(nested, loss_name, score_name, scale))
    _print_plain(console, spread_line(choice.best, loss_name, scale))
    for note in _notes(results, choice):
        _print_plain(console, f"Note: {note}")
    if equivalents:
        _print_plain(console, "The chosen setting in other libraries:")
    for line in equivalents:
        _print_indented(console, line)
    listed = ", ".join(f"{name} {value}" for name, value in settings.items())
    console.print(f"Settings: {listed}.", markup=False, highlight=False, style="dim")


def _print_verdict(console: Console, verdict: Verdict, grave: Sequence[str]) -> None:
    """Print warnings, what to do and its label, why, and the comparisons on surface's folds."""
    for sentence in grave:
        console.print(Text(f"Warning: {sentence}", style="bold yellow"))
    # The label is not broken: where it does not fit, it stands on the next line.
    label = f"[{label_of(verdict.kind)}]".replace(" ", UNBROKEN)
    *lines, last = wrap(f"{verdict.recommendation} {label}", console.width,
                        break_long_words=False, break_on_hyphens=False)  # fmt: skip
    for line in lines:
        console.print(Text(line, style="bold"))
    end = Text(last.removesuffix(label), style="bold")
    style = f"not bold {STYLES[tone_of(verdict.kind)]}"
    console.print(end.append(label.replace(UNBROKEN, " "), style=style))
    for sentence in (*verdict.grounds, *verdict.notes):
        _print_indented(console, sentence)
    console.print()
    if verdict.comparisons:
        _print_plain(console, ON_FOLDS)
        for each in verdict.comparisons:
            _print_indented(console, each.sentence)
        console.print()


def _print_plain(console: Console, line: str) -> None:
    """Print a line that may contain names from the data, which must not be read as markup."""
    console.print(line, markup=False, highlight=False)


def _print_indented(console: Console, line: str) -> None:
    """Print a line indented; where it is too long, the rest is indented further."""
    wrapped = wrap(line, max(20, console.width - 2), initial_indent="  ", subsequent_indent="    ",
                   break_long_words=False, break_on_hyphens=False)  # fmt: skip
    for part in wrapped:
        _print_plain(console, part)


def _print_surface(
    console: Console, surface: Surface, choice: Choice, names: tuple[str, str]
) -> None:
    """Print the surface as a table, a path or one line, then the table of points."""
    loss_name, score_name = names
    layout, scale = lay_out(surface), 10.0 ** -power_of(surface.means.loss)
    if layout.across is None:
        _print_plain(console, point_line(choice.best, names, scale))
        return
    shown, below = loss_name, "gap to training"
    if surface.criterion == "score":
        shown, below = score_name, loss_name
    if layout.down is None:
        along = knob_of(layout.across.name).printed
        _print_plain(console, f"Validation {shown} along {along}, mean over folds")
    else:
        _print_plain(console, f"Validation {shown}, mean over folds; {below} below it")
    if layout.sentence:
        _print_plain(console, f"{capitalized(layout.sentence)}.")
    if layout.down is None:
        console.print(path_table(surface, layout, names))
    else:
        console.print(surface_table(surface, layout, width=console.width))
    _print_plain(console, _legend(surface, choice))
    if any(tau_labels(surface, layout.down or layout.across)):
        _print_plain(console, "tau: over how many epochs that weight decay forgets")
    for sentence in elsewhere(surface, layout):
        _print_plain(console, f"{sentence}.")
    console.print()
    console.print(points_table(choice, {"loss_name": loss_name, "score_name": score_name}, scale))


def _notes(results: xr.Dataset, choice: Choice) -> list[str]:
    """Return what the user should act on."""
    notes = [str(edge) for edge in choice.edges]
    notes += still_falling(results, choice.chosen.point)
    n_diverged = int(results["diverged"].sum())
    if n_diverged:
        notes.append(
            f"{n_diverged} of {results['diverged'].size} networks diverged; their points are "
            "excluded. A smaller --lr may help."
        )
    return notes


def surface_table(surface: Surface, layout: Layout, *, width: int) -> Table:
    """Draw two axes of the surface, the first across, with marks on the points that matter.

    If the terminal is too narrow for standard errors, the cells show the mean alone.
    """
    assert layout.across is not None  # a table has two axes
    assert layout.down is not None
    shown = _shown(surface)
    mean, decimals = shown.mean, shown.decimals
    wide = max(len(f"{value:.{decimals}f}") for value in mean[np.isfinite(mean)]) * 2 + 4
    names = f"{knob_of(layout.down.name).printed} \\ {knob_of(layout.across.name).printed}"
    corner = names.replace(" ", "\n", 1)
    errors = (wide + 3) * len(layout.across.values) + max(map(len, corner.split("\n"))) + 4 <= width
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column(corner, justify="right", no_wrap=True)
    for value in layout.across.values:
        table.add_column(printed_value(value), justify="right", no_wrap=True)
    taus = tau_labels(surface, layout.down)
    for value, tau, row in zip(layout.down.values, taus, layout.at.T, strict=True):
        cells = [_cell(surface, shown, index, errors=errors) for index in row.tolist()]
        label = Text(printed_value(value))
        table.add_row(label.append(f"\n{tau}", style="dim") if tau else label, *cells)
    return table


@dataclass(frozen=True)
class _Shown:
    """What cells show of every point: what chose, and below it the gap, or the loss to a score."""

    mean: Float64
    error: Float64
    so_far: Float64
    beside: Float64
    format_beside: str

    @property
    def decimals(self) -> int:
        return common_decimals(self.error)

    def below(self, index: int) -> str:
        return format(float(self.beside[index]), self.format_beside)


def _shown(surface: Surface) -> _Shown:
    """Return what cells show, losses scaled for printing."""
    means, so_far, scale = surface.means, surface.so_far, 10.0 ** -power_of(surface.means.loss)
    loss, error = scale * means.loss, scale * means.loss_error
    decimals = common_decimals(error)
    if surface.criterion == "score":
        return _Shown(means.score, means.score_error, so_far.score, loss, f".{decimals}f")
    return _Shown(loss, error, scale * so_far.loss, scale * means.gap, f"+.{decimals}f")


def _cell(surface: Surface, shown: _Shown, index: int, *, errors: bool) -> Text:
    """Show what chose above what else there is, or what is known of an unfinished point."""
    if index == NOWHERE:
        return Text("")
    mean, error, decimals = float(shown.mean[index]), float(shown.error[index]), shown.decimals
    if not math.isfinite(mean):
        return _unfinished(surface, shown, index, "\n")
    spread = f" ± {in_digits(error, decimals)}" if errors else ""
    mark, style = _mark(surface, index)
    cell = Text(f"{in_digits(mean, decimals)}{spread}{mark or ' '}", style=style)
    return cell.append(f"\n{shown.below(index)} ", style="not bold dim")


def _unfinished(surface: Surface, shown: _Shown, index: int, between: str) -> Text:
    """Show the mean so far of a point that was eliminated or given up, or why there is none."""
    n_folds = int(surface.out_after[index])
    if n_folds == 0:
        return Text("diverged", style="dim")
    mark = surface.mark_of_unfinished(index)
    if surface.dropped[index]:
        return Text(f"{mark} ", style="dim")
    mean, n_epochs = float(shown.so_far[index]), int(surface.given_up[index])
    until = f"{n_epochs} epochs" if n_epochs else f"{n_folds} folds"
    return Text(f"{mean:.{shown.decimals}f}{mark}{between}{until} ", style="dim")


def _mark(surface: Surface, index: int) -> tuple[str, str]:
    """Return the mark and the style of a point; marks carry the same information as colours."""
    if index == surface.best:
        return "*", "bold green"
    if index == surface.one_standard_error:
        return "+", "bold cyan"
    return ("o", "cyan") if surface.as_good[index] else ("", "")


def path_table(surface: Surface, layout: Layout, names: tuple[str, str]) -> Table:
    """Draw a surface of one axis, one row per value."""
    assert layout.across is not None  # a path has one axis
    means, scale = surface.means, 10.0 ** -power_of(surface.means.loss)
    shown, decimals = _shown(surface), common_decimals(scale * means.loss_error)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    taus = tau_labels(surface, layout.across)
    labelled = any(taus)
    along = [knob_of(layout.across.name).printed, *(["tau"] if labelled else [])]
    for each in (*along, *_by_what_chose(surface, heading(names[0]), "gap", names[1]), "epochs"):
        table.add_column(each, justify="right", no_wrap=True, vertical="bottom")
    for value, tau, index in zip(layout.across.values, taus, layout.at[:, 0].tolist(), strict=True):
        if index == NOWHERE:
            continue
        label = [Text(printed_value(value))]
        if labelled:
            label.append(Text(tau.removeprefix("tau "), style="dim"))
        if not math.isfinite(shown.mean[index]):
            table.add_row(*label, _unfinished(surface, shown, index, " "))
            continue
        loss, error = scale * means.loss[index], scale * means.loss_error[index]
        first, *others = _by_what_chose(
            surface,
            f"{loss:.{decimals}f} ± {error:.{decimals}f}",
            f"{scale * means.gap[index]:+.{decimals}f}",
            with_error(means.score[index], means.score_error[index]),
        )
        mark, style = _mark(surface, index)
        marked = Text(f"{first}{mark or ' '}", style=style)
        table.add_row(*label, marked, *others, f"{means.epochs[index]}")
    return table


def _by_what_chose(chosen: Surface | Choice, loss: str, gap: str, score: str) -> tuple[str, ...]:
    """Return columns with the one that chose first."""
    return (score, loss, gap) if chosen.criterion == "score" else (loss, gap, score)


def points_table(
    choice: Choice, attributes: Mapping[Hashable, object], scale: float = 1.0
) -> Table:
    """Draw the best point and the one-SE choice: a row each, or with many axes a column each."""
    named = {"best": choice.best, "one-SE": choice.one_standard_error}
    axes = [knob_of(name).printed for name, _ in choice.best.point.values]
    in_rows = len(axes) <= AXES_IN_A_ROW
    if in_rows:
        axes = [name.replace(" ", "\n") for name in axes]
    loss_name = heading(str(attributes["loss_name"]))
    columns = [
        [
            "",
            *axes,
            "epochs",
            *_by_what_chose(choice, loss_name, "gap", str(attributes["score_name"])),
        ],
        *([name, *_point_cells(choice, point, scale)] for name, point in named.items()),
    ]
    rows = columns if in_rows else [*zip(*columns, strict=True)]
    # With a space on both sides it would be wider than 80 columns.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for i, each in enumerate(rows[0]):
        table.add_column(each, justify="right" if i else "left", no_wrap=True, vertical="bottom")
    for row in rows[1:]:
        table.add_row(*row)
    return table


def heading(loss_name: str) -> str:
    """Return the name of a loss as the heading of a column: without its units, and in two lines."""
    short = re.sub(r" \(.*?\)", "", loss_name)
    return short.replace("weighted ", "weighted\n").replace(" / ", "\n/ ")


def _point_cells(choice: Choice, point: PointFigures, scale: float) -> list[str]:
    error = scale * point.standard_error
    return [
        *(printed_value(value) for _, value in point.point.values),
        f"{point.epochs}",
        *_by_what_chose(
            choice,
            with_error(scale * point.loss, error),
            f"{scale * point.gap:+.{digits_after_point(error)}f}",
            with_error(point.score, point.score_standard_error),
        ),
    ]


def _legend(surface: Surface, choice: Choice) -> str:
    lines = [
        f"* best   o as good as the best ({len(choice.as_good)} of {choice.n_points} points)",
        "+ one-SE choice: smallest gap within one standard error of the best",
    ]
    outs = {
        "x eliminated after that many folds: clearly behind the leader": surface.eliminated,
        "^ upper bound: given up after that many epochs, unable to catch up": surface.given_up > 0,
        "- dropped on the pilot, not trained on all rows": surface.dropped,
    }
    for told, out in outs.items():
        if n_points := int(out.sum()):
            lines.append(f"{told} ({n_points} point{'s' if n_points > 1 else ''})")
    return "\n".join(lines)
