"""The surface: a table of cells, one a setting, by standard errors from the best."""

from dataclasses import dataclass

import numpy as np

from dropdecay.axes import Axis, printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.layout import Layout, axes_of, elsewhere, tau_labels, varied_in
from dropdecay.report.plot_data import NOWHERE, outline
from dropdecay.report.sections.csv_link import csv_link
from dropdecay.report.sections.figures import tick
from dropdecay.report.sections.picture import Dot, Frame, Picture, Shape, labels, round_steps
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.views import View, state_of, views_of
from dropdecay.selection.formatting import capitalized

MANY, COMPACT, TINY = 7, 12, 20
"""With more columns than these the table takes the whole width, leaves the standard errors out, or
the figures too."""

MARKS = {"best": "best", "onese": "one-SE choice", "refit": ""}
"""What they mean; the last one, what became of the chosen point, is said by its surface."""


@dataclass(frozen=True)
class Cell:
    """One cell; ``point`` is -1 where there is no setting, ``sides`` are those of the region."""

    point: int
    text: str
    spread: str
    step: int
    sides: str
    marks: tuple[str, ...]
    state: tuple[str, str]
    name: str
    is_first: bool


@dataclass(frozen=True)
class Head:
    """A value of an axis and the memory that it means, "" where it means none."""

    value: str
    tau: str


@dataclass(frozen=True)
class Cells:
    """The surface as the template shows it."""

    title: str
    sentence: str
    held: str
    views: tuple[View, ...]
    across: str
    down: str
    heads: tuple[Head, ...]
    sides: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]
    size: str
    pickable: tuple[tuple[int, str], ...]
    shown: tuple[str, ...]
    counts: tuple[tuple[str, int], ...]
    marks: tuple[tuple[str, str], ...]
    has_tau: bool
    has_steps: bool
    path: Picture | None
    csv: str
    note: str


def cells_of(run: Run) -> Cells:
    """Return the surface; a single setting has no rows."""
    surface, layout = run.surface, run.layout
    views = views_of(run)
    axes = axes_of(surface.points)
    rows = _rows(run, layout, views[0]) if layout.across else ()
    words = [state_of(surface, index)[0] for index in range(len(surface.points))]
    there = {mark for row in rows for cell in row for mark in cell.marks}
    return Cells(
        title="The surface" if layout.down else "The path" if layout.across else "The setting",
        sentence=_sentence(run),
        held=_held(run),
        views=views,
        across=knob_of(layout.across.name).printed if layout.across else "",
        down=knob_of(layout.down.name).printed if layout.down else "",
        heads=_heads(run, layout.across),
        sides=_heads(run, layout.down),
        rows=rows,
        size=_size(layout),
        pickable=tuple((axes.names.index(name), knob_of(name).printed) for name in varied_in(axes)),
        shown=tuple(knob_of(axis.name).printed for axis in (layout.across, layout.down) if axis),
        counts=tuple((word, words.count(word)) for word in dict.fromkeys(words) if word),
        marks=tuple(
            (mark, name or run.surface.kept_as) for mark, name in MARKS.items() if mark in there
        ),
        has_tau=any(head.tau for head in (*_heads(run, layout.across), *_heads(run, layout.down))),
        has_steps=run.n_folds > 1,
        path=_path(run, views[0], layout.across) if layout.across and not layout.down else None,
        csv=_csv(run),
        note=_only(run, views) if not layout.across else "",
    )


def _size(layout: Layout) -> str:
    n_columns = len(layout.across.values) if layout.across else 0
    for name, least in (("tiny", TINY), ("compact", COMPACT), ("many", MANY)):
        if n_columns > least:
            return name
    return ""


def _sentence(run: Run) -> str:
    surface, n = run.surface, len(run.surface.points)
    if not run.layout.across:
        return "One setting was trained; a surface of several shows which is best."
    good = int(surface.as_good.sum())
    click = "Click a cell to see how it learns."
    if good == 1:
        return f"Of {n:,} settings one is best: no other is as good as the best. {click}"
    which = "any of them will do" if good < n else "it hardly matters which"
    return f"{good:,} of {n:,} settings are as good as the best: {which}. {click}"


def _held(run: Run) -> str:
    parts = [run.layout.sentence, *elsewhere(run.surface, run.layout)]
    return " ".join(f"{capitalized(part)}." for part in parts if part)


def _heads(run: Run, axis: Axis | None) -> tuple[Head, ...]:
    if axis is None:
        return ()
    taus = tau_labels(run.surface, axis)
    return tuple(
        Head(printed_value(value), tau_text(tau))
        for value, tau in zip(axis.values, taus, strict=True)
    )


def tau_text(label: str) -> str:
    """Write "tau 40" as "τ 40 epochs"."""
    if not label:
        return ""
    return f"{label.replace('tau', 'τ')}"


def marks_of(run: Run, index: int) -> tuple[str, ...]:
    """Return the marks of a point."""
    surface = run.surface
    marked = {"best": surface.best, "onese": surface.one_standard_error, "refit": surface.chosen}
    return tuple(mark for mark, at in marked.items() if at == index != NOWHERE)


def _rows(run: Run, layout: Layout, view: View) -> tuple[tuple[Cell, ...], ...]:
    surface = run.surface
    sides = outline(surface.as_good[layout.at] & (layout.at != NOWHERE))
    first = surface.chosen if (layout.at == surface.chosen).any() else int(layout.at.max())
    rows: list[list[Cell]] = [[] for _ in range(layout.at.shape[1])]
    for (i, j), at in np.ndenumerate(layout.at):
        index = int(at)
        if index == NOWHERE:
            rows[j].append(Cell(-1, "", "", 0, "", (), ("", ""), "", is_first=False))
            continue
        marks, state = marks_of(run, index), state_of(surface, index)
        rows[j].append(
            Cell(
                point=index,
                text=view.texts[index],
                spread=view.spreads[index],
                step=int(view.steps[index]),
                sides=sides[i][j],
                marks=marks,
                state=state,
                name=cell_name(run, index, view, state, marks),
                is_first=index == first,
            )
        )
    return tuple(map(tuple, rows))


def cell_name(
    run: Run, index: int, view: View, state: tuple[str, str], marks: tuple[str, ...]
) -> str:
    """Return what a screen reader says of a cell."""
    figures = f"{view.name} {view.texts[index]} {view.spreads[index]}".strip()
    said = " ".join(state).strip() or figures
    also = [MARKS[mark] or run.surface.kept_as for mark in marks]
    if run.surface.as_good[index] and "best" not in marks:
        also.insert(0, "as good as the best")
    return ", ".join([f"{run.surface.points[index].described()}: {said}", *also])


def _only(run: Run, views: tuple[View, ...]) -> str:
    index = max(run.surface.chosen, 0)
    figures = [f"{view.name} {view.texts[index]} {view.spreads[index]}".strip() for view in views]
    name = capitalized(run.surface.points[index].described())
    return f"{name}: {', '.join(figures)}; {views[0].note}."


def _path(run: Run, view: View, along: Axis) -> Picture | None:
    """Draw the figure that chose along the only axis, each dot right above its cell."""
    surface, measure = run.surface, run.judged
    at = [int(index) for index in run.layout.at[:, 0]]
    stored, errors = surface.means.loss, surface.means.loss_error
    if not run.by_loss:
        stored, errors = surface.means.score, surface.means.score_error
    values = [float(measure.values(stored)[i]) if i != NOWHERE else np.nan for i in at]
    bars = np.nan_to_num([measure.errors(stored, errors)[i] if i != NOWHERE else 0.0 for i in at])
    known = np.isfinite(values)
    if known.sum() < 2:
        return None
    low, high = np.subtract(values, bars), np.add(values, bars)
    steps = round_steps(float(np.nanmin(low)), float(np.nanmax(high)))
    frame = Frame(-0.5, len(at) - 0.5, steps[0], steps[-1])
    places = range(len(at))
    upright = tuple(
        Shape("ch wide" if at[k] == surface.chosen else "bar", frame.upright(k, low[k], high[k]))
        for k in places if known[k]
    )  # fmt: skip
    return Picture(
        caption=capitalized(measure.name),
        of_what="on held-out rows, with its standard error",
        name=f"{measure.name} along {knob_of(along.name).printed}",
        ticks_x=(),
        ticks_y=labels(steps, frame.y, tick),
        title_x="",
        shapes=(*frame.grid(steps), Shape("no", frame.line(places, values)), *upright),
        dots=tuple(
            Dot(frame.x(k), frame.y(values[k]), "a" if at[k] == surface.chosen else "g",
                title=f"{surface.points[at[k]].described()}: {view.texts[at[k]]}")
            for k in places if known[k]
        ),
        height=170,
    )  # fmt: skip


def _csv(run: Run) -> str:
    """Return all settings with their figures; stopped ones have none."""
    surface, figures = run.surface, run.figures
    names = [name for name, _ in surface.points[0].values]
    loss, error = (
        run.loss.values(surface.means.loss),
        run.loss.errors(surface.means.loss, surface.means.loss_error),
    )
    rows = [
        [
            *(printed_value(value) for _, value in point.values),
            int(surface.out_after[index]) if surface.out_after[index] > 0 else run.n_folds,
            int(figures.epochs[index]) or None,
            float(loss[index]), float(error[index]), float(surface.means.score[index]),
            float(surface.means.score_error[index]), " ".join(state_of(surface, index)),
        ]
        for index, point in enumerate(surface.points)
    ]  # fmt: skip
    heading = [*names, "folds", "epochs", run.loss.name, "standard_error", run.score.name,
               "standard_error_of_score", "state"]  # fmt: skip
    return csv_link(heading, rows)
